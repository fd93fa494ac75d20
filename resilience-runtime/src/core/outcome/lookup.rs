//! A `None` that is an answer.

use super::{Nothing, Outcome};

/// What a look-up has found. To every policy its `None` is an answer like any other, where that of an `Option` is a
/// failure: it is not retried, does not count against a circuit, and no fallback replaces it. A refusal becomes `None`, and
/// stays a failure on its way there: in one [`Pipeline`](crate::Pipeline), whose layers know a refusal until it leaves. To a
/// policy around another one by hand, `retry.call(|| breaker.call(..))`, it is the `None` that came back, an answer.
///
/// It is what `none_is = success` is to an attribute.
///
/// ```
/// use resilience::{CircuitBreaker, Lookup};
///
/// let breaker = CircuitBreaker::builder("users").failure_threshold(1).build()?;
/// let find = |name: &str| breaker.call(|| Lookup(["Ada", "Grace"].into_iter().find(|known| *known == name))).0;
/// assert_eq!((find("Linus"), find("Ada")), (None, Some("Ada")));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookup<T>(pub Option<T>);

impl<T> Outcome for Lookup<T> {
    type Ok = Option<T>;
    type Err = Nothing;

    #[inline]
    fn into_result(self) -> Result<Option<T>, Nothing> {
        Ok(self.0)
    }

    #[inline]
    fn from_result(result: Result<Option<T>, Nothing>) -> Self {
        Self(result.ok().flatten())
    }

    #[inline]
    fn error(&self) -> Option<&Nothing> {
        None
    }
}
