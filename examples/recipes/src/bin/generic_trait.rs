//! A generic trait: its methods are protected where they are implemented, or once for all in a wrapper.

// [recipe]
use std::fmt::Display;

use resilience::retry;

trait Store<K> {
    type Value;
    type Error;

    fn load(&self, key: K) -> Result<Self::Value, Self::Error>;
}

/// Asks any store again when it fails.
struct Patient<S>(S);

impl<K, S> Store<K> for Patient<S>
where
    K: Clone + Display,
    S: Store<K>,
{
    type Value = S::Value;
    type Error = S::Error;

    #[retry(max_attempts = 3, base_delay = "1ms", clone(key))]
    fn load(&self, key: K) -> Result<S::Value, S::Error> {
        self.0.load(key)
    }
}
// [/recipe]

use std::cell::Cell;

/// Fails so many times.
struct Flaky(Cell<u32>);

impl Store<String> for Flaky {
    type Value = usize;
    type Error = &'static str;

    fn load(&self, key: String) -> Result<usize, &'static str> {
        match self.0.get() {
            0 => Ok(key.len()),
            left => {
                self.0.set(left - 1);
                Err("busy")
            }
        }
    }
}

fn main() {
    assert_eq!(Patient(Flaky(Cell::new(2))).load("abc".to_owned()), Ok(3));
    assert_eq!(Patient(Flaky(Cell::new(3))).load("abc".to_owned()), Err("busy"));
    println!("three attempts");
}
