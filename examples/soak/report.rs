//! The tables.

use crate::laws::{Law, Run, Sign, calls};
use crate::services::STACKS;

/// What has happened, function by function, as the callers saw it.
pub fn traffic(run: &Run) {
    println!(
        "{:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "function", "calls", "ok", "errors", "panics", "dropped", "bodies"
    );
    for stack in &STACKS {
        let (site, calls) = (stack.site, calls(stack));
        println!(
            "{:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            stack.name,
            calls.calls,
            site.ok.get(),
            site.err.get(),
            site.panicked.get(),
            site.dropped.get(),
            site.begun.get(),
        );
    }
    let mebibytes = |bytes: Option<u64>| bytes.map_or("unknown".to_owned(), |bytes| format!("{} MiB", bytes >> 20));
    println!("\nmemory: {} warm, {} at the end", mebibytes(run.memory.warm), mebibytes(run.memory.end));
    let [took, moved] = [run.took, run.moved].map(|time| time.as_secs());
    println!("time: {took} s, and {moved} s more on clocks that jump");
    println!("events: {} received, {} missed by a slow reader\n", run.heard.received(), run.heard.missed);
}

/// Every law with its two sides. Returns how many do not hold.
pub fn laws(laws: &[Law]) -> usize {
    println!("{:<24}{:<66}{:>10}    {:>10}", "of", "law", "left", "right");
    for law in laws {
        let sign = match (law.sign, law.holds()) {
            (Sign::Equal, true) => "=",
            (Sign::Equal, false) => "/=",
            (Sign::AtMost, true) => "<=",
            (Sign::AtMost, false) => ">",
        };
        let mark = if law.holds() { "" } else { "   VIOLATED" };
        println!("{:<24}{:<66}{:>10} {sign:>2} {:>10}{mark}", law.of, law.says, law.left, law.right);
    }
    laws.iter().filter(|law| !law.holds()).count()
}
