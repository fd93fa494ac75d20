//! What a timeout says.

use std::fmt;
use std::time::Duration;

use crate::core::clock::nanos;
use crate::core::name::Name;
use crate::core::rounding;

/// The limit of a timeout passed.
///
/// Displays what an outer deadline had [left](Self::left) of it to two digits, rounded down.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), resilience::ConfigError> {
/// use std::time::Duration;
/// use resilience::{Error, Timeout};
///
/// let timeout = Timeout::builder("search").duration(Duration::from_secs(2)).build()?;
/// let Err(Error::Timeout(elapsed)) = timeout.call_async(std::future::pending::<Result<(), _>>).await else {
///     unreachable!("the body is never done");
/// };
/// assert_eq!((elapsed.name(), elapsed.limit(), elapsed.left()), ("search", Duration::from_secs(2), None));
/// assert_eq!(elapsed.to_string(), "`search` timed out after 2s");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Elapsed {
    name: Name,
    times: Times,
}

impl Elapsed {
    pub(super) fn new(name: Name, limit: Duration, left: Option<Duration>) -> Self {
        Self { name, times: Times::of(nanos(limit), left.map(nanos)) }
    }

    /// The name of the timeout.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The limit of the timeout, as it was written.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        Duration::from_nanos(self.times.limit())
    }

    /// What an outer deadline had left of the limit when the call began, where that was less: only a sync call waits no
    /// longer than an outer one. Zero when the body did not run for it. Both are then told to seven digits.
    ///
    /// ```
    /// use std::time::Duration;
    /// use resilience::{Error, Timeout};
    ///
    /// let total = Timeout::builder("total").duration(Duration::from_millis(1)).build()?;
    /// let part = Timeout::builder("part").duration(Duration::from_secs(2)).build()?;
    /// let _ = total.call(|| {
    ///     std::thread::sleep(Duration::from_millis(2));
    ///     let Err(Error::Timeout(elapsed)) = part.call(|| Ok::<_, Error>(())) else {
    ///         unreachable!("nothing is left for it")
    ///     };
    ///     assert_eq!((elapsed.limit(), elapsed.left()), (Duration::from_secs(2), Some(Duration::ZERO)));
    ///     assert_eq!(elapsed.to_string(), "`part` did not begin: nothing was left of its 2s");
    ///     Ok::<_, Error>(())
    /// });
    /// # Ok::<(), resilience::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn left(&self) -> Option<Duration> {
        match self.times.left() {
            Some(nanos) => Some(Duration::from_nanos(nanos)),
            None => None,
        }
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, limit) = (&self.name, self.limit());
        match self.left() {
            None => write!(f, "`{name}` timed out after {limit:?}"),
            Some(Duration::ZERO) => write!(f, "`{name}` did not begin: nothing was left of its {limit:?}"),
            Some(left) => {
                write!(f, "`{name}` timed out after {:?}, what was left of its {limit:?}", rounding::down(left))
            }
        }
    }
}

/// A limit, and perhaps what was left of it, in one word: a refusal is moved through every layer above it.
///
/// A limit alone is exact up to 292 years. With what was left, both are decimal fractions: people write limits with few
/// digits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Times(u64);

/// Set where what was left is told as well.
const SHORTER: u64 = 1 << 63;
/// An exponent of ten has four bits.
const EXPONENT: u32 = 4;
const LEFT: u32 = 27;
const LIMIT: u32 = 63 - LEFT;

impl Times {
    fn of(limit: u64, left: Option<u64>) -> Self {
        Self(match left {
            None => limit.min(SHORTER - 1),
            Some(left) => SHORTER | pack(limit, LIMIT) << LEFT | pack(left, LEFT),
        })
    }

    const fn limit(self) -> u64 {
        if self.0 & SHORTER == 0 { self.0 } else { unpack((self.0 & !SHORTER) >> LEFT, LIMIT) }
    }

    const fn left(self) -> Option<u64> {
        if self.0 & SHORTER == 0 { None } else { Some(unpack(self.0 & ((1 << LEFT) - 1), LEFT)) }
    }
}

/// A number as digits and a power of ten, in so many bits; rounded down.
fn pack(number: u64, bits: u32) -> u64 {
    let digits = bits - EXPONENT;
    let (mut number, mut exponent) = (number, 0_u64);
    while number >> digits != 0 {
        number /= 10;
        exponent += 1;
    }
    exponent << digits | number
}

const fn unpack(packed: u64, bits: u32) -> u64 {
    let digits = bits - EXPONENT;
    let (number, mut exponent) = (packed & ((1 << digits) - 1), packed >> digits);
    let mut unpacked = number;
    while exponent > 0 {
        unpacked = unpacked.saturating_mul(10);
        exponent -= 1;
    }
    unpacked
}

impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = Duration::from_nanos(self.limit());
        match self.left() {
            None => limit.fmt(f),
            Some(left) => write!(f, "{:?} of {limit:?}", Duration::from_nanos(left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;
    const HOUR: u64 = 3_600_000 * MS;

    #[test]
    fn a_limit_alone_is_exact() {
        for limit in [0, 1, 1_234_567_891_234, HOUR, 100 * 365 * 24 * HOUR] {
            let times = Times::of(limit, None);
            assert_eq!((times.limit(), times.left()), (limit, None));
        }
        assert_eq!(Times::of(u64::MAX, None).limit(), SHORTER - 1);
    }

    #[test]
    fn limits_as_people_write_them_are_exact_with_what_was_left() {
        for limit in [MS, 25 * MS, 250 * MS, 1_500 * MS, 90_000 * MS, HOUR, 24 * HOUR] {
            for left in [0, 1, MS, 3_591_234, 70 * MS, 1_250 * MS] {
                let times = Times::of(limit, Some(left));
                assert_eq!((times.limit(), times.left()), (limit, Some(left)));
            }
        }
    }

    #[test]
    fn errors_of_about_one_moment_have_one_text() {
        let text = |left| Elapsed::new("part".into(), Duration::from_secs(2), Some(left)).to_string();
        let expected = "`part` timed out after 1.9s, what was left of its 2s";
        for micros in [1_992_837, 1_993_001, 1_900_000] {
            assert_eq!(text(Duration::from_micros(micros)), expected);
        }
    }

    #[test]
    fn others_lose_what_nobody_looks_at() {
        for number in [123_456_789_123, 9_999_999_999, 77_777_777_777_777, u64::MAX, 1 << 62] {
            let times = Times::of(number, Some(number));
            let (limit, left) = (times.limit(), times.left().unwrap_or_default());
            assert!(limit <= number && number - limit <= number / 100_000_000, "{number} {limit}");
            assert!(left <= number && number - left <= number / 800_000, "{number} {left}");
        }
    }
}
