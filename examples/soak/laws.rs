//! The conservation laws: what must add up when everybody has left.

use std::time::Duration;

use resilience::{CallStats, RetryStats, TimeoutStats, registry, timeout};

use crate::exported::Metrics;
use crate::hand::Heard;
use crate::ledger::UNPLANNED;
use crate::memory::Memory;
use crate::permits;
use crate::services::{STACKS, Stack};

/// Two numbers that have to agree.
pub struct Law {
    pub of: String,
    pub says: &'static str,
    pub left: u64,
    pub sign: Sign,
    pub right: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Equal,
    AtMost,
}

impl Law {
    pub fn holds(&self) -> bool {
        match self.sign {
            Sign::Equal => self.left == self.right,
            Sign::AtMost => self.left <= self.right,
        }
    }
}

/// What was measured beside the counters.
pub struct Run {
    pub took: Duration,
    /// What the clocks that jump have added to it.
    pub moved: Duration,
    pub heard: Heard,
    pub memory: Memory,
}

/// Every law, read from the registry and from the soak's own books.
pub fn all(run: &Run) -> Vec<Law> {
    let mut laws = Laws(Vec::new());
    let metrics = Metrics::read();
    STACKS.iter().for_each(|stack| laws.of_function(stack));
    let mut breakers: Vec<_> = STACKS.iter().map(|stack| stack.breaker).collect();
    breakers.dedup();
    breakers.iter().for_each(|name| laws.of_breaker(name, &metrics));
    laws.of_permits();
    laws.of_budget(run.took + run.moved);
    laws.of_the_rest(run, &metrics);
    laws.0
}

struct Laws(Vec<Law>);

impl Laws {
    fn equal(&mut self, of: impl Into<String>, says: &'static str, left: u64, right: u64) {
        self.0.push(Law { of: of.into(), says, left, sign: Sign::Equal, right });
    }

    fn at_most(&mut self, of: impl Into<String>, says: &'static str, left: u64, right: u64) {
        self.0.push(Law { of: of.into(), says, left, sign: Sign::AtMost, right });
    }

    fn of_function(&mut self, stack: &Stack) {
        let (site, calls, of) = (stack.site, calls(stack), stack.name);
        let ended = calls.successes + calls.failures + calls.ignored + calls.cancelled;
        self.equal(of, "calls = successes + failures + ignored + cancelled", calls.calls, ended);
        self.equal(of, "nothing in flight", calls.in_flight, 0);
        self.equal(of, "calls = calls its callers made", calls.calls, site.called.get());
        self.equal(of, "successes = those its callers saw", calls.successes, site.ok.get());
        let (failed, dropped) = (site.err.get() + site.panicked.get(), site.dropped.get());
        if stack.nested {
            let unhappy = calls.failures + calls.ignored + calls.cancelled;
            self.equal(of, "the rest = errors, panics and drops", unhappy, failed + dropped);
        } else {
            self.equal(of, "failures + ignored = errors and panics", calls.failures + calls.ignored, failed);
            self.equal(of, "cancelled = calls that were dropped", calls.cancelled, dropped);
        }
        self.equal(of, "every body that began is over", site.over.get(), site.begun.get());
        if let Some(fallback) = registry().fallback(&stack.path()) {
            let stats = fallback.stats();
            self.equal(
                of,
                "fallback: successes + failures = fell back",
                stats.successes + stats.failures,
                calls.fell_back,
            );
        }
        if let Some(timeout) = registry().timeout(&stack.path()) {
            let stats = timeout.stats();
            let ran = stats.completed + stats.timed_out + stats.cancelled;
            if stack.limited {
                self.equal(of, "timeout: completed + timed out + cancelled = bodies", ran, site.begun.get());
            } else {
                self.equal(of, "timeout: the same + rejected = calls", stats.calls, calls.calls);
            }
            self.equal(of, "timeout: no body left behind", stats.abandoned, 0);
        }
        if stack.retried {
            let stats = retry(stack);
            self.equal(of, "retry: sum of ends = calls", ends(&stats), stats.calls);
            self.equal(of, "retry: calls = calls of the function", stats.calls, calls.calls);
            self.at_most(of, "retry: bodies <= calls + retries", site.begun.get(), stats.calls + stats.retries);
        }
    }

    fn of_breaker(&mut self, name: &str, metrics: &Metrics) {
        let users = || STACKS.iter().filter(|stack| stack.breaker == name);
        let of = format!("breaker {name}");
        let bodies = users().map(|stack| stack.site.begun.get()).sum::<u64>();
        let refused = users().filter(|stack| stack.limited).map(|stack| timeout_stats(stack).rejected).sum::<u64>();
        let (recorded, rejected) = match registry().circuit_breaker(name).map(|breaker| breaker.stats()) {
            Some(stats) => {
                let sum = stats.total_successes + stats.total_failures + stats.ignored;
                let sum = sum + stats.rejected + stats.cancelled;
                self.equal(
                    &of,
                    "calls = successes + failures + ignored + rejected + cancelled",
                    stats.total_calls,
                    sum,
                );
                (stats.total_calls - stats.rejected, stats.rejected)
            }
            None => (metrics.recorded(name), metrics.rejected(name)),
        };
        self.at_most(&of, "it has refused", 1, rejected);
        if users().all(|stack| stack.exact) {
            self.equal(&of, "recorded = bodies + refused by the timeout inside", recorded, bodies + refused);
        } else {
            self.at_most(&of, "recorded <= bodies + refused by the timeout inside", recorded, bodies + refused);
        }
        if users().all(|stack| stack.retried && stack.exact) {
            let retries: Vec<_> = users().map(retry).collect();
            let attempts = retries.iter().map(|stats| stats.calls + stats.retries).sum::<u64>();
            match users().any(|stack| stack.waits) {
                true => self.at_most(&of, "attempts of the retries outside <= calls", attempts, recorded + rejected),
                false => self.equal(&of, "calls = attempts of the retries outside", recorded + rejected, attempts),
            }
        }
    }

    fn of_permits(&mut self) {
        let Some(stats) = registry().circuit_breaker(permits::NAME).map(|breaker| breaker.stats()) else {
            return self.equal("permits", "its breaker is registered", 0, 1);
        };
        self.equal("permits", "successes = reported", stats.total_successes, permits::SUCCESSES.get());
        self.equal("permits", "failures = reported, or panicked", stats.total_failures, permits::FAILURES.get());
        self.equal("permits", "ignored = reported", stats.ignored, permits::IGNORED.get());
        self.equal("permits", "cancelled = dropped", stats.cancelled, permits::CANCELLED.get());
        self.equal("permits", "rejected = refusals seen", stats.rejected, permits::REJECTED.get());
    }

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn of_budget(&mut self, time: Duration) {
        let Some(stats) = registry().budget("soak").map(|budget| budget.stats()) else {
            return self.equal("budget", "it is registered", 0, 1);
        };
        let users = || STACKS.iter().filter(|stack| stack.breaker == "catalog").map(retry);
        self.equal("budget", "calls = calls of its retries", stats.calls, users().map(|stats| stats.calls).sum());
        let made = users().map(|stats| stats.retries).sum::<u64>();
        self.at_most("budget", "retries <= granted", made, stats.granted);
        let unmade = users().map(|stats| unmade(&stats)).sum::<u64>();
        self.at_most("budget", "granted <= retries + ends that may lie in a delay", stats.granted, made + unmade);
        self.at_most("budget", "it has denied", 1, stats.denied);
        let denied = users().map(|stats| stats.budget_exhausted).sum();
        self.equal("budget", "denied = retries that it ended", stats.denied, denied);
        // Ten a second and one second's worth at once, beside what calls have paid for.
        let paid = stats.calls as f64 * stats.ratio + 10.0 * (time.as_secs_f64() + 1.0);
        self.at_most("budget", "granted <= paid by calls and by time", stats.granted, paid as u64 + 1);
    }

    fn of_events(&mut self, heard: &Heard, metrics: &Metrics) {
        let snapshot = registry().snapshot();
        let timeouts: Vec<_> = snapshot.timeouts.values().collect();
        let refused = metrics.sum("resilience_breaker_calls_total", "rejected")
            + timeouts.iter().map(|stats| stats.rejected).sum::<u64>();
        let kinds = [
            ("state changes", heard.changed, metrics.sum("resilience_breaker_transitions_total", "")),
            ("refusals", heard.refused, refused),
            ("time-outs", heard.timed_out, timeouts.iter().map(|stats| stats.timed_out).sum()),
            (
                "fallbacks",
                heard.fell_back,
                snapshot.fallbacks.values().map(|stats| stats.successes + stats.failures).sum(),
            ),
        ];
        for (kind, heard_of, counted) in kinds {
            let of = format!("events: {kind}");
            if heard.missed == 0 {
                self.equal(of, "heard of = counted", heard_of, counted);
            } else {
                self.at_most(of, "heard of <= counted, as some were missed", heard_of, counted);
            }
        }
        let told = heard.received() + heard.missed;
        let retries = snapshot.retries.values().map(|stats| stats.retries).sum::<u64>();
        let counted = kinds.iter().map(|(.., counted)| counted).sum::<u64>() + retries;
        let unmade = snapshot.retries.values().map(unmade).sum::<u64>();
        self.at_most("events", "counted, retries as well <= received + missed", counted, told);
        self.at_most("events", "received + missed <= counted + retries not made", told, counted + unmade);
        self.equal("events", "no conflict", heard.conflicts, 0);
    }

    fn of_the_rest(&mut self, run: &Run, metrics: &Metrics) {
        self.of_events(&run.heard, metrics);
        self.equal("registry", "no conflict", registry().validate().len() as u64, 0);
        let workers = timeout::workers();
        self.equal("workers", "none busy", workers.busy as u64, 0);
        self.equal("workers", "none abandoned", workers.abandoned as u64, 0);
        self.equal("panics", "all of them planned", UNPLANNED.get(), 0);
        self.at_most("time", "seconds that clocks have jumped", 1, run.moved.as_secs());
        for (what, count) in [("ok", 0), ("errors", 1), ("panics", 2), ("drops", 3)] {
            let site = |stack: &Stack| {
                [&stack.site.ok, &stack.site.err, &stack.site.panicked, &stack.site.dropped][count].get()
            };
            self.at_most(format!("callers: {what}"), "have seen some", 1, STACKS.iter().map(site).sum());
        }
        if let (Some(bound), Some(end)) = (run.memory.bound(), run.memory.end) {
            self.at_most("memory", "KiB at the end <= warm and a tenth", end / 1024, bound / 1024);
        }
    }
}

/// Retries that may have been decided on and never made: the caller left during the delay, or the hook said no.
const fn unmade(stats: &RetryStats) -> u64 {
    stats.cancelled + stats.not_retryable
}

/// How the calls of a function ended. Without its entry in the inventory everything is 0, and no law holds.
pub fn calls(stack: &Stack) -> CallStats {
    let path = stack.path();
    let function = registry().inventory().into_iter().find(|function| function.path() == path);
    function.unwrap_or_else(|| panic!("{path} is in the inventory")).stats()
}

fn retry(stack: &Stack) -> RetryStats {
    registry().retry(&stack.path()).unwrap_or_else(|| panic!("{} has a retry", stack.name)).stats()
}

fn timeout_stats(stack: &Stack) -> TimeoutStats {
    registry().timeout(&stack.path()).unwrap_or_else(|| panic!("{} has a timeout", stack.name)).stats()
}

const fn ends(stats: &RetryStats) -> u64 {
    stats.successes_without_retry
        + stats.successes_with_retry
        + stats.not_retryable
        + stats.max_attempts_reached
        + stats.max_duration_reached
        + stats.budget_exhausted
        + stats.cancelled
}
