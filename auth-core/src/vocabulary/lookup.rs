//! Exact look-up of a name, at compile time and at run time.
//!
//! The macros hash the literal, so that const evaluation compares a few numbers and one string
//! instead of walking through a thousand names.

use super::NameTable;

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
pub(crate) const fn find(table: &NameTable, name: &str, hash: u64) -> Option<u16> {
    let mut rows = from_hash(table.by_hash, hash);
    // One row as a rule; two names may have one hash.
    while let [(found, index), rest @ ..] = rows {
        if *found != hash {
            return None;
        }
        match table.names.split_at_checked(*index as usize) {
            Some((_, [info, ..])) if same(info.name, name) => return Some(*index),
            _ => rows = rest,
        }
    }
    None
}

/// The rows from the first one on whose hash is not below `hash`.
const fn from_hash(mut rows: &[(u64, u16)], hash: u64) -> &[(u64, u16)] {
    // How many rows of the front are known to be below.
    let (all, mut below, mut open) = (rows, 0, rows.len());
    while open > 0 {
        let half = open / 2;
        let (_, high) = rows.split_at(half);
        match high {
            [(middle, _), above @ ..] if *middle < hash => {
                rows = above;
                below += half + 1;
                open -= half + 1;
            }
            _ => open = half,
        }
    }
    all.split_at(below).1
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
