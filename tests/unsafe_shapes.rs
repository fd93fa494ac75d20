//! Shapes that a crate with `forbid(unsafe_code)` cannot have.
#![cfg(feature = "macros")]
#![deny(warnings)]

use std::num::NonZeroU32;

use resilience::{fallback, retry};

#[derive(Debug, PartialEq)]
struct Failure;

#[retry(base_delay = "1ms")]
unsafe fn read(pointer: *const u32) -> Result<u32, Failure> {
    // SAFETY: the caller's promise.
    Ok(unsafe { *pointer })
}

#[retry(base_delay = "1ms")]
async unsafe fn read_async(pointer: *const u32) -> Result<u32, Failure> {
    // SAFETY: the caller's promise.
    Ok(unsafe { *pointer })
}

#[fallback(value = NonZeroU32::MAX)]
extern "C" fn callback(n: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(n)
}

#[tokio::test]
async fn unsafe_and_foreign_functions_work() {
    let n = 5;
    // SAFETY: `n` lives longer than the calls.
    assert_eq!(unsafe { read(&n) }, Ok(5));
    // SAFETY: as above.
    assert_eq!(unsafe { read_async(&n) }.await, Ok(5));
    assert_eq!(callback(0), Some(NonZeroU32::MAX));
    assert_eq!(callback(3), NonZeroU32::new(3));
}
