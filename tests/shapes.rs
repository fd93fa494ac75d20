//! Every shape of function that an attribute may stand on: each compiles without a warning and runs.
#![cfg(feature = "macros")]
#![deny(warnings)]
#![forbid(unsafe_code)]
// Counts calls; nothing here is modelled.
#![allow(clippy::disallowed_types)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use resilience::{circuit_breaker, fallback, retry, timeout};

#[derive(Debug, Clone, PartialEq)]
enum Failure {
    Broken(u32),
    Refused,
}

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self::Refused
    }
}

type Outcome<T> = Result<T, Failure>;

/// Fails until the call number `good`.
#[derive(Debug, Default)]
struct Flaky {
    calls: AtomicU32,
}

impl Flaky {
    fn call(&self, good: u32) -> Outcome<u32> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call < good { Err(Failure::Broken(call)) } else { Ok(call) }
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }
}

fn send<T: Send>(value: T) -> T {
    value
}

mod free {
    use super::*;

    #[retry(max_attempts = 3, base_delay = 1ms)]
    fn sync(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(3)
    }

    #[retry(max_attempts = 3, base_delay = "1ms")]
    async fn asynchronous(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(3)
    }

    #[fallback(|_| Ok(7))]
    #[retry(max_attempts = 2, base_delay = "1ms")]
    #[circuit_breaker(name = "shapes::free::full", failure_threshold = 100)]
    #[timeout("1s")]
    async fn full(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(100)
    }

    #[fallback(|_| Ok(7))]
    #[retry(max_attempts = 2, base_delay = "1ms")]
    #[circuit_breaker(name = "shapes::free::full_sync", failure_threshold = 100)]
    #[timeout("1s", mode = deadline)]
    fn full_sync(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(100)
    }

    #[timeout("10ms")]
    async fn slow() -> Outcome<u32> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(1)
    }

    #[test]
    fn a_sync_function_is_retried() {
        let flaky = Flaky::default();
        assert_eq!(sync(&flaky), Ok(3));
        let flaky = Flaky::default();
        assert_eq!(full_sync(&flaky), Ok(7));
        assert_eq!(flaky.calls(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_async_function_is_retried() {
        let flaky = Flaky::default();
        assert_eq!(send(asynchronous(&flaky)).await, Ok(3));
        let flaky = Flaky::default();
        assert_eq!(send(full(&flaky)).await, Ok(7));
        assert_eq!(flaky.calls(), 2);
        assert_eq!(slow().await, Err(Failure::Refused));
    }
}

mod methods {
    use super::*;

    #[derive(Default)]
    struct Client {
        flaky: Flaky,
        total: u32,
        limit: Duration,
    }

    impl Client {
        fn new() -> Self {
            Self { limit: Duration::from_secs(1), ..Self::default() }
        }

        #[retry(max_attempts = 3, base_delay = "1ms")]
        fn by_ref(&self) -> Outcome<u32> {
            self.flaky.call(2)
        }

        #[retry(max_attempts = 3, base_delay = "1ms")]
        #[timeout(self.limit)]
        async fn by_mut(&mut self, add: u32) -> Outcome<u32> {
            self.total += add;
            self.flaky.call(2)?;
            Ok(self.total)
        }

        #[fallback(Self::cached)]
        #[retry(max_attempts = 2, base_delay = "1ms")]
        async fn by_mut_with_fallback(&mut self, add: u32) -> Outcome<u32> {
            self.total += add;
            self.flaky.call(100)
        }

        async fn cached(&mut self, add: u32, error: Failure) -> Outcome<u32> {
            assert_eq!(error, Failure::Broken(2));
            Ok(self.total * 100 + add)
        }

        #[retry(max_attempts = 3, base_delay = "1ms")]
        async fn by_value(self) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(max_attempts = 3, base_delay = "1ms")]
        async fn by_arc(self: Arc<Self>) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(max_attempts = 3, base_delay = "1ms")]
        async fn by_box(self: Box<Self>) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(max_attempts = 3, base_delay = "1ms", clone(self))]
        async fn consumed(self: Arc<Self>) -> Outcome<u32> {
            let inner = tokio::spawn(async move { self.flaky.call(3) });
            inner.await.map_err(|_| Failure::Refused)?
        }

        #[retry(max_attempts = 3, base_delay = "1ms")]
        async fn by_mut_value(mut self) -> Outcome<u32> {
            self.total += 1;
            self.flaky.call(3)?;
            Ok(self.total)
        }

        #[circuit_breaker(name = "shapes::methods::borrowed")]
        #[timeout("1s")]
        async fn borrowed_from_mut(&mut self) -> Outcome<&mut u32> {
            Ok(&mut self.total)
        }

        #[circuit_breaker(name = "shapes::methods::borrowed")]
        fn borrowed_from_mut_sync(&mut self) -> Outcome<&mut u32> {
            Ok(&mut self.total)
        }

        #[retry(base_delay = "1ms")]
        fn borrowed(&self) -> Outcome<&u32> {
            self.flaky.call(2)?;
            Ok(&self.total)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_receiver_works() {
        assert_eq!(Client::new().by_ref(), Ok(2));
        assert_eq!(send(Client::new().by_mut(5)).await, Ok(10));
        let mut client = Client::new();
        assert_eq!(send(client.by_mut_with_fallback(3)).await, Ok(603));
        assert_eq!(send(Client::new().by_value()).await, Ok(3));
        assert_eq!(send(Arc::new(Client::new()).by_arc()).await, Ok(3));
        assert_eq!(send(Box::new(Client::new()).by_box()).await, Ok(3));
        assert_eq!(send(Arc::new(Client::new()).consumed()).await, Ok(3));
        assert_eq!(Client::new().by_mut_value().await, Ok(3));
        assert_eq!(Client::new().borrowed(), Ok(&0));
        *client.borrowed_from_mut().await.unwrap() = 9;
        *client.borrowed_from_mut_sync().unwrap() += 1;
        assert_eq!(client.total, 10);
    }
}

mod traits {
    use super::*;

    trait Fetch {
        type Answer;
        fn flaky(&self) -> &Flaky;
        fn fetch(&self) -> Self::Answer;
        async fn fetch_async(&self) -> Outcome<u32>;

        #[retry(base_delay = "1ms")]
        fn provided(&self) -> Outcome<u32> {
            self.flaky().call(3)
        }

        #[retry(base_delay = "1ms")]
        async fn provided_async(&self) -> Outcome<u32> {
            self.flaky().call(3)
        }

        #[retry(base_delay = "1ms")]
        fn provided_future(&self) -> impl Future<Output = Outcome<u32>> {
            async move { self.flaky().call(3) }
        }
    }

    #[derive(Default)]
    struct Client(Flaky);

    impl Fetch for Client {
        type Answer = Outcome<u32>;

        fn flaky(&self) -> &Flaky {
            &self.0
        }

        #[retry(base_delay = "1ms")]
        #[circuit_breaker(name = "shapes::traits")]
        fn fetch(&self) -> Self::Answer {
            self.0.call(2)
        }

        #[retry(base_delay = "1ms")]
        #[timeout("1s")]
        async fn fetch_async(&self) -> Outcome<u32> {
            self.0.call(2)
        }
    }

    #[async_trait::async_trait]
    trait Boxed {
        async fn owned(&self, words: Vec<String>, n: u32) -> Outcome<usize>;
        async fn exclusive(&mut self, words: Vec<String>) -> Outcome<usize>;
        #[retry(base_delay = "1ms")]
        async fn boxed_provided(&self, flaky: &Flaky) -> Outcome<u32> {
            flaky.call(2)
        }
    }

    #[async_trait::async_trait]
    impl Boxed for Client {
        #[fallback(|_| Ok(words.len()))]
        #[retry(max_attempts = 2, base_delay = "1ms", retry_if = |_: &Failure| self.0.calls() < 100)]
        #[timeout("1s")]
        async fn owned(&self, words: Vec<String>, mut n: u32) -> Outcome<usize> {
            n += 1;
            assert_eq!(n, 2, "an attempt sees what another one did");
            self.0.call(9)?;
            Ok(words.len() + 100)
        }

        #[retry(max_attempts = 3, base_delay = "1ms", clone(words))]
        #[timeout("1s")]
        async fn exclusive(&mut self, words: Vec<String>) -> Outcome<usize> {
            self.0.call(3)?;
            Ok(words.into_boxed_slice().len())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn methods_of_traits_work() {
        assert_eq!(Client::default().fetch(), Ok(2));
        assert_eq!(Client::default().fetch_async().await, Ok(2));
        assert_eq!(Client::default().provided(), Ok(3));
        assert_eq!(Client::default().provided_async().await, Ok(3));
        assert_eq!(Client::default().provided_future().await, Ok(3));
        let words = || vec![String::new(), String::new()];
        assert_eq!(send(Client::default().owned(words(), 1)).await, Ok(2));
        assert_eq!(send(Client::default().exclusive(words())).await, Ok(2));
        let boxed: Box<dyn Boxed + Sync> = Box::new(Client::default());
        assert_eq!(boxed.boxed_provided(&Flaky::default()).await, Ok(2));
    }
}

mod arguments {
    use super::*;

    #[retry(base_delay = "1ms")]
    async fn mutable(flaky: &Flaky, mut n: u32, mut words: Vec<u32>) -> Outcome<(u32, usize)> {
        n += 1;
        words.push(n);
        flaky.call(3)?;
        Ok((n, words.len()))
    }

    #[retry(base_delay = "1ms")]
    fn mutable_reference(flaky: &Flaky, mut rest: &str, mut out: &mut Vec<u32>) -> Outcome<usize> {
        rest = &rest[1..];
        out.push(1);
        let other = &mut Vec::new();
        if rest.is_empty() {
            out = other;
            out.push(2);
        }
        flaky.call(2)?;
        Ok(rest.len())
    }

    struct Point {
        x: u32,
        y: u32,
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn patterns(
        flaky: &Flaky,
        (mut a, b): (u32, u32),
        Point { x, y: mut other }: Point,
        [c, ..]: [u32; 3],
        &d: &u32,
        _: u32,
    ) -> Outcome<u32> {
        a += 1;
        other += 1;
        flaky.call(2)?;
        Ok(a + b + x + other + c + d)
    }

    #[fallback(stand_in)]
    fn passed_on(_: u32, (a, b): (u32, u32), Point { x, y }: Point) -> Outcome<u32> {
        Err(Failure::Broken(a + b + x + y))
    }

    fn stand_in(n: u32, (a, b): (u32, u32), point: Point, error: Failure) -> Outcome<u32> {
        assert_eq!(error, Failure::Broken(a + b + point.x + point.y));
        Ok(n)
    }

    #[fallback(other)]
    #[retry(base_delay = "1ms", max_attempts = 2)]
    fn conditional(flaky: &Flaky, #[cfg(not(test))] gone: u32, #[cfg(test)] mut kept: u32) -> Outcome<u32> {
        kept += 1;
        flaky.call(9)?;
        Ok(kept)
    }

    fn other(_: &Flaky, kept: u32) -> Outcome<u32> {
        Ok(kept * 10)
    }

    #[retry(base_delay = "1ms")]
    async fn raw(r#type: &Flaky, r#match: u32) -> Outcome<u32> {
        r#type.call(2)?;
        Ok(r#match)
    }

    #[retry(base_delay = "1ms")]
    async fn r#loop() -> Outcome<u32> {
        Ok(1)
    }

    #[fallback(|e| { let _ = e; Ok(out + attempts + call + frame) })]
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn internal_names(out: u32, attempts: u32, call: u32, frame: u32, limit: u32, permit: u32) -> Outcome<u32> {
        Err(Failure::Broken(limit + permit))
    }

    #[retry(base_delay = "1ms")]
    async fn opaque(flaky: impl Fn() -> Outcome<u32>, words: impl Iterator<Item = u32> + Clone) -> Outcome<u32> {
        flaky()?;
        Ok(words.clone().sum())
    }

    #[retry(base_delay = "1ms")]
    fn dynamic(flaky: &dyn Fn() -> Outcome<u32>, boxed: Box<dyn Fn() -> u32>) -> Outcome<u32> {
        flaky()?;
        Ok(boxed())
    }

    #[retry(base_delay = "1ms", clone(words))]
    async fn consumed(flaky: &Flaky, words: Vec<u32>) -> Outcome<usize> {
        flaky.call(3)?;
        Ok(words.into_boxed_slice().len())
    }

    #[fallback(count, clone(words))]
    #[timeout("1s")]
    async fn consumed_by_both(words: Vec<u32>) -> Outcome<usize> {
        drop(words);
        Err(Failure::Broken(1))
    }

    async fn count(words: Vec<u32>) -> Outcome<usize> {
        Ok(words.len())
    }

    #[tokio::test(start_paused = true)]
    async fn every_argument_works() {
        let flaky = Flaky::default;
        assert_eq!(send(mutable(&flaky(), 1, vec![1])).await, Ok((2, 2)));
        let mut out = Vec::new();
        assert_eq!(mutable_reference(&flaky(), "abc", &mut out), Ok(2));
        assert_eq!(out, [1, 1]);
        let point = || Point { x: 10, y: 100 };
        assert_eq!(send(patterns(&flaky(), (1, 2), point(), [1000, 0, 0], &5, 0)).await, Ok(1120));
        assert_eq!(passed_on(3, (1, 2), point()), Ok(3));
        assert_eq!(conditional(&flaky(), 4), Ok(40));
        assert_eq!(raw(&flaky(), 3).await, Ok(3));
        assert_eq!(r#loop().await, Ok(1));
        assert_eq!(internal_names(1, 2, 3, 4, 5, 6).await, Ok(10));
        let one = flaky();
        assert_eq!(opaque(|| one.call(2), [1, 2].into_iter()).await, Ok(3));
        let one = flaky();
        assert_eq!(dynamic(&|| one.call(2), Box::new(|| 5)), Ok(5));
        assert_eq!(send(consumed(&flaky(), vec![1, 2])).await, Ok(2));
        assert_eq!(send(consumed_by_both(vec![1, 2])).await, Ok(2));
    }
}

mod generics {
    use super::*;

    #[fallback(|e: E| recover(e))]
    #[retry(base_delay = "1ms", max_attempts = 2)]
    #[circuit_breaker(name = "shapes::generics")]
    #[timeout("1s")]
    async fn generic<'a, T, E, F, const N: usize>(items: &'a [T; N], check: F) -> Result<&'a T, E>
    where
        T: Sync,
        E: From<resilience::Error> + Send + Sync,
        F: Fn(&'a [T; N]) -> Result<&'a T, E> + Send + Sync,
    {
        check(items)
    }

    fn recover<T, E>(error: E) -> Result<T, E> {
        Err(error)
    }

    #[retry(base_delay = "1ms", max_attempts = N)]
    fn options_of_the_call<const N: u32>(flaky: &Flaky, delay: Duration) -> Outcome<u32> {
        let _ = delay;
        flaky.call(N)
    }

    #[retry(base_delay = delay, max_attempts = attempts)]
    async fn options_of_the_arguments(flaky: &Flaky, delay: Duration, attempts: u32) -> Outcome<u32> {
        flaky.call(4)
    }

    #[retry(base_delay = "1ms")]
    fn elided(text: &str) -> Outcome<&str> {
        Ok(text)
    }

    #[retry(base_delay = "1ms")]
    async fn underscore(text: std::borrow::Cow<'_, str>) -> Outcome<std::borrow::Cow<'_, str>> {
        Ok(text.clone())
    }

    #[retry(base_delay = "1ms")]
    fn higher_ranked<F>(f: F) -> Outcome<usize>
    where
        F: for<'x> Fn(&'x str) -> &'x str,
    {
        Ok(f("ab").len())
    }

    struct Wrapper<T>(T);

    impl<T: Clone> Wrapper<T> {
        #[retry(base_delay = "1ms")]
        async fn get(&self) -> Result<T, Failure> {
            Ok(self.0.clone())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn generic_functions_work() {
        let first = generic(&[1, 2], |items| Ok::<_, Failure>(&items[0])).await;
        assert_eq!(first, Ok(&1));
        assert_eq!(options_of_the_call::<4>(&Flaky::default(), Duration::ZERO), Ok(4));
        let delay = Duration::from_millis(1);
        assert_eq!(options_of_the_arguments(&Flaky::default(), delay, 4).await, Ok(4));
        assert_eq!(options_of_the_arguments(&Flaky::default(), delay, 3).await, Err(Failure::Broken(3)));
        assert_eq!(elided("a"), Ok("a"));
        assert_eq!(underscore("a".into()).await, Ok("a".into()));
        assert_eq!(higher_ranked(|text| &text[1..]), Ok(1));
        assert_eq!(Wrapper(3).get().await, Ok(3));
    }
}

mod returns {
    use super::*;

    #[fallback(|_| Some(3))]
    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    async fn option(n: u32) -> Option<u32> {
        if n == 0 { None } else { Some(n) }
    }

    #[circuit_breaker(name = "shapes::returns::option", failure_threshold = 1)]
    fn refused_option() -> Option<u32> {
        None
    }

    #[retry(base_delay = "1ms", max_attempts = 2)]
    fn io() -> std::io::Result<u32> {
        Err(std::io::Error::other("down"))
    }

    #[fallback(value = 5)]
    #[timeout("10ms")]
    async fn plain() -> u32 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        1
    }

    #[fallback(|error| error.to_string())]
    #[timeout("10ms", name = "plain")]
    async fn plain_with_error() -> String {
        tokio::time::sleep(Duration::from_secs(5)).await;
        String::new()
    }

    #[fallback(default)]
    #[timeout("10ms")]
    async fn nothing() {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }

    #[fallback(|error| { assert_eq!(error, Failure::Refused); Ok(1) })]
    #[timeout("10ms")]
    async fn alias_under_fallback() -> Outcome<u32> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(2)
    }

    #[fallback(|error: resilience::Fault<NoFrom>| match error {
        resilience::Fault::Refused(error) => Err(NoFrom(error.to_string())),
        resilience::Fault::User(error) => Err(error),
    })]
    #[timeout("10ms")]
    async fn fault() -> Result<u32, NoFrom> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(2)
    }

    #[derive(Debug)]
    struct NoFrom(String);

    #[retry(base_delay = "1ms")]
    fn nested_opaque() -> Result<impl Iterator<Item = u32>, Failure> {
        Ok([1, 2].into_iter())
    }

    #[retry(base_delay = "1ms")]
    async fn coerced() -> Outcome<Box<dyn Fn() -> u32>> {
        Ok(Box::new(|| 4))
    }

    #[retry(base_delay = "1ms")]
    fn future(flaky: &Flaky) -> impl Future<Output = Outcome<u32>> + Send {
        async move { flaky.call(2) }
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    fn future_of_another(flaky: &Flaky) -> impl Future<Output = Outcome<u32>> + Send {
        inner(flaky)
    }

    async fn inner(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(3)
    }

    #[retry(base_delay = "1ms")]
    #[timeout("1s")]
    fn boxed(flaky: &Flaky) -> Pin<Box<dyn Future<Output = Outcome<u32>> + Send + '_>> {
        let start = flaky.calls();
        Box::pin(async move { flaky.call(start + 2) })
    }

    #[retry(base_delay = "1ms")]
    fn boxed_elsewhere(flaky: &Flaky) -> Pin<Box<dyn Future<Output = Outcome<u32>> + Send + '_>> {
        Box::pin(inner(flaky))
    }

    #[tokio::test(start_paused = true)]
    async fn every_return_type_works() {
        assert_eq!(option(0).await, Some(3));
        assert_eq!(option(1).await, Some(1));
        assert_eq!((refused_option(), refused_option()), (None, None));
        assert_eq!(io().unwrap_err().to_string(), "down");
        assert_eq!(plain().await, 5);
        assert!(!plain_with_error().await.is_empty());
        nothing().await;
        assert_eq!(alias_under_fallback().await, Ok(1));
        assert!(!fault().await.unwrap_err().0.is_empty());
        assert_eq!(nested_opaque().unwrap().count(), 2);
        assert_eq!(coerced().await.unwrap()(), 4);
        assert_eq!(send(future(&Flaky::default())).await, Ok(2));
        assert_eq!(send(future_of_another(&Flaky::default())).await, Ok(3));
        assert_eq!(send(boxed(&Flaky::default())).await, Ok(2));
        assert_eq!(send(boxed_elsewhere(&Flaky::default())).await, Ok(3));
    }
}

mod bodies {
    use super::*;

    #[retry(base_delay = "1ms", max_attempts = 2)]
    async fn question_marks(flaky: &Flaky) -> Outcome<u32> {
        let double = |n: u32| -> Outcome<u32> { Ok(flaky.call(2)? + n) };
        let n = double(1)?;
        if n > 100 {
            return Ok(0);
        }
        'search: loop {
            for step in 0.. {
                if step == 3 {
                    break 'search;
                }
            }
        }
        Ok(n)
    }

    #[retry(base_delay = "1ms")]
    fn recursive(n: u32) -> Outcome<u32> {
        if n == 0 { Ok(0) } else { Ok(recursive(n - 1)? + 1) }
    }

    #[retry(base_delay = "1ms")]
    async fn recursive_async(n: u32) -> Outcome<u32> {
        if n == 0 { Ok(0) } else { Ok(Box::pin(recursive_async(n - 1)).await? + 1) }
    }

    #[retry(base_delay = "1ms")]
    fn inner_attribute() -> Outcome<u32> {
        #![allow(unused_variables)]
        let unused = 1;
        Ok(1)
    }

    #[retry(base_delay = "1ms")]
    fn nested() -> Outcome<u32> {
        #[retry(base_delay = "1ms")]
        fn inside(flaky: &Flaky) -> Outcome<u32> {
            flaky.call(2)
        }
        inside(&Flaky::default())
    }

    #[retry(base_delay = "1ms")]
    fn endless(flaky: &Flaky) -> Result<std::convert::Infallible, Failure> {
        loop {
            flaky.call(9)?;
        }
    }

    macro_rules! protected {
        ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block) => {
            $(#[$meta])*
            #[retry(base_delay = "1ms")]
            $vis fn $name($($arg: $ty),*) -> $ret $body
        };
    }

    protected! {
        /// Made by a macro.
        pub(super) fn generated(flaky: &Flaky) -> Outcome<u32> { flaky.call(2) }
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_keep_their_meaning() {
        assert_eq!(question_marks(&Flaky::default()).await, Ok(3));
        assert_eq!(recursive(3), Ok(3));
        assert_eq!(send(recursive_async(3)).await, Ok(3));
        assert_eq!(inner_attribute(), Ok(1));
        assert_eq!(nested(), Ok(2));
        assert_eq!(generated(&Flaky::default()), Ok(2));
        let flaky = Flaky::default();
        assert_eq!(endless(&flaky), Err(Failure::Broken(3)));
    }
}

mod worker_threads {
    use super::*;

    struct Client {
        flaky: Flaky,
        words: Vec<u32>,
    }

    impl Client {
        const STEP: u32 = 1;

        #[timeout("5s")]
        fn owned(self, n: u32) -> Outcome<usize> {
            Ok(self.words.len() + n as usize)
        }

        #[retry(base_delay = "1ms", clone(self, words))]
        #[circuit_breaker(name = "shapes::threads", key = self.words.len())]
        #[timeout("5s")]
        fn retried(self: Arc<Self>, words: Vec<u32>) -> Outcome<usize> {
            struct Own;
            impl Own {
                fn one(&self) -> u32 {
                    Client::STEP
                }
            }
            self.flaky.call(2 + Own.one())?;
            Ok(words.into_boxed_slice().len() + self.words.len())
        }
    }

    #[timeout("5s")]
    fn free(text: String, fixed: &'static str, mut n: usize) -> Outcome<usize> {
        n += 1;
        Ok(text.len() + fixed.len() + n)
    }

    #[test]
    fn a_sync_body_runs_on_a_worker() {
        let client = || Client { flaky: Flaky::default(), words: vec![1] };
        assert_eq!(client().owned(3), Ok(4));
        assert_eq!(Arc::new(client()).retried(vec![1, 2]), Ok(3));
        assert_eq!(free("a".into(), "b", 0), Ok(3));
    }
}

mod hooks {
    use super::*;

    struct Client {
        flaky: Flaky,
        refreshed: AtomicU32,
    }

    impl Client {
        fn new() -> Self {
            Self { flaky: Flaky::default(), refreshed: AtomicU32::new(0) }
        }

        async fn refresh(&self, attempt: u32) -> Outcome<()> {
            self.refreshed.fetch_add(attempt, Ordering::Relaxed);
            Ok(())
        }

        #[retry(base_delay = "1ms", before_retry = |attempt, _error| self.refresh(attempt).await)]
        async fn awaits(&self) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(base_delay = "1ms", before_retry = |attempt, _error| self.refresh(attempt))]
        async fn gives_a_future(&self) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(base_delay = "1ms", before_retry = |attempt, error: &Failure| async move {
            assert_eq!(*error, Failure::Broken(attempt));
            self.refresh(attempt).await?;
            Ok(())
        })]
        async fn block(&self) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(base_delay = "1ms", before_retry = |attempt, _| { self.refreshed.fetch_add(attempt, Ordering::Relaxed); })]
        fn sync(&self) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(base_delay = "1ms", before_retry = refuse)]
        async fn path(&self) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(base_delay = "1ms", before_retry = refuse_async)]
        async fn async_path(&self) -> Outcome<u32> {
            self.flaky.call(3)
        }

        #[retry(base_delay = "1ms", before_retry = async |_, error| refuse_async(1, error).await)]
        async fn async_closure(&self) -> Outcome<u32> {
            self.flaky.call(3)
        }
    }

    fn refuse(attempt: u32, error: &Failure) -> Outcome<()> {
        assert_eq!(*error, Failure::Broken(attempt));
        Err(Failure::Broken(99))
    }

    async fn refuse_async(attempt: u32, error: &Failure) -> Outcome<()> {
        refuse(attempt, error)
    }

    #[retry(
        max_attempts = 4,
        strategy = linear,
        base_delay = "1ms",
        max_delay = "10ms",
        jitter = none,
        max_elapsed = "1m",
        retry_if = |error: &Failure| matches!(error, Failure::Broken(_)),
        abort_if = |error| *error == Failure::Refused,
        retry_if_result = |value| *value < 3,
        retry_after = |_| Some(Duration::from_millis(1)),
        budget = 0.5,
        idempotent = true,
        retry_on_open = false,
        name = "every option",
    )]
    async fn every_option(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(1)
    }

    #[circuit_breaker(
        name = NAME,
        failure_threshold = 5,
        failure_window = "1m",
        failure_rate = 0.5,
        window = 10,
        minimum_calls = 5,
        slow_call_duration = "1s",
        slow_call_rate = 0.5,
        max_average_latency = "10s",
        recovery_timeout = "30s",
        max_recovery_timeout = "1m",
        half_open_max_calls = 2,
        success_threshold = 2,
        failure_if = |error| *error != Failure::Refused,
        ignore_if = |error: &Failure| *error == Failure::Broken(0),
        failure_if_result = |value| *value == 0,
        key = tenant,
        max_keys = 100,
    )]
    async fn every_breaker_option(tenant: &str) -> Outcome<usize> {
        Ok(tenant.len())
    }

    const NAME: &str = "shapes::every option";

    fn pause(attempt: u32) -> Duration {
        Duration::from_millis(attempt.into())
    }

    #[retry(strategy = pause, jitter = 0.1, budget = "shapes")]
    async fn custom(flaky: &Flaky) -> Outcome<u32> {
        flaky.call(2)
    }

    #[fallback(|error| Ok(code(&error)), when = |error| matches!(error, Failure::Broken(2)))]
    #[fallback(|_error| Ok(1000), when = |error: &Failure| *error == Failure::Broken(1))]
    #[timeout(duration = Duration::from_secs(1), name = "shapes::two")]
    async fn two_fallbacks(n: u32) -> Outcome<u32> {
        Err(Failure::Broken(n))
    }

    fn code(error: &Failure) -> u32 {
        match error {
            Failure::Broken(code) => *code,
            Failure::Refused => 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hooks_run_between_attempts() {
        let client = Client::new();
        assert_eq!(send(client.awaits()).await, Ok(3));
        assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
        let client = Client::new();
        assert_eq!(client.gives_a_future().await, Ok(3));
        assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
        let client = Client::new();
        assert_eq!(client.block().await, Ok(3));
        assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
        let client = Client::new();
        assert_eq!(client.sync(), Ok(3));
        assert_eq!(client.refreshed.load(Ordering::Relaxed), 3);
        assert_eq!(Client::new().path().await, Err(Failure::Broken(99)));
        assert_eq!(Client::new().async_path().await, Err(Failure::Broken(99)));
        assert_eq!(Client::new().async_closure().await, Err(Failure::Broken(99)));
    }

    #[tokio::test(start_paused = true)]
    async fn every_option_is_accepted() {
        assert_eq!(every_option(&Flaky::default()).await, Ok(3));
        assert_eq!(every_breaker_option("abc").await, Ok(3));
        assert_eq!(custom(&Flaky::default()).await, Ok(2));
        assert_eq!(two_fallbacks(1).await, Ok(1000));
        assert_eq!(two_fallbacks(2).await, Ok(2));
        assert_eq!(two_fallbacks(3).await, Err(Failure::Broken(3)));
    }
}

mod attributes {
    use super::*;

    /// Documented.
    #[inline]
    #[fallback(value = 1)]
    #[allow(unused_variables)]
    #[cfg_attr(test, retry(base_delay = 1.5ms, max_attempts = 2))]
    #[must_use]
    fn among_others(flaky: &Flaky, unused: u32) -> Outcome<u32> {
        flaky.call(2)
    }

    #[retry(base_delay = "1ms")]
    #[test]
    fn above_a_test() -> Outcome<()> {
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    #[retry(base_delay = "1ms")]
    async fn below_an_async_test() -> Outcome<()> {
        Ok(())
    }

    #[timeout("1h")]
    #[retry(base_delay = "1ms", max_attempts = 9)]
    #[circuit_breaker(name = "shapes::attributes", failure_threshold = 100)]
    #[timeout("10ms")]
    async fn total_and_per_attempt(flaky: &Flaky) -> Outcome<u32> {
        if flaky.call(3).is_err() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        Ok(flaky.calls())
    }

    #[circuit_breaker(name = "shapes::attributes::outside", failure_if = |_| n > 0)]
    #[retry(base_delay = "1ms", max_attempts = 2)]
    #[timeout("1s", mode = deadline)]
    fn breaker_outside(flaky: &Flaky, n: u32) -> Outcome<u32> {
        flaky.call(n)
    }

    #[fallback(given, clone(text))]
    #[timeout("5s")]
    fn worker_under_a_fallback(text: String) -> Outcome<usize> {
        drop(text);
        Err(Failure::Broken(1))
    }

    fn given(text: String) -> Outcome<usize> {
        Ok(text.len())
    }

    #[fallback(|error| Err(error), when = |error| *error != Failure::Refused)]
    #[circuit_breaker(name = "shapes::attributes::when", failure_threshold = 1)]
    fn conditional() -> Outcome<u32> {
        Err(Failure::Broken(1))
    }

    #[tokio::test(start_paused = true)]
    async fn attributes_stand_in_any_company() {
        assert_eq!(among_others(&Flaky::default(), 1), Ok(2));
        assert_eq!(send(total_and_per_attempt(&Flaky::default())).await, Ok(3));
        assert_eq!(breaker_outside(&Flaky::default(), 2), Ok(2));
        assert_eq!(worker_under_a_fallback("ab".into()), Ok(2));
        assert_eq!(conditional(), Err(Failure::Broken(1)));
        assert_eq!(conditional(), Err(Failure::Refused));
    }
}
