//! How often a half-open circuit is looked at again. A look costs neither an attempt nor the dependency anything.

use std::time::Duration;

use super::config::Config;
use super::stats::End;

/// The first look comes after 5 to 10 ms, each further one after twice that.
const FIRST: Duration = Duration::from_millis(10);

/// None comes later than this after the one before: who waits is served this soon after the circuit has closed.
const LONGEST: Duration = Duration::from_secs(1);

/// So many looks double; the next one would be longer than the longest.
const DOUBLINGS: u32 = 7;

/// The delay before the next look after so many others, or why there is none.
pub(super) fn next(config: &Config, looks: u16, mut unit: impl FnMut() -> f64) -> Result<Duration, End> {
    if config.max_attempts == 1 {
        return Err(End::MaxAttempts);
    }
    let left = config.max_hint.saturating_sub(at_most_after(looks));
    if looks == u16::MAX || left.is_zero() {
        return Err(End::MaxDuration);
    }
    let longest = length(looks.into()).min(left);
    Ok(longest / 2 + (longest / 2).mul_f64(unit()))
}

/// The longest that the look after so many others may be away.
fn length(looks: u32) -> Duration {
    if looks < DOUBLINGS { FIRST * 2_u32.pow(looks) } else { LONGEST }
}

/// The longest that so many looks may have taken.
fn at_most_after(looks: u16) -> Duration {
    let looks = u32::from(looks);
    let doubled = FIRST * (2_u32.pow(looks.min(DOUBLINGS)) - 1);
    doubled + LONGEST * looks.saturating_sub(DOUBLINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_doubles_until_it_is_a_second_away() {
        assert_eq!((length(0), length(6)), (FIRST, Duration::from_millis(640)));
        assert!(FIRST * 2_u32.pow(DOUBLINGS) > LONGEST);
        assert_eq!((length(7), length(60_000)), (LONGEST, LONGEST));
        for looks in 0..100 {
            let sum: Duration = (0..u32::from(looks)).map(length).sum();
            assert_eq!(at_most_after(looks), sum);
        }
    }
}
