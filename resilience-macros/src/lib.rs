//! The attributes of `resilience`.
#![forbid(unsafe_code)]

mod args;
mod circuit_breaker;
mod diagnostics;
mod expand;
mod fallback;
mod input;
mod order;
mod recover;
mod retry;
mod shape;
mod stack;
mod timeout;

use proc_macro2::{Span, TokenStream};

use crate::args::Kind;
use crate::diagnostics::Errors;
use crate::input::Function;
use crate::stack::Written;

#[proc_macro_attribute]
pub fn retry(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Retry, args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn circuit_breaker(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::CircuitBreaker, args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn timeout(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Timeout, args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn fallback(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Fallback, args.into(), item.into()).into()
}

/// What every attribute does: gather the stack, check it, expand it.
fn protect(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    if stack::is_seen(&args) {
        return TokenStream::new();
    }
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => return recover::recover(&recover::blame(kind, error), &item),
    };
    let mut errors = Errors::default();
    let running = Written { kind, span: Span::call_site(), tokens: args, path: None };
    let written = stack::gather(running, &mut function.attrs, &mut errors);
    let layers = stack::plan(&written, &mut errors);
    let krate = stack::krate(&layers, &mut errors);
    order::check(&layers, &mut errors);
    shape::check(&function, &layers, &mut errors);
    let seen = recover::seen(written.iter().filter_map(|attribute| attribute.path.as_ref()));
    match errors.finish() {
        Ok(()) => expand::expand(&function, &layers, &krate, &seen),
        Err(error) => {
            recover::mention(&mut function, &seen);
            recover::recover(&error, &function)
        }
    }
}
