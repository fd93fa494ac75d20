//! Durations as people write them: `"250ms"`, `"1m 30s"`, `"1.5s"`.

use std::time::Duration;

const UNITS: &str = "ns, us, ms, s, m or h";

/// Parses a sequence of numbers with units; the sum is the duration.
///
/// # Errors
/// What is wrong with the text and what to write instead, without a full stop.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("empty duration: write for example `\"250ms\"` or `\"1m 30s\"`".into());
    }
    let mut nanos: u128 = 0;
    while !rest.is_empty() {
        let number = take(&mut rest, |c| c.is_ascii_digit() || c == '.' || c == '_');
        if number.is_empty() {
            if rest.starts_with('-') {
                return Err("a duration cannot be negative".into());
            }
            return Err(format!("expected a number at `{rest}`: write for example `\"250ms\"` or `\"1m 30s\"`"));
        }
        rest = rest.trim_start();
        let unit = take(&mut rest, char::is_alphabetic);
        if unit.is_empty() {
            return Err(format!("missing unit: write `{number}ms` or `{number}s`"));
        }
        let part = in_nanos(number, unit)?;
        nanos = nanos.checked_add(part).ok_or_else(too_long)?;
        rest = rest.trim_start();
    }
    let nanos = u64::try_from(nanos).map_err(|_| too_long())?;
    Ok(Duration::from_nanos(nanos))
}

/// Splits off the longest prefix of characters that satisfy `belongs`.
fn take<'a>(rest: &mut &'a str, belongs: impl Fn(char) -> bool) -> &'a str {
    let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    let (head, tail) = rest.split_at(end);
    *rest = tail;
    head
}

/// Exact decimal arithmetic: `0.1s` is 100 000 000 ns, which a float would only approach.
fn in_nanos(number: &str, unit: &str) -> Result<u128, String> {
    let per_unit: u128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(format!("unknown unit `{unit}`; use {UNITS}")),
    };
    let digits = number.replace('_', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return Err(format!("`{number}` is not a number"));
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u128>().map_err(|_| too_long())? };
    let whole = whole.checked_mul(per_unit).ok_or_else(too_long)?;
    // Beyond twenty digits nothing reaches a nanosecond, and up to there the product of an hour's nanoseconds fits.
    let fraction = fraction.chars().take(20).filter_map(|digit| digit.to_digit(10));
    let (part, scale) =
        fraction.fold((0, 1), |(part, scale): (u128, u128), digit| (part * 10 + u128::from(digit), scale * 10));
    whole.checked_add(part * per_unit / scale).ok_or_else(too_long)
}

fn too_long() -> String {
    "the duration is too long: at most 584 years fit".into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse;

    #[test]
    fn durations_are_read_exactly() {
        for (text, nanos) in [
            ("250ms", 250_000_000),
            ("1m 30s", 90_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1.5s", 1_500_000_000),
            ("0.1s", 100_000_000),
            (".5ms", 500_000),
            ("1 h", 3_600_000_000_000),
            ("10us", 10_000),
            ("10µs", 10_000),
            ("7ns", 7),
            ("1_000ms", 1_000_000_000),
            (" 0s ", 0),
            ("0.0000000001s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for (text, message) in [
            ("", "empty duration"),
            ("500", "missing unit: write `500ms` or `500s`"),
            ("1m 30", "missing unit: write `30ms` or `30s`"),
            ("5sec", "unknown unit `sec`; use ns, us, ms, s, m or h"),
            ("1.2.3s", "is not a number"),
            (".s", "is not a number"),
            ("-5s", "cannot be negative"),
            ("soon", "expected a number"),
            ("999999999999999999999999999999999999999999h", "too long"),
            ("600y", "unknown unit"),
            ("9999999999h", "too long"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
