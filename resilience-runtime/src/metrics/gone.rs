//! Policies that are gone: a recorder would show the last value of their gauges for ever.

use std::collections::{BTreeSet, HashMap};

/// The names whose gauges a recorder was shown: of each registry, by address, and each metric that tells its rows apart.
#[derive(Debug, Default)]
pub(super) struct Shown(HashMap<(usize, &'static str), BTreeSet<String>>);

impl Shown {
    /// The names that were shown last time and are not among `names`, which are shown now.
    pub(super) fn replace<'a>(
        &mut self,
        registry: usize,
        metric: &'static str,
        names: impl Iterator<Item = &'a String>,
    ) -> Vec<String> {
        let names: BTreeSet<String> = names.cloned().collect();
        let before = self.0.remove(&(registry, metric)).unwrap_or_default();
        let gone = before.difference(&names).cloned().collect();
        self.0.insert((registry, metric), names);
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_gone_once_and_by_registry_and_metric() {
        let mut shown = Shown::default();
        let mut replace = |registry, metric, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            shown.replace(registry, metric, names.iter())
        };
        assert!(replace(1, "state", &["a", "b"]).is_empty());
        assert!(replace(1, "tokens", &["a"]).is_empty() && replace(2, "state", &["a"]).is_empty());
        assert_eq!(replace(1, "state", &["b", "c"]), ["a"]);
        assert!(replace(1, "state", &["b", "c"]).is_empty());
        assert_eq!(replace(1, "state", &[]), ["b", "c"]);
        assert_eq!(replace(2, "state", &[]), ["a"]);
    }
}
