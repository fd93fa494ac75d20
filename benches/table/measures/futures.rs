//! How much larger a future becomes by its attributes.

use benches::fact;

use super::Facts;
use crate::stacks::{protected_pending, protected_ready};
use crate::work::{Failure, pending, ready};

pub(super) fn sizes() -> Facts {
    let pairs = [
        ("full stack, body ready", size_of_val(&protected_ready(7)), size_of_val(&ready::<Failure>(7))),
        ("full stack, body pending", size_of_val(&protected_pending(7)), size_of_val(&pending::<Failure>(7))),
    ];
    let line = |(what, stack, plain): (&str, usize, usize)| {
        let found = format!("{stack} bytes, plain {plain}: +{}", stack - plain);
        fact(&format!("size of the future, {what}"), &found, "≤ +300 bytes", Some(stack - plain <= 300))
    };
    pairs.map(line).to_vec()
}
