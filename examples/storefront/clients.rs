//! The suppliers behind attributes: what this framework is for. Compare `plain.rs`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use resilience::{circuit_breaker, fallback, retry, timeout};

use crate::shop::Suppliers;
use crate::wire::{ApiError, Price, Receipt, Stock, Wire, get_blocking};

/// The list price, for when the pricing service has none.
const LIST_PRICE: Price = Price { cents: 2499, fresh: false };

/// An order that is accepted now and charged when billing is back.
const CHARGE_LATER: Receipt = Receipt { paid: false, fresh: false };

pub struct Protected {
    wire: Wire,
    last_seen: Mutex<HashMap<u32, Stock>>,
}

impl Protected {
    pub fn new(suppliers: SocketAddr) -> Self {
        Self { wire: Wire::new(suppliers), last_seen: Mutex::default() }
    }

    /// Yesterday's stock is better than an error page.
    fn last_known_stock(&self, sku: u32) -> Result<Stock, ApiError> {
        let last_seen = self.last_seen.lock().unwrap_or_else(PoisonError::into_inner);
        let units = last_seen.get(&sku).map_or(0, |stock| stock.units);
        Ok(Stock { units, fresh: false })
    }
}

impl Suppliers for Protected {
    // All four. An attempt may take 250 ms; the breaker counts attempts; a failed attempt is tried again, not before
    // the server's `Retry-After`, with a new token after a 401; when all that did not help, the last known stock.
    #[fallback(Self::last_known_stock)]
    #[retry(
        max_attempts = 4,
        base_delay = "50ms",
        budget = 0.2,
        retry_after = ApiError::retry_after,
        before_retry = async |_attempt, error| self.wire.renew_token_after(error).await,
    )]
    #[circuit_breaker(
        name = "inventory",
        failure_threshold = 5,
        recovery_timeout = "1s",
        max_recovery_timeout = "2s",
        ignore_if = ApiError::is_an_answer,
    )]
    #[timeout("250ms")]
    async fn inventory(&self, sku: u32) -> Result<Stock, ApiError> {
        let stock = self.wire.get_with_token(&format!("/inventory/{sku}")).await?;
        self.last_seen.lock().unwrap_or_else(PoisonError::into_inner).insert(sku, stock);
        Ok(stock)
    }

    fn price(&self, sku: u32) -> Result<Price, ApiError> {
        quote(self.wire.suppliers(), sku)
    }

    // One breaker per warehouse: Lyon may be down while Oslo delivers. No fallback: the customer is told.
    #[circuit_breaker(name = "warehouse", key = id, failure_threshold = 3, recovery_timeout = "1s")]
    #[timeout("250ms")]
    async fn warehouse(&self, id: &str, sku: u32) -> Result<Stock, ApiError> {
        self.wire.get(&format!("/warehouse/{id}/{sku}")).await
    }

    // Fails open: without billing the order is taken and charged later. Not so a declined card, which is an answer.
    // No retry: charging twice is worse than charging late.
    #[fallback(value = CHARGE_LATER, when = |error: &ApiError| !error.is_an_answer())]
    #[circuit_breaker(name = "billing", failure_threshold = 3, recovery_timeout = "1s", ignore_if = ApiError::is_an_answer)]
    #[timeout("250ms")]
    async fn charge(&self, order: u32) -> Result<Receipt, ApiError> {
        self.wire.post(&format!("/billing/{order}")).await
    }
}

// A blocking call cannot be dropped, so it runs on a worker thread (`mode = thread`, the default for a sync function) and
// the caller goes on at the limit. What moves to the thread is owned; the retry above it hands a clone to each attempt.
#[fallback(value = LIST_PRICE)]
#[retry(max_attempts = 2, base_delay = "20ms", clone(suppliers, sku))]
#[circuit_breaker(name = "pricing", failure_rate = 0.5, window = 20, minimum_calls = 10, recovery_timeout = "1s")]
#[timeout("250ms", mode = thread)]
fn quote(suppliers: SocketAddr, sku: u32) -> Result<Price, ApiError> {
    get_blocking(suppliers, &format!("/pricing/{sku}"))
}
