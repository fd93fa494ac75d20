//! The promised Rust version holds for every dependency, those of tests and examples included.
#![allow(clippy::unwrap_used, reason = "clippy lets the helpers of a test unwrap only inside the test")]

use std::collections::{HashMap, HashSet};
use std::process::Command;

use serde_json::Value;

/// `1.88.0` as comparable numbers.
fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).chain([0, 0]).take(3).collect()
}

#[test]
fn no_dependency_asks_for_a_newer_rust_than_we_promise() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--all-features", "--manifest-path", manifest])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let promised = version(env!("CARGO_PKG_RUST_VERSION"));
    let packages = metadata["packages"].as_array().unwrap();
    let needed = needed(&metadata);
    let too_new: Vec<String> = packages
        .iter()
        .filter(|package| needed.contains(package["id"].as_str().unwrap()))
        .filter(|package| package["rust_version"].as_str().is_some_and(|asked| version(asked) > promised))
        .map(|package| format!("{} {} asks for {}", package["name"], package["version"], package["rust_version"]))
        .collect();
    assert!(needed.len() > 50, "the dependencies were listed");
    assert_eq!(too_new, Vec::<String>::new());
}

/// What the default members depend on. The benchmarks are no such member: they take the peers at their newest.
fn needed(metadata: &Value) -> HashSet<&str> {
    let ids = |list: &'_ Value| list.as_array().unwrap().clone();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let depends: HashMap<&str, &Value> =
        nodes.iter().map(|node| (node["id"].as_str().unwrap(), &node["dependencies"])).collect();
    let mut needed = HashSet::new();
    let mut open = ids(&metadata["workspace_default_members"]);
    while let Some(id) = open.pop() {
        if let Some((id, dependencies)) = id.as_str().and_then(|id| depends.get_key_value(id))
            && needed.insert(*id)
        {
            open.extend(ids(dependencies));
        }
    }
    needed
}
