//! What the policies of functions are called that share a path: the same everywhere.

use resilience::{Error, Function, PolicyKind, Registry, circuit_breaker, fallback, registry, retry, timeout};

struct Orders;
struct Invoices;

macro_rules! methods {
    () => {
        /// Both timeouts pass, the retry retries and the fallback answers.
        #[fallback(value = 0)]
        #[timeout("10s")]
        #[retry(max_attempts = 2, base_delay = "0ms")]
        #[timeout("1s")]
        async fn get() -> Result<u32, Error> {
            std::future::pending().await
        }

        /// The options depend on the arguments, so that the policy is made by the first call.
        #[retry(max_attempts = attempts, base_delay = "0ms")]
        #[timeout("1s", mode = deadline)]
        fn limited(attempts: u32) -> Result<u32, Error> {
            Err(Error::rate_limited("upstream", None))
        }

        /// A name that is written is taken as it is, wherever it stands.
        #[retry(max_attempts = 1, name = "names::written")]
        #[circuit_breaker(name = "names::breaker")]
        fn written() -> Result<u32, Error> {
            Ok(1)
        }
    };
}

impl Orders {
    methods!();
}

impl Invoices {
    methods!();
}

fn functions(name: &str) -> Vec<&'static Function> {
    let path = format!("{}::{name}", module_path!());
    registry().inventory().into_iter().filter(|function| function.path() == path).collect()
}

fn names(function: &'static Function) -> Vec<(PolicyKind, &'static str)> {
    function.layers().iter().map(|layer| (layer.kind(), layer.name())).collect()
}

/// Whether the registry finds a policy of this kind and name, and no other policy by looking so.
fn finds(registry: &Registry, kind: PolicyKind, name: &str) -> bool {
    let found = match kind {
        PolicyKind::Retry => registry.retry(name).map(|policy| policy.name().to_owned()),
        PolicyKind::Timeout => registry.timeout(name).map(|policy| policy.name().to_owned()),
        PolicyKind::Fallback => registry.fallback(name).map(|policy| policy.name().to_owned()),
        PolicyKind::CircuitBreaker => registry.circuit_breaker(name).map(|policy| policy.name().to_owned()),
        kind => unreachable!("no attribute is a {kind}"),
    };
    found.as_deref() == Some(name)
}

#[test]
fn every_name_in_the_inventory_is_one_that_the_registry_finds() {
    let [orders, invoices] = functions("get")[..] else { panic!("{:?}", functions("get")) };
    let path = format!("{}::get", module_path!());
    assert_eq!((orders.name(), invoices.name()), (&*path, &*format!("{path}~2")));
    assert!(orders.line() == invoices.line(), "they are written at one place, by two calls of a macro");
    for function in [orders, invoices] {
        let name = function.name();
        use PolicyKind::{Fallback, Retry, Timeout};
        let expected = [(Fallback, name), (Timeout, name), (Retry, name), (Timeout, &*format!("{name}/attempt"))];
        assert_eq!(names(function), expected);
    }
    // Options that depend on arguments are known after a call.
    let _ = (Invoices::limited(1), Orders::limited(1));
    for function in registry().inventory() {
        let ours = function.path().starts_with(module_path!());
        for layer in function.layers().iter().filter(|_| ours) {
            assert!(finds(&registry(), layer.kind(), layer.name()), "{layer:?}");
        }
    }
}

#[test]
fn a_policy_that_its_first_call_makes_has_the_name_of_the_inventory() {
    let _ = (Invoices::limited(5), Orders::limited(2));
    let [orders, invoices] = functions("limited")[..] else { panic!("{:?}", functions("limited")) };
    let retries = |function: &'static Function| registry().retry(function.layers()[0].name()).unwrap().stats().retries;
    assert_eq!(names(invoices)[0].1, format!("{}::limited~2", module_path!()));
    // Another test calls each once, without a retry.
    assert_eq!((retries(orders), retries(invoices)), (1, 4));
}

#[test]
fn a_name_that_is_written_is_taken_as_it_is() {
    let _ = (Orders::written(), Invoices::written());
    for function in functions("written") {
        let expected = [(PolicyKind::Retry, "names::written"), (PolicyKind::CircuitBreaker, "names::breaker")];
        assert_eq!(names(function), expected);
    }
    assert_eq!(registry().retry("names::written").unwrap().stats().calls, 2);
}

#[tokio::test(start_paused = true)]
async fn events_and_errors_say_the_name_of_the_inventory() {
    let [_, invoices] = functions("get")[..] else { panic!("{:?}", functions("get")) };
    assert_eq!(Orders::get().await, Ok(0));
    let mut events = registry().subscribe();
    assert_eq!(Invoices::get().await, Ok(0));
    let told = std::iter::from_fn(|| events.try_recv().ok());
    let mut told: Vec<_> = told.map(|event| (event.policy(), event.name().to_owned())).collect();
    told.retain(|(_, name)| name.starts_with(invoices.path()));
    let name = invoices.name().to_owned();
    let attempt = format!("{name}/attempt");
    use PolicyKind::{Fallback, Retry, Timeout};
    assert_eq!(told, [(Timeout, attempt.clone()), (Retry, name.clone()), (Timeout, attempt), (Fallback, name)]);
}
