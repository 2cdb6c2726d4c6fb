//! Exact look-up of a name, at compile time and at run time.
//!
//! The macros hash the literal, so that const evaluation compares a few numbers and one string
//! instead of walking through a thousand names.

use super::AuthorityTable;

/// FNV-1a, 64 bits. The macros compute the same; `tests/` holds the two against each other.
#[must_use]
pub const fn hash(text: &str) -> u64 {
    let mut rest = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = tail;
    }
    hash
}

/// The position of `name` in `table`, given its hash.
#[must_use]
// Plain indexing: const evaluation takes seven times as long for `split_at`.
#[expect(clippy::indexing_slicing, reason = "each place is held against the length just before")]
pub(crate) const fn find(table: &AuthorityTable, name: &str, hash: u64) -> Option<u16> {
    let rows = table.by_hash;
    let mut place = first_at(rows, hash);
    // One row as a rule; two names may have one hash.
    while place < rows.len() && rows[place].0 == hash {
        let index = rows[place].1;
        if (index as usize) < table.names.len() && same(table.names[index as usize].name, name) {
            return Some(index);
        }
        place += 1;
    }
    None
}

/// The place of the first row whose hash is not below `hash`.
#[expect(clippy::indexing_slicing, reason = "halves of a range within the rows")]
const fn first_at(rows: &[(u64, u16)], hash: u64) -> usize {
    let (mut low, mut high) = (0, rows.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if rows[middle].0 < hash {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// String equality in const evaluation.
#[must_use]
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}
