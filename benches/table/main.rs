//! Ours, the peers and the floors, row by row: `cargo bench -p benches`. What comes out is also in `RESULTS.md`.
//!
//! ```console
//! $ cargo bench -p benches                      # everything, and RESULTS.md
//! $ cargo bench -p benches -- breaker           # the rows and measurements whose title has the word; nothing is written
//! $ cargo bench -p benches -- --quick           # fewer rounds, and says so in RESULTS.md
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the seams of the runtime do not bind what measures it"
)]

mod breaker_consecutive;
mod breaker_count;
mod breaker_open;
mod breaker_time;
mod floors;
mod measures;
mod retries;
mod stacks;
mod timeouts;
mod work;

use std::path::Path;
use std::time::Duration;

use benches::{Counting, Effort, Report, Row, machine};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CRATES: &[&str] = &[
    "resilience-rs",
    "recloser",
    "failsafe",
    "breaker",
    "nobreak",
    "tower-resilience-circuitbreaker",
    "tower-resilience-retry",
    "tower-resilience-timelimiter",
    "seatbelt",
    "backon",
    "backon-macros",
    "tryhard",
    "tower",
    "arcly-http",
    "tokio-timeout",
    "tokio",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return; // `cargo test --all-targets` runs this too.
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    // Short batches, many of them: one that is preempted is an outlier, not a share of every batch.
    let effort =
        Effort { rounds: if quick { 101 } else { 401 }, batch: Duration::from_micros(if quick { 200 } else { 500 }) };
    let wanted = |title: &str| words.is_empty() || words.iter().any(|word| title.contains(word.as_str()));

    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut report = Report::default();
    report.lines(&head(home, effort, quick));
    let rows: [fn() -> Row; 10] = [
        breaker_count::row,
        breaker_consecutive::row,
        breaker_time::row,
        breaker_open::row,
        retries::asynchronous,
        retries::synchronous,
        timeouts::at_once,
        timeouts::after_a_yield,
        stacks::at_once,
        stacks::after_a_yield,
    ];
    for row in rows {
        let row = row();
        if wanted(row.title) {
            report.row(&row, effort);
        }
    }
    measures::all(&mut report, effort, home, &wanted);
    if words.is_empty() {
        report.write(&home.join("RESULTS.md"));
    }
}

fn head(home: &Path, effort: Effort, quick: bool) -> Vec<String> {
    let lock = std::fs::read_to_string(home.join("../Cargo.lock")).unwrap_or_default();
    let mut lines = vec!["# Results of `cargo bench -p benches`".to_owned(), String::new()];
    if quick {
        lines.push("**A quick run (`-- --quick`), perhaps on a busy machine: orientation, not evidence.**".to_owned());
        lines.push(String::new());
    }
    lines.extend(machine(&lock, CRATES));
    lines.push(format!(
        "* method: contenders of a row take turns, {} rounds of batches of {} µs; medians ± half the distance of the \
         quartiles; what counts is the ratio within one run",
        effort.rounds,
        effort.batch.as_micros()
    ));
    lines.push("* allocations: per call, by a counting global allocator, after warm-up".to_owned());
    lines
}
