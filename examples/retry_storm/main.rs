//! Three retry storms in virtual time, with the real policies in them: what retries do to a service that is overloaded,
//! and what budgets and breakers do about it.
//!
//! `cargo run --release --example retry_storm` prints tables, ours beside the published values, and draws goodput over
//! time into `target/retry_storm.svg`. Options: `--svg PATH`, `--seed NUMBER`, `--runs NUMBER`. The same seed gives the
//! same output, byte for byte.

#![allow(unreachable_pub, reason = "a binary has no public interface: `pub` is what a module offers its siblings")]

mod storm;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: retry_storm [--svg PATH] [--seed NUMBER] [--runs NUMBER]";

struct Options {
    svg: PathBuf,
    seed: u64,
    runs: u32,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { svg: "target/retry_storm.svg".into(), seed: 1, runs: 10 };
        while let Some(option) = arguments.next() {
            let Some(value) = arguments.next() else { return Err(format!("`{option}` needs a value\n{USAGE}")) };
            let wrong = || format!("`{option} {value}`: write a whole number above zero\n{USAGE}");
            match option.as_str() {
                "--svg" => options.svg = value.into(),
                "--seed" => options.seed = value.parse().map_err(|_| wrong())?,
                "--runs" => options.runs = value.parse().ok().filter(|runs| *runs > 0).ok_or_else(wrong)?,
                _ => return Err(format!("`{option}` is not an option\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn run() -> Result<(), String> {
    let options = Options::parse(std::env::args().skip(1))?;
    let report = storm::report(options.seed, options.runs);
    print!("{}", report.text);
    let path = options.svg;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(&path, report.svg).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("\nGoodput over time: {}", path.display());
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
