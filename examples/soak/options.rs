//! The command line.

use std::time::Duration;

pub const USAGE: &str = "\
usage: cargo run --release --example soak -- [--seconds SECONDS] [--tasks TASKS] [--threads THREADS]
  --seconds SECONDS  how long calls are made, 2 to 86400 (default: 30)
  --tasks TASKS      asynchronous callers, 1 to 100000 (default: 2000)
  --threads THREADS  callers on threads of their own, 1 to 1000 (default: 64)";

/// What the user asked for.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub help: bool,
    pub length: Duration,
    pub tasks: u64,
    pub threads: u64,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { help: false, length: Duration::from_secs(30), tasks: 2000, threads: 64 };
        while let Some(argument) = arguments.next() {
            // `--tasks 80` and `--tasks=80` are the same.
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let mut value = || value.clone().or_else(|| arguments.next()).ok_or(format!("`{flag}` needs a value"));
            match flag {
                "--help" | "-h" => options.help = true,
                "--seconds" => options.length = Duration::from_secs(number(flag, &value()?, 2..=86_400)?),
                "--tasks" => options.tasks = number(flag, &value()?, 1..=100_000)?,
                "--threads" => options.threads = number(flag, &value()?, 1..=1000)?,
                _ => return Err(format!("`{argument}` is not an option")),
            }
        }
        Ok(options)
    }
}

fn number(flag: &str, value: &str, range: std::ops::RangeInclusive<u64>) -> Result<u64, String> {
    value
        .parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| format!("`{flag} {value}`: write a whole number from {} to {}", range.start(), range.end()))
}
