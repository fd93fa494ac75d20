use resilience::fallback;

#[fallback(value = 1, none_is = success)]
#[fallback(value = 2, none_is = success)]
fn find(key: u32) -> Option<u32> {
    key.checked_sub(1)
}

fn main() {
    let _ = find(1);
}
