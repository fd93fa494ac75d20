use resilience::retry;

#[retry]
pub struct Client;

fn main() {
    let _ = Client;
}
