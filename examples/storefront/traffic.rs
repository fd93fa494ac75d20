//! Open-loop load: requests start on a timer, whether or not earlier ones have returned, as customers do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// Requests per second to each storefront.
pub const RATE: u32 = 60;

/// A request that takes longer than this has left its customer waiting.
const PATIENCE: Duration = Duration::from_secs(1);

const WAREHOUSES: [&str; 3] = ["lyon", "oslo", "turin"];

/// What a storefront did with the traffic.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub started: u64,
    pub fresh: u64,
    pub degraded: u64,
    pub failed: u64,
    /// The failed ones by page: stock, price, warehouse, order.
    pub failed_by_page: [u32; 4],
    pub most_waiting: u64,
    latencies: Vec<Duration>,
}

impl Tally {
    fn finish(&mut self, page: usize, outcome: Outcome, took: Duration) {
        match outcome {
            Outcome::Fresh => self.fresh += 1,
            Outcome::Degraded => self.degraded += 1,
            Outcome::Failed => {
                self.failed += 1;
                self.failed_by_page[page] += 1;
            }
        }
        self.latencies.push(took);
    }

    /// Requests answered, with or without the help of a fallback.
    pub fn ok(&self) -> u64 {
        self.fresh + self.degraded
    }

    /// Requests under way.
    pub fn waiting(&self) -> u64 {
        self.started - self.ok() - self.failed
    }

    /// Time spent by all requests beyond their customers' patience.
    pub fn stuck(&self) -> Duration {
        self.latencies.iter().map(|took| took.saturating_sub(PATIENCE)).sum()
    }

    /// The latency that `share` of the requests stayed within.
    pub fn percentile(&self, share: f64) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Fresh,
    Degraded,
    Failed,
}

/// A storefront and what became of the traffic it got.
#[derive(Clone)]
pub struct Customer {
    shop: SocketAddr,
    http: Client,
    tally: Arc<Mutex<Tally>>,
}

impl Customer {
    pub fn of(shop: SocketAddr) -> Self {
        Self { shop, http: Client::new(), tally: Arc::default() }
    }

    pub fn tally(&self) -> Tally {
        self.with_tally(|tally| tally.clone())
    }

    fn with_tally<T>(&self, read: impl FnOnce(&mut Tally) -> T) -> T {
        read(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ask(self, number: u32) {
        self.with_tally(|tally| {
            tally.started += 1;
            tally.most_waiting = tally.most_waiting.max(tally.waiting());
        });
        let asked = Instant::now();
        let outcome = self.request(number).await.unwrap_or(Outcome::Failed);
        self.with_tally(|tally| tally.finish(number as usize % 4, outcome, asked.elapsed()));
    }

    async fn request(&self, number: u32) -> reqwest::Result<Outcome> {
        let round = number / 4;
        let warehouse = WAREHOUSES[round as usize % WAREHOUSES.len()];
        let (method, path) = match number % 4 {
            0 => (Method::GET, format!("stock/{}", round % 50)),
            1 => (Method::GET, format!("price/{}", round % 50)),
            2 => (Method::GET, format!("warehouse/{warehouse}/{}", round % 50)),
            _ => (Method::POST, format!("orders/{round}")),
        };
        let response = self.http.request(method, format!("http://{}/{path}", self.shop)).send().await?;
        Ok(match response.status() {
            // A declined card is a correct answer.
            StatusCode::PAYMENT_REQUIRED => Outcome::Fresh,
            status if !status.is_success() => Outcome::Failed,
            _ if response.json::<Value>().await?["fresh"] == true => Outcome::Fresh,
            _ => Outcome::Degraded,
        })
    }
}

/// Sends the same requests to every shop at the same moments for `length`, then waits for the last answer.
pub async fn drive(shops: &[Customer], length: Duration) {
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = JoinSet::new();
    for number in 0..length.as_millis() as u32 * RATE / 1000 {
        ticks.tick().await;
        for shop in shops {
            under_way.spawn(shop.clone().ask(number));
        }
        while under_way.try_join_next().is_some() {}
    }
    under_way.join_all().await;
}
