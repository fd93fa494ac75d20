//! The measuring machinery behind `cargo bench -p benches`: no peers here, those are named in `table/` only.
//!
//! The contenders of a row take turns, batch by batch, so that whatever disturbs the machine disturbs them alike. What
//! counts is the ratio of two medians of one run; absolute times do not compare from machine to machine.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the seams of the runtime do not bind what measures it"
)]

mod alloc;
mod batch;
mod drive;
mod machine;
mod report;
mod row;
mod sample;

pub use alloc::{Counting, Tally, tally};
pub use batch::{Batch, calls};
pub use drive::{YieldOnce, block, enter, turns};
pub use machine::machine;
pub use report::{Report, fact};
pub use row::{Against, Contender, Role, Row, Target};
pub use sample::{Effort, in_a_crowd, in_turns, nanos};
