//! A call must not depend on how many policies there are; looking one up may.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use benches::{Effort, enter, fact, nanos, turns};
use layered::{Execute, Service as _, Stack};
use resilience::{CircuitBreaker, KeyedCircuitBreaker, circuit_breaker, registry};
use seatbelt::breaker::{Breaker, BreakerId};
use seatbelt::{RecoveryInfo, ResilienceContext};

use super::Facts;
use crate::floors::Consecutive;
use crate::work::{Down, RECOVERY, id, page, ready};

const KEYS: u32 = 10_000;

#[circuit_breaker(name = "growth")]
fn protected(id: u32) -> Result<u32, Down> {
    page(id)
}

pub(super) fn growth(effort: Effort) -> Facts {
    let mut facts = Facts::new();
    let mut names: Vec<CircuitBreaker> = Vec::new();
    let mut first = 0.0;
    for many in [1, 100, 10_000] {
        while names.len() < many {
            let breaker = CircuitBreaker::builder(format!("growth {}", names.len())).build().unwrap();
            names.push(registry().register(breaker));
        }
        let call = nanos(effort, || protected(id()));
        if many == 1 {
            first = call;
        }
        let look = nanos(effort, || registry().circuit_breaker("growth 0").is_some());
        facts.push(fact(
            &format!("a call with {many} more policies in the registry"),
            &format!("{call:.1} ns, {:.2} × that with one", call / first),
            "independent (≤ 1.2 ×)",
            Some(call / first <= 1.2),
        ));
        let found = format!("{look:.1} ns");
        facts.push(fact(&format!("`registry().circuit_breaker(name)` among {many} more"), &found, "–", None));
    }
    facts.extend(keyed(effort));
    facts
}

fn keyed(effort: Effort) -> Facts {
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder("growth_keyed"), KEYS as usize).unwrap();
    (0..KEYS).for_each(|key| drop(family.get(&key)));
    let lookup = family.clone();
    let get = nanos(effort, move || lookup.get(&id()));
    let call = nanos(effort, move || family.get(&id()).call(|| page::<Down>(id())));

    let map: Mutex<HashMap<u32, Consecutive>> =
        Mutex::new((0..KEYS).map(|key| (key, Consecutive::default())).collect());
    let floor = nanos(effort, move || {
        let map = map.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&id()).map(|breaker| breaker.call(|| page::<Down>(id())).is_ok())
    });
    let peer = nanos(effort, seatbelt_call());
    vec![
        fact("keyed lookup among 10,000 keys", &format!("{get:.1} ns"), "–", None),
        fact(
            "keyed lookup and call, closed",
            &format!("{call:.1} ns; seatbelt {peer:.1}; map under a lock by hand {floor:.1}"),
            "–",
            None,
        ),
    ]
}

/// One keyed call of seatbelt, whose window is one of time.
fn seatbelt_call() -> impl Fn() + Send + Sync {
    let _guard = enter();
    let context = ResilienceContext::new(tick::Clock::new_tokio());
    let service = (
        Breaker::layer("keyed", &context)
            .recovery_with(|out: &Result<u32, Down>, _| match out {
                Ok(_) => RecoveryInfo::never(),
                Err(_) => RecoveryInfo::retry(),
            })
            .rejected_input_error(|_: u32, _| Down(503))
            .breaker_id(|id| BreakerId::from(u64::from(*id)))
            .break_duration(RECOVERY),
        Execute::new(ready::<Down>),
    )
        .into_service();
    let mut key = 0;
    turns(u64::from(KEYS), || {
        key += 1;
        service.execute(key)
    });
    move || turns(1, || service.execute(id()))
}
