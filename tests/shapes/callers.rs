//! `#[track_caller]`: the body sees who called, as it would without policies.

use std::panic::Location;
use std::str::FromStr;

use super::*;

type Line = Outcome<u32>;

fn here() -> &'static Location<'static> {
    Location::caller()
}

#[track_caller]
fn passed_on() -> u32 {
    Location::caller().line()
}

#[track_caller]
#[retry(base_delay = "1ms")]
fn retried(flaky: &Flaky) -> Line {
    let line = Location::caller().line();
    flaky.call(2).map(|_| line)
}

#[retry(base_delay = "1ms", clone(words))]
#[track_caller]
fn early(flaky: &Flaky, words: Vec<&str>, mut n: u32) -> Line {
    n += 1;
    let double = |text: &str| -> Result<u32, std::num::ParseIntError> { Ok(u32::from_str(text)? * 2) };
    for word in words {
        if word == "return" {
            return Ok(passed_on());
        }
        'word: loop {
            if word.is_empty() {
                break 'word;
            }
            let m = double(word)?;
            assert!(u32::from_str(word)? < m, "{}", word.trim());
            if m > 0 {
                break;
            }
        }
    }
    flaky.call(2)?;
    Ok(passed_on() * n)
}

impl From<std::num::ParseIntError> for Failure {
    fn from(_: std::num::ParseIntError) -> Self {
        Self::Broken(77)
    }
}

#[track_caller]
#[fallback(value = 0, when = |error| *error == Failure::Refused)]
#[retry(max_attempts = 1)]
#[circuit_breaker(name = "shapes::callers")]
fn stacked(words: &[&str]) -> Line {
    let [word] = words else { return Err(Failure::Refused) };
    let parsed: Line = Ok(u32::from_str(word)?);
    Ok(parsed? + passed_on())
}

#[circuit_breaker(name = "shapes::callers::option")]
#[cfg_attr(all(), track_caller)]
fn option(number: Option<u32>) -> Option<u32> {
    Some(number? + passed_on())
}

#[fallback(default)]
#[circuit_breaker(name = "shapes::callers::plain")]
#[track_caller]
fn plain(early: bool) -> u32 {
    if early {
        return passed_on();
    }
    passed_on() + 1
}

#[fallback(default)]
#[circuit_breaker(name = "shapes::callers::unit")]
#[track_caller]
fn unit(lines: &mut Vec<u32>) {
    lines.push(passed_on());
    if lines.len() > 1 {
        return;
    }
    lines.push(0);
}

struct Client(u32);

impl Client {
    #[track_caller]
    #[retry(base_delay = "1ms", clone(self))]
    fn consumed(self: Arc<Self>) -> Line {
        if self.0 == 0 {
            Err(Failure::Refused)?
        }
        Ok(passed_on())
    }

    #[track_caller]
    #[retry(base_delay = "1ms")]
    fn exclusive<T: FromStr>(&mut self, text: &str) -> Result<T, Failure>
    where
        Failure: From<T::Err>,
    {
        self.0 += 1;
        let value = T::from_str(text)?;
        self.0 = passed_on();
        Ok(value)
    }
}

#[track_caller]
#[retry(base_delay = "1ms", max_attempts = 1)]
fn unwraps(number: Option<u32>) -> Line {
    Ok(number.expect("a number"))
}

#[track_caller]
#[retry(base_delay = "1ms")]
fn before_a_block(flaky: &Flaky) -> impl Future<Output = Line> {
    let line = Location::caller().line();
    async move { flaky.call(2).map(|_| line) }
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_seen() {
    let flaky = Flaky::default;
    assert_eq!(retried(&flaky()), Ok(line!()));
    assert_eq!(early(&flaky(), vec!["", "7"], 1), Ok(line!() * 2));
    assert_eq!(early(&flaky(), vec!["return"], 1), Ok(line!()));
    assert_eq!(early(&flaky(), vec!["x"], 1), Err(Failure::Broken(77)));
    assert_eq!(stacked(&["3"]), Ok(line!() + 3));
    assert_eq!((stacked(&[]), stacked(&["x"])), (Ok(0), Err(Failure::Broken(77))));
    assert_eq!((option(Some(1)), option(None)), (Some(line!() + 1), None));
    assert_eq!((plain(true), plain(false)), (line!(), line!() + 1));
    let mut lines = Vec::new();
    unit(&mut lines);
    unit(&mut lines);
    assert_eq!(lines, [line!() - 2, 0, line!() - 1]);
    assert_eq!(Arc::new(Client(1)).consumed(), Ok(line!()));
    assert_eq!(Arc::new(Client(0)).consumed(), Err(Failure::Refused));
    let mut client = Client(0);
    assert_eq!(client.exclusive("7"), Ok(7_u32));
    assert_eq!(client.0, line!() - 1);
    assert_eq!(client.exclusive::<u32>("x"), Err(Failure::Broken(77)));
    assert_eq!(before_a_block(&flaky()).await, Ok(line!()));
    assert_ne!(here().line(), line!(), "without the attribute nobody sees the caller");
}

#[test]
fn a_panic_is_blamed_on_the_caller() {
    let seen = Arc::new(AtomicU32::new(0));
    let noted = Arc::clone(&seen);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        noted.store(panic.location().map_or(0, Location::line), Ordering::Relaxed);
    }));
    let line = line!() + 1;
    let caught = std::panic::catch_unwind(|| unwraps(None));
    std::panic::set_hook(before);
    assert!(caught.is_err());
    assert_eq!(seen.load(Ordering::Relaxed), line);
}
