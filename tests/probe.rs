//! probe
#![deny(warnings)]
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use resilience::{CircuitBreaker, Error, EventKind, Registry, circuit_breaker, fallback, retry, timeout};

#[derive(Debug, Clone, PartialEq)]
enum JiraError { Status(u16), Res(Error) }
impl From<Error> for JiraError { fn from(e: Error) -> Self { Self::Res(e) } }

#[derive(Debug, Clone, PartialEq)]
struct Page(String);
struct Client { calls: AtomicU32, cfg: Duration }

async fn cached_page(_c: &Client, jql: &str) -> Result<Page, JiraError> { Ok(Page(format!("cached {jql}"))) }

impl Client {
    #[fallback(cached_page)]
    #[retry(max_attempts = 3, base_delay = "100ms")]
    #[circuit_breaker(name = "probe_api", failure_threshold = 5, recovery_timeout = "30s")]
    #[timeout("2s")]
    async fn search(&self, jql: &str) -> Result<Page, JiraError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if jql == "hang" { std::future::pending::<()>().await; }
        Err(JiraError::Status(500))
    }
    #[timeout(self.cfg)]
    async fn dynamic(&self) -> Result<u32, JiraError> { tokio::time::sleep(Duration::from_secs(3)).await; Ok(1) }
    #[retry(before_retry = |attempt, e: &JiraError| { let _ = (attempt, e); self.refresh().await }, retry_if = |e: &JiraError| *e == JiraError::Status(401))]
    async fn auth(&self) -> Result<u32, JiraError> {
        if self.calls.fetch_add(1, Ordering::Relaxed) == 0 { Err(JiraError::Status(401)) } else { Ok(1) }
    }
    async fn refresh(&self) -> Result<(), JiraError> { Ok(()) }
    #[circuit_breaker(name = "probe_keyed", key = tenant, failure_threshold = 1, max_keys = 2)]
    async fn keyed(&self, tenant: &str) -> Result<u32, JiraError> { if tenant == "bad" { Err(JiraError::Status(1)) } else { Ok(1) } }
    #[fallback(default)]
    #[timeout(100ms)]
    async fn plain(&self) -> u32 { std::future::pending().await }
    #[retry(max_attempts = 2, base_delay = "1ms", clone(self, sku))]
    #[timeout("5s", mode = thread)]
    fn threaded(self: Arc<Self>, sku: String) -> Result<usize, JiraError> {
        if self.calls.fetch_add(1, Ordering::Relaxed) == 0 { return Err(JiraError::Status(1)); }
        Ok(sku.len())
    }
}
fn client() -> Client { Client { calls: AtomicU32::new(0), cfg: Duration::from_secs(1) } }

#[tokio::test(start_paused = true)]
async fn contract() {
    let registry = resilience::registry();
    assert!(registry.circuit_breaker("probe_api").is_some(), "before the first call");
    let mut events = registry.subscribe();
    let c = client();
    assert_eq!(c.search("a").await, Ok(Page("cached a".into())));
    assert_eq!(c.search("hang").await, Ok(Page("cached hang".into())));
    let b = registry.circuit_breaker("probe_api").unwrap();
    let s = b.stats();
    assert_eq!(s.state.to_string(), "open");
    assert_eq!(s.failure_threshold, 5);
    assert_eq!(s.total_failures, 5);
    let mut kinds = vec![];
    while let Ok(e) = events.try_recv() { kinds.push((e.name().to_string(), e.kind())); }
    assert!(kinds.iter().any(|(n, k)| n == "probe_api" && matches!(k, EventKind::StateChanged { from, to } if from.to_string() == "closed" && to.to_string() == "open")));
    assert!(kinds.iter().any(|(_, k)| matches!(k, EventKind::Retried { attempt: 1, .. })));
    assert!(kinds.iter().any(|(_, k)| matches!(k, EventKind::TimedOut { .. })));
    assert!(kinds.iter().any(|(_, k)| matches!(k, EventKind::FellBack { .. })));
    let json = serde_json::to_value(registry.snapshot()).unwrap();
    println!("{}", serde_json::to_string_pretty(&json["circuit_breakers"]["probe_api"]).unwrap());
    println!("{}", serde_json::to_string_pretty(&registry.health()).unwrap());
    println!("{}", serde_json::to_string_pretty(&registry.summary()).unwrap());
    for f in registry.inventory() { println!("{} {}:{}", f.path(), f.file(), f.line()); for l in f.layers() { println!("   {} {} {:?}", l.kind(), l.name(), l.options()); } }
    assert!(matches!(c.dynamic().await, Err(JiraError::Res(Error::Timeout { .. }))));
    let c2 = client();
    assert_eq!(c2.auth().await, Ok(1));
    assert!(c.keyed("bad").await.is_err());
    assert!(matches!(c.keyed("bad").await, Err(JiraError::Res(Error::CircuitOpen(_)))));
    assert_eq!(c.keyed("good").await, Ok(1));
    assert_eq!(c.plain().await, 0);
    assert_eq!(Arc::new(client()).threaded("abc".into()), Ok(3));
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(b.state().to_string(), "half_open");
    let r = Registry::new();
    r.register(CircuitBreaker::builder("x").failure_threshold(5).build().unwrap());
    assert!(r.circuit_breaker("x").is_some());
}
