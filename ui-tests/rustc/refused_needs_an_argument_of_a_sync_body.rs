//~ once: error[E0277]
//~ the body consumes `name`, which `refused` needs
//~ `name` is consumed here: consume a clone of it, or let `refused` do without `name`
//~ rs:14:12
//~ never: E0382
use resilience::circuit_breaker;

fn length(name: String) -> Result<usize, String> {
    Ok(name.len())
}

#[circuit_breaker(name = "lengths", refused = |error| format!("{name}: {error}"))]
fn f(name: String) -> Result<usize, String> {
    length(name)
}

fn main() {
    drop(f(String::new()));
}
