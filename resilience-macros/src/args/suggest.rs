//! "did you mean …?"

/// The candidate that `word` was most likely meant to be.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Two slips in a word of three letters make it a different word.
    let allowed = if word.chars().count() < 4 { 1 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The first candidate that has `word` among its words: `max_attempts` for `attempts`.
pub(crate) fn longer<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let within = |candidate: &&str| {
        let words = format!("_{candidate}_");
        words.contains(&format!("_{word}_"))
    };
    candidates.into_iter().find(within)
}

/// Levenshtein distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row[1..].iter_mut().zip(&b) {
            let up = *cell;
            let changed = diagonal + usize::from(x != *y);
            diagonal = up;
            left = changed.min(up + 1).min(left + 1);
            *cell = left;
        }
        row[0] = i + 1;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{closest, distance, longer};

    #[test]
    fn distance_counts_edits() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("retry", "retry", 0),
            ("abc", "", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} -> {b}");
        }
    }

    #[test]
    fn the_closest_candidate_wins_and_a_far_word_has_none() {
        let options = ["max_attempts", "max_delay", "name"];
        assert_eq!(closest("max_atempts", options), Some("max_attempts"));
        assert_eq!(closest("max_dela", options), Some("max_delay"));
        assert_eq!(closest("nam", options), Some("name"));
        assert_eq!(closest("n", options), None);
        assert_eq!(closest("when", options), None);
    }

    #[test]
    fn a_word_of_an_option_stands_for_it() {
        let options = ["max_attempts", "base_delay", "max_delay", "retry_if_result"];
        assert_eq!(longer("attempts", options), Some("max_attempts"));
        assert_eq!(longer("delay", options), Some("base_delay"));
        assert_eq!(longer("if_result", options), Some("retry_if_result"));
        assert_eq!(longer("attempt", options), None);
        assert_eq!(longer("elay", options), None);
    }
}
