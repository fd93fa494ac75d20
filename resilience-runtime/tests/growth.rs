//! What others match on or take apart may grow: it is `#[non_exhaustive]`, or listed here with why it is complete.
#![allow(clippy::unwrap_used, reason = "clippy lets the helpers of a test unwrap only inside the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// Complete by what they mean.
const COMPLETE: &[(&str, &str)] = &[
    ("Step", "an attempt is followed by another one or it is not"),
    ("Fault", "a failure is the body's own or a refusal"),
    ("Recovery", "a fallback answers or hands back what it was given"),
];

/// Only expansions name what these files declare, and they are of one release with this crate.
const INTERNAL: &[&str] = &["__private", "function/mod.rs", "function/entry.rs", "function/layer.rs", "sync/"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The public enums of a source, and its structs with a named public field, that are closed.
fn closed_types(source: &str) -> Vec<String> {
    let mut closed = Vec::new();
    let (mut may_grow, mut open_struct) = (false, None);
    for line in source.lines().map(str::trim) {
        match line.split_once(' ') {
            _ if line.starts_with("#[non_exhaustive]") => may_grow = true,
            _ if line.starts_with('#') || line.starts_with("//") => continue,
            _ if line.starts_with("pub enum ") || line.starts_with("pub struct ") => {
                let kind = line.split(' ').nth(1);
                let name = line.split(' ').nth(2).unwrap().split(|c: char| !c.is_alphanumeric()).next().unwrap();
                match kind {
                    _ if may_grow => open_struct = None,
                    Some("enum") => closed.push(name.to_owned()),
                    _ => open_struct = line.ends_with('{').then(|| name.to_owned()),
                }
            }
            Some(("pub", _)) if line.ends_with(',') => closed.extend(open_struct.take()),
            _ if line == "}" => open_struct = None,
            _ => {}
        }
        may_grow &= line.starts_with('#');
    }
    closed
}

#[test]
fn closed_types_are_found() {
    let source = "#[derive(Debug)]\npub enum A {\n}\n#[non_exhaustive]\n#[derive(Debug)]\npub enum B {\n}\npub struct C {\n    \
                  private: u8,\n}\npub struct D<T> {\n    /// Text.\n    pub field: T,\n}\n";
    assert_eq!(closed_types(source), ["A", "D"]);
}

#[test]
fn public_types_may_grow_or_are_complete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut closed = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        if !INTERNAL.iter().any(|internal| path.starts_with(internal)) {
            let names = closed_types(&fs::read_to_string(&file).unwrap());
            closed.extend(names.into_iter().filter(|name| COMPLETE.iter().all(|(complete, _)| name != complete)));
        }
    }
    assert_eq!(closed, Vec::<String>::new(), "`#[non_exhaustive]` is missing");
}
