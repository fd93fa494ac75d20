//~ error[E0277]
//~ `NoFrom` cannot carry a resilience failure
//~ needs `impl From<resilience::Error> for NoFrom`
//~ `Pipeline::new().layer(policy).refused(|error| ..)`
use resilience::{CircuitBreaker, Pipeline};

#[derive(Debug)]
struct NoFrom;

fn main() {
    let breaker = CircuitBreaker::builder("jira_api").build().unwrap();
    let _ = Pipeline::new().layer(breaker).call(|| Err::<(), _>(NoFrom));
}
