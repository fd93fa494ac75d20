use resilience::retry;

#[retry]
fn f() -> () {}

fn main() {
    f();
}
