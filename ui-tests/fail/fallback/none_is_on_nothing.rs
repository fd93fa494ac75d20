use resilience::{fallback, timeout};

#[fallback(default, none_is = failure)]
#[timeout("1s")]
async fn find() {}

fn main() {
    drop(find());
}
