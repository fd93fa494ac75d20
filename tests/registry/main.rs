//! The registry through the facade: what it knows before the first call, what it says of conflicts, and the documents
//! it writes.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

mod before_the_first_call;
mod calls;
mod conflicts;
mod documents;
mod handles;
mod names;
#[cfg(feature = "metrics")]
mod removed;
mod vocabulary;

/// The record of the function at this path below the test crate.
fn function(name: &str) -> &'static resilience::Function {
    let path = format!("{}::{name}", module_path!());
    resilience::registry().inventory().into_iter().find(|function| function.path() == path).unwrap()
}
