//! What is left of a function when its attributes are wrong.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::args::Kind;
use crate::input::{Function, ITEM};

/// The errors and the item without our attributes: whoever uses it gets no second error out of the first.
pub(crate) fn recover(error: &syn::Error, item: &impl ToTokens) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#errors #item)
}

/// Says which attribute cannot stand here.
pub(crate) fn blame(kind: Kind, error: syn::Error) -> syn::Error {
    let message = error.to_string();
    if message == ITEM {
        return syn::Error::new(error.span(), format_args!("`#[{}]` {message}", kind.name()));
    }
    error
}

/// Mentions of collapsed siblings, so that their imports are not called unused; each expands to nothing.
pub(crate) fn seen<'a>(siblings: impl Iterator<Item = &'a syn::Path>) -> TokenStream {
    siblings.map(|path| quote!(#[#path(__resilience_seen)] const _: () = ();)).collect()
}

/// Puts mentions of the siblings into the body of a function that is not expanded.
pub(crate) fn mention(function: &mut Function, seen: &TokenStream) {
    let Some(body) = &mut function.body else {
        return;
    };
    let statements = body.stream();
    // `#![allow(..)]` has to stay first; then an unused import is the smaller evil.
    let inner =
        matches!(statements.clone().into_iter().nth(1), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
    if seen.is_empty() || inner {
        return;
    }
    let mut with = Group::new(Delimiter::Brace, quote!(#seen #statements));
    with.set_span(body.span());
    *body = with;
}
