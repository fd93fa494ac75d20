//! The text of a key: short keys as they are, long ones as a prefix and a hash.

use std::fmt::{self, Display, Write};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Longer keys are kept as a prefix of this many bytes and a hash of the whole.
pub(super) const LONGEST: usize = 128;

/// `#` and 16 hexadecimal digits.
pub(super) const HASH: usize = 17;

/// The text of a key on the stack: bounded however much the key's `Display` writes, and free on a hit.
pub(super) struct Text<'a> {
    bytes: [u8; LONGEST + HASH],
    len: usize,
    hashing: &'a RandomState,
    /// Present once the text is too long.
    hasher: Option<<RandomState as BuildHasher>::Hasher>,
}

impl<'a> Text<'a> {
    pub(super) fn of(key: &dyn Display, hashing: &'a RandomState) -> Self {
        let mut text = Self { bytes: [0; LONGEST + HASH], len: 0, hashing, hasher: None };
        // A `Display` that reports an error is named by what it had written.
        let _ = write!(text, "{key}");
        if let Some(hasher) = text.hasher.take() {
            // Longer than any short key, so no short key can look like a long one.
            let _ = write!(Tail(&mut text), "#{:016x}", hasher.finish());
        }
        text
    }

    pub(super) fn as_str(&self) -> &str {
        // Only whole characters were written.
        str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    fn push(&mut self, text: &str) {
        let end = self.len + text.len();
        self.bytes[self.len..end].copy_from_slice(text.as_bytes());
        self.len = end;
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.hasher.is_none() {
            let room = LONGEST - self.len;
            if text.len() <= room {
                self.push(text);
                return Ok(());
            }
            let mut hasher = self.hashing.build_hasher();
            // Byte by byte: the hash must not depend on the pieces in which a `Display` writes.
            self.bytes[..self.len].iter().for_each(|byte| hasher.write_u8(*byte));
            self.hasher = Some(hasher);
            let whole = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            self.push(&text[..whole]);
        }
        if let Some(hasher) = &mut self.hasher {
            text.bytes().for_each(|byte| hasher.write_u8(byte));
        }
        Ok(())
    }
}

/// The place behind the prefix of a long key.
struct Tail<'t, 'a>(&'t mut Text<'a>);

impl Write for Tail<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push(text);
        Ok(())
    }
}
