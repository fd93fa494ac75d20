//! Lengths of time in texts: two digits, so that errors that mean the same read the same.

use std::time::Duration;

/// `time` to two digits, rounded up: who waits for so long does not come too early.
pub(crate) fn up(time: Duration) -> Duration {
    let (nanos, step) = steps(time);
    Duration::from_nanos(nanos.div_ceil(step).saturating_mul(step))
}

/// `time` to two digits, rounded down: a part stays below its whole.
pub(crate) fn down(time: Duration) -> Duration {
    let (nanos, step) = steps(time);
    Duration::from_nanos(nanos / step * step)
}

/// `time` in nanoseconds, and the power of ten of which it holds fewer than a hundred.
fn steps(time: Duration) -> (u64, u64) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let mut step = 1;
    while nanos / step >= 100 {
        step *= 10;
    }
    (nanos, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_kept() {
        for (nanos, rounded_down, rounded_up) in [
            (0, "0ns", "0ns"),
            (99, "99ns", "99ns"),
            (101, "100ns", "110ns"),
            (29_999_123_456, "29s", "30s"),
            (30_000_000_000, "30s", "30s"),
            (30_000_000_001, "30s", "31s"),
            (990_000_001, "990ms", "1s"),
            (248_700_000, "240ms", "250ms"),
            (1_992_837_465, "1.9s", "2s"),
            (3_599_999_000_000, "3500s", "3600s"),
        ] {
            let time = Duration::from_nanos(nanos);
            assert_eq!(
                (format!("{:?}", down(time)), format!("{:?}", up(time))),
                (rounded_down.into(), rounded_up.into())
            );
        }
    }

    #[test]
    fn any_length_can_be_rounded() {
        let longest = Duration::from_nanos(u64::MAX);
        assert_eq!(
            (down(Duration::MAX), up(Duration::MAX)),
            (Duration::from_nanos(18_000_000_000_000_000_000), longest)
        );
    }
}
