//! What was counted, and how the baseline's file says it.

use std::fmt;

/// Instructions per call, by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// What compiled the rows, and for which machine. Counts of another one do not compare.
    pub toolchain: String,
    /// The rows, in the order in which they run.
    pub rows: Vec<(String, f64)>,
}

const TOOLCHAIN: &str = "* toolchain: ";

impl Counts {
    /// Reads what [`Display`](fmt::Display) has written.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let toolchain = text.lines().find_map(|line| line.strip_prefix(TOOLCHAIN)).ok_or("it names no toolchain")?;
        let rows: Vec<_> = text.lines().filter_map(row).collect();
        if rows.is_empty() {
            return Err("it has no row".to_owned());
        }
        Ok(Self { toolchain: toolchain.to_owned(), rows })
    }
}

/// A line of the table; its head has no number.
fn row(line: &str) -> Option<(String, f64)> {
    let (name, count) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
    Some((name.to_owned(), count.parse().ok()?))
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Instructions per call\n")?;
        writeln!(
            f,
            "Written by `cargo run -p instructions -- --save`, and what `cargo run -p instructions` compares with.\n"
        )?;
        writeln!(f, "{TOOLCHAIN}{}", self.toolchain)?;
        writeln!(f, "* profile: `bench` (optimised, thin LTO, one codegen unit)\n")?;
        writeln!(f, "| row | instructions per call |\n|---|---|")?;
        self.rows.iter().try_for_each(|(name, count)| writeln!(f, "| {name} | {count:.1} |"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_was_counted() {
        let rows = vec![("breaker open".to_owned(), 288.0), ("full stack ready".to_owned(), 851.4)];
        let counts = Counts { toolchain: "rustc 1.95.0 (x), x86_64".to_owned(), rows };
        assert_eq!(Counts::parse(&counts.to_string()), Ok(counts));
    }

    #[test]
    fn a_file_without_rows_is_no_baseline() {
        assert!(Counts::parse("").is_err());
        assert!(Counts::parse("* toolchain: rustc\n\n| row | instructions per call |\n|---|---|\n").is_err());
    }
}
