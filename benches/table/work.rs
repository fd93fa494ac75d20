//! The work that all contenders do, and the errors they return.

use std::future::Future;
use std::hint::black_box;
use std::task::{Context, Waker};
use std::time::Duration;

use arcly_http::__macro_support::BreakerOpen;
use benches::{Contender, Role, YieldOnce, calls, turns};
use resilience::Error;
use tower::Service;

/// The error of our functions where a refusal is to be told in full.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The body's own.
    #[allow(dead_code, reason = "read by nobody, but it must be carried")]
    Down(u32),
    /// A policy's.
    #[allow(dead_code, reason = "read by nobody, but it must be carried")]
    Refused(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// The error of everybody's functions, as small as an error can be: how large an error somebody chooses is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Down(pub(crate) u32);

impl std::fmt::Display for Down {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "down: {}", self.0)
    }
}

impl std::error::Error for Down {}

impl From<Error> for Down {
    fn from(_: Error) -> Self {
        Self(503)
    }
}

impl From<BreakerOpen> for Down {
    fn from(_: BreakerOpen) -> Self {
        Self(503)
    }
}

impl From<Down> for Failure {
    fn from(Down(status): Down) -> Self {
        Self::Down(status)
    }
}

pub(crate) const RECOVERY: Duration = Duration::from_secs(3_600);
pub(crate) const LIMIT: Duration = Duration::from_secs(2);

/// The body: succeeds, but the compiler cannot know.
#[inline(always)]
pub(crate) fn page<E: From<Down>>(id: u32) -> Result<u32, E> {
    if black_box(id) == u32::MAX { Err(Down(id).into()) } else { Ok(id) }
}

/// The body that fails, to open a breaker.
pub(crate) fn down<E: From<Down>>() -> Result<u32, E> {
    Err(Down(500).into())
}

/// The async body that is ready at once.
pub(crate) async fn ready<E: From<Down>>(id: u32) -> Result<u32, E> {
    page(id)
}

/// The async body that is pending once.
pub(crate) async fn pending<E: From<Down>>(id: u32) -> Result<u32, E> {
    YieldOnce::default().await;
    page(id)
}

/// The argument, unknown to the compiler.
pub(crate) fn id() -> u32 {
    black_box(7)
}

/// A contender whose calls are sync.
pub(crate) fn sync<T>(role: Role, name: &'static str, call: impl Fn() -> T + Send + Sync + 'static) -> Contender {
    Contender::new(role, name, calls(call))
}

/// A contender whose calls are async.
pub(crate) fn on_runtime<F: Future>(
    role: Role,
    name: &'static str,
    call: impl Fn() -> F + Send + Sync + 'static,
) -> Contender {
    Contender::new(role, name, move |n| turns(n, &call))
}

/// A contender that is a tower service, cloned once per batch as a connection would.
pub(crate) fn service<S>(role: Role, name: &'static str, service: S) -> Contender
where
    S: Service<u32> + Clone + Send + Sync + 'static,
{
    Contender::new(role, name, move |n| {
        let mut service = service.clone();
        turns(n, || {
            let _ = black_box(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
            service.call(id())
        });
    })
}
