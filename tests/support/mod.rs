//! One definition of a protected call, run sync and async: a scripted body, its clock, and the policies around it.
//!
//! ```ignore
//! both! {
//!     #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
//!     fn patient(script);
//! }
//!
//! #[test]
//! fn it_is_patient() {
//!     patient::each([fail(500), ok(1)], |case| assert_eq!(case.call(), Ok(1)));
//! }
//! ```
//! In the sync world a stopped clock of this thread is moved by whoever sleeps, in the async world tokio's paused one.
//! `NAME` is the name of all policies of the case. A `#[timeout]` works in `mode = deadline` in the sync world.
#![allow(dead_code, unused_macros, unused_imports, reason = "each test binary uses a part of the harness")]
#![allow(clippy::disallowed_types, clippy::unwrap_used, reason = "the rules of the runtime do not bind its tests")]

mod case;
mod script;

use resilience::Error;

pub(crate) use case::{Case, each, pass, stopped};
pub(crate) use script::{Script, Step, fail, hang, hint, ok, panics};

/// What protected calls return.
pub(crate) type Reply = Result<u32, Failure>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
    Status(u16),
    /// A failure that says when to come back.
    Busy(std::time::Duration),
    Refused(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

pub(crate) fn is_open(reply: &Reply) -> bool {
    matches!(reply, Err(Failure::Refused(Error::CircuitOpen(_))))
}

pub(crate) fn is_timeout(reply: &Reply) -> bool {
    matches!(reply, Err(Failure::Refused(Error::Timeout(_))))
}

pub(crate) const fn secs(seconds: u64) -> std::time::Duration {
    std::time::Duration::from_secs(seconds)
}

pub(crate) const fn millis(millis: u64) -> std::time::Duration {
    std::time::Duration::from_millis(millis)
}

/// The message of a panic that was caught.
pub(crate) fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap()
}

/// Waits for another thread.
pub(crate) fn eventually(happened: impl Fn() -> bool) {
    for _ in 0..5_000 {
        if happened() {
            return;
        }
        std::thread::sleep(millis(1));
    }
    panic!("it did not happen within five seconds");
}

macro_rules! both {
    ($($(#[$($attribute:tt)*])+ fn $case:ident($script:ident);)*) => {$(
        #[allow(unused_imports, dead_code, reason = "not every case uses everything")]
        mod $case {
            pub(crate) mod blocking {
                use super::super::*;
                pub(crate) const NAME: &str = concat!(module_path!(), "::call");
                blocking_call!([] $(#[$($attribute)*])+ $script);
            }

            pub(crate) mod awaited {
                use super::super::*;
                pub(crate) const NAME: &str = concat!(module_path!(), "::call");
                $(#[$($attribute)*])+
                pub(crate) async fn call($script: &Script) -> Reply {
                    $script.play_async().await
                }
            }

            pub(crate) fn each(
                steps: impl IntoIterator<Item = $crate::support::Step> + Clone,
                test: impl Fn(&$crate::support::Case),
            ) {
                let names = [blocking::NAME, awaited::NAME];
                $crate::support::each(names, steps, blocking::call, |script| Box::pin(awaited::call(script)), test);
            }
        }
    )*};
}

/// The same attributes for a sync function.
macro_rules! blocking_call {
    ([$($done:tt)*] #[timeout($($option:tt)*)] $($rest:tt)*) => {
        blocking_call!([$($done)* #[timeout($($option)*, mode = deadline)]] $($rest)*);
    };
    ([$($done:tt)*] #[$($attribute:tt)*] $($rest:tt)*) => {
        blocking_call!([$($done)* #[$($attribute)*]] $($rest)*);
    };
    ([$($done:tt)*] $script:ident) => {
        $($done)*
        pub(crate) fn call($script: &Script) -> Reply {
            $script.play()
        }
    };
}
