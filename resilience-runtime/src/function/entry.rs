//! The functions of the binary: what an expansion leaves in it links their records before `main`.

use super::Function;
use crate::core::chain::{Chain, Link, Linked};

static FUNCTIONS: Chain<Function> = Chain::new();

impl Linked for Function {
    fn link(&self) -> &Link<Self> {
        &self.link
    }
}

/// Makes a function known. For what runs at the start of a program, a library or a plug-in.
pub fn enlist(function: &'static Function) {
    FUNCTIONS.enlist(function);
}

/// Every record of the binary, in no order.
pub(super) fn linked() -> impl Iterator<Item = &'static Function> + Clone {
    FUNCTIONS.iter()
}
