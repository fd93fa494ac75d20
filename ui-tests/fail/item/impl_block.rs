use resilience::timeout;

pub struct Client;

#[timeout("1s")]
impl Client {}

fn main() {
    let _ = Client;
}
