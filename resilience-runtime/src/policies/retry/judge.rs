//! How an attribute judges an attempt: by its predicates, where it has some.

use std::time::Duration;

use super::attempts::{NO_HINT, as_configured};
use super::schedule::Cause;
use super::stats::End;
use super::{Attempts, Step};
use crate::core::outcome::Caught;

// Inlined always: see the attempts.
impl Attempts<'_> {
    /// What to do after an attempt, by the rules of an attribute. `own` is the strategy of this call, where it has one, which
    /// knows of the outcome.
    #[doc(hidden)]
    #[allow(clippy::too_many_arguments)]
    #[inline(always)]
    pub fn judge<T, C: Caught>(
        &mut self,
        outcome: &Result<T, C>,
        retry_if: impl FnOnce(&C::User) -> bool,
        abort_if: impl FnOnce(&C::User) -> bool,
        retry_if_result: impl FnOnce(&T) -> bool,
        retry_after: impl FnOnce(&C::User) -> Option<Duration>,
        describe: impl FnOnce(&C::User) -> String,
        own: impl FnOnce(u32) -> Option<Duration>,
    ) -> Step {
        match outcome {
            Ok(value) if !retry_if_result(value) => self.succeed(),
            Ok(_) => self.judge_value(own),
            Err(caught) => self.judge_failure(caught, retry_if, abort_if, retry_after, describe, own),
        }
    }

    /// The same for an outcome that is an error.
    #[doc(hidden)]
    #[inline(always)]
    pub fn judge_failure<C: Caught>(
        &mut self,
        caught: &C,
        retry_if: impl FnOnce(&C::User) -> bool,
        abort_if: impl FnOnce(&C::User) -> bool,
        retry_after: impl FnOnce(&C::User) -> Option<Duration>,
        describe: impl FnOnce(&C::User) -> String,
        own: impl FnOnce(u32) -> Option<Duration>,
    ) -> Step {
        match (caught.user(), caught.refusal()) {
            (Some(error), _) if self.run.retry.0.config.idempotent && !abort_if(error) && retry_if(error) => {
                self.again(Cause::Failed(retry_after(error).unwrap_or_default()), own, || describe(error))
            }
            (None, Some(refusal)) => self.refused(refusal, own),
            _ => self.end(End::NotRetryable),
        }
    }

    /// The same by the rules of an attribute without predicates: the delay before the next attempt, or the error back, when
    /// there is none. It is not lent: the compiler would have to see to what becomes of it when this panics.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)]
    #[inline(always)]
    pub fn judge_error<C: Caught>(&mut self, describe: fn(&C::User) -> String, caught: C) -> Result<Duration, C> {
        match self.judge_failure(&caught, |_| true, |_| false, |_| None, describe, as_configured) {
            Step::Done => Err(caught),
            Step::Retry(delay) => Ok(delay),
        }
    }

    /// A value that asks for another attempt.
    #[inline(always)]
    fn judge_value(&mut self, own: impl FnOnce(u32) -> Option<Duration>) -> Step {
        if self.run.retry.0.config.idempotent {
            self.again(NO_HINT, own, || "the value asks for a retry".to_owned())
        } else {
            self.end(End::NotRetryable)
        }
    }
}
