//! Which word was meant.

/// The candidate that is most like `wanted`, if one is close enough to be meant.
///
/// The same measure as `auth_core::vocabulary::nearest`: a typo in about every third letter, four
/// at most, ASCII case ignored.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = (wanted.chars().count() / 3 + 1).min(4);
    candidates
        .into_iter()
        .map(|candidate| (distance(wanted, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edit distance, ASCII case ignored, in which swapping two neighbours is one step.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().map(|letter| letter.to_ascii_lowercase()).collect();
    // Rows of the usual matrix, each one longer than `b`; only the last two are needed.
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let mut x_before = None;
    for (row, x) in a.chars().map(|letter| letter.to_ascii_lowercase()).enumerate() {
        let mut current = vec![row + 1];
        for (column, y) in b.iter().copied().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let mut least = (at(&previous, column) + usize::from(x != y))
                .min(at(&previous, column + 1) + 1)
                .min(at(&current, column) + 1);
            let swapped = column.checked_sub(1).filter(|left| {
                b.get(*left).copied() == Some(x) && x_before == Some(y) && !before.is_empty()
            });
            if let Some(left) = swapped {
                least = least.min(at(&before, left) + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut previous, current);
        x_before = Some(x);
    }
    previous.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn counts_typos() {
        for (a, b, steps) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("clerk", "Clerk", 0),
            ("clrek", "clerk", 1),
            ("clrk", "clerk", 1),
            ("kitten", "sitting", 3),
            ("sitting", "kitten", 3),
        ] {
            assert_eq!(distance(a, b), steps, "{a} {b}");
        }
    }

    #[test]
    fn suggests_only_what_can_have_been_meant() {
        let names = ["clerk", "manager", "admin"];
        assert_eq!(nearest("admn", names), Some("admin"));
        assert_eq!(nearest("Manger", names), Some("manager"));
        assert_eq!(nearest("owner", names), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
