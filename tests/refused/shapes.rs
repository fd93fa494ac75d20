//! Shapes of functions: what the closure sees of them, and where the return type is written.

use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;

use crate::support::*;
use resilience::{circuit_breaker, fallback, retry, timeout};

#[derive(Debug, Clone, PartialEq)]
struct Status(String);

fn own(_: Failure) -> Status {
    Status("own".to_owned())
}

#[timeout("1s", refused = |e| Status(format!("{id} in {region}: {e}")))]
async fn arguments(script: &Script, id: u32, region: String) -> Result<u32, Status> {
    assert_eq!(region.len(), 2);
    script.play_async().await.map_err(own)
}

#[retry(max_attempts = 2, base_delay = "1ms", clone(region))]
#[timeout("1s", refused = |e| Status([region, e.name().to_owned()].concat()))]
async fn consumed(script: &Script, region: String) -> Result<u32, Status> {
    drop(region);
    script.play_async().await.map_err(own)
}

#[timeout("1s", refused = |_| Status(n.to_string()))]
async fn mutable(script: &Script, mut n: u32) -> Result<u32, Status> {
    n += script.play_async().await.map_err(own)?;
    Ok(n)
}

#[timeout("1s", refused = |_| Status(format!("{a}{b}")))]
async fn patterns(script: &Script, (a, mut b): (u32, u32), _: u8) -> Result<u32, Status> {
    b += 1;
    script.play_async().await.map_err(own).map(|value| value + a + b)
}

#[tokio::test(start_paused = true)]
async fn the_closure_sees_the_arguments() {
    let late = || Script::new([hang()]);
    let error = arguments(&late(), 7, "eu".to_owned()).await.unwrap_err();
    assert!(error.0.starts_with("7 in eu: `refused::shapes::arguments` timed out"), "{error:?}");
    assert_eq!(consumed(&late(), "eu:".to_owned()).await, Err(Status("eu:refused::shapes::consumed".to_owned())));
    assert_eq!(mutable(&late(), 3).await, Err(Status("3".to_owned())), "as they were when the call began");
    assert_eq!(patterns(&late(), (1, 2), 0).await, Err(Status("12".to_owned())));
}

#[derive(Clone)]
struct Client {
    script: Script,
    region: &'static str,
    refused: u32,
}

impl Client {
    fn new(region: &'static str) -> Self {
        Self { script: Script::new([hang()]), region, refused: 0 }
    }

    fn status(&self, error: &resilience::Error) -> Status {
        Status(format!("{}: {}", self.region, error.policy()))
    }

    #[timeout("1s", refused = |e| self.status(&e))]
    async fn shared(&self) -> Result<u32, Status> {
        self.script.play_async().await.map_err(own)
    }

    #[retry(max_attempts = 2, base_delay = "1ms")]
    #[timeout("1s", refused = |e| { self.refused += 1; self.status(&e) })]
    async fn exclusive(&mut self) -> Result<u32, Status> {
        self.region = "us";
        self.script.play_async().await.map_err(own)
    }

    #[timeout("1s", refused = |e| self.status(&e))]
    async fn counted(self: Arc<Self>) -> Result<u32, Status> {
        self.script.play_async().await.map_err(own)
    }

    #[timeout("1s", mode = deadline, refused = Self::refuse)]
    fn associated(&self) -> Result<u32, Status> {
        self.script.play().map_err(own)
    }

    fn refuse(error: resilience::Error) -> Status {
        Status(error.policy().to_string())
    }

    #[fallback(Self::standby)]
    #[timeout("1s", refused = |e| self.status(&e))]
    async fn with_a_method_as_fallback(&self) -> Result<u32, Status> {
        self.script.play_async().await.map_err(own)
    }

    async fn standby(&self, error: Status) -> Result<u32, Status> {
        assert_eq!(error, Status("eu: timeout".to_owned()));
        Ok(8)
    }
}

#[tokio::test(start_paused = true)]
async fn and_self() {
    let eu = Err(Status("eu: timeout".to_owned()));
    let mut client = Client::new("eu");
    assert_eq!(client.shared().await, eu);
    assert_eq!(Arc::new(client.clone()).counted().await, eu);
    assert_eq!(client.with_a_method_as_fallback().await, Ok(8));
    assert_eq!(client.exclusive().await, Err(Status("us: timeout".to_owned())));
    assert_eq!(client.refused, 1);
}

#[test]
fn and_self_as_a_type() {
    let _clock = stopped();
    assert_eq!(Client::new("eu").associated(), Err(Status("timeout".to_owned())));
}

#[timeout("1s", refused = |e| Status(e.name().to_owned()))]
fn future(script: &Script) -> impl Future<Output = Result<u32, Status>> + Send {
    async move { script.play_async().await.map_err(own) }
}

#[timeout("1s", refused = |e| e.name().to_owned())]
fn plain_future(script: &Script) -> impl Future<Output = String> + Send {
    elsewhere(script)
}

async fn elsewhere(script: &Script) -> String {
    script.play_async().await.map_or_else(|_| String::new(), |value| value.to_string())
}

#[timeout("1s", refused = |e| e.name().to_owned())]
fn opaque_future(script: &Script) -> impl Future<Output = impl Display> + Send {
    async move { elsewhere(script).await }
}

#[timeout("1s", refused = |_| n)]
fn boxed(script: &Script, n: u32) -> Pin<Box<dyn Future<Output = u32> + Send + '_>> {
    Box::pin(async move { script.play_async().await.unwrap_or(1) })
}

#[tokio::test(start_paused = true)]
async fn functions_that_return_futures() {
    let script = Script::new([hang()]);
    assert_eq!(future(&script).await, Err(Status("refused::shapes::future".to_owned())));
    assert_eq!(plain_future(&script).await, "refused::shapes::plain_future");
    assert_eq!(opaque_future(&script).await.to_string(), "refused::shapes::opaque_future");
    assert_eq!(boxed(&script, 4).await, 4);
}

#[async_trait::async_trait]
trait Fetch {
    async fn status(&self, id: String) -> Result<u32, Status>;
    async fn exclusive(&mut self, id: String) -> String;
    #[timeout("1s", refused = |e| { assert_eq!(script.calls(), 1); e.name().to_owned() })]
    async fn provided(&self, script: &Script) -> String {
        elsewhere(script).await
    }
}

#[async_trait::async_trait]
impl Fetch for Client {
    #[fallback(|error| Err(error), when = |error: &Status| error.0.starts_with("x"))]
    #[retry(max_attempts = 2, base_delay = "1ms", refused = |e| Status(format!("{id}: {}", self.status(&e).0)))]
    #[timeout("1s")]
    async fn status(&self, id: String) -> Result<u32, Status> {
        assert_eq!(id.len(), 1);
        self.script.play_async().await.map_err(own)
    }

    #[timeout("1s", refused = |_| { self.refused += 1; format!("{}{id}", self.refused) })]
    async fn exclusive(&mut self, mut id: String) -> String {
        id.push('!');
        elsewhere(&self.script).await
    }
}

#[tokio::test(start_paused = true)]
async fn methods_of_an_async_trait() {
    let mut client = Client::new("eu");
    assert_eq!(Fetch::status(&client, "a".to_owned()).await, Err(Status("a: eu: timeout".to_owned())));
    assert_eq!(Fetch::exclusive(&mut client, "b".to_owned()).await, "1b");
    assert!(client.provided(&Script::new([hang()])).await.ends_with("::provided"));
}

#[circuit_breaker(name = "refused::shapes::generic", failure_threshold = 1, refused = |_| refused)]
fn generic<T: Clone, E>(body: impl Fn() -> Result<T, E>, refused: E) -> Result<T, E> {
    body()
}

#[circuit_breaker(name = "refused::shapes::generic_plain", refused = |_| refused.into())]
fn generic_plain<T, U: Into<T>>(body: impl Fn() -> T, refused: U) -> T {
    body()
}

trait Answers {
    type Answer;
    fn answer(&self) -> Self::Answer;
    fn refused(&self) -> Self::Answer;

    #[circuit_breaker(name = "refused::shapes::associated", refused = |_| self.refused())]
    fn call(&self) -> Self::Answer {
        self.answer()
    }
}

impl Answers for u32 {
    type Answer = Result<Self, &'static str>;

    fn answer(&self) -> Self::Answer {
        Ok(*self)
    }

    fn refused(&self) -> Self::Answer {
        Err("refused")
    }
}

#[test]
fn generic_functions() {
    struct NoFrom;
    assert!(generic(|| Err::<u32, _>(NoFrom), NoFrom).is_err());
    assert_eq!(generic(|| Ok::<_, i32>(1), -1), Err(-1));
    let breaker = |name| resilience::registry().circuit_breaker(name).unwrap();
    breaker("refused::shapes::generic_plain").force_open();
    assert_eq!(generic_plain::<String, _>(String::new, "r"), "r");
    assert_eq!(7.call(), Ok(7));
    breaker("refused::shapes::associated").force_open();
    assert_eq!(7.call(), Err("refused"), "of a type that only the implementation knows it gives the whole");
}

/// Without the option a generic error type is asked for `From`, by whatever bound.
#[fallback(|error| Err(error), when = |error: &E| error.to_string().contains("open"))]
#[circuit_breaker(name = "refused::shapes::bounded", failure_threshold = 1)]
fn bounded<E: Display + From<resilience::Error>>(error: Option<E>) -> Result<u32, E> {
    error.map_or(Ok(1), Err)
}

trait Convert {
    type Error: From<resilience::Error>;
    fn error(&self) -> Option<Self::Error>;

    #[fallback(Self::again, when = |_| self.error().is_none())]
    #[circuit_breaker(name = "refused::shapes::converted", failure_threshold = 1)]
    fn call(&self) -> Result<u32, Self::Error> {
        self.error().map_or(Ok(1), Err)
    }

    fn again(&self, error: Self::Error) -> Result<u32, Self::Error> {
        Err(error)
    }
}

impl Convert for bool {
    type Error = String;

    fn error(&self) -> Option<String> {
        self.then(|| "down".to_owned())
    }
}

#[test]
fn generic_errors_with_a_conversion_need_no_option() {
    assert_eq!(bounded(Some("down".to_owned())), Err("down".to_owned()));
    assert!(bounded::<String>(None).unwrap_err().contains("`refused::shapes::bounded` is open"));
    assert_eq!(true.call(), Err("down".to_owned()));
    assert!(false.call().unwrap_err().contains("`refused::shapes::converted` is open"));
}

#[retry(max_attempts = 2, base_delay = "1ms", clone(words))]
#[timeout("10ms", refused = |e| format!("{}: {}", words.join(" "), e.name()))]
fn on_a_worker(words: Vec<String>, late: bool) -> String {
    if late {
        std::thread::sleep(millis(400));
    }
    words.concat()
}

#[test]
fn on_worker_threads() {
    let words = || vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(on_a_worker(words(), true), "a b: refused::shapes::on_a_worker");
}
