//! Holds counts against a baseline.

use std::fmt;

use crate::Counts;

/// How much a row may grow.
pub const LIMIT: f64 = 0.10;

/// One row, then and now.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    row: String,
    then: Option<f64>,
    now: Option<f64>,
}

/// Every row of either side.
#[must_use]
pub fn judge(then: &Counts, now: &Counts) -> Vec<Verdict> {
    let find = |counts: &Counts, row: &str| counts.rows.iter().find(|(name, _)| name == row).map(|(_, count)| *count);
    let gone = then.rows.iter().filter(|(row, _)| find(now, row).is_none());
    let rows = now.rows.iter().chain(gone).map(|(row, _)| row);
    rows.map(|row| Verdict { row: row.clone(), then: find(then, row), now: find(now, row) }).collect()
}

impl Verdict {
    /// Whether the row has kept within the limit. One without a counterpart has not: nobody could say what it costs.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.change().is_some_and(|change| change <= LIMIT)
    }

    fn change(&self) -> Option<f64> {
        Some(self.now? / self.then? - 1.0)
    }

    fn word(&self) -> &'static str {
        match (self.change(), self.then) {
            (None, None) => "NOT IN THE BASELINE",
            (None, Some(_)) => "NOT MEASURED",
            (Some(change), _) if change > LIMIT => "GROWN",
            // Kept, the old number would let the row grow back unseen.
            (Some(change), _) if change < -LIMIT => "better: save it",
            _ => "ok",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: Option<f64>| count.map_or("-".to_owned(), |count| format!("{count:.1}"));
        let change = self.change().map_or("-".to_owned(), |change| format!("{:+.1} %", change * 100.0));
        let (then, now) = (count(self.then), count(self.now));
        write!(f, "{:<40}{then:>10}{now:>10}{change:>12}  {}", self.row, self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, f64)]) -> Counts {
        let rows = rows.iter().map(|(row, count)| ((*row).to_owned(), *count)).collect();
        Counts { toolchain: String::new(), rows }
    }

    fn words(then: &[(&str, f64)], now: &[(&str, f64)]) -> Vec<(&'static str, bool)> {
        judge(&counts(then), &counts(now)).iter().map(|it| (it.word(), it.holds())).collect()
    }

    #[test]
    fn a_row_may_grow_by_a_tenth_and_no_more() {
        assert_eq!(words(&[("retry", 200.0)], &[("retry", 219.9)]), [("ok", true)]);
        assert_eq!(words(&[("retry", 200.0)], &[("retry", 220.1)]), [("GROWN", false)]);
        assert_eq!(words(&[("retry", 200.0)], &[("retry", 100.0)]), [("better: save it", true)]);
    }

    #[test]
    fn a_row_that_one_side_lacks_does_not_hold() {
        let both = [("NOT IN THE BASELINE", false), ("NOT MEASURED", false)];
        assert_eq!(words(&[("old name", 200.0)], &[("new name", 200.0)]), both);
    }
}
