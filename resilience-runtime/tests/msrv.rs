//! The promised Rust version holds for every dependency, those of tests and examples included.

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
    let too_new: Vec<String> = packages
        .iter()
        .filter(|package| package["rust_version"].as_str().is_some_and(|asked| version(asked) > promised))
        .map(|package| format!("{} {} asks for {}", package["name"], package["version"], package["rust_version"]))
        .collect();
    assert!(packages.len() > 50, "the dependencies were listed");
    assert_eq!(too_new, Vec::<String>::new());
}
