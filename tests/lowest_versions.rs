//! `.ci/lowest.lock`, with which `.ci/lowest_versions` builds and tests, has what the manifests ask for, and nothing newer.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

const PUBLISHED: [&str; 3] = ["resilience-rs", "resilience-macros", "resilience-runtime"];

/// `1.41` or `1.41.0` as comparable numbers.
fn version(text: &str) -> [u64; 3] {
    let numbers = text.split(['-', '+']).next().expect("at least one");
    let mut parts = numbers.split('.').map(|part| part.parse().expect("a number"));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// The lowest version that each dependency on others is asked for in, by name.
fn asked_for() -> BTreeMap<String, [u64; 3]> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path", manifest])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let packages = metadata["packages"].as_array().expect("a list").iter();
    packages
        .filter(|package| PUBLISHED.iter().any(|name| package["name"] == *name))
        .flat_map(|package| package["dependencies"].as_array().expect("a list"))
        .filter(|dependency| dependency["kind"].is_null() && dependency["path"].is_null())
        .map(|dependency| {
            let asked = dependency["req"].as_str().expect("a text");
            let floor = asked.strip_prefix('^').expect("a plain requirement");
            (dependency["name"].as_str().expect("a text").to_owned(), version(floor))
        })
        .collect()
}

/// The versions in the lock, by name.
fn locked() -> BTreeMap<String, Vec<[u64; 3]>> {
    let lock = include_str!("../.ci/lowest.lock");
    let mut versions = BTreeMap::<_, Vec<_>>::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let value = package.lines().find_map(|line| line.strip_prefix(name)).expect("every package has it");
            value.trim_matches(['=', ' ', '"']).to_owned()
        };
        versions.entry(field("name")).or_default().push(version(&field("version")));
    }
    versions
}

#[test]
fn the_lowest_versions_are_those_that_are_built_and_tested() {
    let (asked_for, locked) = (asked_for(), locked());
    assert!(asked_for.len() > 10, "the dependencies were listed: {asked_for:?}");
    for (name, floor) in &asked_for {
        let versions = &locked[name];
        assert!(versions.contains(floor), "{name} is asked for from {floor:?} on, and checked in {versions:?}");
    }
}
