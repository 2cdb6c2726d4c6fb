//! How something is put for people: in a line of the log, an error, a report.

mod difference;
mod problems;

pub(crate) use difference::difference;
pub(crate) use problems::{Problems, Several, lines, several_problems};

/// At most so many bytes of a text, in whole characters.
pub(crate) fn cut(text: &str, bytes: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= bytes {
        return text.to_owned();
    }
    // `str::floor_char_boundary` is not there yet in the oldest supported compiler.
    let most = bytes.saturating_sub(MARK.len());
    let kept = (0..=most).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    format!("{kept}{MARK}")
}

/// `Debug` of an error whose `Display` is not for clients: `main` and `unwrap` print `Debug`, and
/// anyone who reads that needs the sentence. Every error type of the crate has it, but for those above.
macro_rules! debug_in_words {
    ($($error:ty),+) => {$(
        impl std::fmt::Debug for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )+};
}

pub(crate) use debug_in_words;

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("short", 8), "short");
        assert_eq!(cut("exactly8", 8), "exactly8");
        assert_eq!(cut("more than8", 8), "more …");
        for length in 3..12 {
            let cut = cut("äöüäöüäöü", length);
            assert!(cut.len() <= length && cut.ends_with('…'), "{length}: {cut}");
        }
    }
}
