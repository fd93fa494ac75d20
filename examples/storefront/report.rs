//! What is printed at the end.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use resilience::Snapshot;

use crate::live::Change;
use crate::readings::Reading;
use crate::traffic::{Customer, Tally};
use crate::upstream::Upstream;

const ENDPOINTS: [&str; 5] = ["inventory", "pricing", "warehouse", "billing", "token"];

/// What each policy did, as the registry tells it.
pub fn policies() {
    let Snapshot { circuit_breakers, retries, timeouts, fallbacks, .. } = Reading::take().policies;
    println!("\nWhat the policies did, read from the registry");
    println!("  circuit breaker   calls  success  failure  ignored  rejected  cancelled  state");
    for (name, breaker) in circuit_breakers {
        println!(
            "  {:<16}{:>7}{:>9}{:>9}{:>9}{:>10}{:>11}  {}",
            name,
            breaker.total_calls,
            breaker.total_successes,
            breaker.total_failures,
            breaker.ignored,
            breaker.rejected,
            breaker.cancelled,
            breaker.state
        );
    }
    println!("  retry             calls  first try  later try  gave up  retries  budget said no");
    for (name, retry) in retries {
        let (first, later) = (retry.successes_without_retry, retry.successes_with_retry);
        println!(
            "  {:<16}{:>7}{:>11}{:>11}{:>9}{:>9}{:>16}",
            short(&name),
            retry.calls,
            first,
            later,
            retry.calls - first - later,
            retry.retries,
            retry.budget_exhausted
        );
    }
    println!("  timeout           in time  too late  cancelled  refused  still running on a worker thread");
    for (name, timeout) in timeouts {
        println!(
            "  {:<16}{:>9}{:>10}{:>11}{:>9}{:>34}",
            short(&name),
            timeout.completed,
            timeout.timed_out,
            timeout.cancelled,
            timeout.rejected,
            timeout.abandoned
        );
    }
    println!("  fallback         answered   failed");
    for (name, fallback) in fallbacks {
        println!("  {:<16}{:>9}{:>9}", short(&name), fallback.successes, fallback.failures);
    }
}

/// A policy without a name of its own is called after its function: `storefront::clients::inventory`.
fn short(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

/// Every breaker's history, one line each.
pub fn timeline(changes: &[Change]) {
    let mut breakers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for change in changes {
        let line = breakers.entry(&change.breaker).or_default();
        line.push(format!("{:.1}s {}", change.at.as_secs_f64(), change.to));
    }
    println!("\nState changes");
    for (breaker, line) in breakers {
        // Five fit beside a name in 100 columns.
        for (row, part) in line.chunks(5).enumerate() {
            println!("  {:<16}{}", if row == 0 { breaker } else { "" }, part.join(" > "));
        }
    }
}

/// The two runs side by side.
pub fn comparison([with, without]: &[Customer; 2], [upstream, bare_upstream]: [&Upstream; 2]) {
    let (with, without) = (with.tally(), without.tally());
    println!("\nThe same traffic                     with attributes         without");
    let row = |what: &str, read: &dyn Fn(&Tally) -> String| {
        println!("  {what:<36}{:>15}{:>16}", read(&with), read(&without));
    };
    row("requests", &|tally| tally.started.to_string());
    row("answered", &|tally| percent(tally.ok(), tally.started));
    row("  by a fallback", &|tally| percent(tally.degraded, tally.started));
    row("failed", &|tally| tally.failed.to_string());
    row("  stock, price, warehouse, order", &|tally| tally.failed_by_page.map(|failed| failed.to_string()).join(", "));
    row("latency, median", &|tally| milliseconds(tally.percentile(0.5)));
    row("latency, 99th percentile", &|tally| milliseconds(tally.percentile(0.99)));
    row("latency, worst", &|tally| milliseconds(tally.percentile(1.0)));
    row("waiting at the same time, at most", &|tally| tally.most_waiting.to_string());
    row("time stuck beyond 1 s, all requests", &|tally| format!("{:.1} s", tally.stuck().as_secs_f64()));
    for endpoint in ENDPOINTS {
        let requests = |upstream: &Upstream| upstream.requests(endpoint);
        compare(&format!("requests to {endpoint}"), requests(upstream), requests(bare_upstream));
    }
}

fn compare(what: &str, with: impl Display, without: impl Display) {
    println!("  {what:<36}{with:>15}{without:>16}");
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}
