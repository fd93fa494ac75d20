//! `#[retry]`: a call is made again until it succeeds or is not worth it.
//!
//! What to see: Oslo answers at the third attempt, after waits of 20 and 40 ms; Atlantis is asked once, because
//! `abort_if` knows that asking again cannot help. Run it with `cargo run --example retry`.

use std::cell::Cell;

use resilience::{EventKind, retry};

struct Weather {
    asked: Cell<u32>,
}

impl Weather {
    // `jitter = none` so that the waits below are always the same. Leave it out in production: the default, `full`,
    // keeps a thousand clients from coming back at the same moment.
    #[retry(max_attempts = 5, base_delay = "20ms", jitter = none, abort_if = |error: &String| error.contains("no such city"))]
    fn today(&self, city: &str) -> Result<&'static str, String> {
        self.asked.set(self.asked.get() + 1);
        match (city, self.asked.get()) {
            ("Atlantis", _) => Err(format!("{city}: no such city")),
            (_, 1 | 2) => Err(format!("{city}: the service is busy")),
            _ => Ok("sunny"),
        }
    }
}

fn main() {
    let mut events = resilience::registry().subscribe();

    let weather = Weather { asked: Cell::new(0) };
    println!("Oslo: {:?} after {} attempts", weather.today("Oslo"), weather.asked.get());
    while let Ok(event) = events.try_recv() {
        if let EventKind::Retried { attempt, delay, .. } = event.kind() {
            println!("  attempt {attempt} failed, waited {delay:?}");
        }
    }

    weather.asked.set(0);
    println!("Atlantis: {:?} after {} attempt", weather.today("Atlantis"), weather.asked.get());
}
