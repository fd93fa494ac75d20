use resilience::retry;

#[retry(none_is = true)]
fn find(key: u32) -> Option<u32> {
    key.checked_sub(1)
}

fn main() {
    let _ = find(1);
}
