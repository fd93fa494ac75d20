//! The command line.

use std::time::Duration;

pub const USAGE: &str = "\
usage: cargo run --example storefront -- [--serve] [--port PORT] [--seconds SECONDS]
  --serve            stay up after the run, under light traffic, until Ctrl-C
  --port PORT        listen there (default: a free port)
  --seconds SECONDS  length of the script, 1 to 3600 (default: 20)";

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub serve: bool,
    pub help: bool,
    /// 0 is a free one.
    pub port: u16,
    pub length: Duration,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { serve: false, help: false, port: 0, length: Duration::from_secs(20) };
        while let Some(argument) = arguments.next() {
            // `--port 80` and `--port=80` are the same.
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let mut value = || value.clone().or_else(|| arguments.next()).ok_or(format!("`{flag}` needs a value"));
            match flag {
                "--serve" => options.serve = true,
                "--help" | "-h" => options.help = true,
                "--port" => options.port = number(flag, &value()?, 0..=65535)? as u16,
                "--seconds" => options.length = Duration::from_secs(number(flag, &value()?, 1..=3600)?),
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
