//~ error[E0277]
//~ this `impl Trait` hides a `Result<u32, String>`, and its failures, from the policies
//~ write the return type out
//~ never: multiple applicable items
use resilience::timeout;

#[timeout("1s", refused = |_| Ok(0))]
async fn f() -> impl std::fmt::Debug {
    Ok::<u32, String>(1)
}

fn main() {
    let _ = f();
}
