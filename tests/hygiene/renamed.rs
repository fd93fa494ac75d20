//! `crate = path`: the attributes of a crate that is not called `resilience`.

use crate::facade::policies::{circuit_breaker, retry};

#[derive(Debug, PartialEq)]
pub(crate) struct Failure;

impl From<guard::Error> for Failure {
    fn from(_: guard::Error) -> Self {
        Self
    }
}

#[guard::fallback(value = 3, crate = ::guard)]
#[guard::retry(max_attempts = 2, base_delay = "1ms")]
#[guard::circuit_breaker(name = "hygiene::renamed")]
#[guard::timeout("1s")]
async fn by_path(n: u32) -> Result<u32, Failure> {
    if n == 0 { Ok(n) } else { Err(Failure) }
}

#[retry(max_attempts = 2, base_delay = "1ms", crate = crate::facade::policies)]
#[crate::facade::policies::timeout("1s")]
#[circuit_breaker(name = "hygiene::renamed::facade", crate = crate::facade::policies)]
async fn by_re_export(n: u32) -> Result<u32, Failure> {
    if n == 0 { Ok(n) } else { Err(Failure) }
}

#[resilience::retry(base_delay = "1ms")]
#[::resilience::timeout("1s")]
async fn by_full_path(n: u32) -> Result<u32, Failure> {
    Ok(n)
}

macro_rules! protected {
    ($name:ident, $krate:path) => {
        #[retry(base_delay = "1ms", crate = $krate)]
        fn $name(n: u32) -> Result<u32, Failure> {
            Ok(n)
        }
    };
}

protected!(made, crate::facade::policies);

#[test]
fn the_crate_may_have_any_name() {
    assert_eq!(crate::run(by_path(1)), Ok(3));
    assert_eq!(crate::run(by_re_export(1)), Err(Failure));
    assert_eq!(crate::run(by_full_path(1)), Ok(1));
    assert_eq!(made(1), Ok(1));
}

/// An error type without `From`.
#[derive(Debug, PartialEq)]
pub(crate) struct Foreign;

pub(crate) fn foreign(_: guard::Error) -> Foreign {
    Foreign
}

#[guard::timeout("1s", refused = |_| Foreign, crate = ::guard)]
async fn refused_by_closure(late: bool) -> Result<u32, Foreign> {
    if late { std::future::pending().await } else { Ok(1) }
}

#[retry(max_attempts = 2, base_delay = "1ms", refused = foreign, crate = crate::facade::policies)]
#[crate::facade::policies::timeout("1s")]
async fn refused_by_path(late: bool) -> Result<u32, Foreign> {
    if late { std::future::pending().await } else { Ok(1) }
}

#[test]
fn what_a_refusal_becomes_needs_no_name_of_the_crate() {
    for late in [false, true] {
        let expected = if late { Err(Foreign) } else { Ok(1) };
        assert_eq!(crate::run(refused_by_closure(late)), expected);
        assert_eq!(crate::run(refused_by_path(late)), expected);
    }
}
