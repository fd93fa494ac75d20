use resilience::retry;

#[retry]
fn load<T>(read: fn() -> T) -> T {
    read()
}

// Of this one failures are seen.
#[retry]
fn attempt<T: resilience::Outcome>(read: fn() -> T) -> T {
    read()
}

fn main() {
    load(|| 1);
    let _ = attempt(|| Some(1));
}
