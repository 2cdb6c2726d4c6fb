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
    let mut rows = table.by_hash;
    while !rows.is_empty() {
        let (low, high) = rows.split_at(rows.len() / 2);
        let [(middle, index), above @ ..] = high else {
            return None;
        };
        if *middle == hash {
            let (_, from) = table.names.split_at(*index as usize);
            return match from {
                [info, ..] if same(info.name, name) => Some(*index),
                _ => None,
            };
        }
        rows = if *middle < hash { above } else { low };
    }
    None
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
