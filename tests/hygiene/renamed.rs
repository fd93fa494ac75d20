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
