use resilience::circuit_breaker;

#[circuit_breaker(name = "users", none_is = success, ignore_if = |_| true)]
fn find(key: u32) -> Option<u32> {
    key.checked_sub(1)
}

fn main() {
    let _ = find(1);
}
