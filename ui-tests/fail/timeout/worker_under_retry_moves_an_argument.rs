use resilience::{retry, timeout};

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[retry]
#[timeout("2s")]
fn f(text: String, n: u32) -> Result<usize, Failure> {
    Ok(text.len() + n as usize)
}

fn main() {
    let _ = f(String::new(), 1);
}
