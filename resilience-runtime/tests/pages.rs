//! The pages of this crate are read as those of the facade, which shows them as its own.
#![allow(clippy::unwrap_used, reason = "clippy lets the helpers of a test unwrap only inside the test")]

use std::fs;
use std::path::Path;

/// The lines of documentation that name this crate, as `file:line`.
fn lines_that_name_this_crate(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lines_that_name_this_crate(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let pages = source.lines().enumerate().filter(|(_, line)| is_documentation(line));
            let wrong = pages.filter(|(_, line)| line.contains("resilience_runtime"));
            found.extend(wrong.map(|(at, _)| format!("{}:{}", path.display(), at + 1)));
        }
    }
}

fn is_documentation(line: &str) -> bool {
    ["///", "//!"].iter().any(|mark| line.trim_start().starts_with(mark))
}

#[test]
fn documentation_shows_the_paths_of_the_facade() {
    let mut found = Vec::new();
    lines_that_name_this_crate(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, Vec::<String>::new(), "write `resilience::`: a reader depends on the facade");
}
