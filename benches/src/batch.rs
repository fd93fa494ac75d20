//! So many calls of one contender, as one function.

use std::hint::black_box;

/// So many calls of one contender.
pub type Batch = Box<dyn Fn(u64) + Send + Sync>;

/// A batch of sync calls.
pub fn calls<T>(call: impl Fn() -> T + Send + Sync + 'static) -> Batch {
    Box::new(move |n| {
        for _ in 0..n {
            // By reference: handed over as a value, the result would be copied once more.
            black_box(&call());
        }
    })
}
