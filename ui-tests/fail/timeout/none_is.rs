use resilience::timeout;

#[timeout("1s", none_is = success)]
async fn find(key: u32) -> Option<u32> {
    key.checked_sub(1)
}

fn main() {
    drop(find(1));
}
