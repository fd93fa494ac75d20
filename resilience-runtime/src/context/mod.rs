//! What a call carries with it: its deadline, and how its futures are polled and dropped.

pub mod deadline;
pub(crate) mod frame;
