//! What a breaker makes of an outcome inside the layers: of a stack of attributes, or of a pipeline.

use super::Pass;
use crate::outcome::{Caught, Verdict};

impl Pass<'_> {
    /// Reports a success.
    #[inline(always)]
    pub fn success(&mut self) {
        self.report(Verdict::Success);
    }

    /// Reports an error by the rules of an attribute without predicates, and hands it on. It is not lent: the compiler
    /// would have to see to what becomes of it when the report panics.
    #[allow(clippy::missing_errors_doc)]
    #[inline(always)]
    pub fn fail<T, C: Caught>(&mut self, caught: C) -> Result<T, C> {
        self.judge_failure(&caught, |_| true, |_| false);
        Err(caught)
    }

    /// Reports the outcome by the rules of an attribute. Returns whether `ignore_if` took the error.
    #[inline(always)]
    pub fn judge<T, C: Caught>(
        &mut self,
        outcome: &Result<T, C>,
        failure_if: impl FnOnce(&C::User) -> bool,
        ignore_if: impl FnOnce(&C::User) -> bool,
        failure_if_result: impl FnOnce(&T) -> bool,
    ) -> bool {
        match outcome {
            Ok(value) => {
                self.report(if failure_if_result(value) { Verdict::Failure } else { Verdict::Success });
                false
            }
            Err(caught) => self.judge_failure(caught, failure_if, ignore_if),
        }
    }

    /// The same for an outcome that is an error.
    ///
    /// A time-out of an inner layer is a failure; any other refusal never reached the dependency and is not recorded. For
    /// the caller it is a failure all the same, so it does not count as ignored.
    #[inline(always)]
    pub fn judge_failure<C: Caught>(
        &mut self,
        caught: &C,
        failure_if: impl FnOnce(&C::User) -> bool,
        ignore_if: impl FnOnce(&C::User) -> bool,
    ) -> bool {
        let (verdict, ignored) = match (caught.user(), caught.refusal()) {
            (Some(error), _) if ignore_if(error) => (Verdict::Ignored, true),
            (Some(error), _) => (if failure_if(error) { Verdict::Failure } else { Verdict::Success }, false),
            (None, refusal) => (refusal.map_or(Verdict::Failure, Verdict::of_refusal), false),
        };
        self.report(verdict);
        ignored
    }
}
