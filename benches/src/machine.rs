//! Where and with what a run was made.

use std::process::Command;

/// Lines for the head of the report: processor, compiler, and the versions of `crates` in the workspace's lock file.
#[must_use]
pub fn machine(lock: &str, crates: &[&str]) -> Vec<String> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<&str> =
        cpus.lines().filter(|line| line.starts_with("model name")).filter_map(|line| line.split(": ").nth(1)).collect();
    vec![
        format!("* date: {}", first_line("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
        format!("* processor: {} × {}", models.len(), models.first().unwrap_or(&"unknown")),
        format!("* compiler: {}", first_line("rustc", &["-V"])),
        format!(
            "* crates: {}",
            crates.iter().map(|name| format!("{name} {}", version(lock, name))).collect::<Vec<_>>().join(", ")
        ),
    ]
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default().trim().to_owned()
}

/// The newest version of `name` in a lock file: its entries are sorted.
fn version(lock: &str, name: &str) -> String {
    let head = format!("name = \"{name}\"\nversion = \"");
    lock.rfind(&head)
        .and_then(|at| lock[at + head.len()..].split('"').next())
        .unwrap_or("(not in the lock file)")
        .to_owned()
}
