//! What may stand behind `refused =`, and on which attribute.

use crate::support::*;
use resilience::{Error, circuit_breaker, fallback, retry, timeout};

#[derive(Debug, PartialEq)]
enum Status {
    Own,
    Refused(Error),
    Named(String),
}

impl Status {
    fn named(error: Error) -> Self {
        Self::Named(error.name().to_owned())
    }
}

fn named<E: From<Error>>(error: impl Into<Error>) -> E {
    E::from(error.into())
}

macro_rules! on {
    ($name:ident, $($attribute:meta),*) => {
        $(#[$attribute])*
        fn $name(script: &Script) -> Result<u32, Status> {
            script.play().map_err(|_| Status::Own)
        }
    };
}

on!(
    on_a_fallback,
    fallback(value = 1, when = |_: &Status| false, refused = Status::named),
    timeout("1s", mode = deadline)
);
on!(on_a_retry, retry(max_attempts = 1, refused = Status::named), timeout("1s", mode = deadline));
on!(on_a_breaker, circuit_breaker(name = "refused::forms", refused = Status::named), timeout("1s", mode = deadline));
on!(on_a_timeout, timeout("1s", mode = deadline, refused = Status::named));
on!(on_the_upper_timeout, timeout("1m", refused = Status::named, mode = deadline), timeout("1s", mode = deadline));
on!(on_the_lower_timeout, timeout("1m", mode = deadline), timeout("1s", refused = Status::named, mode = deadline));

#[test]
fn it_stands_on_any_attribute() {
    let _clock = stopped();
    for call in [on_a_fallback, on_a_retry, on_a_breaker, on_a_timeout, on_the_upper_timeout, on_the_lower_timeout] {
        let Err(Status::Named(name)) = call(&Script::new([hang()])) else { panic!("not refused") };
        assert!(name.starts_with("refused::forms::on_"), "{name}");
        assert_eq!(call(&Script::new([fail(500)])), Err(Status::Own));
    }
}

on!(constructor, timeout("1s", mode = deadline, refused = Status::Refused));
on!(annotated, timeout("1s", mode = deadline, refused = |e: resilience::Error| -> Status { Status::Refused(e) }));
on!(
    block,
    timeout(
        "1s",
        mode = deadline,
        refused = |e| {
            if e.is_retryable() {
                return Status::Refused(e);
            }
            Status::Own
        }
    )
);
on!(pattern, timeout("1s", mode = deadline, refused = |e @ (Error::Timeout(_) | _)| Status::Refused(e)));
on!(moving, timeout("1s", mode = deadline, refused = move |e| Status::Refused(e)));
on!(made, timeout("1s", mode = deadline, refused = maker()));

fn maker() -> impl FnOnce(Error) -> Status {
    Status::Refused
}

#[test]
fn it_is_anything_that_can_be_called() {
    let _clock = stopped();
    for call in [constructor, annotated, block, pattern, moving, made] {
        assert!(matches!(call(&Script::new([hang()])), Err(Status::Refused(Error::Timeout(_)))));
    }
}

macro_rules! fragment {
    ($name:ident, $refused:expr) => {
        #[timeout("1s", mode = deadline, refused = $refused)]
        fn $name(script: &Script) -> Result<u32, Status> {
            script.play().map_err(|_| Status::Own)
        }
    };
}

fragment!(fragment_closure, |e| Status::named(e));
fragment!(fragment_path, Status::named);

#[test]
fn of_a_macro_as_well() {
    let _clock = stopped();
    for call in [fragment_closure, fragment_path] {
        assert!(matches!(call(&Script::new([hang()])), Err(Status::Named(_))));
    }
}

#[timeout("1s", mode = deadline, refused = named)]
fn generic_path(script: &Script) -> Result<u32, String> {
    script.play().map_err(|_| String::new())
}

#[test]
fn a_generic_function_is_told_the_types() {
    let _clock = stopped();
    assert!(generic_path(&Script::new([hang()])).unwrap_err().contains("timed out"));
}

#[test]
fn the_inventory_shows_it_where_it_is_written() {
    let inventory = resilience::registry().inventory();
    let function = inventory.iter().find(|function| function.path() == "refused::forms::on_a_retry").unwrap();
    let options: Vec<_> = function.layers().iter().map(|layer| layer.options().to_vec()).collect();
    assert!(format!("{:?}", options[0]).contains("Status::named"), "{options:?}");
    assert!(!format!("{:?}", options[1]).contains("refused"), "{options:?}");
}

/// Nothing here refuses yet; the option is checked all the same.
#[retry(max_attempts = 2, base_delay = "1ms", refused = Status::named)]
fn nothing_to_refuse(script: &Script) -> Result<u32, Status> {
    script.play().map_err(|_| Status::Own)
}

#[test]
fn it_may_stand_where_nothing_refuses() {
    let _clock = stopped();
    assert_eq!(nothing_to_refuse(&Script::new([fail(500)])), Err(Status::Own));
    assert_eq!(nothing_to_refuse(&Script::new([fail(500), ok(1)])), Ok(1));
}
