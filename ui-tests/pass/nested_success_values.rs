//! `value` is the success value, which may be a `Result` or an `Option` itself.
use resilience::fallback;

#[derive(Debug, PartialEq)]
struct Failure;

type Found = Option<u32>;
type ReadResult = std::io::Result<u32>;

#[fallback(value = Ok(1))]
fn result() -> Result<Result<u32, ()>, Failure> {
    Err(Failure)
}

#[fallback(value = Err(1))]
fn inner_error() -> Result<std::result::Result<(), u32>, Failure> {
    Err(Failure)
}

#[fallback(value = Some(1))]
fn option() -> Result<Option<u32>, Failure> {
    Err(Failure)
}

#[fallback(value = None)]
async fn nothing() -> Result<Found, Failure> {
    Err(Failure)
}

#[fallback(value = None)]
fn option_of_an_option() -> Option<Option<u32>> {
    None
}

#[fallback(value = Ok(1))]
fn option_of_a_result() -> Option<Result<u32, Failure>> {
    None
}

#[fallback(value = Ok(1))]
fn named_alike() -> Result<ReadResult, Failure> {
    Err(Failure)
}

type Answer = Result<u32, ()>;

/// The name does not say that it is a `Result`: the value does.
#[fallback(value = Result::Ok(1))]
fn hidden() -> Result<Answer, Failure> {
    Err(Failure)
}

#[fallback(value = None)]
fn generic<T>() -> Result<Option<T>, Failure> {
    Err(Failure)
}

fn main() {
    assert_eq!((result(), inner_error(), option()), (Ok(Ok(1)), Ok(Err(1)), Ok(Some(1))));
    assert_eq!((option_of_an_option(), option_of_a_result()), (Some(None), Some(Ok(1))));
    assert!(named_alike().is_ok_and(|read| read.is_ok_and(|n| n == 1)));
    assert_eq!((generic::<u32>(), hidden()), (Ok(None), Ok(Ok(1))));
    drop(nothing());
}
