//! The attributes of `resilience-rs`: [`macro@retry`], [`macro@circuit_breaker`], [`macro@timeout`] and
//! [`macro@fallback`]. Depend on the facade, which re-exports them.
//!
//! # Order
//!
//! Written order is nesting order: the top attribute is the outermost. The first one to expand takes the others with it
//! and emits one flat expansion: a fallback is a `match`, a retry a `loop`, a breaker a `match` around a permit, and
//! only a timeout makes the inner part a value of its own. From the outside in:
//!
//! `fallback` > `timeout` for the whole call > `retry` > `circuit_breaker` > `timeout` for each attempt
//!
//! A stack that cannot mean what it says does not compile, and the message says what to write: `retry` or
//! `circuit_breaker` above a fallback that catches everything, the same policy twice (two timeouts and fallbacks with
//! different `when` are fine), one of the attributes imported under another name.
//!
//! An attribute of another crate above these expands first, and so runs inside: once per attempt. Below them, or between
//! them, it runs around all of them: put `#[tracing::instrument]` below for one span per call.
//!
//! # What every attribute takes
//!
//! | option | default | meaning |
//! |---|---|---|
//! | `name` | `module::path::function` | the name of the policy: a literal or a constant; required on `circuit_breaker` |
//! | `refused` | `From<resilience::Error>` | what a refusal becomes that leaves the function: see below |
//! | `crate` | `::resilience` | the path of the crate when it is renamed or re-exported: `crate = ::my_resilience` |
//!
//! Methods of two types in a module share a path: the first in the source has it as its name, the second has
//! `module::path::function~2`, and so on. Lines above, the build and who is called first change nothing; another function
//! of this path above does. The name is the same in the registry, inventory, metrics, events, errors and logs, and it is
//! taken from the whole program before the first call. A name that is written is taken as it is: who writes the default
//! name of another function shares its policies. One place in the source is one function, also when another macro emits it
//! twice; what a `macro_rules!` macro writes at each of its calls are functions of their own.
//!
//! A duration is `"250ms"`, `"1m 30s"`, a bare `250ms`, or any expression of type `Duration`. Expressions may use
//! `self` and the arguments; a retry or breaker with such options is registered at its first call instead of at the
//! start of the program. A value may come from a `macro_rules!` macro: a fragment is read as what it stands for.
//!
//! # Refusals
//!
//! A timeout or a breaker may refuse a call. The refusal, a `resilience::Error`, reaches the error type of the function
//! through `E: From<resilience::Error>`, once, at the end, and that is asked for only where one can get out; an `Option`
//! becomes `None`. An error type of another crate cannot be given a `From`, and one with an impl for every error has a
//! `From` that knows nothing of refusals. There `refused` says what a refusal becomes, in place of `From`, also where
//! there is one: a closure or the path of a function, for instance
//! `refused = |error: resilience::Error| Status::unavailable(error.to_string())`, on any one of the attributes of a function.
//!
//! | returns | the closure gives |
//! |---|---|
//! | `Result<T, E>` | the error, an `E` |
//! | `Option<T>` | the whole, an `Option<T>` |
//! | any other type | the whole |
//!
//! A function with `refused` may return any type; what is no `Result` and no `Option` does not fail by itself, and nor
//! does what is behind an `impl Trait`. The closure sees `self` and the arguments, those declared `mut` as the call
//! brought them. It waits for nothing, and it is no fallback: the call counts as failed. Policies see the refusal itself:
//! a retry still does not retry an open circuit. So does a fallback that asks for a `resilience::Fault`; one that asks for
//! the error of the function, and a `when`, are given what the closure makes of it. The body's own errors are never
//! touched.
//!
//! # Where
//!
//! Free functions and methods, in traits and implementations, sync and async, and functions that return a future by
//! `impl Future` or a box: by another name, `Self::Future` or an alias, where the body visibly ends in `Box::pin(async ..)`
//! or `async { .. }.boxed()`. The return type is `Result<T, E>` or `Option<T>`, by whatever alias; with `refused`, or under a
//! `#[fallback(..)]` that catches everything, any type. The failure of an `Option<Result<T, E>>` is `None`, and
//! `Some(Err(_))` a success: such a function says with `retry_if_result`, `failure_if_result` and `when_result` which values
//! it does not like, or returns `Result<Option<T>, E>`.
//!
//! `None` is a failure, as `Err(_)` is; `none_is = success` on a retry, a breaker or a fallback makes it an answer.
//!
//! Arguments are borrowed by every attempt. A body that consumes one needs `clone(argument)`, or
//! `clone(argument = expr)` where an expression makes what each attempt gets. An argument declared `mut`
//! starts every attempt with its first value, for which it is cloned; what an attempt does through `&mut` stays done.
//! A returned future (`-> impl Future`) does nothing before it is polled. An argument may be any pattern; where
//! `#[fallback(path)]` hands it on by value, one without `..`.
//!
//! Under `#[track_caller]` a sync body sees its caller as it does without policies; a `#[timeout]` cannot keep it, and
//! does not compile there. `async fn`s have no caller to see.
#![forbid(unsafe_code)]

mod args;
mod caller;
mod circuit_breaker;
mod consumed;
mod diagnostics;
mod exits;
mod expand;
mod fallback;
mod futures;
mod hook;
mod input;
mod moves;
mod nested;
mod none;
mod one_shot;
mod order;
mod recover;
mod refused;
mod retry;
mod returns;
mod shape;
mod stack;
mod standby;
mod timeout;

#[cfg(test)]
mod streams;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};

use crate::args::Kind;
use crate::diagnostics::Errors;
use crate::input::Function;
use crate::stack::Written;

#[doc = include_str!("retry/docs.md")]
#[proc_macro_attribute]
pub fn retry(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Retry, args.into(), item.into()).into()
}

#[doc = include_str!("circuit_breaker/docs.md")]
#[proc_macro_attribute]
pub fn circuit_breaker(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::CircuitBreaker, args.into(), item.into()).into()
}

#[doc = include_str!("timeout/docs.md")]
#[proc_macro_attribute]
pub fn timeout(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Timeout, args.into(), item.into()).into()
}

#[doc = include_str!("fallback/docs.md")]
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
    refused::check(&layers, &mut errors);
    nested::check(&function, &layers, &mut errors);
    shape::check(&function, &layers, &mut errors);
    none::check(&function, &layers, &mut errors);
    standby::check(&function, &layers, &mut errors);
    caller::check(&function, &layers, &mut errors);
    returns::idle(&function, &layers, &mut errors);
    let seen = recover::seen(written.iter().filter_map(|attribute| attribute.path.as_ref()));
    match errors.finish() {
        Ok(()) => expand::expand(&function, &layers, &krate, &seen),
        Err(error) => {
            futures::stand_in(&mut function, &layers);
            recover::mention(&mut function, &seen);
            recover::recover(&error, &function)
        }
    }
}
