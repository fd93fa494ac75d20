//! A trait object inside of a client: the protected call is a method of the client.

// [recipe]
use std::sync::Arc;

use resilience::{Error, fallback, timeout};

trait Rates: Send + Sync {
    fn euros(&self, currency: &str) -> Result<f64, Error>;
}

struct Shop {
    rates: Arc<dyn Rates>,
}

impl Shop {
    #[fallback(|_| Ok(1.0), when = |error| matches!(error, Error::Timeout(_)))]
    #[timeout("50ms")]
    fn rate(self: Arc<Self>, currency: String) -> Result<f64, Error> {
        self.rates.euros(&currency)
    }
}
// [/recipe]

/// Knows one currency, and hangs for all others.
struct Market;

impl Rates for Market {
    fn euros(&self, currency: &str) -> Result<f64, Error> {
        if currency != "SEK" {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        Ok(0.09)
    }
}

fn main() {
    let shop = Arc::new(Shop { rates: Arc::new(Market) });
    assert_eq!(shop.clone().rate("SEK".to_owned()), Ok(0.09));
    assert_eq!(shop.rate("XTS".to_owned()), Ok(1.0));
    println!("a rate for both");
}
