//! Bodies that leave the arguments where they are: they need no `clone(..)`, however they look.

use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

use resilience::{circuit_breaker, fallback, retry, timeout};

use super::*;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Id(u32);

fn number(id: Id) -> u32 {
    id.0
}

/// Borrows exclusively, under a name that does not say so.
type Out<'a> = &'a mut Vec<u32>;

fn push(out: &mut Vec<u32>, value: u32) {
    out.push(value);
}

#[retry(base_delay = "1ms")]
fn copied(id: Id, script: &Script) -> Reply {
    let same = id;
    let numbers = vec![number(id), number(same)];
    script.play().map(|value| value + numbers.into_iter().sum::<u32>())
}

#[retry(base_delay = "1ms")]
#[circuit_breaker(name = "clones::borrowed")]
#[timeout("5s")]
async fn copied_into_a_block(id: Id, script: &Script) -> Reply {
    let later = async move { number(id) };
    script.play().map(|value| value + 1).map(|value| value * 2)?;
    Ok(later.await)
}

#[retry(base_delay = "1ms")]
fn generic<T: Copy + Into<u32>>(value: T, script: &Script) -> Reply {
    script.play().map(|played| played + value.into())
}

#[retry(base_delay = "1ms")]
async fn borrowed_again(out: Out<'_>, script: &Script) -> Reply {
    push(out, 1);
    script.play()
}

#[retry(base_delay = "1ms")]
fn iterated(numbers: Rc<[u32]>, script: &Script) -> Reply {
    let sum: u32 = numbers.into_iter().sum();
    script.play().map(|value| value + sum)
}

#[retry(base_delay = "1ms")]
fn shadowed(words: String, found: Option<String>, script: &Script) -> Reply {
    let length = |words: String| words.len();
    let words = words.trim().to_owned();
    if let Some(found) = &found {
        drop(found.clone());
    }
    script.play().map(|value| value + u32::try_from(length(words)).unwrap_or(0))
}

#[retry(base_delay = "1ms")]
fn looked_at(page: Vec<u32>, name: String, script: &Script) -> Reply {
    match name.as_str() {
        "a" => assert_eq!(page[0], 1, "{name} {page:?}"),
        _ => unreachable!("{}", name),
    }
    let described = format!("{name}{}", page.len());
    let first = move |extra: u32| extra;
    script.play().map(|value| first(value) + u32::try_from(described.len()).unwrap_or(0))
}

struct Order {
    id: Id,
    lines: Vec<u32>,
}

#[retry(base_delay = "1ms")]
async fn fields(order: Order, script: &Script) -> Reply {
    let by_field = move || number(order.id);
    let sum: u32 = order.lines.iter().sum();
    script.play().map(|value| value + sum + by_field())
}

#[retry(base_delay = "1ms")]
fn called(body: impl Fn(u32) -> u32, text: impl Debug, script: &Script) -> Reply {
    let _ = format!("{text:?}");
    script.play().map(|value| body(value))
}

#[fallback(|_| Ok(u32::try_from(text.len()).unwrap_or(0)))]
#[retry(base_delay = "1ms")]
fn needed_by_a_fallback(text: String, script: &Script) -> Reply {
    script.play().map(|value| value + u32::try_from(text.len()).unwrap_or(0))
}

/// Nobody needs the argument afterwards.
#[fallback(value = 3)]
#[circuit_breaker(name = "clones::borrowed::once")]
fn once(text: String, script: &Script) -> Reply {
    drop(text);
    script.play()
}

#[retry(base_delay = "1ms")]
#[fallback(|_| Ok(u32::try_from(text.len()).unwrap_or(0)), when = |error| *error == Failure::Status(500), clone(text))]
fn given_by_an_inner_fallback(text: String, script: &Script) -> Reply {
    drop(text);
    script.play()
}

struct Client(Script);

impl Client {
    #[retry(base_delay = "1ms")]
    fn by_arc(self: Arc<Self>, id: Id) -> Reply {
        let also = Arc::clone(&self);
        also.0.play().map(|value| value + number(id))
    }

    #[retry(base_delay = "1ms")]
    async fn by_value(self) -> Reply {
        self.0.play_async().await
    }
}

#[async_trait::async_trait]
trait Store {
    async fn load(&self, id: Id, page: Vec<u32>) -> Reply;
}

#[async_trait::async_trait]
impl Store for Client {
    #[retry(base_delay = "1ms")]
    async fn load(&self, id: Id, page: Vec<u32>) -> Reply {
        self.0.play().map(|value| value + number(id) + page.iter().sum::<u32>())
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_for() {
    let script = Script::new([ok(1)]);
    let flaky = || {
        script.then([fail(500), ok(1)]);
        &script
    };
    assert_eq!(copied(Id(1), flaky()), Ok(3));
    assert_eq!(copied_into_a_block(Id(1), flaky()).await, Ok(1));
    assert_eq!(generic(1_u8, flaky()), Ok(2));
    let mut out = Vec::new();
    assert_eq!(borrowed_again(&mut out, flaky()).await, Ok(1));
    assert_eq!(out, [1, 1]);
    assert_eq!(iterated(Rc::new([1, 2]), flaky()), Ok(4));
    assert_eq!(shadowed(" ab ".to_owned(), Some(String::new()), flaky()), Ok(3));
    assert_eq!(looked_at(vec![1], "a".to_owned(), flaky()), Ok(3));
    assert_eq!(fields(Order { id: Id(1), lines: vec![2] }, flaky()).await, Ok(4));
    assert_eq!(called(|value| value + 1, "text", flaky()), Ok(2));
    assert_eq!(needed_by_a_fallback("ab".to_owned(), flaky()), Ok(3));
    script.then([fail(500)]);
    assert_eq!(once(String::new(), &script), Ok(3));
    assert_eq!(given_by_an_inner_fallback("abc".to_owned(), &script), Ok(3));
    flaky();
    assert_eq!(Arc::new(Client(script.clone())).by_arc(Id(1)), Ok(2));
    flaky();
    assert_eq!(Client(script.clone()).by_value().await, Ok(1));
    flaky();
    assert_eq!(Client(script.clone()).load(Id(1), vec![1]).await, Ok(3));
}
