//! What a body may contain.

use super::*;

#[retry(base_delay = "1ms", max_attempts = 2)]
async fn question_marks(flaky: &Flaky) -> Outcome<u32> {
    let double = |n: u32| -> Outcome<u32> { Ok(flaky.call(2)? + n) };
    let n = double(1)?;
    if n > 100 {
        return Ok(0);
    }
    'search: loop {
        for step in 0.. {
            if step == 3 {
                break 'search;
            }
        }
    }
    Ok(n)
}

#[retry(base_delay = "1ms")]
fn recursive(n: u32) -> Outcome<u32> {
    if n == 0 { Ok(0) } else { Ok(recursive(n - 1)? + 1) }
}

#[retry(base_delay = "1ms")]
async fn recursive_async(n: u32) -> Outcome<u32> {
    if n == 0 { Ok(0) } else { Ok(Box::pin(recursive_async(n - 1)).await? + 1) }
}

#[retry(base_delay = "1ms")]
fn inner_attribute() -> Outcome<u32> {
    #![allow(unused_variables)]
    let unused = 1;
    Ok(1)
}

#[retry(base_delay = "1ms")]
fn nested() -> Outcome<u32> {
    #[retry(base_delay = "1ms")]
    fn inside(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(2)
    }
    inside(&Flaky::default())
}

#[retry(base_delay = "1ms")]
fn endless(flaky: &Flaky) -> Result<std::convert::Infallible, Failure> {
    loop {
        flaky.call(9)?;
    }
}

macro_rules! protected {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block) => {
        $(#[$meta])*
        #[retry(base_delay = "1ms")]
        $vis fn $name($($arg: $ty),*) -> $ret $body
    };
}

protected! {
    /// Made by a macro.
    pub(super) fn generated(flaky: &Flaky) -> Outcome<u32> { flaky.call(2) }
}

#[tokio::test(start_paused = true)]
async fn bodies_keep_their_meaning() {
    assert_eq!(question_marks(&Flaky::default()).await, Ok(3));
    assert_eq!(recursive(3), Ok(3));
    assert_eq!(send(recursive_async(3)).await, Ok(3));
    assert_eq!(inner_attribute(), Ok(1));
    assert_eq!(nested(), Ok(2));
    assert_eq!(generated(&Flaky::default()), Ok(2));
    let flaky = Flaky::default();
    assert_eq!(endless(&flaky), Err(Failure::Broken(3)));
}
