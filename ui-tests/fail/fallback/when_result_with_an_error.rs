use resilience::fallback;

#[fallback(|error| Err(error), when_result = |v: &u32| *v == 0)]
fn f() -> Result<u32, String> {
    Ok(1)
}

#[fallback(|error: String| Err(error), when_result = |v: &u32| *v == 0)]
fn g() -> Result<u32, String> {
    Ok(1)
}

#[fallback(default, when_results = |v: &u32| *v == 0)]
fn h() -> Result<u32, String> {
    Ok(1)
}

fn main() {
    let _ = (f(), g(), h());
}
