use resilience::{fallback, timeout};

#[fallback(value = 3, none_is = success)]
#[timeout("1s")]
async fn find(key: u32) -> u32 {
    key
}

fn main() {
    drop(find(1));
}
