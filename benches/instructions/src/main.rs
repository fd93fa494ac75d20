//! See the library.

use std::path::Path;
use std::process::ExitCode;

use instructions::{Counts, LIMIT, count, judge};

const USAGE: &str = "usage: cargo run -p instructions [-- --save]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let baseline = Path::new(env!("CARGO_MANIFEST_DIR")).join("BASELINE.md");
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(&baseline),
        ["--save"] => save(&baseline),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn save(baseline: &Path) -> Result<(), String> {
    let text = count()?.to_string();
    std::fs::write(baseline, &text).map_err(|error| format!("{}: {error}", baseline.display()))?;
    print!("{text}");
    Ok(())
}

fn compare(baseline: &Path) -> Result<(), String> {
    let wrong = |error: String| format!("{}: {error}; write it with `-- --save`", baseline.display());
    let text = std::fs::read_to_string(baseline).map_err(|error| wrong(error.to_string()))?;
    let then = Counts::parse(&text).map_err(wrong)?;
    let now = count()?;
    let verdicts = judge(&then, &now);
    println!("{:<40}{:>10}{:>10}{:>12}  verdict", "instructions per call", "baseline", "now", "change");
    verdicts.iter().for_each(|verdict| println!("{verdict}"));
    if now.toolchain != then.toolchain {
        println!("\nNot judged: the baseline is of {}, and this is {}.", then.toolchain, now.toolchain);
        return Ok(());
    }
    match verdicts.iter().filter(|verdict| !verdict.holds()).count() {
        0 => Ok(()),
        bad => Err(format!("{bad} of {} rows: see above; a row may grow by {:.0} %", verdicts.len(), LIMIT * 100.0)),
    }
}
