//! The floors: a module imports strictly lower floors only, and two modules of one floor never import each other.
#![allow(clippy::unwrap_used, reason = "clippy lets the helpers of a test unwrap only inside the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. `ARCHITECTURE.md` describes them.
const FLOORS: &[(&str, &[&str])] = &[
    ("words 0", &["core::excerpt", "core::kind", "core::rng", "core::rounding", "core::state", "core::sync"]),
    ("words 1", &["core::chain", "core::clock", "core::name", "core::stats"]),
    ("words 2", &["core::opening"]),
    ("words 3", &["core::error"]),
    ("words 4", &["core::check", "core::outcome"]),
    ("tools", &["core::event", "core::keyed", "core::probing", "core::window", "context::deadline"]),
    ("seams", &["context::frame", "core::observe"]),
    ("seams: policy", &["core::policy"]),
    ("budgets", &["policies::budget"]),
    ("policies", &["policies::circuit_breaker", "policies::fallback", "policies::retry", "policies::timeout"]),
    ("assembly", &["function", "pipeline"]),
    ("names", &["registry"]),
    ("export", &["metrics"]),
    ("door", &["__private"]),
];

/// The folders whose modules have a floor each.
const FOLDERS: &[&str] = &["context", "core", "policies"];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|(_, modules)| modules.contains(&module))
}

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

/// The module of a path: its first word, or the first two in a folder whose modules have a floor each.
fn module<'a>(mut path: impl Iterator<Item = &'a str>) -> String {
    let first = path.next().unwrap_or_default();
    match path.next() {
        Some(second) if FOLDERS.contains(&first) => format!("{first}::{second}"),
        _ => first.to_owned(),
    }
}

/// The modules that a source names as `crate::module`, comments left out.
fn imports(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.match_indices("crate::")
        .map(|(at, found)| {
            let rest = &code[at + found.len()..];
            let path = rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next();
            module(path.unwrap_or_default().split("::"))
        })
        .filter(|name| name.starts_with(|c: char| c.is_lowercase() || c == '_'))
        .collect()
}

/// Each import that goes sideways or up, as `from (floor) imports to (floor)`.
fn violations(files: &[(String, String)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (module, source) in files {
        let Some(own) = floor(module) else {
            wrong.push(format!("`{module}` has no floor"));
            continue;
        };
        for import in imports(source) {
            match floor(&import) {
                _ if import == *module => {}
                Some(other) if other < own => {}
                Some(other) => {
                    wrong.push(format!("`{module}` ({}) imports `{import}` ({})", FLOORS[own].0, FLOORS[other].0))
                }
                None => wrong.push(format!("`{module}` imports `{import}`, which has no floor")),
            }
        }
    }
    wrong
}

#[test]
fn modules_import_only_lower_floors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let files: Vec<(String, String)> = paths
        .iter()
        .filter_map(|path| {
            let inside = path.strip_prefix(&root).unwrap().with_extension("");
            let names = inside.components().filter_map(|name| name.as_os_str().to_str());
            let module = module(names.filter(|name| *name != "mod"));
            let counts = module != "lib" && !FOLDERS.contains(&module.as_str());
            counts.then(|| (module, fs::read_to_string(path).unwrap()))
        })
        .collect();
    assert!(files.len() > 30, "the sources were found");
    assert_eq!(violations(&files), Vec::<String>::new());
}

#[test]
fn an_import_that_goes_up_or_sideways_is_named() {
    let file = |module: &str, source: &str| (module.to_owned(), source.to_owned());
    let up = violations(&[file("core::clock", "use crate::registry::Registry;")]);
    assert_eq!(up, ["`core::clock` (words 1) imports `registry` (names)"]);
    let sideways = violations(&[file("policies::retry", "let x = crate::policies::timeout::limit();")]);
    assert_eq!(sideways, ["`policies::retry` (policies) imports `policies::timeout` (policies)"]);
}

/// The files of one folder that a file names as `super::file`, comments and tests left out.
fn siblings(source: &str, names: &[&str]) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    // `super::super::` is about another folder.
    let found = lines.flat_map(|line| {
        let own = line.match_indices("super::").filter(|(at, _)| !line[..*at].ends_with("super::"));
        own.map(|(at, found)| &line[at + found.len()..])
    });
    let named = found.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>());
    named.filter(|name| names.contains(&name.as_str())).collect()
}

/// A circle of imports among the files of one folder, each with what it names.
fn circle(imports: &[(String, Vec<String>)]) -> Option<Vec<String>> {
    fn follow(at: &str, imports: &[(String, Vec<String>)], way: &mut Vec<String>) -> bool {
        if way.iter().any(|file| file == at) {
            way.push(at.to_owned());
            return true;
        }
        way.push(at.to_owned());
        let next = imports.iter().find(|(file, _)| file == at).map(|(_, named)| named.as_slice()).unwrap_or_default();
        let found = next.iter().any(|other| follow(other, imports, way));
        if !found {
            way.pop();
        }
        found
    }
    imports.iter().find_map(|(file, _)| {
        let mut way = Vec::new();
        follow(file, imports, &mut way).then_some(way)
    })
}

#[test]
fn no_two_files_of_one_folder_import_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for folder in ["resilience-runtime/src", "resilience-macros/src", "benches/src"] {
        sources(&root.join(folder), &mut paths);
    }
    let mut folders: BTreeMap<PathBuf, Vec<(String, String)>> = BTreeMap::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !["mod", "lib", "tests", "interleavings"].contains(&name.as_str()) {
            let source = fs::read_to_string(&path).unwrap();
            folders.entry(path.parent().unwrap().to_owned()).or_default().push((name, source));
        }
    }
    assert!(folders.len() > 15, "the sources were found");
    for (folder, files) in folders {
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let imports: Vec<_> = files.iter().map(|(name, source)| (name.clone(), siblings(source, &names))).collect();
        assert_eq!(circle(&imports), None, "in {}", folder.display());
    }
}

#[test]
fn a_circle_is_named_from_end_to_end() {
    let names = ["pool", "workers", "job"];
    let source = "use super::pool::WORKERS;\n// super::job\nuse super::Retry;\nuse super::super::job::Job;";
    assert_eq!(siblings(source, &names), ["pool"]);
    let imports = |of: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
        of.iter().map(|(file, named)| ((*file).into(), named.iter().map(|&name| name.into()).collect())).collect()
    };
    assert_eq!(circle(&imports(&[("job", &["pool"]), ("pool", &[]), ("workers", &["pool"])])), None);
    let ring = imports(&[("job", &["pool"]), ("pool", &["workers"]), ("workers", &["pool"])]);
    assert_eq!(circle(&ring).unwrap(), ["job", "pool", "workers", "pool"]);
}
