//! Which name was meant. Only ever runs when the exact look-up has failed.

use super::AuthorityTable;

/// The longest name for which distances are computed, in bytes.
const MAX: usize = 64;

/// More than any distance that is asked for.
const FAR: usize = 2 * MAX;

/// How many turns of a loop all of it may take. The compiler stops const evaluation at two million,
/// and would speak of that instead of the name.
const STEPS: usize = 1_000_000;

/// The name of `table` that is most like `wanted`, if one is close enough to be meant.
#[must_use]
pub(crate) const fn nearest(table: &AuthorityTable, wanted: &str) -> Option<&'static str> {
    let mut names = table.names;
    let mut best = None;
    // One typo in three letters is still a typo; more is another word.
    let mut best_distance = wanted.len() / 3 + 1;
    if best_distance > 4 {
        best_distance = 4;
    }
    let mut steps = 0;
    while let [info, rest @ ..] = names {
        let name = info.name.as_bytes();
        let distance = distance(wanted.as_bytes(), name, best_distance, &mut steps);
        if distance <= best_distance && distance < name.len() {
            if best.is_none() || distance < best_distance {
                best = Some(info.name);
            }
            best_distance = distance;
        }
        if steps > STEPS {
            return best;
        }
        names = rest;
    }
    best
}

/// The one of these that is most like what was written, if one is close enough to be meant.
pub(crate) fn closest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (written.len() / 3 + 1).min(4);
    let near =
        known.map(|name| (distance(written.as_bytes(), name.as_bytes(), limit, &mut 0), name));
    near.filter(|(distance, name)| *distance <= limit && *distance < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Edit distance with transpositions of neighbours, ASCII case ignored; some number above `limit`
/// if it is more than that.
#[expect(
    clippy::indexing_slicing,
    clippy::many_single_char_names,
    reason = "const evaluation of the textbook matrix, and every index is below MAX + 1"
)]
const fn distance(a: &[u8], b: &[u8], limit: usize, steps: &mut usize) -> usize {
    if a.len() > MAX || b.len() > MAX || a.len().abs_diff(b.len()) > limit {
        return FAR;
    }
    let (a, b) = without_common_ends(a, b, steps);
    let mut before = [FAR; MAX + 1];
    let mut previous = [FAR; MAX + 1];
    let mut j = 0;
    while j <= b.len() {
        previous[j] = j;
        j += 1;
    }
    *steps += j;
    let mut i = 1;
    while i <= a.len() {
        let mut current = [FAR; MAX + 1];
        current[0] = i;
        // Further away from the diagonal everything is above the limit.
        let mut j = if i > limit { i - limit } else { 1 };
        let end = if i + limit < b.len() { i + limit } else { b.len() };
        let mut row = if j == 1 { i } else { FAR };
        while j <= end {
            let (x, y) = (lower(a, i - 1), lower(b, j - 1));
            let mut least = previous[j - 1] + (x != y) as usize;
            if previous[j] + 1 < least {
                least = previous[j] + 1;
            }
            if current[j - 1] + 1 < least {
                least = current[j - 1] + 1;
            }
            if i > 1
                && j > 1
                && x == lower(b, j - 2)
                && y == lower(a, i - 2)
                && before[j - 2] + 1 < least
            {
                least = before[j - 2] + 1;
            }
            if least < row {
                row = least;
            }
            current[j] = least;
            // The loop itself, and the calls.
            *steps += 4;
            j += 1;
        }
        if row > limit {
            return FAR;
        }
        before = previous;
        previous = current;
        i += 1;
    }
    previous[b.len()]
}

/// What is left of both behind what they begin and before what they end with, which costs no edit.
const fn without_common_ends<'a>(
    a: &'a [u8],
    b: &'a [u8],
    steps: &mut usize,
) -> (&'a [u8], &'a [u8]) {
    let (mut a, mut b) = (a, b);
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        if *x != *y {
            break;
        }
        (a, b) = (a_rest, b_rest);
        *steps += 1;
    }
    while let ([a_rest @ .., x], [b_rest @ .., y]) = (a, b) {
        if *x != *y {
            break;
        }
        (a, b) = (a_rest, b_rest);
        *steps += 1;
    }
    (a, b)
}

#[expect(clippy::indexing_slicing, reason = "the caller's index is within the text")]
const fn lower(text: &[u8], index: usize) -> u8 {
    let byte = text[index];
    // As `to_ascii_lowercase`, whose own calls count as well.
    if byte >= b'A' && byte <= b'Z' { byte + 32 } else { byte }
}
