//! Expansions mean what they say whatever is in scope.
#![cfg(feature = "macros")]
#![deny(warnings)]
#![forbid(unsafe_code)]

// The crate under another name, as `resilience = { package = .. }` or a re-export make it.
extern crate resilience as guard;

#[path = "hygiene/no_prelude.rs"]
mod no_prelude;
#[path = "hygiene/renamed.rs"]
mod renamed;
#[path = "hygiene/shadowed.rs"]
mod shadowed;

/// A re-export, as a company's own prelude would have it.
mod facade {
    pub(crate) use resilience as policies;
}

/// Runs a future where time does not pass by itself; `#[tokio::test]` is not as hygienic as what is tested here.
fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime can be built").block_on(future)
}
