//! Which name was meant. Only ever runs when the exact look-up has failed.

use super::NameTable;

/// The longest name for which distances are computed, in bytes.
const MAX: usize = 64;

/// The name of `table` that is most like `wanted`, if one is close enough to be meant.
#[must_use]
pub const fn nearest(table: &NameTable, wanted: &str) -> Option<&'static str> {
    let mut names = table.names;
    let mut best = None;
    // One typo in three letters is still a typo; more is another word.
    let mut best_distance = wanted.len() / 3 + 1;
    if best_distance > 4 {
        best_distance = 4;
    }
    while let [info, rest @ ..] = names {
        let distance = distance(wanted.as_bytes(), info.name.as_bytes());
        if distance <= best_distance && distance < info.name.len() {
            if best.is_none() || distance < best_distance {
                best = Some(info.name);
            }
            best_distance = distance;
        }
        names = rest;
    }
    best
}

/// Edit distance with transpositions of neighbours, ASCII case ignored.
#[expect(
    clippy::indexing_slicing,
    clippy::many_single_char_names,
    reason = "const evaluation of the textbook matrix, and every index is below MAX + 1"
)]
const fn distance(a: &[u8], b: &[u8]) -> usize {
    if a.len() > MAX || b.len() > MAX || a.len().abs_diff(b.len()) > 4 {
        return usize::MAX;
    }
    let mut before = [0_usize; MAX + 1];
    let mut previous = [0_usize; MAX + 1];
    let mut j = 0;
    while j <= b.len() {
        previous[j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        let mut current = [0_usize; MAX + 1];
        current[0] = i;
        let mut j = 1;
        while j <= b.len() {
            let (x, y) = (a[i - 1].to_ascii_lowercase(), b[j - 1].to_ascii_lowercase());
            let mut least = previous[j - 1] + (x != y) as usize;
            if previous[j] + 1 < least {
                least = previous[j] + 1;
            }
            if current[j - 1] + 1 < least {
                least = current[j - 1] + 1;
            }
            if i > 1
                && j > 1
                && x == b[j - 2].to_ascii_lowercase()
                && y == a[i - 2].to_ascii_lowercase()
                && before[j - 2] + 1 < least
            {
                least = before[j - 2] + 1;
            }
            current[j] = least;
            j += 1;
        }
        before = previous;
        previous = current;
        i += 1;
    }
    previous[b.len()]
}
