//~ E0277
//~ cannot be sent between threads safely
use resilience::timeout;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[timeout("1s")]
fn f(n: std::rc::Rc<u32>) -> Result<u32, Failure> {
    Ok(*n)
}

fn main() {
    let _ = f(1.into());
}
