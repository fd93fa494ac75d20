//! Sync timeouts on worker threads.

use super::*;

struct Client {
    flaky: Flaky,
    words: Vec<u32>,
}

impl Client {
    const STEP: u32 = 1;

    #[timeout("5s")]
    fn owned(self, n: u32) -> Outcome<usize> {
        Ok(self.words.len() + n as usize)
    }

    #[retry(base_delay = "1ms", clone(self, words))]
    #[circuit_breaker(name = "shapes::threads", key = self.words.len())]
    #[timeout("5s")]
    fn retried(self: Arc<Self>, words: Vec<u32>) -> Outcome<usize> {
        struct Own;
        impl Own {
            fn one(&self) -> u32 {
                Client::STEP
            }
        }
        self.flaky.call(2 + Own.one())?;
        Ok(words.into_boxed_slice().len() + self.words.len())
    }
}

#[timeout("5s")]
fn free(text: String, fixed: &'static str, mut n: usize) -> Outcome<usize> {
    n += 1;
    Ok(text.len() + fixed.len() + n)
}

#[test]
fn a_sync_body_runs_on_a_worker() {
    let client = || Client { flaky: Flaky::default(), words: vec![1] };
    assert_eq!(client().owned(3), Ok(4));
    assert_eq!(Arc::new(client()).retried(vec![1, 2]), Ok(3));
    assert_eq!(free("a".into(), "b", 0), Ok(3));
}
