//! The protected functions: every policy, alone in few and together in most, shared and keyed, async and sync.

use std::time::Duration;

use resilience::{circuit_breaker, fallback, retry, timeout};

use crate::ledger::Site;
use crate::play::{Failure, Reply, async_body, sync_body};

pub static SEARCH: Site = Site::new();
pub static BROWSE: Site = Site::new();
pub static ORDER: Site = Site::new();
pub static STOCK: Site = Site::new();
pub static TENANT: Site = Site::new();
pub static LOOSE: Site = Site::new();
pub static QUOTE: Site = Site::new();
pub static LOOKUP: Site = Site::new();
pub static REPORT: Site = Site::new();
pub static AUDIT: Site = Site::new();
pub static REGION: Site = Site::new();

const fn is_not_found(failure: &Failure) -> bool {
    matches!(failure, Failure::NotFound)
}

async fn refresh(_attempt: u32, _failure: &Failure) -> Result<(), Failure> {
    tokio::task::yield_now().await;
    if crate::dice::chance(5) { Err(Failure::Broken) } else { Ok(()) }
}

/// The full stack; shares its breaker and its budget with `browse`.
#[fallback(|_error| if crate::dice::chance(50) { Ok(0) } else { Err(Failure::Broken) })]
#[retry(max_attempts = 3, base_delay = 1ms, max_delay = 4ms, budget = "soak", before_retry = refresh)]
#[circuit_breaker(
    name = "catalog", failure_rate = 0.6, window = 50, minimum_calls = 30, recovery_timeout = 4ms,
    max_recovery_timeout = 16ms, half_open_max_calls = 3, success_threshold = 2, ignore_if = is_not_found
)]
#[timeout(10ms)]
pub async fn search() -> Reply {
    async_body(&SEARCH).await
}

#[retry(max_attempts = 2, base_delay = 1ms, max_delay = 2ms, strategy = decorrelated, budget = "soak")]
#[circuit_breaker(
    name = "catalog", failure_rate = 0.6, window = 50, minimum_calls = 30, recovery_timeout = 4ms,
    max_recovery_timeout = 16ms, half_open_max_calls = 3, success_threshold = 2, ignore_if = is_not_found
)]
#[timeout(10ms)]
pub async fn browse() -> Reply {
    async_body(&BROWSE).await
}

/// Calls another protected function, which its limit drops as well.
#[timeout(15ms)]
#[circuit_breaker(name = "orders", failure_threshold = 10, failure_window = 200ms, recovery_timeout = 15ms)]
pub async fn order() -> Reply {
    let _body = ORDER.begin();
    STOCK.watch(stock()).await.unwrap_or(Err(Failure::Broken))
}

#[retry(max_attempts = 3, base_delay = 2ms, jitter = equal, retry_on_open = true, max_elapsed = 30ms)]
#[circuit_breaker(
    name = "stock", failure_rate = 0.6, window = 100ms, minimum_calls = 20, slow_call_duration = 8ms,
    slow_call_rate = 0.8, recovery_timeout = 10ms, half_open_max_calls = 2
)]
#[timeout(20ms)]
async fn stock() -> Reply {
    async_body(&STOCK).await
}

/// More keys than there is room for.
#[fallback(value = 0, when = is_not_found)]
#[circuit_breaker(
    name = "tenants", key = tenant, max_keys = 64, failure_threshold = 3, recovery_timeout = 10ms,
    ignore_if = is_not_found
)]
#[timeout(10ms)]
pub async fn tenant(tenant: u64) -> Reply {
    async_body(&TENANT).await
}

/// Its breaker is disabled now and then: what passes then is not recorded.
#[retry(max_attempts = 2, base_delay = 1ms)]
#[circuit_breaker(name = "loose", failure_threshold = 5, recovery_timeout = 10ms, max_average_latency = 8ms)]
#[timeout(10ms)]
pub async fn loose() -> Reply {
    async_body(&LOOSE).await
}

/// Its options come with each call.
#[retry(max_attempts = attempts, base_delay = limit / 8, max_delay = 4ms)]
#[circuit_breaker(name = "quotes", failure_threshold = 12, recovery_timeout = 10ms, max_recovery_timeout = 40ms)]
#[timeout(limit)]
pub async fn quote(attempts: u32, limit: Duration) -> Reply {
    async_body(&QUOTE).await
}

/// Sync, in place.
#[fallback(default, when = is_not_found)]
#[retry(max_attempts = 3, base_delay = 1ms, max_delay = 2ms, strategy = fibonacci)]
#[circuit_breaker(name = "lookups", failure_threshold = 8, recovery_timeout = 10ms, half_open_max_calls = 4)]
#[timeout(10ms, mode = deadline)]
pub fn lookup() -> Reply {
    sync_body(&LOOKUP)
}

/// Sync, on worker threads whose number changes.
#[retry(max_attempts = 2, base_delay = 1ms)]
#[circuit_breaker(name = "reports", failure_rate = 0.7, window = 40, recovery_timeout = 10ms)]
#[timeout(10ms)]
pub fn report() -> Reply {
    sync_body(&REPORT)
}

/// Its breaker is asked on a worker thread, and may have to settle for a caller that has left.
#[timeout(10ms)]
#[circuit_breaker(name = "audits", failure_rate = 0.7, window = 40, recovery_timeout = 10ms)]
pub fn audit() -> Reply {
    sync_body(&AUDIT)
}

/// Sync and keyed.
#[circuit_breaker(name = "regions", key = region, max_keys = 16, failure_threshold = 3, recovery_timeout = 10ms)]
#[timeout(10ms, mode = deadline)]
pub fn region(region: u64) -> Reply {
    sync_body(&REGION)
}

/// Where a function stands in the books and in the registry.
pub struct Stack {
    pub name: &'static str,
    pub site: &'static Site,
    pub breaker: &'static str,
    /// Whether every call is in the counts: not where a breaker is disabled at times, nor where a family, which exports no
    /// cancelled calls, has some.
    pub exact: bool,
    /// Whether a timeout stands right above the body.
    pub limited: bool,
    pub retried: bool,
    /// Whether its retry waits for an open circuit, which it asks again without an attempt.
    pub waits: bool,
    /// Whether one of our timeouts may drop a whole call.
    pub nested: bool,
}

const BASE: Stack = Stack {
    name: "",
    site: &SEARCH,
    breaker: "",
    exact: true,
    limited: true,
    retried: true,
    waits: false,
    nested: false,
};

pub const STACKS: [Stack; 11] = [
    Stack { name: "search", site: &SEARCH, breaker: "catalog", ..BASE },
    Stack { name: "browse", site: &BROWSE, breaker: "catalog", ..BASE },
    Stack { name: "order", site: &ORDER, breaker: "orders", limited: false, retried: false, ..BASE },
    Stack { name: "stock", site: &STOCK, breaker: "stock", waits: true, nested: true, ..BASE },
    Stack { name: "tenant", site: &TENANT, breaker: "tenants", exact: false, retried: false, ..BASE },
    Stack { name: "loose", site: &LOOSE, breaker: "loose", exact: false, ..BASE },
    Stack { name: "quote", site: &QUOTE, breaker: "quotes", ..BASE },
    Stack { name: "lookup", site: &LOOKUP, breaker: "lookups", ..BASE },
    Stack { name: "report", site: &REPORT, breaker: "reports", ..BASE },
    Stack { name: "audit", site: &AUDIT, breaker: "audits", limited: false, retried: false, ..BASE },
    Stack { name: "region", site: &REGION, breaker: "regions", retried: false, ..BASE },
];

impl Stack {
    /// The name of its policies that were given none.
    pub fn path(&self) -> String {
        format!("{}::{}", module_path!(), self.name)
    }
}
