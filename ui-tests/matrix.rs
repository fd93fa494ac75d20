//! Every place of `#[tracing::instrument]` beside ours, on every form of function: what can work compiles without a warning
//! and runs, and of the rest each is one error of ours.

mod cells;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use self::cells::{Cell, PRELUDE, all};

/// A package with one program per list of cells, beside the one that trybuild makes.
fn project(root: &Path, programs: &[(&str, &[Cell])]) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let directory = target.join("tests/matrix");
    fs::create_dir_all(directory.join("src/bin")).expect("the project directory can be made");
    let manifest = format!(
        r#"[package]
name = "matrix"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
async-trait = "0.1"
futures-util = {{ version = "0.3", default-features = false, features = ["std"] }}
resilience-rs = {{ path = {:?}, features = ["test-util"] }}
tokio = {{ version = "1", features = ["macros", "rt", "time", "test-util"] }}
tracing = {{ version = "0.1", default-features = false, features = ["attributes", "std"] }}

[profile.dev]
debug = false
"#,
        root.display().to_string()
    );
    fs::write(directory.join("Cargo.toml"), manifest).expect("the manifest can be written");
    // The versions that the workspace has resolved; nothing is fetched.
    fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock")).expect("the lock file can be copied");
    for (name, cells) in programs {
        let modules: String = cells.iter().map(Cell::module).collect();
        let calls: String = cells.iter().map(|cell| format!("    {}::run().await;\n", cell.name())).collect();
        let program = format!(
            "{PRELUDE}{modules}#[tokio::main(flavor = \"current_thread\", start_paused = true)]\nasync fn main() {{\n{calls}}}\n"
        );
        let path = directory.join("src/bin").join(name).with_extension("rs");
        if fs::read_to_string(&path).is_ok_and(|before| before == program) {
            continue;
        }
        fs::write(path, program).expect("a program can be written");
    }
    directory
}

fn cargo(project: &Path, arguments: [&str; 3]) -> Output {
    Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--quiet", "--color=never"])
        .env("CARGO_TARGET_DIR", project.join("target"))
        .current_dir(project)
        .output()
        .expect("cargo can be run")
}

#[test]
fn instrument_stands_in_every_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above");
    let (refused, working): (Vec<_>, Vec<_>) = all().into_iter().partition(Cell::is_refused);
    let project = project(root, &[("working", &working), ("refused", &refused)]);
    let output = cargo(&project, ["run", "--bin", "working"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let output = cargo(&project, ["check", "--bin", "refused"]);
    let text = String::from_utf8_lossy(&output.stderr);
    let errors = text.lines().filter(|line| line.starts_with("error") && !line.starts_with("error: could not")).count();
    let worded = "takes the future that `f` returns for its outcome: write `#[fallback]` above `#[instrument]`";
    assert_eq!((errors, text.matches(worded).count()), (refused.len(), refused.len()), "{text}");
}
