//! One source for sync and async, by `maybe_async`: the same attributes stand on both forms. The crate makes one of them by
//! its feature; these attributes of it make either.
#![cfg(feature = "macros")]
#![deny(warnings)]
#![forbid(unsafe_code)]
// Counts calls; nothing here is modelled.
#![allow(clippy::disallowed_types)]

use std::sync::atomic::{AtomicU32, Ordering};

use resilience::{fallback, retry, timeout};

type Outcome = Result<u32, String>;

fn call(calls: &AtomicU32, good: u32) -> Outcome {
    let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
    if call < good { Err(format!("call {call} failed")) } else { Ok(call) }
}

mod blocking {
    use super::*;

    #[maybe_async::must_be_sync]
    #[fallback(|error| Ok(error.len() as u32))]
    #[retry(base_delay = "1ms", max_attempts = 3)]
    #[timeout("1s", mode = deadline)]
    pub(super) async fn fetch(calls: &AtomicU32, good: u32) -> Outcome {
        let call = call(calls, good)?;
        Ok(call)
    }
}

mod waiting {
    use super::*;

    #[maybe_async::must_be_async]
    #[fallback(|error| Ok(error.len() as u32))]
    #[retry(base_delay = "1ms", max_attempts = 3)]
    #[timeout("1s", mode = deadline)]
    pub(super) async fn fetch(calls: &AtomicU32, good: u32) -> Outcome {
        let call = call(calls, good)?;
        Ok(call)
    }
}

#[tokio::test(start_paused = true)]
async fn both_forms_obey_the_same_attributes() {
    let calls = AtomicU32::default;
    assert_eq!((blocking::fetch(&calls(), 3), waiting::fetch(&calls(), 3).await), (Ok(3), Ok(3)));
    assert_eq!((blocking::fetch(&calls(), 9), waiting::fetch(&calls(), 9).await), (Ok(13), Ok(13)));
}
