//! The policies, each a folder with the same files.

pub(crate) mod budget;
pub mod circuit_breaker;
pub mod fallback;
pub mod retry;
pub mod timeout;
