//! Passwords that are known too well.

use std::fmt;

use zeroize::Zeroizing;

/// Passwords that are refused because others have them.
///
/// [`CommonPasswords`] is always asked; an application can add one that knows those of breaches.
///
/// ```
/// use auth_accounts::password::Blocklist;
///
/// #[derive(Debug)]
/// struct Ours;
///
/// impl Blocklist for Ours {
///     fn contains(&self, password: &str) -> bool {
///         password.eq_ignore_ascii_case("the company's motto")
///     }
/// }
/// ```
pub trait Blocklist: fmt::Debug + Send + Sync + 'static {
    /// Whether this password, as it was prepared for hashing, is on the list. It is asked off the
    /// threads that serve requests, so it may read a file.
    fn contains(&self, password: &str) -> bool;
}

/// The passwords that are used most: some 16,000 of at least 8 characters, and 3,000 shorter ones.
///
/// Upper and lower case are the same. What is around a common one for show is taken away first: digits
/// and punctuation (`Password2026!`), and repetition (`dragondragondragon`). Runs of neighbours are
/// common, too (`123456789012345`, `abcdefghijklmnop`).
///
/// ```
/// use auth_accounts::password::{Blocklist, CommonPasswords};
///
/// assert!(CommonPasswords.contains("1qaz2wsx3edc4rfv"));
/// assert!(CommonPasswords.contains("Administrator-2026"));
/// assert!(!CommonPasswords.contains("correct horse battery staple"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CommonPasswords;

/// A password a line, sorted by their bytes. Where they are from, `common.LICENSE.txt` says.
const COMMON: &str = include_str!("common.txt");

impl Blocklist for CommonPasswords {
    fn contains(&self, password: &str) -> bool {
        let password = Zeroizing::new(password.to_lowercase());
        let length = password.chars().count();
        let bare = password.trim_matches(|it: char| it.is_numeric() || it.is_ascii_punctuation());
        is_listed(&password)
            || is_listed(bare)
            || (length < ENDLESS
                && (is_run(&password) || is_repeated(&password) || is_repeated(bare)))
    }
}

/// Whether this is one of the lines, by halving.
fn is_listed(text: &str) -> bool {
    let list = COMMON.as_bytes();
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low.midpoint(high);
        let before = list.get(low..middle).unwrap_or_default();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(low, |it| low + it + 1);
        let rest = list.get(start..high).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        match rest.get(..length).unwrap_or_default().cmp(text.as_bytes()) {
            std::cmp::Ordering::Equal => return !text.is_empty(),
            std::cmp::Ordering::Less => low = start + length + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// From how many characters on no one guesses how often something is repeated.
const ENDLESS: usize = 40;

/// Whether the text is a common password, or up to three characters, over and over again.
fn is_repeated(text: &str) -> bool {
    let unit = unit(text);
    unit.len() < text.len() && (unit.chars().count() < 4 || is_listed(unit) || is_run(unit))
}

/// What the text is a repetition of; the text itself, if it is no repetition. The last time may be cut short.
fn unit(text: &str) -> &str {
    let is_unit =
        |unit: &str| text.as_bytes().chunks(unit.len()).all(|it| unit.as_bytes().starts_with(it));
    let ends = text.char_indices().map(|(index, _)| index).skip(1);
    let mut shorter = ends.take_while(|end| *end <= text.len() / 2);
    shorter.find_map(|end| text.get(..end).filter(|it| is_unit(it))).unwrap_or(text)
}

/// Whether each character is the next of the one before, or the one before it, or the same; the digits
/// go round.
fn is_run(text: &str) -> bool {
    let step = |one: char, two: char| match (one, two) {
        ('9', '0') => 1,
        ('0', '9') => -1,
        _ => i64::from(u32::from(two)) - i64::from(u32::from(one)),
    };
    let mut steps = text.chars().zip(text.chars().skip(1)).map(|(one, two)| step(one, two));
    steps.next().is_none_or(|first| first.abs() <= 1 && steps.all(|step| step == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_so_that_each_of_it_is_found() {
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.is_sorted());
        assert!(lines.iter().all(|line| is_listed(line)));
        assert!(!is_listed("") && !is_listed("~~~~") && !is_listed("passwor\u{1}"));
    }

    #[test]
    fn r7_the_3000_most_common_passwords_that_are_long_enough_are_refused() {
        assert!(COMMON.lines().filter(|line| line.len() >= 8).count() >= 3_000);
        for password in ["password", "12345678", "qwertyuiop", "trustno1", "PassWord", "iloveyou"] {
            assert!(CommonPasswords.contains(password), "{password}");
        }
    }

    #[test]
    fn r7_what_is_made_of_a_common_password_is_refused() {
        for password in [
            "passwordpassword",
            "dragondragondragon",
            "dragondragondrag",
            "Administrator-2026",
            "!!password12345!!",
            "aaaaaaaaaaaaaaaa",
            "123456789012345",
            "zyxwvutsrqponmlk",
            "abcabcabcabcabcabc",
            "x1x1x1x1x1x1x1x1",
            "111111111111111",
        ] {
            assert!(CommonPasswords.contains(password), "{password}");
        }
        for password in
            ["correct horse battery staple", "tr0ub4dor and three", "ウサギとカメのおはなしです"]
        {
            assert!(!CommonPasswords.contains(password), "{password}");
        }
    }
}
