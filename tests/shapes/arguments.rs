//! Arguments of every kind.

use super::*;

#[retry(base_delay = "1ms")]
async fn mutable(flaky: &Flaky, mut n: u32, mut words: Vec<u32>) -> Outcome<(u32, usize)> {
    n += 1;
    words.push(n);
    flaky.call(3)?;
    Ok((n, words.len()))
}

#[retry(base_delay = "1ms")]
fn mutable_reference(flaky: &Flaky, mut rest: &str, mut out: &mut Vec<u32>) -> Outcome<usize> {
    rest = &rest[1..];
    out.push(1);
    let other = &mut Vec::new();
    if rest.is_empty() {
        out = other;
        out.push(2);
    }
    flaky.call(2)?;
    Ok(rest.len())
}

struct Point {
    x: u32,
    y: u32,
}

#[retry(base_delay = "1ms")]
#[timeout("1s")]
async fn patterns(
    flaky: &Flaky,
    (mut a, b): (u32, u32),
    Point { x, y: mut other }: Point,
    [c, ..]: [u32; 3],
    &d: &u32,
    _: u32,
) -> Outcome<u32> {
    a += 1;
    other += 1;
    flaky.call(2)?;
    Ok(a + b + x + other + c + d)
}

#[fallback(stand_in)]
fn passed_on(_: u32, (a, b): (u32, u32), Point { x, y }: Point) -> Outcome<u32> {
    Err(Failure::Broken(a + b + x + y))
}

fn stand_in(n: u32, (a, b): (u32, u32), point: Point, error: Failure) -> Outcome<u32> {
    assert_eq!(error, Failure::Broken(a + b + point.x + point.y));
    Ok(n)
}

#[fallback(other)]
#[retry(base_delay = "1ms", max_attempts = 2)]
fn conditional(flaky: &Flaky, #[cfg(not(test))] gone: u32, #[cfg(test)] mut kept: u32) -> Outcome<u32> {
    kept += 1;
    flaky.call(9)?;
    Ok(kept)
}

fn other(_: &Flaky, kept: u32) -> Outcome<u32> {
    Ok(kept * 10)
}

#[retry(base_delay = "1ms")]
async fn raw(r#type: &Flaky, r#match: u32) -> Outcome<u32> {
    r#type.call(2)?;
    Ok(r#match)
}

#[retry(base_delay = "1ms")]
async fn r#loop() -> Outcome<u32> {
    Ok(1)
}

#[fallback(|e| { let _ = e; Ok(out + attempts + call + frame) })]
#[retry(base_delay = "1ms")]
#[timeout("1s")]
async fn internal_names(out: u32, attempts: u32, call: u32, frame: u32, limit: u32, permit: u32) -> Outcome<u32> {
    Err(Failure::Broken(limit + permit))
}

#[retry(base_delay = "1ms")]
async fn opaque(flaky: impl Fn() -> Outcome<u32>, words: impl Iterator<Item = u32> + Clone) -> Outcome<u32> {
    flaky()?;
    Ok(words.clone().sum())
}

#[retry(base_delay = "1ms")]
fn dynamic(flaky: &dyn Fn() -> Outcome<u32>, boxed: Box<dyn Fn() -> u32>) -> Outcome<u32> {
    flaky()?;
    Ok(boxed())
}

#[retry(base_delay = "1ms", clone(words))]
async fn consumed(flaky: &Flaky, words: Vec<u32>) -> Outcome<usize> {
    flaky.call(3)?;
    Ok(words.into_boxed_slice().len())
}

#[fallback(count, clone(words))]
#[timeout("1s")]
async fn consumed_by_both(words: Vec<u32>) -> Outcome<usize> {
    drop(words);
    Err(Failure::Broken(1))
}

async fn count(words: Vec<u32>) -> Outcome<usize> {
    Ok(words.len())
}

#[tokio::test(start_paused = true)]
async fn every_argument_works() {
    let flaky = Flaky::default;
    assert_eq!(send(mutable(&flaky(), 1, vec![1])).await, Ok((2, 2)));
    let mut out = Vec::new();
    assert_eq!(mutable_reference(&flaky(), "abc", &mut out), Ok(2));
    assert_eq!(out, [1, 1]);
    let point = || Point { x: 10, y: 100 };
    assert_eq!(send(patterns(&flaky(), (1, 2), point(), [1000, 0, 0], &5, 0)).await, Ok(1120));
    assert_eq!(passed_on(3, (1, 2), point()), Ok(3));
    assert_eq!(conditional(&flaky(), 4), Ok(40));
    assert_eq!(raw(&flaky(), 3).await, Ok(3));
    assert_eq!(r#loop().await, Ok(1));
    assert_eq!(internal_names(1, 2, 3, 4, 5, 6).await, Ok(10));
    let one = flaky();
    assert_eq!(opaque(|| one.call(2), [1, 2].into_iter()).await, Ok(3));
    let one = flaky();
    assert_eq!(dynamic(&|| one.call(2), Box::new(|| 5)), Ok(5));
    assert_eq!(send(consumed(&flaky(), vec![1, 2])).await, Ok(2));
    assert_eq!(send(consumed_by_both(vec![1, 2])).await, Ok(2));
}
