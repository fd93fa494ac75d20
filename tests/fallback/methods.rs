//! Fallbacks of methods: `Self::method`, with `self` in every form.

use std::sync::Arc;

use crate::support::*;
use resilience::{fallback, retry};

struct Shop {
    script: Script,
    cached: u32,
    served: u32,
}

impl Shop {
    fn new() -> Self {
        Self { script: Script::new([fail(500)]), cached: 40, served: 0 }
    }

    #[fallback(Self::cached_price)]
    fn price(&self, sku: u32) -> Reply {
        self.script.play().map(|value| value + sku)
    }

    fn cached_price(&self, sku: u32) -> Reply {
        Ok(self.cached + sku)
    }

    #[fallback(Self::cached_price_of)]
    async fn price_of(&self, sku: u32) -> Reply {
        self.script.play_async().await.map(|value| value + sku)
    }

    async fn cached_price_of(&self, sku: u32, error: Failure) -> Reply {
        tokio::time::sleep(millis(5)).await;
        assert_eq!(error, Failure::Status(500));
        Ok(self.cached + sku)
    }

    #[fallback(Self::only_self)]
    fn by_self(&self, _sku: u32) -> Reply {
        self.script.play()
    }

    fn only_self(&self) -> Reply {
        Ok(self.cached + 100)
    }

    #[fallback(Self::self_and_error)]
    fn by_self_and_error(&self, _sku: u32) -> Reply {
        self.script.play()
    }

    fn self_and_error(&self, error: Failure) -> Reply {
        assert_eq!(error, Failure::Status(500));
        Ok(self.cached + 200)
    }

    #[fallback(Self::without_self)]
    fn by_arguments(&self, sku: u32) -> Reply {
        self.script.play().map(|value| value + sku)
    }

    fn without_self(sku: u32) -> Reply {
        Ok(sku * 10)
    }

    #[fallback(Self::nothing_at_all)]
    fn by_nothing(&self, sku: u32) -> Reply {
        self.script.play().map(|value| value + sku)
    }

    fn nothing_at_all() -> Reply {
        Ok(1)
    }

    #[fallback(Self::serve_cached)]
    #[retry(max_attempts = 2, base_delay = "1ms")]
    fn serve(&mut self, sku: u32) -> Reply {
        self.served += 1;
        self.script.play().map(|value| value + sku)
    }

    fn serve_cached(&mut self, sku: u32) -> Reply {
        self.served += 10;
        Ok(self.served + sku)
    }

    #[fallback(Self::shared_cached)]
    async fn shared(self: Arc<Self>, sku: u32) -> Reply {
        self.script.play_async().await.map(|value| value + sku)
    }

    async fn shared_cached(self: Arc<Self>, sku: u32) -> Reply {
        Ok(self.cached + sku)
    }

    #[fallback(Self::taken_cached, clone(self))]
    fn taken(self) -> Reply {
        drop(self.script);
        Err(Failure::Status(500))
    }

    fn taken_cached(self) -> Reply {
        Ok(self.cached)
    }
}

impl Clone for Shop {
    fn clone(&self) -> Self {
        Self { script: self.script.clone(), ..*self }
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_takes_self_and_the_arguments() {
    let shop = Shop::new();
    assert_eq!(shop.price(2), Ok(42));
    assert_eq!(shop.price_of(3).await, Ok(43));
    assert_eq!(Arc::new(Shop::new()).shared(4).await, Ok(44));
}

#[test]
fn a_method_takes_what_its_signature_says() {
    let shop = Shop::new();
    assert_eq!(shop.by_self(2), Ok(140));
    assert_eq!(shop.by_self_and_error(2), Ok(240));
    assert_eq!(shop.by_arguments(2), Ok(20));
    assert_eq!(shop.by_nothing(2), Ok(1));
}

#[test]
fn a_method_may_change_self_or_take_it() {
    let _clock = stopped();
    let mut shop = Shop::new();
    assert_eq!(shop.serve(100), Ok(112), "two attempts, then the fallback");
    assert_eq!(shop.taken(), Ok(40));
}

trait Source {
    fn read(&self, id: u32) -> Reply;

    #[fallback(Self::read)]
    fn read_through(&self, id: u32) -> Reply {
        Err(Failure::Status(id as u16))
    }
}

impl Source for Shop {
    fn read(&self, id: u32) -> Reply {
        Ok(self.cached + id)
    }
}

#[test]
fn a_default_method_of_a_trait_may_fall_back() {
    assert_eq!(Shop::new().read_through(5), Ok(45));
}
