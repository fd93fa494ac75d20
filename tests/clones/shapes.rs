//! Every shape of function whose attempts have arguments of their own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use resilience::{fallback, retry, timeout};

use super::*;

/// What can be cloned, or not.
#[derive(Debug)]
struct Page(u32);

impl Page {
    fn copy(&self) -> Result<Self, NotClone> {
        if self.0 < 100 { Ok(Self(self.0 + 10)) } else { Err(NotClone) }
    }
}

fn open(page: Page, script: &Script) -> Reply {
    script.play().map(|value| value + page.0)
}

struct Client {
    script: Script,
    base: u32,
}

impl Client {
    fn copy(&self) -> Result<Arc<Self>, NotClone> {
        if self.base < 100 {
            Ok(Arc::new(Self { script: self.script.clone(), base: self.base + 1 }))
        } else {
            Err(NotClone)
        }
    }

    fn run(self: Arc<Self>, page: Page) -> Reply {
        open(page, &self.script).map(|value| value + self.base * 1000)
    }

    #[retry(base_delay = "1ms", clone(page = page.copy()?))]
    fn by_ref(&self, page: Page) -> Reply {
        open(page, &self.script)
    }

    #[retry(base_delay = "1ms", clone(page = page.copy()?))]
    async fn by_mut(&mut self, page: Page) -> Reply {
        self.base += 1;
        open(page, &self.script)
    }

    #[retry(base_delay = "1ms", clone(self = self.copy()?, page = page.copy()?))]
    fn by_arc(self: Arc<Self>, page: Page) -> Reply {
        self.run(page)
    }

    #[retry(base_delay = "1ms", clone(self, page = page.copy()?))]
    async fn by_arc_async(self: Arc<Self>, page: Page) -> Reply {
        tokio::spawn(async move { self.run(page) }).await.unwrap()
    }

    #[fallback(|_| Ok(page.0 + self.base), clone(self = self.copy()?, page = page.copy()?))]
    fn under_a_fallback(self: Arc<Self>, page: Page) -> Reply {
        self.run(page)
    }

    #[retry(base_delay = "1ms", clone(self, page = page.copy()?))]
    #[timeout("60s")]
    fn on_a_worker(self: Arc<Self>, page: Page) -> Reply {
        self.run(page)
    }

    #[retry(base_delay = "1ms", clone(page = page.copy()?))]
    fn opaque(&self, page: Page) -> impl Future<Output = Reply> {
        async move { open(page, &self.script) }
    }

    #[retry(base_delay = "1ms", clone(page = page.copy()?))]
    fn boxed<'a>(&'a self, page: Page) -> Pin<Box<dyn Future<Output = Reply> + Send + 'a>> {
        Box::pin(async move { open(page, &self.script) })
    }
}

#[async_trait::async_trait]
trait Store {
    async fn load(&self, page: Page, words: Vec<u32>) -> Reply;
    async fn take(self: Arc<Self>, page: Page) -> Reply;
}

#[async_trait::async_trait]
impl Store for Client {
    #[retry(base_delay = "1ms", clone(page = self.given(&page)?, words))]
    async fn load(&self, page: Page, words: Vec<u32>) -> Reply {
        open(page, &self.script).map(|value| value + words.into_iter().sum::<u32>())
    }

    #[retry(base_delay = "1ms", clone(self, page = page.copy()?))]
    async fn take(self: Arc<Self>, page: Page) -> Reply {
        self.run(page)
    }
}

impl Client {
    fn given(&self, page: &Page) -> Result<Page, NotClone> {
        page.copy()
    }
}

#[retry(base_delay = "1ms", clone(a = a.copy()?, b))]
fn patterns((a, b): (Page, Vec<u32>), script: &Script) -> Reply {
    open(a, script).map(|value| value + b.into_iter().sum::<u32>())
}

#[retry(base_delay = "1ms", clone(page = page.copy()?))]
async fn mutable(mut page: Page, script: &Script) -> Reply {
    page.0 += 1;
    open(page, script)
}

#[retry(base_delay = "1ms", clone(make = again(&make)?))]
fn generic<F: FnOnce() -> u32 + Clone>(make: F, script: &Script) -> Reply {
    script.play().map(|value| value + make())
}

fn again<F: Clone>(make: &F) -> Result<F, NotClone> {
    Ok(make.clone())
}

#[retry(base_delay = "1ms", clone(words = again(&words)?))]
async fn opaque_argument(
    words: impl Iterator<Item = u32> + Clone,
    script: &Script,
) -> Result<impl Iterator<Item = u32>, Failure> {
    script.play()?;
    Ok(words)
}

#[retry(base_delay = "1ms", clone(text = shortened(text)?))]
fn borrowed<'a>(text: &'a str, script: &Script) -> Result<&'a str, Failure> {
    script.play()?;
    Ok(text)
}

fn shortened(text: &str) -> Result<&str, NotClone> {
    text.get(1..).ok_or(NotClone)
}

#[retry(base_delay = "1ms", clone(page = page.copy()?))]
fn conditional(script: &Script, #[cfg(test)] page: Page, #[cfg(not(test))] page: u32) -> Reply {
    open(page, script)
}

#[fallback(value = "nothing".to_owned(), clone(words = words.clone()))]
#[timeout("1s")]
async fn plain(words: Vec<String>) -> String {
    words.into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn every_shape_works() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let script = Script::new([ok(1)]);
    let flaky = || {
        script.then([fail(500), ok(1)]);
        script.clone()
    };
    let client = || Client { script: flaky(), base: 2 };
    let arc = || Arc::new(client());
    let full = || Page(100);

    assert_eq!(client().by_ref(Page(1)), Ok(12));
    assert_eq!(client().by_ref(full()), NO_CLONE);
    assert_eq!(send(client().by_mut(Page(1))).await, Ok(12));
    assert_eq!(arc().by_arc(Page(1)), Ok(3012));
    assert_eq!(arc().by_arc(full()), NO_CLONE);
    assert_eq!(send(arc().by_arc_async(Page(1))).await, Ok(2012));
    assert_eq!(send(arc().by_arc_async(full())).await, NO_CLONE);
    assert_eq!(arc().under_a_fallback(Page(1)), Ok(3));
    script.then([ok(1)]);
    assert_eq!(Arc::new(Client { script: script.clone(), base: 2 }).under_a_fallback(Page(1)), Ok(3012));
    assert_eq!(arc().under_a_fallback(full()), Ok(102));
    assert_eq!(arc().on_a_worker(Page(1)), Ok(2012));
    assert_eq!(client().opaque(Page(1)).await, Ok(12));
    assert_eq!(send(client().boxed(Page(1))).await, Ok(12));
    assert_eq!(client().boxed(full()).await, NO_CLONE);
    assert_eq!(client().load(Page(1), vec![100, 200]).await, Ok(312));
    assert_eq!(client().load(full(), vec![]).await, NO_CLONE);
    assert_eq!(arc().take(Page(1)).await, Ok(2012));

    assert_eq!(patterns((Page(1), vec![100]), &flaky()), Ok(112));
    assert_eq!(mutable(Page(1), &flaky()).await, Ok(13));
    assert_eq!(generic(|| 5, &flaky()), Ok(6));
    assert_eq!(opaque_argument([1, 2].into_iter(), &flaky()).await.unwrap().sum::<u32>(), 3);
    assert_eq!(borrowed("abc", &flaky()), Ok("bc"));
    assert_eq!(borrowed("", &flaky()), Err(Failure::Status(409)));
    assert_eq!(conditional(&flaky(), Page(1)), Ok(12));
    assert_eq!(plain(vec!["a".to_owned(), "b".to_owned()]).await, "ab");
}
