//! The attributes of `resilience-rs`: [`macro@retry`], [`macro@circuit_breaker`], [`macro@timeout`] and
//! [`macro@fallback`]. Depend on the facade, which re-exports them.
//!
//! # Order
//!
//! Written order is nesting order: the top attribute is the outermost. The first one to expand takes the others with it
//! and emits one flat expansion: a fallback is a `match`, a retry a `loop`, a breaker a `match` around a permit, and
//! only a timeout makes the inner part a value of its own. From the outside in:
//!
//! `fallback` > `timeout` for the whole call > `retry` > `circuit_breaker` > `timeout` for each attempt
//!
//! A stack that cannot mean what it says does not compile, and the message says what to write: `retry` or
//! `circuit_breaker` above a fallback that catches everything, the same policy twice (two timeouts and fallbacks with
//! different `when` are fine), one of the attributes imported under another name.
//!
//! An attribute of another crate above these expands first, and so runs inside: once per attempt. Below them, or between
//! them, it runs around all of them: put `#[tracing::instrument]` below for one span per call.
//!
//! # What every attribute takes
//!
//! | option | default | meaning |
//! |---|---|---|
//! | `name` | `module::path::function` | the name of the policy: a literal or a constant; required on `circuit_breaker` |
//! | `crate` | `::resilience` | the path of the crate when it is renamed or re-exported: `crate = ::my_resilience` |
//!
//! A duration is `"250ms"`, `"1m 30s"`, a bare `250ms`, or any expression of type `Duration`. Expressions may use
//! `self` and the arguments; a retry or breaker with such options is registered at its first call instead of at the
//! start of the program. A value may come from a `macro_rules!` macro: a fragment is read as what it stands for.
//!
//! # Where
//!
//! Free functions and methods, in traits and implementations, sync and async, and functions that return a future by
//! `impl Future` or a box. The return type is `Result<T, E>` or `Option<T>`, by whatever alias. A policy's own refusal
//! needs `E: From<resilience::Error>` where it can get out.
//!
//! Arguments are borrowed by every attempt. A body that consumes one needs `clone(argument)`. An argument declared `mut`
//! starts every attempt with its first value, for which it is cloned; what an attempt does through `&mut` stays done.
//! A returned future (`-> impl Future`) does nothing before it is polled. An argument may be any pattern; where
//! `#[fallback(path)]` hands it on by value, one without `..`.
//!
//! Under `#[track_caller]` a sync body sees its caller as it does without policies; a `#[timeout]` cannot keep it, and
//! does not compile there. `async fn`s have no caller to see.
#![forbid(unsafe_code)]

mod args;
mod caller;
mod circuit_breaker;
mod diagnostics;
mod exits;
mod expand;
mod fallback;
mod input;
mod order;
mod recover;
mod retry;
mod shape;
mod stack;
mod standby;
mod timeout;

#[cfg(test)]
mod streams;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};

use crate::args::Kind;
use crate::diagnostics::Errors;
use crate::input::Function;
use crate::stack::Written;

/// Calls the function again when it fails.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `max_attempts` | `3` | calls of the body, the first included; `1` never retries |
/// | `strategy` | `exponential` | `exponential`, `linear`, `constant`, `fibonacci`, `decorrelated`, or a path or closure: `(attempt) -> Duration`, or `(attempt, &E) -> Duration`. After a refusal or a value there is no error to see: then the delay is that of `exponential` |
/// | `base_delay` | `"100ms"` | the delay that the strategy starts from; `"0ms"` means at once, whatever the strategy |
/// | `max_delay` | `"10s"` | no delay is longer, unless a hint is |
/// | `factor` | `2.0` | growth of `exponential` |
/// | `jitter` | `full` | `full`, `equal`, `none`, a share to add: `0.1`, or one to add or take away: `symmetric(0.25)` |
/// | `max_elapsed` | none | no attempt starts, and no delay is slept, past it |
/// | `retry_if` | every error | `\|e: &E\| bool` |
/// | `abort_if` | none | `\|e: &E\| bool`; wins over `retry_if` |
/// | `retry_if_result` | none | `\|v: &T\| bool`: a success that asks for another attempt |
/// | `retry_after` | none | `\|e: &E\| Option<Duration>`: the server's hint, a lower bound on the next delay; up to a tenth of it is added by chance, so that those who were told the same do not come back as one |
/// | `max_hint` | `"60s"` | a hint above it ends the retry with the last error |
/// | `before_retry` | none | a path or closure `(attempt, &E)`, sync or async, run between attempts; its error ends the retry |
/// | `budget` | none | `0.2` or `"name"`: retries as a share of calls |
/// | `idempotent` | `true` | `false` retries only refusals, where the body never ran |
/// | `retry_on_open` | `false` | wait until an open circuit has closed instead of giving up |
/// | `clone(a, b)` | none | arguments, or `self`, that each attempt gets a clone of |
///
/// Every closure may use `self` and the arguments. A closure given to `before_retry` is written out in place: it may
/// also `.await` in an async function, and `?` ends the retry. A `?` in a closure or an `async` block inside it belongs
/// there.
///
/// # Errors
///
/// The error of the last attempt, unchanged. A retry refuses nothing itself, so it asks nothing of the error type.
///
/// # Cancel safety
///
/// Dropping the future ends the retry between or inside attempts; the call counts as cancelled.
///
/// # Examples
///
/// ```
/// use resilience::retry;
///
/// #[derive(Debug, PartialEq)]
/// enum Error {
///     Busy,
///     NotFound,
/// }
///
/// #[retry(max_attempts = 4, base_delay = "1ms", retry_if = |error| *error == Error::Busy)]
/// fn load(id: u32, calls: &mut u32) -> Result<u32, Error> {
///     *calls += 1;
///     match (id, *calls) {
///         (0, _) => Err(Error::NotFound),
///         (_, 1..=2) => Err(Error::Busy),
///         _ => Ok(id),
///     }
/// }
///
/// let mut calls = 0;
/// assert_eq!(load(7, &mut calls), Ok(7));
/// assert_eq!(calls, 3);
/// assert_eq!(load(0, &mut calls), Err(Error::NotFound));
/// assert_eq!(calls, 4);
/// ```
///
/// A hook between attempts, and a body that consumes its argument:
///
/// ```
/// # use resilience::retry;
/// # #[derive(Debug)] struct Error;
/// struct Client { token: std::cell::Cell<u32> }
///
/// impl Client {
///     #[retry(base_delay = "1ms", before_retry = |_attempt, _error| self.refresh().await, clone(body))]
///     async fn send(&self, body: Vec<u8>) -> Result<usize, Error> {
///         if self.token.get() == 0 { Err(Error) } else { Ok(body.into_iter().count()) }
///     }
///
///     async fn refresh(&self) -> Result<(), Error> {
///         self.token.set(1);
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let client = Client { token: 0.into() };
/// assert_eq!(client.send(vec![1, 2]).await.unwrap(), 2);
/// # }
/// ```
///
/// A strategy that sees the error:
///
/// ```
/// # use std::time::Duration;
/// # use resilience::retry;
/// #[derive(Debug, PartialEq)]
/// enum Error { Busy, Locked }
///
/// fn delay(attempt: u32, error: &Error) -> Duration {
///     match error {
///         Error::Busy => Duration::from_millis(2) * attempt,
///         Error::Locked => Duration::from_millis(1),
///     }
/// }
///
/// #[retry(strategy = delay, jitter = symmetric(0.25))]
/// fn reserve(seat: u32) -> Result<u32, Error> {
///     if seat == 0 { Err(Error::Locked) } else { Ok(seat) }
/// }
/// # assert_eq!(reserve(0), Err(Error::Locked));
/// assert_eq!(reserve(7), Ok(7));
/// ```
///
/// The other options:
///
/// ```
/// # use std::time::Duration;
/// # #[derive(Debug)] struct Error { retry_after: Option<Duration>, fatal: bool }
/// #[resilience::retry(
///     name = "stock", strategy = exponential, max_delay = "2s", factor = 3.0, jitter = equal, max_elapsed = "10s",
///     abort_if = |error| error.fatal, retry_if_result = |pieces| *pieces == 0, retry_after = |error| error.retry_after,
///     max_hint = "30s",
///     budget = "shop", idempotent = true, retry_on_open = true,
/// )]
/// fn stock(sku: &str) -> Result<usize, Error> { Ok(sku.len()) }
/// # assert_eq!(stock("tea").unwrap(), 3);
/// ```
#[proc_macro_attribute]
pub fn retry(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Retry, args.into(), item.into()).into()
}

/// Stops calling what keeps failing, and tries again carefully.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `name` | required | functions that name the same breaker share it |
/// | `failure_threshold` | `5`, off while a rate or latency rule is given | failures in a row that open the circuit |
/// | `failure_window` | none | count them within this time instead of in a row |
/// | `failure_rate` | off | opens at this share of failures, looked at when one comes in and when `minimum_calls` is completed |
/// | `window` | `100` | what rates and latencies look back on: a number of calls, or a duration, which slides by tenths of itself |
/// | `minimum_calls` | `window` | calls before a rate says anything; the one that completes them may open, also when it succeeds |
/// | `slow_call_duration` | off | a call that takes at least this long is slow, also one that its caller then drops |
/// | `slow_call_rate` | `1.0` | opens at this share of slow calls, looked at as `failure_rate` is |
/// | `max_average_latency` | off | opens above this mean |
/// | `recovery_timeout` | `"30s"` | how long it stays open before the first probe: a duration, or how often in a row it has opened decides: `\|openings: u32\| Duration`, or the path of such a function |
/// | `max_recovery_timeout` | `recovery_timeout` | the time doubles with each failed probe up to this |
/// | `half_open_max_calls` | `1` | probes at once |
/// | `success_threshold` | `1` | successful probes that close it |
/// | `half_open_failure_rate` | `0.0` | reopens at this share of failed probes: `success_threshold` probes are judged together, and failures that reach the share reopen it as soon as they are in; at `0.0` the first one does, at `1.0` only all of them |
/// | `failure_if` | every error | `\|e: &E\| bool`; any other error is a success |
/// | `ignore_if` | none | `\|e: &E\| bool`: says nothing about the dependency, is not recorded |
/// | `failure_if_result` | none | `\|v: &T\| bool`: a value that is a failure |
/// | `key` | none | one breaker per value of this expression: per tenant, per endpoint |
/// | `max_keys` | `10_000` | keys kept; idle ones go first, those that refuse calls last |
///
/// # Errors
///
/// The body's, and `resilience::Error` while the circuit is open: `E: From<resilience::Error>`; an `Option` becomes
/// `None`.
///
/// [`CircuitOpen`](https://docs.rs/resilience-rs/latest/resilience/struct.CircuitOpen.html) inside of it says which rule
/// opened the circuit, what it saw, and the text of the error that did (its `Display`, or `Debug`, or the name of its
/// type); `stats()` and events say the same.
///
/// # Calls inside of calls
///
/// A call that is made inside of a probe of the same breaker, by recursion or through another function of that name, passes
/// with it and is not counted by itself.
///
/// # Cancel safety
///
/// A dropped call is neither success nor failure; a probe gives its place back. One that had lasted `slow_call_duration`
/// counts as a slow call all the same, and as a failed probe: a caller who gives up first does not hide a dependency that
/// hangs.
///
/// # Examples
///
/// ```
/// use resilience::circuit_breaker;
///
/// #[derive(Debug, PartialEq)]
/// enum Error {
///     Down,
///     NotCalled,
/// }
///
/// impl From<resilience::Error> for Error {
///     fn from(_: resilience::Error) -> Self {
///         Self::NotCalled
///     }
/// }
///
/// #[circuit_breaker(name = "payments", failure_threshold = 2, recovery_timeout = "30s")]
/// fn pay(up: bool) -> Result<(), Error> {
///     if up { Ok(()) } else { Err(Error::Down) }
/// }
///
/// assert_eq!(pay(false), Err(Error::Down));
/// assert_eq!(pay(false), Err(Error::Down));
/// assert_eq!(pay(true), Err(Error::NotCalled));
/// ```
///
/// One breaker per city, with every other option:
///
/// ```
/// # use std::io::{self, ErrorKind};
/// #[resilience::circuit_breaker(
///     name = "warehouse", key = city, max_keys = 100, failure_threshold = 10, failure_window = "60s",
///     failure_rate = 0.5, window = 200, minimum_calls = 20,
///     slow_call_duration = "2s", slow_call_rate = 0.8, max_average_latency = "1s",
///     recovery_timeout = "5s", max_recovery_timeout = "1m", half_open_max_calls = 2, success_threshold = 3,
///     half_open_failure_rate = 0.5,
///     failure_if = |error| error.kind() != ErrorKind::NotFound, ignore_if = |error| error.kind() == ErrorKind::Interrupted,
///     failure_if_result = |status| *status >= 500,
/// )]
/// fn order(city: &str) -> io::Result<u16> { Ok(200) }
/// # assert_eq!(order("oslo").unwrap(), 200);
/// ```
#[proc_macro_attribute]
pub fn circuit_breaker(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::CircuitBreaker, args.into(), item.into()).into()
}

/// Limits how long a call may take.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `duration`, or the value alone | required | `#[timeout("2s")]`, `#[timeout(self.limit)]`, `#[timeout(duration = ..)]` |
/// | `mode` | `thread` | of functions that are not async: `thread` or `deadline` |
///
/// An async body is dropped at the limit. A sync body cannot be stopped, so there are two modes:
///
/// - `mode = thread` runs it on a pooled worker thread, and the caller is free at the limit. What the body uses has to
///   be owned and `Send`; under `#[retry]`, what each attempt takes along is named in `clone(self, argument)`. A body that
///   hangs keeps its thread; one function may hold half of the threads (`resilience::timeout::set_max_worker_share`).
/// - `mode = deadline` runs it in place. The body looks at `resilience::deadline::remaining()`, and a success that comes
///   too late is a timeout; a late error stays what it is.
///
/// Limits nest, and each is enforced where it is written: an outer one that passes first drops what is inside, or sees it
/// come late. What is inside knows the nearest of them, across function calls and onto worker threads: see
/// `resilience::deadline`. A sync call waits no longer than until then, and does not begin after it.
///
/// Of two timeouts around one function, the whole and the attempt, the inner one is called `path/attempt` where it is not
/// given a `name`.
///
/// # Errors
///
/// The body's, and `resilience::Error` at the limit: `E: From<resilience::Error>`; an `Option` becomes `None`.
///
/// # Cancel safety
///
/// Dropping the future drops the body; the call counts as cancelled.
///
/// # Examples
///
/// ```
/// use resilience::timeout;
/// use std::time::Duration;
///
/// #[timeout("10ms")]
/// async fn slow() -> Result<u32, resilience::Error> {
///     tokio::time::sleep(Duration::from_secs(60)).await;
///     Ok(1)
/// }
///
/// #[timeout("1s", mode = deadline)]
/// fn sum(numbers: &[u32]) -> Option<u32> {
///     Some(numbers.iter().sum())
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert!(slow().await.is_err());
/// assert_eq!(sum(&[1, 2]), Some(3));
/// # }
/// ```
#[proc_macro_attribute]
pub fn timeout(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Timeout, args.into(), item.into()).into()
}

/// Gives another answer when the call fails.
///
/// | form | meaning |
/// |---|---|
/// | `#[fallback(path)]` | calls the function with the same arguments, each of them whole, with the arguments and the error, with the error alone, or with nothing: whichever signature it has; sync or async |
/// | `#[fallback(\|error\| expr)]` | sees `self` and the arguments, and may `.await` in an async function |
/// | `#[fallback(value = expr)]` | a success with this value: `value = 1`, not `value = Ok(1)` |
/// | `#[fallback(default)]` | a success with the default value |
///
/// | option | default | meaning |
/// |---|---|---|
/// | `when` | every failure | `\|e: &E\| bool`: which errors it is for |
/// | `when_result` | none | `\|v: &T\| bool`: which values it replaces as if they were failures; there may be no error then, so a path takes the arguments or nothing, and a closure is `\|_\| ..` |
/// | `clone(a, b)` | none | arguments, or `self`, that the body gets a clone of, because the fallback needs them, too |
///
/// The closure's parameter is the function's error type; `|_|` looks at nothing and needs no `From`; annotate
/// `|error: resilience::Fault<E>|` to tell a refusal from the body's own error.
///
/// With a fallback for everything on top no `From<resilience::Error>` is needed, and the function may return any type:
/// then only a refusal leads to the fallback.
///
/// # Errors
///
/// The fallback's own, which replaces the first.
///
/// # Examples
///
/// ```
/// use resilience::fallback;
///
/// #[derive(Debug, PartialEq)]
/// struct Down;
///
/// #[fallback(cached)]
/// fn price(item: &str) -> Result<u32, Down> {
///     if item.is_empty() { Ok(0) } else { Err(Down) }
/// }
///
/// fn cached(item: &str, error: Down) -> Result<u32, Down> {
///     if item == "tea" { Ok(3) } else { Err(error) }
/// }
///
/// assert_eq!(price("tea"), Ok(3));
/// assert_eq!(price("milk"), Err(Down));
/// ```
///
/// Any return type, and no `From`:
///
/// ```
/// # use resilience::{fallback, timeout};
/// #[fallback(value = format!("no news for {user}"))]
/// #[timeout("10ms")]
/// async fn news(user: &str) -> String {
///     std::future::pending().await
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_eq!(news("Ada").await, "no news for Ada");
/// # }
/// ```
///
/// For some errors only, with an argument that the body consumes:
///
/// ```
/// # use resilience::fallback;
/// #[fallback(|_| Ok(order.len()), when = |error| *error < 500, clone(order))]
/// fn place(order: Vec<u8>) -> Result<usize, u16> { Err(400 + u16::from(order.into_iter().sum::<u8>())) }
///
/// assert_eq!((place(vec![1, 2]), place(vec![100])), (Ok(2), Err(500)));
/// ```
///
/// For values that are as good as none:
///
/// ```
/// # use resilience::fallback;
/// #[fallback(value = "a house red".to_owned(), when_result = |wine: &String| wine.is_empty())]
/// fn wine(cellar: &str) -> Option<String> { Some(cellar.to_owned()) }
/// # assert_eq!((wine("").unwrap().as_str(), wine("Rioja").unwrap().as_str()), ("a house red", "Rioja"));
/// ```
#[proc_macro_attribute]
pub fn fallback(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    protect(Kind::Fallback, args.into(), item.into()).into()
}

/// What every attribute does: gather the stack, check it, expand it.
fn protect(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    if stack::is_seen(&args) {
        return TokenStream::new();
    }
    let mut function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => return recover::recover(&recover::blame(kind, error), &item),
    };
    let mut errors = Errors::default();
    let running = Written { kind, span: Span::call_site(), tokens: args, path: None };
    let written = stack::gather(running, &mut function.attrs, &mut errors);
    let layers = stack::plan(&written, &mut errors);
    let krate = stack::krate(&layers, &mut errors);
    order::check(&layers, &mut errors);
    shape::check(&function, &layers, &mut errors);
    standby::check(&function, &layers, &mut errors);
    caller::check(&function, &layers, &mut errors);
    let seen = recover::seen(written.iter().filter_map(|attribute| attribute.path.as_ref()));
    match errors.finish() {
        Ok(()) => expand::expand(&function, &layers, &krate, &seen),
        Err(error) => {
            recover::mention(&mut function, &seen);
            recover::recover(&error, &function)
        }
    }
}
