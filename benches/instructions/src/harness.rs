//! Runs the rows under callgrind and reads the harness's counts.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{CALLS, Counts};

/// Where the harness's document of one row has the number of instructions.
const INSTRUCTIONS: &str = "/profiles/0/data/total/metrics/Ir/values/new";

/// Builds the rows and counts.
///
/// # Errors
/// When they cannot be built or run; why, the harness has said on the screen.
pub fn count() -> Result<Counts, String> {
    let output = Command::new(program("CARGO", "cargo"))
        .args(["bench", "--package", "instructions", "--bench", "calls", "--", "--output-format=json"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the rows did not run: {}\n{text}", output.status));
    }
    let rows = text.lines().map(row).collect::<Result<_, _>>()?;
    Ok(Counts { toolchain: toolchain()?, rows })
}

/// One line of output is the document of one row.
fn row(line: &str) -> Result<(String, f64), String> {
    let wrong = || format!("the harness has written something else than a count: {line}");
    let document: Value = serde_json::from_str(line).map_err(|_| wrong())?;
    let name = document["function_name"].as_str().ok_or_else(wrong)?;
    let count = document.pointer(INSTRUCTIONS).and_then(Value::as_f64).ok_or_else(wrong)?;
    // To a tenth, as the baseline's file has it.
    Ok((name.replace('_', " "), (count / CALLS as f64 * 10.0).round() / 10.0))
}

fn toolchain() -> Result<String, String> {
    let output =
        Command::new(program("RUSTC", "rustc")).arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let version = lines.next().ok_or("rustc has no version")?;
    let host = lines.find_map(|line| line.strip_prefix("host: ")).ok_or("rustc has no host")?;
    Ok(format!("{version}, {host}"))
}

/// The one that runs this, if it has said so.
fn program(variable: &str, otherwise: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| otherwise.into())
}
