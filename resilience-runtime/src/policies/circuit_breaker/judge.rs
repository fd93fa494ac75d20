//! What a breaker makes of an outcome inside the layers: of a stack of attributes, or of a pipeline.

use std::borrow::Borrow;

use super::Pass;
use crate::context::frame::Frame;
use crate::core::excerpt;
use crate::core::outcome::{Caught, Fault, Verdict, name_of};

impl Pass<'_> {
    /// Reports a success.
    #[inline(always)]
    pub fn success(&mut self) {
        self.report(Verdict::Success);
    }

    /// Reports that the call says nothing about the dependency.
    #[cold]
    pub fn ignore(&mut self) {
        self.report(Verdict::Ignored);
    }

    /// Reports an error by the rules of an attribute without predicates, and hands it on. It is not lent: the compiler
    /// would have to see to what becomes of it when the report panics.
    #[inline(always)]
    pub fn fail<C: Caught>(&mut self, describe: fn(&C::User) -> String, caught: C) -> C {
        self.fail_plainly(describe, &caught);
        caught
    }

    // One copy for all functions with the same error.
    #[cold]
    #[inline(never)]
    fn fail_plainly<C: Caught>(&mut self, describe: fn(&C::User) -> String, caught: &C) {
        self.judge_failure(caught, |_| true, |_| false, describe);
    }

    /// Reports the outcome by the rules of an attribute. Returns whether `ignore_if` took the error.
    #[inline(always)]
    pub fn judge<T, C: Caught>(
        &mut self,
        outcome: &Result<T, C>,
        failure_if: impl FnOnce(&C::User) -> bool,
        ignore_if: impl FnOnce(&C::User) -> bool,
        failure_if_result: impl FnOnce(&T) -> bool,
        describe: fn(&C::User) -> String,
    ) -> bool {
        match outcome {
            Ok(value) => {
                self.report(if failure_if_result(value) { Verdict::Failure } else { Verdict::Success });
                false
            }
            Err(caught) => self.judge_failure(caught, failure_if, ignore_if, describe),
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
        describe: fn(&C::User) -> String,
    ) -> bool {
        let (verdict, ignored) = match (caught.user(), caught.refusal()) {
            (Some(error), _) if ignore_if(error) => (Verdict::Ignored, true),
            (Some(error), _) => (if failure_if(error) { Verdict::Failure } else { Verdict::Success }, false),
            (None, refusal) => (refusal.map_or(Verdict::Failure, Verdict::of_refusal), false),
        };
        match verdict {
            Verdict::Failure => self.report_failure(&|| match (caught.user(), caught.refusal()) {
                (Some(error), _) => Some(describe(error)),
                (None, refusal) => refusal.map(|refusal| excerpt::of(format_args!("{refusal}"))),
            }),
            _ => self.report(verdict),
        }
        ignored
    }
}

impl<F: Borrow<Frame>> Pass<'_, F> {
    /// Reports the verdict on an outcome of any type. Of an error of the user's, the name of its type is all that is known.
    #[inline(always)]
    pub(crate) fn report_of<T, E>(&mut self, verdict: Verdict, outcome: &Result<T, Fault<E>>) {
        match (verdict, outcome) {
            (Verdict::Failure, Err(Fault::User(_))) => {
                self.report_failure(&|| Some(name_of::<E>()));
            }
            (Verdict::Failure, Err(Fault::Refused(refusal))) => {
                self.report_failure(&|| Some(excerpt::of(format_args!("{refusal}"))));
            }
            _ => self.report(verdict),
        }
    }
}
