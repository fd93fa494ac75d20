//~ once: error[E0277]
//~ the body consumes `request`, which every attempt needs
//~ never: E0382
use resilience::{retry, timeout};

struct Request(u32);

impl Request {
    fn len(&self) -> u32 {
        self.0
    }
}

#[retry]
#[timeout("2s")]
fn f(request: Request) -> Result<u32, resilience::Error> {
    Ok(request.len())
}

fn main() {
    let _ = f(Request(1));
}
