//! What needs functions of one's own: sources, first calls, conflicts between annotations.

use std::time::Duration;

use super::*;
use crate::core::event::EventKind;
use crate::core::kind::PolicyKind;
use crate::core::state::CircuitState;
use crate::function::{self, Declared, Settings};

macro_rules! function {
    ($path:literal, $line:literal, $layers:expr, $settings:expr) => {
        Function::new(Declared { path: $path, place: $line << 32, layers: &$layers, settings: &$settings })
    };
}

static SEARCH: Function = function!(
    "app::search",
    10,
    ["#retry", "budget", "shared", "=circuit_breaker", "jira", "failure_threshold", "5", "#timeout", "duration", "2s"],
    [
        (0, Settings::Retry(|retry| retry.budget("shared"))),
        (1, Settings::CircuitBreaker(|breaker| breaker.failure_threshold(5))),
    ]
);

static CREATE: Function = function!(
    "app::create",
    20,
    ["=circuit_breaker", "jira", "failure_threshold", "9"],
    [(0, Settings::CircuitBreaker(|breaker| breaker.failure_threshold(9)))]
);

static UPDATE: Function = function!(
    "app::update",
    30,
    ["=circuit_breaker", "jira", "failure_threshold", "2 + 3"],
    [(0, Settings::CircuitBreaker(|breaker| breaker.failure_threshold(5)))]
);

static OTHER_SEARCH: Function = function!(
    "app::search",
    40,
    ["#retry", "max_attempts", "9"],
    [(0, Settings::Retry(|retry| retry.max_attempts(9)))]
);

static BROKEN: Function =
    function!("app::broken", 50, ["#retry"], [(0, Settings::Retry(|_| panic!("no configuration file")))]);

fn functions() -> Vec<&'static Function> {
    function::call([&SEARCH, &CREATE, &UPDATE, &OTHER_SEARCH, &BROKEN].into_iter())
}

fn registry() -> Registry {
    // They are named at once, as those of a binary are.
    let _ = functions();
    Registry::with(Some(functions))
}

fn conflicts_told(events: &mut Events) -> usize {
    std::iter::from_fn(|| events.try_recv().ok())
        .filter(|event| matches!(event.kind(), EventKind::Conflict { .. }))
        .count()
}

#[test]
fn every_policy_can_be_looked_up_before_the_first_call() {
    let registry = registry();
    assert_eq!(registry.circuit_breaker("jira").map(|breaker| breaker.state()), Some(CircuitState::Closed));
    assert!(registry.retry("app::search").is_some());
    assert!(registry.timeout("app::search").is_some());
    assert!(registry.budget("shared").is_some());
    assert!(registry.circuit_breaker("nobody").is_none());
}

#[test]
fn registering_does_not_read_the_functions_so_options_set_in_main_win() {
    let registry = registry();
    let first = registry.register(CircuitBreaker::builder("jira").failure_threshold(1).build().unwrap());
    assert_eq!(registry.circuit_breaker("jira").unwrap().stats().failure_threshold, Some(1));
    assert_eq!(
        registry.site(&SEARCH).circuit_breaker(CircuitBreaker::builder("jira")).stats().failure_threshold,
        Some(1)
    );
    drop(first);
}

#[test]
fn the_call_site_works_with_the_policy_that_was_looked_up_before() {
    let registry = registry();
    let before = registry.circuit_breaker("jira").unwrap();
    let at_call = registry.site(&SEARCH).circuit_breaker(CircuitBreaker::builder("jira").failure_threshold(5));
    before.force_open();
    assert_eq!(at_call.state(), CircuitState::ForcedOpen);
}

#[test]
fn a_conflict_is_listed_from_the_start_and_told_when_the_function_is_called() {
    let registry = registry();
    let mut events = registry.subscribe();
    let conflicts = registry.validate();
    assert_eq!(conflicts.len(), 1, "same options, differently written, are none: {conflicts:?}");
    assert_eq!(
        conflicts[0].to_string().replace(file!(), "app.rs"),
        "circuit_breaker `jira` is configured at app.rs:10; the different options at app.rs:20 are ignored: failure_threshold"
    );
    assert_eq!(conflicts_told(&mut events), 0);
    for _ in 0..2 {
        registry.site(&CREATE).circuit_breaker(CircuitBreaker::builder("jira").failure_threshold(9));
    }
    assert_eq!(conflicts_told(&mut events), 1, "once, however often it is called");
    assert_eq!(registry.validate().len(), 1);
}

#[test]
fn the_first_options_stand() {
    let registry = registry();
    let breaker = registry.site(&CREATE).circuit_breaker(CircuitBreaker::builder("jira").failure_threshold(9));
    assert_eq!(breaker.stats().failure_threshold, Some(9), "called before the first reading");
    assert_eq!(registry.circuit_breaker("jira").unwrap().stats().failure_threshold, Some(9));
    assert_eq!(registry.validate().len(), 2, "search and update are ignored");
}

#[test]
fn default_names_never_conflict() {
    let registry = registry();
    let other = registry.site(&OTHER_SEARCH).retry(OTHER_SEARCH.layers()[0].retry());
    let first = registry.site(&SEARCH).retry(SEARCH.layers()[0].retry());
    assert_eq!((first.name(), other.name()), ("app::search", "app::search~2"));
    assert!(registry.validate().iter().all(|conflict| conflict.policy != PolicyKind::Retry));
}

#[test]
fn options_that_panic_leave_out_their_function_and_nothing_else() {
    let registry = registry();
    assert_eq!(registry.circuit_breakers().len(), 1);
    assert_eq!(registry.retries().len(), 2);
}

#[test]
fn an_option_that_reads_the_registry_sees_what_is_there() {
    static GREEDY: Function = function!(
        "app::greedy",
        1,
        ["=retry", "greedy"],
        [(
            0,
            Settings::Retry(|retry| {
                let others = READING.retries().len();
                retry.budget(if others == 0 { "nothing yet" } else { "something" })
            })
        )]
    );
    static READING: once_cell::sync::Lazy<Registry> =
        once_cell::sync::Lazy::new(|| Registry::with(Some(|| vec![&GREEDY])));
    assert!(READING.budget("nothing yet").is_some());
}

#[test]
fn many_first_readers_see_a_complete_registry() {
    let registry = registry();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(registry.retries().len(), 2));
        }
    });
}

#[test]
fn a_budget_is_shared_by_name() {
    let _ = functions();
    let registry = Registry::new();
    registry.register(Budget::builder("shared").ratio(0.5).build().unwrap());
    let one = registry.register(Retry::builder("one").budget("shared").build().unwrap());
    let two = registry.site(&SEARCH).retry(Retry::builder("two").budget("shared"));
    assert_eq!(one.budget().unwrap().ratio(), 0.5);
    assert!(one.budget().unwrap().is_same(two.budget().unwrap()));
    assert!(registry.budget("shared").unwrap().is_same(one.budget().unwrap()));
}

#[test]
fn a_keyed_breaker_is_found_by_family_and_by_key() {
    let registry = Registry::new();
    let family = KeyedCircuitBreaker::new(CircuitBreaker::builder("jira").failure_threshold(1), 10).unwrap();
    let family = registry.register(family);
    family.get("acme [eu]").force_open();
    assert_eq!(registry.circuit_breaker("jira[acme [eu]]").unwrap().state(), CircuitState::ForcedOpen);
    assert!(registry.circuit_breaker("jira").is_none() && registry.circuit_breaker("jira[zeta]").is_none());
    assert_eq!(registry.keyed_circuit_breaker("jira").unwrap().len(), 1, "looking makes no key");
    assert_eq!(registry.health().open_circuits, ["jira"], "a family is one circuit");
    assert!(registry.snapshot().circuit_breakers.contains_key("jira[acme [eu]]"));
}

#[test]
fn one_name_with_and_without_a_key_is_a_conflict() {
    let registry = Registry::new();
    registry.register(CircuitBreaker::builder("jira").build().unwrap());
    registry.register(KeyedCircuitBreaker::new(CircuitBreaker::builder("jira"), 10).unwrap());
    assert_eq!(registry.validate()[0].options, ["key"]);
}

/// One policy of each kind called `name`.
fn register_all(registry: &Registry, name: &str) {
    let name = || name.to_owned();
    registry.register(CircuitBreaker::builder(name()).build().unwrap());
    registry.register(KeyedCircuitBreaker::new(CircuitBreaker::builder(format!("{} keyed", name())), 10).unwrap());
    registry.register(Retry::builder(name()).build().unwrap());
    registry.register(Timeout::builder(name()).duration(Duration::from_secs(1)).build().unwrap());
    registry.register(Fallback::new(name()));
    registry.register(Budget::builder(name()).build().unwrap());
}

#[test]
fn what_is_removed_is_neither_found_nor_listed() {
    let registry = Registry::new();
    register_all(&registry, "a");
    register_all(&registry, "b");
    assert!(
        registry.remove_circuit_breaker("a").is_some() && registry.remove_keyed_circuit_breaker("a keyed").is_some()
    );
    assert!(registry.remove_retry("a").is_some() && registry.remove_timeout("a").is_some());
    assert!(registry.remove_fallback("a").is_some() && registry.remove_budget("a").is_some());
    assert!(registry.remove_circuit_breaker("a").is_none() && registry.remove_retry("nobody").is_none());
    let snapshot = serde_json::to_string(&registry.snapshot()).unwrap();
    assert!(!snapshot.contains("\"a\"") && !format!("{registry:?}").contains("\"a"), "{snapshot}");
    assert_eq!(registry.summary().len(), 2);
    assert!(registry.retry("b").is_some() && registry.keyed_circuit_breaker("b keyed").is_some());
}

#[test]
fn only_what_is_to_be_kept_stays() {
    let registry = Registry::new();
    ["x-1", "x-2", "y"].into_iter().for_each(|name| register_all(&registry, name));
    let mut asked = Vec::new();
    registry.retain(|kind, name| {
        asked.push((kind, name.to_owned()));
        // It may use the registry.
        registry.circuit_breaker("y").is_some() && !name.starts_with("x-")
    });
    assert_eq!(asked.len(), 18);
    let left = (registry.summary().len(), registry.retries().len(), registry.timeouts().len());
    assert_eq!((left, registry.fallbacks().len(), registry.budgets().len()), ((2, 1, 1), 1, 1));
}

#[test]
fn who_holds_a_removed_policy_goes_on_with_it() {
    let registry = Registry::new();
    let mut events = registry.subscribe();
    let site = || registry.site(&SEARCH).circuit_breaker(CircuitBreaker::builder("jira").failure_threshold(5));
    let held = site();
    registry.remove_circuit_breaker("jira").unwrap().force_open();
    assert_eq!((held.state(), held.stats().failure_threshold), (CircuitState::ForcedOpen, Some(5)));
    assert!(events.try_recv().is_ok(), "it is heard still");

    let renewed = registry.register(CircuitBreaker::builder("jira").failure_threshold(9).build().unwrap());
    assert_eq!((renewed.state(), renewed.stats().failure_threshold), (CircuitState::Closed, Some(9)));
    assert_eq!(site().stats().failure_threshold, Some(9), "who asks now gets the new one");
    assert_eq!(held.state(), CircuitState::ForcedOpen);
}

#[test]
fn a_function_that_was_not_called_yet_brings_its_policy_back() {
    let registry = registry();
    assert!(registry.remove_circuit_breaker("jira").is_some() && registry.circuit_breaker("jira").is_none());
    registry.site(&SEARCH).circuit_breaker(CircuitBreaker::builder("jira").failure_threshold(5));
    assert!(registry.circuit_breaker("jira").is_some());
}

#[test]
fn a_conflict_goes_with_the_policy_that_it_is_about() {
    let registry = Registry::new();
    let register = |name: &'static str, times| {
        registry.register(Retry::builder(name).max_attempts(times).build().unwrap());
    };
    for name in ["a", "b"] {
        register(name, 2);
        register(name, 3);
    }
    registry.remove_retry("a");
    assert!(registry.validate().iter().map(|conflict| conflict.name.as_str()).eq(["b"]));
    register("a", 3);
    assert_eq!(registry.validate().len(), 1, "the new one is the first");
}

#[test]
fn one_key_can_be_removed_by_its_name() {
    let registry = Registry::new();
    let family = registry.register(KeyedCircuitBreaker::new(CircuitBreaker::builder("jira"), 10).unwrap());
    let long = "x".repeat(1_000);
    for key in ["acme [eu]", &long] {
        let name = family.get(key).name().to_owned();
        family.get(key).force_open();
        assert_eq!(registry.remove_circuit_breaker(&name).unwrap().state(), CircuitState::ForcedOpen);
        assert!(family.is_empty() && registry.remove_circuit_breaker(&name).is_none());
        assert_eq!(family.get(key).state(), CircuitState::Closed);
        assert!(family.remove(key).is_some() && family.is_empty());
    }
    assert!(registry.remove_circuit_breaker("jira").is_none(), "the family is no breaker");
    assert!(registry.keyed_circuit_breaker("jira").is_some());
}

#[test]
fn kinds_have_names_of_their_own() {
    let registry = Registry::new();
    registry.register(CircuitBreaker::builder("jira").build().unwrap());
    registry.register(Retry::builder("jira").build().unwrap());
    registry.register(Timeout::builder("jira").duration(Duration::from_secs(1)).build().unwrap());
    registry.register(Fallback::new("jira"));
    assert!(registry.validate().is_empty());
    assert_eq!(registry.snapshot().timeouts.len(), 1);
}

mod warnings {
    use super::*;
    use crate::core::observe::warnings::warnings;

    #[test]
    fn a_wrong_option_is_warned_of_at_the_call_and_replaced() {
        static WRONG: Function = function!(
            "app::wrong",
            1,
            ["#retry", "max_attempts", "0"],
            [(0, Settings::Retry(|retry| retry.max_attempts(0)))]
        );
        let registry = Registry::with(Some(|| vec![&WRONG]));
        assert!(warnings(|| drop(registry.retries())).is_empty());
        let told = warnings(|| drop(registry.site(&WRONG).retry(Retry::builder("app::wrong").max_attempts(0))));
        let [told] = &told[..] else { panic!("{told:?}") };
        assert!(told.contains("app::wrong") && told.contains("max_attempts"), "{told}");
    }

    #[test]
    fn a_conflict_is_warned_of_at_the_call() {
        let registry = registry();
        drop(registry.validate());
        let told = warnings(|| {
            drop(registry.site(&CREATE).circuit_breaker(CircuitBreaker::builder("jira").failure_threshold(9)));
        });
        let [told] = &told[..] else { panic!("{told:?}") };
        assert!(told.contains("\"jira\"") && told.contains(concat!(file!(), ":20")), "{told}");
    }

    #[test]
    fn options_that_panic_are_warned_of() {
        let told = warnings(|| drop(registry().health()));
        let [told] = &told[..] else { panic!("{told:?}") };
        assert!(told.contains("app::broken") && told.contains("no configuration file"), "{told}");
    }
}

static SHARED: once_cell::sync::OnceCell<Registry> = once_cell::sync::OnceCell::new();

static WAITS_FOR_A_READER: Function = function!(
    "app::waits",
    60,
    ["#retry", "#timeout", "duration", "2s"],
    [(
        0,
        Settings::Retry(|retry| {
            let reader = std::thread::spawn(|| SHARED.get().unwrap().timeouts().len());
            assert_eq!(reader.join().unwrap(), 0, "it sees what is there");
            retry
        })
    )]
);

#[test]
fn an_option_that_waits_for_a_reader_of_the_registry_cannot_deadlock() {
    let registry = SHARED.get_or_init(|| Registry::with(Some(|| vec![&WAITS_FOR_A_READER])));
    assert!(registry.timeout("app::waits").is_some());
}
