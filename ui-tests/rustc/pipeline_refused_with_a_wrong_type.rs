//~ once: error[E0308]
//~ expected `Result<_, String>`, found `Result<u32, Status>`
//~ never: error[E0277]
use resilience::{CircuitBreaker, Pipeline};

#[derive(Debug)]
struct Status;

fn main() {
    let breaker = CircuitBreaker::builder("routes").build().unwrap();
    let pipeline = Pipeline::new().layer(breaker).refused(|error| error.to_string());
    let _ = pipeline.call(|| Ok::<u32, Status>(1));
}
