//! The functions of the binary: every expansion leaves a record, which the linker collects.

use super::Function;

/// The record of one annotated function, for the linker.
#[derive(Debug)]
pub struct Entry(pub &'static Function);

::inventory::collect!(Entry);

/// Every annotated function of the binary, by file and line.
pub(crate) fn collected() -> Vec<&'static Function> {
    let entries = ::inventory::iter::<Entry>.into_iter();
    let mut functions: Vec<_> = entries.map(|entry| entry.0).collect();
    functions.sort_by_key(|function| (function.file(), function.line(), function.path()));
    functions
}
