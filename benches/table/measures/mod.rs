//! The measurements beside the table: memory, growth, sizes of futures, and what the compiler pays.

mod compile;
mod futures;
mod memory;
mod registry;
mod server;

use std::path::Path;

use benches::{Effort, Report};

type Facts = Vec<String>;

pub(crate) fn all(report: &mut Report, effort: Effort, home: &Path, wanted: &dyn Fn(&str) -> bool) {
    let mut facts: Facts = Vec::new();
    let sections: [(&str, &dyn Fn() -> Facts); 7] = [
        ("size of futures", &futures::sizes),
        ("memory", &memory::bytes),
        ("registry and keys", &|| registry::growth(effort)),
        ("threads of a server", &|| server::threads(effort)),
        ("failures in the window", &|| server::failures(effort)),
        ("depth of nesting", &|| compile::depth(home)),
        ("compile time", &|| compile::time(home)),
    ];
    for (title, measure) in sections {
        if wanted(title) {
            facts.extend(measure());
        }
    }
    if !facts.is_empty() {
        report.lines(&[String::new(), "### Beside the table".to_owned(), String::new()]);
        report.lines(&["| what | found | asked | met |".to_owned(), "|---|---|---|---|".to_owned()]);
        report.lines(&facts);
    }
}
