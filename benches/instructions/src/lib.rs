//! Instructions per call of the six hottest paths, held against `BASELINE.md`.
//!
//! ```console
//! $ cargo run -p instructions             # counts, prints a table, fails when a row has grown by more than 10 %
//! $ cargo run -p instructions -- --save   # counts, and writes the baseline anew
//! ```
//!
//! Times differ from run to run, counts do not: the same binary always takes the same way. The rows are in `calls.rs`, a
//! bench target of its own, which `cargo bench -p instructions` runs without a judge. Both need `valgrind`, and
//! `gungraun-runner` in the version that `Cargo.lock` has of `gungraun`.

mod counts;
mod harness;
mod verdict;

pub use counts::Counts;
pub use harness::count;
pub use verdict::{LIMIT, Verdict, judge};

/// Calls in the loop that is measured for each row.
pub const CALLS: u64 = 1_000;
