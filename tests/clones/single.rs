//! A retry of one attempt: its body may consume the arguments, and nothing is cloned.

use resilience::{circuit_breaker, registry, retry, timeout};

use super::*;

/// What has no clone at all.
struct Ticket(u32);

fn redeem(ticket: Ticket, script: &Script) -> Reply {
    script.play().map(|value| value + ticket.0)
}

#[retry(name = "clones::single", max_attempts = 1)]
fn plain(ticket: Ticket, script: &Script) -> Reply {
    redeem(ticket, script)
}

#[retry(max_attempts = 1)]
#[circuit_breaker(name = "clones::single")]
#[timeout("5s")]
async fn stack(mut ticket: Ticket, script: &Script) -> Reply {
    ticket.0 += 1;
    redeem(ticket, script)
}

#[retry(max_attempts = 1, before_retry = |_, _| Err(Failure::Status(1)))]
fn with_a_hook(ticket: Ticket, script: &Script) -> Reply {
    redeem(ticket, script)
}

#[retry(max_attempts = 1, retry_if_result = |value| *value == 0)]
async fn by_value(ticket: Ticket, script: &Script) -> Reply {
    redeem(ticket, script)
}

#[retry(max_attempts = 1, retry_if_result = |value| *value == 0, before_retry = |_, _| Err(Failure::Status(1)))]
fn by_value_with_a_hook(ticket: Ticket, script: &Script) -> Reply {
    redeem(ticket, script)
}

#[retry(max_attempts = 1, none_is = success)]
fn maybe(ticket: Ticket, script: &Script) -> Option<u32> {
    redeem(ticket, script).ok()
}

#[retry(max_attempts = 1)]
#[timeout("60s")]
fn on_a_worker(ticket: Ticket, script: Script) -> Reply {
    redeem(ticket, &script)
}

#[retry(max_attempts = 1)]
#[timeout("60s")]
fn visibly_owned(words: Vec<u32>, script: std::sync::Arc<Script>) -> Reply {
    script.play().map(|value| value + words.into_iter().sum::<u32>())
}

#[retry(max_attempts = 1, clone(words))]
fn cloned(words: Vec<u32>, script: &Script) -> Reply {
    script.play().map(|value| value + words.into_iter().sum::<u32>())
}

/// Looks at an argument after the attempt: then the body borrows it as ever.
#[retry(max_attempts = 1, retry_if = |_| ticket.0 > 0)]
async fn looked_at(ticket: Ticket, script: &Script) -> Reply {
    script.play().map(|value| value + ticket.0)
}

struct Client(Script);

impl Client {
    #[retry(max_attempts = 1)]
    async fn by_value(self, ticket: Ticket) -> Reply {
        let Self(script) = self;
        redeem(ticket, &script)
    }
}

#[tokio::test(start_paused = true)]
async fn one_attempt_is_made_with_the_arguments_themselves() {
    for (step, answer) in [(ok(1), Ok(1)), (fail(500), Err(Failure::Status(500)))] {
        let script = Script::new([step]);
        let added = |by: u32| answer.clone().map(|value| value + by);
        assert_eq!(plain(Ticket(1), &script), added(1));
        assert_eq!(stack(Ticket(1), &script).await, added(2));
        assert_eq!(with_a_hook(Ticket(1), &script), added(1));
        assert_eq!(by_value(Ticket(1), &script).await, added(1));
        assert_eq!(by_value_with_a_hook(Ticket(1), &script), added(1));
        assert_eq!(maybe(Ticket(1), &script), added(1).ok());
        assert_eq!(on_a_worker(Ticket(1), script.clone()), added(1));
        assert_eq!(visibly_owned(vec![1], script.clone().into()), added(1));
        assert_eq!(cloned(vec![1], &script), added(1));
        assert_eq!(looked_at(Ticket(1), &script).await, added(1));
        assert_eq!(Client(script.clone()).by_value(Ticket(1)).await, added(1));
        assert_eq!(script.calls(), 11);
    }
    let stats = registry().retry("clones::single").unwrap().stats();
    assert_eq!((stats.retries, stats.successes_without_retry, stats.max_attempts_reached), (0, 1, 1));
}
