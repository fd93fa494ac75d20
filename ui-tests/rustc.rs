//! Cases that the compiler answers, checked by code and fragment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `//~ E0277` must be in the output, `//~ never: E0308` must not, `//~ once: E0277` must be there once.
fn violations(source: &str, output: &str) -> Vec<String> {
    let expectations: Vec<_> = source.lines().map_while(|line| line.strip_prefix("//~ ")).collect();
    assert!(!expectations.is_empty(), "a case expects something");
    let holds = |line: &str| match line.split_once(": ") {
        Some(("never", fragment)) => !output.contains(fragment),
        Some(("once", fragment)) => output.matches(fragment).count() == 1,
        _ => output.contains(line),
    };
    expectations.into_iter().filter(|line| !holds(line)).map(str::to_owned).collect()
}

fn cases(directory: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(directory).expect("the cases are there");
    let mut cases: Vec<_> = entries
        .map(|entry| entry.expect("a case can be read").path())
        .map(|path| (path.file_stem().expect("a case has a name").to_string_lossy().into_owned(), path))
        .collect();
    cases.sort();
    cases
}

/// A package with one program per case, beside the one that trybuild makes.
fn project(root: &Path, cases: &[(String, PathBuf)]) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let directory = target.join("tests/rustc-cases");
    fs::create_dir_all(&directory).expect("the project directory can be made");
    let mut manifest = format!(
        "[package]\nname = \"rustc-cases\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nresilience-rs = {{ path = {:?} }}\n",
        root.display().to_string()
    );
    for (name, path) in cases {
        manifest += &format!("\n[[bin]]\nname = \"{name}\"\npath = {:?}\n", path.display().to_string());
    }
    fs::write(directory.join("Cargo.toml"), manifest).expect("the manifest can be written");
    // The versions that the workspace has resolved; nothing is fetched.
    fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock")).expect("the lock file can be copied");
    directory
}

#[test]
fn the_compiler_points_at_what_the_user_wrote() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().expect("the workspace is above");
    let cases = cases(&here.join("rustc"));
    let project = project(root, &cases);
    let mut wrong = Vec::new();
    for (name, path) in &cases {
        let source = fs::read_to_string(path).expect("a case can be read");
        let output = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--quiet", "--color=never", "--bin", name])
            .env("CARGO_TARGET_DIR", project.join("target"))
            .current_dir(&project)
            .output()
            .expect("cargo can be run");
        let text = String::from_utf8_lossy(&output.stderr);
        let violations = violations(&source, &text);
        if output.status.success() || !violations.is_empty() {
            wrong.push(format!("{name}: not met: {violations:?}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
