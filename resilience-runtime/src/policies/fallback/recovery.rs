//! What an answer that may not be one says of itself.

/// What a fallback makes of what it is given, where only the answer itself can tell whether there is one: it answers, or
/// hands back what it was given. [`Fallback::recover`](crate::Fallback::recover) is given an error, and a layer of a
/// pipeline, [`Fallback::with_recovery`](crate::Fallback::with_recovery), a [`Fault`](crate::Fault).
///
/// An outcome is an answer: `cached().into()`.
///
/// ```
/// use resilience::Fallback;
/// use resilience::fallback::Recovery;
///
/// fn cached(path: &str) -> Option<Result<String, u16>> {
///     (path == "/").then(|| Ok("yesterday's page".to_owned()))
/// }
///
/// let fallback = Fallback::new("page");
/// let ask = |path| fallback.recover(|| Err(503), |status| cached(path).map_or(Recovery::NotApplied(status), Recovery::from));
/// assert_eq!((ask("/").unwrap().as_str(), ask("/news")), ("yesterday's page", Err(503)));
/// assert_eq!((fallback.stats().successes, fallback.stats().failures), (1, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "what is handed back would be lost"]
pub enum Recovery<R, E> {
    /// The fallback answers with this outcome. It counts as a success or, with an error of its own, as a failure.
    Applied(R),
    /// The fallback has nothing to say, and hands back what it was given. It is in no count.
    NotApplied(E),
}

impl<T, E, F> From<Result<T, E>> for Recovery<Result<T, E>, F> {
    fn from(answer: Result<T, E>) -> Self {
        Self::Applied(answer)
    }
}

impl<T, F> From<Option<T>> for Recovery<Option<T>, F> {
    fn from(answer: Option<T>) -> Self {
        Self::Applied(answer)
    }
}
