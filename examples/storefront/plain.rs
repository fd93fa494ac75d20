//! The same suppliers without attributes: what most services run. Compare `clients.rs`.

use std::net::SocketAddr;

use crate::shop::Suppliers;
use crate::wire::{ApiError, Price, Receipt, Stock, Wire, get_blocking};

pub struct Plain {
    wire: Wire,
}

impl Plain {
    pub fn new(suppliers: SocketAddr) -> Self {
        Self { wire: Wire::new(suppliers) }
    }
}

impl Suppliers for Plain {
    // Fair play: like most hand-written clients this one fetches a new token after a 401, for the calls that follow.
    async fn inventory(&self, sku: u32) -> Result<Stock, ApiError> {
        let stock = self.wire.get_with_token(&format!("/inventory/{sku}")).await;
        if let Err(error) = &stock {
            self.wire.renew_token_after(error).await?;
        }
        stock
    }

    fn price(&self, sku: u32) -> Result<Price, ApiError> {
        get_blocking(self.wire.suppliers(), &format!("/pricing/{sku}"))
    }

    async fn warehouse(&self, id: &str, sku: u32) -> Result<Stock, ApiError> {
        self.wire.get(&format!("/warehouse/{id}/{sku}")).await
    }

    async fn charge(&self, order: u32) -> Result<Receipt, ApiError> {
        self.wire.post(&format!("/billing/{order}")).await
    }
}
