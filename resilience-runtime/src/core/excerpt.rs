//! The text of an error, at a length at which events and statistics can keep it.

use std::fmt::{self, Write};

/// How many characters are kept at most.
const LONGEST: usize = 256;

/// The text of `error`; one that is longer than 256 characters ends with `…` as the last of them.
///
/// What is cut off is never held, so that a text of any length costs no more than its excerpt.
pub(crate) fn of(error: fmt::Arguments<'_>) -> String {
    let mut excerpt = Excerpt { text: String::new(), room: LONGEST, is_cut: false };
    // An error here is one of the `Display`, which is quoted by what it had written.
    let _ = excerpt.write_fmt(error);
    excerpt.text
}

struct Excerpt {
    text: String,
    /// In characters.
    room: usize,
    is_cut: bool,
}

impl Write for Excerpt {
    /// Never an error: a `Display` that unwraps what it writes must not panic for being long.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.is_cut {
            return Ok(());
        }
        match text.char_indices().nth(self.room) {
            None => {
                self.text.push_str(text);
                self.room -= text.chars().count();
            }
            Some((end, _)) => {
                self.text.push_str(&text[..end]);
                self.text.pop();
                self.text.push('…');
                self.is_cut = true;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str) -> String {
        of(format_args!("{text}"))
    }

    #[test]
    fn a_text_that_fits_is_kept_as_it_is() {
        for text in [String::new(), "down".to_owned(), "x".repeat(LONGEST), "ß".repeat(LONGEST)] {
            assert_eq!(excerpt(&text), text);
        }
    }

    #[test]
    fn a_longer_text_is_cut_between_characters_and_says_so() {
        for char in ["x", "ß", "€", "🦀"] {
            let expected = char.repeat(LONGEST - 1) + "…";
            assert_eq!(excerpt(&char.repeat(LONGEST + 1)), expected);
            assert_eq!(excerpt(&char.repeat(1_000_000)), expected);
        }
    }

    #[test]
    fn the_pieces_in_which_it_is_written_make_no_difference() {
        struct Pieces(usize);
        impl fmt::Display for Pieces {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                "€".repeat(600).as_bytes().chunks(self.0 * 3).try_for_each(|piece| {
                    f.write_str("")?;
                    f.write_str(str::from_utf8(piece).unwrap())
                })
            }
        }
        let whole = excerpt(&"€".repeat(600));
        for size in [1, 2, 7, 255, 256, 257, 599] {
            assert_eq!(of(format_args!("{}", Pieces(size))), whole, "pieces of {size}");
        }
    }

    #[test]
    fn the_memory_held_is_that_of_the_excerpt() {
        assert!(excerpt(&"x".repeat(1_000_000)).capacity() <= 1024);
    }

    #[test]
    fn a_display_that_reports_an_error_is_quoted_by_what_it_had_written() {
        struct Broken;
        impl fmt::Display for Broken {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(of(format_args!("{Broken}")), "half");
    }
}
