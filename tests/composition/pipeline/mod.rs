//! Every pair of layers, and larger stacks, as attributes and as a pipeline: both answer alike, count alike and tell alike.

mod drive;
mod own;

use std::time::Duration;

use crate::support::*;
use drive::{Policies, Twin, compare, twin};
use resilience::{Pipeline, circuit_breaker, fallback, retry, timeout};

both! {
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    fn retry_breaker(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    fn breaker_retry(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[timeout("2s")]
    fn retry_timeout(script);

    #[timeout("2s")]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    fn timeout_retry(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    #[timeout("2s")]
    fn breaker_timeout(script);

    #[timeout("2s")]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    fn timeout_breaker(script);

    #[fallback(value = 77)]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    fn fallback_retry(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[fallback(value = 77, when = is_missing)]
    fn retry_fallback(script);

    #[fallback(value = 77)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    fn fallback_breaker(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    #[fallback(value = 77, when = is_missing)]
    fn breaker_fallback(script);

    #[fallback(value = 77)]
    #[timeout("2s")]
    fn fallback_timeout(script);

    #[timeout("2s")]
    #[fallback(|error| Err(error))]
    fn timeout_fallback(script);

    #[timeout("4s", name = TOTAL)]
    #[timeout("2s", name = NAME)]
    fn timeout_timeout(script);

    #[fallback(|error| if is_missing(&error) { Ok(77) } else { Err(error) })]
    #[fallback(value = 78, when = |error: &Failure| *error == Failure::Status(500))]
    fn fallback_fallback(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    #[timeout("2s")]
    fn retry_breaker_timeout(script);

    #[timeout("4s", name = TOTAL)]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[timeout("2s", name = NAME)]
    fn timeout_retry_timeout(script);

    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[timeout("2s")]
    fn breaker_retry_timeout(script);

    #[fallback(|error| if is_missing(&error) { Err(error) } else { Ok(77) })]
    #[timeout("4s", name = TOTAL)]
    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, retry_on_open = true)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "1s")]
    #[timeout("2s", name = NAME)]
    fn all(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none, abort_if = is_missing)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s", ignore_if = is_missing)]
    fn with_rules(script);

    #[fallback(value = 77, when = is_missing)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    fn recovery_breaker(script);

    #[fallback(value = 77, when_result = |v| *v < 5)]
    #[circuit_breaker(name = NAME, failure_threshold = 2, recovery_timeout = "30s")]
    fn outcome_breaker(script);

    #[retry(max_attempts = 3, base_delay = "1s", jitter = none)]
    #[fallback(value = 77, when_result = |v| *v < 5, when = is_missing)]
    #[timeout("2s")]
    fn retry_outcome_timeout(script);
}

const TOTAL: &str = "composition::pipeline::total";

fn is_missing(error: &Failure) -> bool {
    *error == Failure::Status(404)
}

/// Compares the attributes of a case with the pipeline that its policies are put into.
macro_rules! same {
    ($($case:ident: |$policies:ident| $pipeline:expr;)*) => {$(
        #[test]
        fn $case() {
            fn make($policies: &Policies) -> Twin {
                twin!($pipeline)
            }
            compare(
                [crate::pipeline::$case::blocking::NAME, crate::pipeline::$case::awaited::NAME],
                crate::pipeline::$case::blocking::call,
                |script| Box::pin(crate::pipeline::$case::awaited::call(script)),
                make,
            );
        }
    )*};
}

/// The layers of an attribute, as a pipeline has them.
mod same {
    use super::*;
    use resilience::fallback::Recovery;
    use resilience::{Fault, Verdict};

    same! {
        retry_breaker: |p| Pipeline::new().layer(p.retry()).layer(p.breaker());
        breaker_retry: |p| Pipeline::new().layer(p.breaker()).layer(p.retry());
        retry_timeout: |p| Pipeline::new().layer(p.retry()).layer(p.timeout());
        timeout_retry: |p| Pipeline::new().layer(p.timeout()).layer(p.retry());
        breaker_timeout: |p| Pipeline::new().layer(p.breaker()).layer(p.timeout());
        timeout_breaker: |p| Pipeline::new().layer(p.timeout()).layer(p.breaker());
        fallback_retry: |p| Pipeline::new().layer(p.fallback().with(|_| Ok(77))).layer(p.retry());
        retry_fallback: |p| {
            Pipeline::new().layer(p.retry()).layer(p.fallback().with(|_| Ok(77)).when(missing))
        };
        fallback_breaker: |p| Pipeline::new().layer(p.fallback().with(|_| Ok(77))).layer(p.breaker());
        breaker_fallback: |p| {
            Pipeline::new().layer(p.breaker()).layer(p.fallback().with(|_| Ok(77)).when(missing))
        };
        fallback_timeout: |p| Pipeline::new().layer(p.fallback().with(|_| Ok(77))).layer(p.timeout());
        timeout_fallback: |p| Pipeline::new().layer(p.timeout()).layer(p.fallback().with(|fault| Err(error(fault))));
        timeout_timeout: |p| Pipeline::new().layer(limit(TOTAL, secs(4))).layer(p.timeout());
        fallback_fallback: |p| {
            Pipeline::new()
                .layer(p.fallback().with(|fault| if missing(&fault) { Ok(77) } else { Err(error(fault)) }))
                .layer(p.fallback().with(|_| Ok(78)).when(|fault| matches!(fault, Fault::User(Failure::Status(500)))))
        };
        retry_breaker_timeout: |p| Pipeline::new().layer(p.retry()).layer(p.breaker()).layer(p.timeout());
        timeout_retry_timeout: |p| {
            Pipeline::new().layer(limit(TOTAL, secs(4))).layer(p.retry()).layer(p.timeout())
        };
        breaker_retry_timeout: |p| Pipeline::new().layer(p.breaker()).layer(p.retry()).layer(p.timeout());
        all: |p| {
            Pipeline::new()
                .layer(p.fallback().with(|fault| if missing(&fault) { Err(error(fault)) } else { Ok(77) }))
                .layer(limit(TOTAL, secs(4)))
                .layer(p.retry_with(|retry| retry.retry_on_open(true)))
                .layer(p.breaker_with(|breaker| breaker.recovery_timeout(secs(1))))
                .layer(p.timeout())
        };
        with_rules: |p| {
            Pipeline::new()
                .layer(p.retry().with(|attempts, outcome: &Result<u32, Fault<Failure>>| match outcome {
                    Ok(_) => attempts.stop(true),
                    Err(fault) if missing(fault) => attempts.stop(false),
                    Err(fault) => attempts.after_fault(fault),
                }))
                .layer(p.breaker().with(|outcome: &Result<u32, Fault<Failure>>| match outcome {
                    Ok(_) => Verdict::Success,
                    Err(fault) if missing(fault) => Verdict::Ignored,
                    Err(fault) => Verdict::of_fault(fault),
                }))
        };
        recovery_breaker: |p| {
            let answer = |fault| if missing(&fault) { Ok(77).into() } else { Recovery::NotApplied(fault) };
            Pipeline::new().layer(p.fallback().with_recovery(answer)).layer(p.breaker())
        };
        outcome_breaker: |p| {
            Pipeline::new().layer(p.fallback().with_outcome(|_| Ok(77)).when_result(|v| *v < 5)).layer(p.breaker())
        };
        retry_outcome_timeout: |p| {
            let answers = p.fallback().with_outcome(|_| Ok(77)).when_result(|v| *v < 5).when(missing);
            Pipeline::new().layer(p.retry()).layer(answers).layer(p.timeout())
        };
    }

    fn missing(fault: &Fault<Failure>) -> bool {
        matches!(fault, Fault::User(Failure::Status(404)))
    }

    fn error(fault: Fault<Failure>) -> Failure {
        match fault {
            Fault::User(error) => error,
            Fault::Refused(refusal) => refusal.into(),
        }
    }

    fn limit(name: &'static str, limit: Duration) -> resilience::Timeout {
        resilience::Timeout::builder(name).duration(limit).build().unwrap()
    }
}
