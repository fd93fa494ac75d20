//! The whole simulation: everything that is printed and drawn follows from a seed.

mod agenda;
pub mod amplification;
pub mod collapse;
pub mod contention;
mod dice;
mod plot;
mod report;

pub use report::report;
