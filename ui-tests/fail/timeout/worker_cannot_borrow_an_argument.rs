use resilience::timeout;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[timeout("2s")]
fn f(text: &str, fixed: &'static str, cow: std::borrow::Cow<'_, str>) -> Result<usize, Failure> {
    Ok(text.len() + fixed.len() + cow.len())
}

fn main() {
    let _ = f("a", "b", "c".into());
}
