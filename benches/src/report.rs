//! The table, on the screen and in `RESULTS.md`.

use std::fmt::Write;
use std::path::Path;

use crate::row::{Against, Measured, Role, Row};
use crate::sample::Effort;

/// What a run has found, in the order in which it was found.
#[derive(Debug, Default)]
pub struct Report(String);

/// One measurement beside the table: what, how much, and whether that is what was asked for.
#[must_use]
pub fn fact(what: &str, found: &str, asked: &str, met: Option<bool>) -> String {
    format!("| {what} | {found} | {asked} | {} |", met.map_or("–", verdict))
}

fn verdict(met: bool) -> &'static str {
    if met { "yes" } else { "**no**" }
}

impl Report {
    /// Prints lines and keeps them.
    pub fn lines(&mut self, lines: &[String]) {
        for line in lines {
            println!("{line}");
            self.0.push_str(line);
            self.0.push('\n');
        }
    }

    /// Measures a row, prints its table and keeps it.
    pub fn row(&mut self, row: &Row, effort: Effort) {
        let measured = row.measure(effort);
        self.lines(&table(row, &measured));
    }

    /// Writes everything to `path`.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) {
        std::fs::write(path, &self.0).unwrap();
    }
}

fn table(row: &Row, measured: &[Measured]) -> Vec<String> {
    let best = |role| {
        row.contenders
            .iter()
            .zip(measured)
            .filter(move |(each, _)| each.role == role)
            .min_by(|one, two| one.1.nanos.total_cmp(&two.1.nanos))
    };
    let (peer, floor) = (best(Role::Peer), best(Role::Floor));
    let two = if row.two_threads { " two threads, ns (×) |" } else { "" };
    let rule = if row.two_threads { "---|" } else { "" };
    let mut lines = vec![String::new(), format!("### {}", row.title), String::new()];
    lines.push(format!("| contender | ns per call |{two} allocations | ours / it | remarks |"));
    lines.push(format!("|---|---|{rule}---|---|---|"));
    for (each, found) in row.contenders.iter().zip(measured) {
        let scaling =
            found.scaling.map_or(String::new(), |times| format!(" {:.1} ({times:.2}×) |", found.nanos / times));
        let ours = if each.role == Role::Ours { "–".to_owned() } else { ratios(row, measured, found.nanos) };
        let mut name = each.name.to_owned();
        if each.role == Role::Ours {
            name = format!("**{name}**");
        }
        let mut remarks = each.note.to_owned();
        if each.role == Role::Lesser {
            let _ = write!(remarks, "{}does less than the row asks for", if remarks.is_empty() { "" } else { "; " });
        }
        lines.push(format!(
            "| {name} | {:.1} ± {:.0} % |{scaling} {} | {ours} | {remarks} |",
            found.nanos,
            found.spread * 100.0,
            short(found.allocations),
        ));
    }
    lines.push(String::new());
    for (each, found) in row.contenders.iter().zip(measured).filter(|(each, _)| each.role == Role::Ours) {
        let mut line = format!("* {}:", each.name);
        if let Some((best, peer)) = peer {
            let _ = write!(line, " {:.2} × the best peer ({}),", found.nanos / peer.nanos, best.name);
        }
        if let Some((_, floor)) = floor {
            let _ = write!(line, " {:.2} × the floor,", found.nanos / floor.nanos);
        }
        let _ = write!(line, " {} allocations;", short(found.allocations));
        for target in &row.targets {
            let (asked, met) = match target.against {
                Against::Peer(name) => {
                    let at = row.contenders.iter().position(|each| each.name == name);
                    let ratio = at.map_or(f64::NAN, |at| found.nanos / measured[at].nanos);
                    (format!("{ratio:.2} × {name}, asked ≤ {}", target.limit), ratio <= target.limit)
                }
                Against::OneThread => {
                    let times = found.scaling.unwrap_or(f64::NAN);
                    // Where the floor does not scale, no second core was free, and nobody can.
                    let able = floor.and_then(|(_, floor)| floor.scaling).unwrap_or(f64::NAN);
                    if able < target.limit {
                        let _ = write!(line, " target: not judged, the floor itself reaches {able:.2} × one thread;");
                        continue;
                    }
                    (format!("{times:.2} × one thread, asked ≥ {}", target.limit), times >= target.limit)
                }
            };
            let _ = write!(line, " target: {asked}: {};", verdict(met));
        }
        lines.push(line.trim_end_matches(';').to_owned() + ".");
    }
    lines
}

/// Ours over one of the others, for each of ours.
fn ratios(row: &Row, measured: &[Measured], nanos: f64) -> String {
    let ours = row.contenders.iter().zip(measured).filter(|(each, _)| each.role == Role::Ours);
    ours.map(|(_, found)| format!("{:.2}", found.nanos / nanos)).collect::<Vec<_>>().join(" / ")
}

fn short(number: f64) -> String {
    if number == number.round() { format!("{number:.0}") } else { format!("{number:.2}") }
}
