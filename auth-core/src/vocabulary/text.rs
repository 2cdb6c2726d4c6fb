//! A text that is put together in const evaluation, for a build error.

/// Text in a fixed buffer. What does not fit is cut off and ends in `…`.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    bytes: [u8; SIZE],
    len: usize,
    cut: bool,
}

const SIZE: usize = 768;
const ELLIPSIS: &str = "…";

impl Text {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; SIZE], len: 0, cut: false }
    }

    /// Adds `text`, or as much of it as fits.
    #[expect(clippy::indexing_slicing, reason = "the end was just held against the size")]
    pub(crate) const fn push(&mut self, text: &str) -> &mut Self {
        if self.cut {
            return self;
        }
        let mut source = text.as_bytes();
        self.cut = self.len + source.len() > SIZE - ELLIPSIS.len();
        if self.cut {
            let mut end = SIZE - ELLIPSIS.len() - self.len;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            (source, _) = source.split_at(end);
        }
        while let [byte, rest @ ..] = source {
            self.bytes[self.len] = *byte;
            self.len += 1;
            source = rest;
        }
        if self.cut {
            // The room for it was held back above.
            let mut source = ELLIPSIS.as_bytes();
            while let [byte, rest @ ..] = source {
                self.bytes[self.len] = *byte;
                self.len += 1;
                source = rest;
            }
        }
        self
    }

    /// Adds a word of the user: `` `word` ``.
    pub(crate) const fn quote(&mut self, word: &str) -> &mut Self {
        self.push("`").push(word).push("`")
    }

    /// Adds a number.
    pub(crate) const fn number(&mut self, number: u64) -> &mut Self {
        const DIGITS: &str = "0123456789";
        if number >= 10 {
            self.number(number / 10);
        }
        let (_, from) = DIGITS.split_at((number % 10) as usize);
        let (digit, _) = from.split_at(1);
        self.push(digit)
    }

    pub(crate) const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_kept_whole() {
        let mut text = Text::new();
        text.push("no role named ").quote("käse").push(": ").number(0).push(" ").number(1024);
        assert_eq!(text.as_str(), "no role named `käse`: 0 1024");
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters() {
        for shift in 0..4 {
            let mut text = Text::new();
            text.push(&"x".repeat(shift)).push(&"ä…".repeat(400)).push("more");
            assert!(text.as_str().ends_with('…'), "{}", text.as_str());
            assert!(text.as_str().len() <= SIZE && text.as_str().len() > SIZE - 8);
            assert!(!text.as_str().contains("more"));
        }
    }

    #[test]
    fn the_last_byte_counts() {
        let mut text = Text::new();
        text.push(&"x".repeat(SIZE - 3));
        assert_eq!(text.as_str().len(), SIZE - 3);
        assert!(text.push("").as_str().ends_with('x'));
        assert!(text.push("y").as_str().ends_with("x…"));
    }
}
