use resilience::{fallback, retry, timeout};

#[fallback(value = 1)]
fn f() -> u8 {
    1
}

#[fallback(default, when = |_| true)]
#[retry(refused = |_| Vec::new())]
async fn g() -> Vec<u8> {
    Vec::new()
}

#[timeout("1s", refused = |_| ())]
#[fallback(|_| ())]
async fn h() {}

#[fallback(default, when_result = |value| *value == 0)]
#[retry(retry_if_result = |value| *value == 0)]
fn values() -> u8 {
    1
}

#[fallback(default)]
#[timeout("1s")]
async fn refusals() -> u8 {
    1
}

fn main() {
    let _ = (f(), g(), h(), values(), refusals());
}
