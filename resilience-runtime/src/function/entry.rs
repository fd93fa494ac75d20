//! The functions of the binary: every expansion leaves a record, which the linker collects.

use super::Function;

/// The record of one annotated function, for the linker.
// `Clone` is asked for by the iterator of the lowest version of `inventory`.
#[derive(Debug, Clone, Copy)]
pub struct Entry(pub &'static Function);

::inventory::collect!(Entry);

/// Every record of the binary, in the linker's order.
pub(super) fn linked() -> impl Iterator<Item = &'static Function> + Clone {
    ::inventory::iter::<Entry>.into_iter().map(|entry| entry.0)
}
