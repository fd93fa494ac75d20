//! Any tokens between the parentheses of an attribute: diagnostics or a plan, no panic, no endless loop.
//!
//! `mkdir -p fuzz/corpus/options`, then
//! `cargo +nightly fuzz run options fuzz/corpus/options fuzz/seeds/options -- -dict=fuzz/options.dict -max_total_time=60`
//!
//! The first byte chooses the attribute, the rest is its source. A crate of macros exports nothing else, so its parsers
//! are included by path.
#![no_main]
#![allow(dead_code, unused_imports, reason = "expansion is left out, and with it the users of a part of this")]

// The included files ask it whether a compiler is running.
extern crate proc_macro;

#[path = "../../resilience-macros/src/args/mod.rs"]
mod args;
#[path = "../../resilience-macros/src/circuit_breaker.rs"]
mod circuit_breaker;
#[path = "../../resilience-macros/src/diagnostics.rs"]
mod diagnostics;
#[path = "../../resilience-macros/src/fallback.rs"]
mod fallback;
#[path = "../../resilience-macros/src/input/mod.rs"]
mod input;
#[path = "../../resilience-macros/src/retry.rs"]
mod retry;
#[path = "../../resilience-macros/src/stack.rs"]
mod stack;
#[path = "../../resilience-macros/src/timeout.rs"]
mod timeout;

use libfuzzer_sys::fuzz_target;
use proc_macro2::{Span, TokenStream};

use args::Kind;
use diagnostics::Errors;
use stack::Written;

fuzz_target!(|input: &[u8]| {
    let Some((choice, source)) = input.split_first() else {
        return;
    };
    let Some(tokens) = std::str::from_utf8(source).ok().and_then(|source| source.parse::<TokenStream>().ok()) else {
        return;
    };
    let kind = Kind::ALL[usize::from(*choice) % Kind::ALL.len()];
    let mut errors = Errors::default();
    let layers = stack::plan(&[Written { kind, span: Span::call_site(), tokens, path: None }], &mut errors);
    assert_eq!(layers.len(), 1);
    if let Err(error) = errors.finish() {
        assert!(error.into_iter().all(|error| !error.to_string().is_empty()), "a diagnostic says nothing");
    }
});
