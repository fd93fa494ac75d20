use resilience::retry;

#[retry]
fn f() -> ! {
    loop {}
}

fn main() {
    f();
}
