//! The async form: a future that races its body against a timer.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::context::deadline;
use crate::context::frame::Frame;
use crate::core::clock::{Instant, Timer, nanos, poll_timer};
use crate::core::error::Error;
use crate::core::outcome::{Caught, Fault, Outcome, UserOnly};

use super::handle::Timeout;
use super::term::Term;

/// How the output of what is under a limit becomes the result of a layer. Marker types implement it, and no functions
/// are passed: the compiler is sooner done with a trait of one type than with the call of a function.
pub trait Splits<O> {
    /// What a success carries.
    type Value;
    /// What a failure is.
    type Caught: Caught + Into<Fault<<Self::Caught as Caught>::User>>;
    /// The output as a result.
    #[allow(clippy::missing_errors_doc)]
    fn split(output: O) -> Result<Self::Value, Self::Caught>;
}

/// Of a body: it returns an [`Outcome`]. Which one, the signature says: a body need not know.
#[derive(Debug)]
pub struct Returned<R>(PhantomData<fn() -> R>);

impl<R> Returned<R> {
    /// That of `R`.
    pub const NEW: Self = Self(PhantomData);
}

impl<R: Outcome> Splits<R> for Returned<R> {
    type Value = R::Ok;
    type Caught = UserOnly<R::Err>;

    #[inline]
    fn split(output: R) -> Result<R::Ok, UserOnly<R::Err>> {
        output.into_result().map_err(UserOnly)
    }
}

/// Of a body that cannot fail by itself.
#[derive(Debug)]
pub struct PlainValue<T>(PhantomData<fn() -> T>);

impl<T> PlainValue<T> {
    /// That of `T`.
    pub const NEW: Self = Self(PhantomData);
}

impl<T> Splits<T> for PlainValue<T> {
    type Value = T;
    type Caught = UserOnly<Error>;

    #[inline]
    fn split(output: T) -> Result<T, UserOnly<Error>> {
        Ok(output)
    }
}

/// Of another layer: its result is one already.
#[derive(Debug)]
pub struct Inner;

impl<T, C: Caught + Into<Fault<C::User>>> Splits<Result<T, C>> for Inner {
    type Value = T;
    type Caught = C;

    #[inline]
    fn split(output: Result<T, C>) -> Result<T, C> {
        output
    }
}

/// Runs `body` for at most `limit` nanoseconds, counted from the first poll. `S` makes a result of its output.
///
/// The body is polled first, and wins when it is ready in the poll in which the limit has passed. The timer is armed
/// when the body is pending for the first time, and not before then is an exact clock asked: a body that is ready at
/// once costs neither. So the deadline is late by the time that passes before the first `.await`, or before somebody
/// asks for the deadline, and at most by [`lag`](crate::clock::lag).
///
/// `frame` is that of the coroutine that awaits the result.
///
/// # Cancel safety
/// Dropping the future drops the body and counts a cancelled call; after the limit, one that timed out.
#[inline]
pub(crate) fn limit<F, S, W: Borrow<Frame>>(
    timeout: &Timeout,
    limit: u64,
    frame: W,
    body: F,
    split: S,
) -> Limited<'_, F, S, W> {
    Limited { timeout, frame, limit, deadline: IDLE, _split: split, timer: None, body }
}

/// No call is under way: it has not begun, or it has ended. No deadline is as early: time begins a day later.
const IDLE: Instant = Instant::from_nanos(0);

pin_project_lite::pin_project! {
    /// The future of a body under a limit, made by an expansion of `#[timeout]`.
    ///
    /// It owns the body and looks after the frame by itself: as few types as possible stand between a coroutine and the
    /// body that it awaits, because every future around it has its own types nested around these.
    #[must_use = "futures do nothing unless polled"]
    pub struct Limited<'a, F, S, W: Borrow<Frame> = &'a Frame> {
        timeout: &'a Timeout,
        frame: W,
        // In nanoseconds: a `Duration` is twice as large.
        limit: u64,
        deadline: Instant,
        // Of no size: `S` alone says how.
        _split: S,
        timer: Option<Timer>,
        #[pin]
        body: F,
    }

    impl<F, S, W: Borrow<Frame>> PinnedDrop for Limited<'_, F, S, W> {
        fn drop(this: Pin<&mut Self>) {
            this.give_up();
        }
    }
}

impl<F, S, W: Borrow<Frame>> Limited<'_, F, S, W> {
    fn give_up(&self) {
        if self.deadline == IDLE {
            return;
        }
        if self.frame.borrow().is_suspended() {
            self.timeout.dropped(self.term());
        } else {
            // A panic on its way out of the body.
            self.timeout.completed();
        }
    }

    /// Gives up the call that is under way, if there is one, but for the body. What is polled next is another call, under
    /// a limit of its own.
    pub(crate) fn rewind(self: Pin<&mut Self>, limit: u64, frame: W) -> Pin<&mut F> {
        self.give_up();
        let this = self.project();
        (*this.deadline, *this.limit, *this.frame, *this.timer) = (IDLE, limit, frame, None);
        this.body
    }

    fn term(&self) -> Term {
        Term::ending(self.deadline, self.limit)
    }
}

impl<F, S, W: Borrow<Frame>> Limited<'_, F, S, W>
where
    F: Future,
    S: Splits<F::Output>,
{
    /// All but a first poll in which the body is ready: a first one under another limit, a later one, or, where it
    /// `is_polled`, the wait after a first.
    #[inline(never)]
    fn go_on(self: Pin<&mut Self>, cx: &mut Context<'_>, is_polled: bool) -> Apart<Poll<Limit<F, S>>> {
        let this = self.project();
        let frame = (*this.frame).borrow();
        let mut race =
            Race { timeout: this.timeout, frame, limit: this.limit, deadline: this.deadline, timer: this.timer };
        if !is_polled {
            let ambient = race.resume();
            let poll = this.body.poll(cx);
            drop(ambient);
            if let Poll::Ready(output) = poll {
                *race.deadline = IDLE;
                return Apart::new(Poll::Ready(done::<F, S>(race.timeout, output)));
            }
        }
        Apart::new(race.wait(cx).map(|refusal| Err(Fault::Refused(refusal))))
    }
}

/// What is the same for every body: all functions share it.
struct Race<'a> {
    timeout: &'a Timeout,
    frame: &'a Frame,
    limit: &'a mut u64,
    deadline: &'a mut Instant,
    timer: &'a mut Option<Timer>,
}

impl Race<'_> {
    /// The body is polled next. What is in force meanwhile is so until the guard is dropped.
    #[inline(never)]
    fn resume(&mut self) -> deadline::Entered {
        self.frame.run();
        if *self.deadline == IDLE {
            let term = self.timeout.start(Duration::from_nanos(*self.limit));
            (*self.deadline, *self.limit) = (term.deadline(), nanos(term.written()));
        }
        deadline::enter(self.term().limit().nearer(self.frame.limit()))
    }

    /// The body is pending: waits for the end of the limit, and says what becomes of the call then.
    #[inline(never)]
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        if poll_timer(self.timer, *self.deadline, cx).is_pending() {
            self.frame.suspend();
            return Poll::Pending;
        }
        let term = self.term();
        *self.deadline = IDLE;
        Poll::Ready(self.timeout.timed_out(term, None))
    }

    fn term(&self) -> Term {
        Term::ending(*self.deadline, *self.limit)
    }
}

/// The body is done.
#[inline(always)]
fn done<F: Future, S: Splits<F::Output>>(timeout: &Timeout, output: F::Output) -> Limit<F, S> {
    // In each arm: what is taken apart is not moved once more for the count.
    match S::split(output) {
        Ok(value) => {
            timeout.completed();
            Ok(value)
        }
        Err(caught) => {
            timeout.completed();
            Err(caught.into())
        }
    }
}

/// The body has failed at its first poll. Out of line, so that a success comes from one place and as one word: what the
/// compiler brings together with an error is copied at its length.
#[cold]
#[inline(never)]
fn failed<F: Future, S: Splits<F::Output>>(timeout: &Timeout, caught: S::Caught) -> Apart<Poll<Limit<F, S>>> {
    timeout.completed();
    Apart::new(Poll::Ready(Err(caught.into())))
}

/// The result of a layer that may refuse.
type Limit<F, S> = Result<
    <S as Splits<<F as Future>::Output>>::Value,
    Fault<<<S as Splits<<F as Future>::Output>>::Caught as Caught>::User>,
>;

/// What came of a way that is rarely gone, with a word beside it.
///
/// Where two ways meet, the compiler would have them write their result to the same place in memory if one of them is a
/// call; and a success that is written there in pieces, and read as a whole right behind, stalls. A place that is larger
/// by a word is not the same place.
struct Apart<T> {
    result: T,
    _word: u64,
}

impl<T> Apart<T> {
    const fn new(result: T) -> Self {
        Self { result, _word: 0 }
    }
}

impl<F, S, W: Borrow<Frame>> Future for Limited<'_, F, S, W>
where
    F: Future,
    S: Splits<F::Output>,
{
    type Output = Limit<F, S>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let is_first = self.deadline == IDLE && self.limit != 0 && deadline::is_unset();
        if is_first {
            self.frame.borrow().run_anew();
            let this = self.as_mut().project();
            *this.deadline = Instant::NEVER;
            let within = deadline::enter_within(*this.limit);
            match this.body.poll(cx) {
                Poll::Pending => *this.deadline = within.deadline(),
                Poll::Ready(output) => {
                    drop(within);
                    *this.deadline = IDLE;
                    return match S::split(output) {
                        Ok(value) => {
                            this.timeout.completed();
                            Poll::Ready(Ok(value))
                        }
                        Err(caught) => failed::<F, S>(this.timeout, caught).result,
                    };
                }
            }
        }
        self.go_on(cx, is_first).result
    }
}

impl<F, S, W: Borrow<Frame>> fmt::Debug for Limited<'_, F, S, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = Duration::from_nanos(self.limit);
        f.debug_struct("Limited").field("timeout", &self.timeout).field("limit", &limit).finish_non_exhaustive()
    }
}
