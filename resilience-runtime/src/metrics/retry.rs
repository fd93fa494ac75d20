//! The rows about retries and their budgets.

use std::collections::BTreeMap;

use ::metrics::{SharedString, counter, gauge};

use super::describe::{BUDGET_RATIO, BUDGET_TOKENS, RETRY_ATTEMPTS, RETRY_BACKOFF, RETRY_CALLS};
use super::recorder::Current;
use crate::policies::retry::{End, Retry};
use crate::registry::Registry;

pub(super) fn publish(registry: &Registry, recorder: &Current) {
    let retries = registry.retries();
    retries.iter().for_each(publish_retry);
    let own = retries.iter().filter_map(|retry| retry.budget().cloned());
    // Where a retry is called like a shared budget, the shared one is meant.
    let budgets: BTreeMap<_, _> =
        own.chain(registry.budgets()).map(|budget| (budget.name().to_owned(), budget)).collect();
    for name in recorder.gone(registry, BUDGET_TOKENS, budgets.keys()) {
        publish_tokens(&name.into(), 0.0, 0.0);
    }
    for (name, budget) in budgets {
        publish_tokens(&name.into(), budget.tokens(), budget.ratio());
    }
}

fn publish_retry(retry: &Retry) {
    let name = SharedString::from(retry.name().to_owned());
    let totals = retry.totals();
    for (retried, results) in ["false", "true"].into_iter().zip(totals.results) {
        for (end, calls) in End::ALL.into_iter().zip(results) {
            let labels = [("name", name.clone()), ("retried", retried.into()), ("result", end.as_str().into())];
            counter!(RETRY_CALLS, &labels).absolute(calls);
        }
    }
    counter!(RETRY_ATTEMPTS, "name" => name.clone()).absolute(totals.attempts);
    counter!(RETRY_BACKOFF, "name" => name).absolute(totals.backoff.as_secs());
}

fn publish_tokens(budget: &SharedString, tokens: f64, ratio: f64) {
    gauge!(BUDGET_TOKENS, "name" => budget.clone()).set(tokens);
    gauge!(BUDGET_RATIO, "name" => budget.clone()).set(ratio);
}
