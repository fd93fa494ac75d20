use resilience::fallback;

#[fallback(default)]
pub const LIMIT: u32 = 1;

fn main() {
    let _ = LIMIT;
}
