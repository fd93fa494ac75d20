use resilience::retry;

#[retry]
fn f() -> u32 {
    1
}

fn main() {
    let _ = f();
}
