//! The closure of inclusion, computed by const evaluation in the derive's table.

use super::{NameInfo, NameTable};

/// How many 64-bit words hold one bit for each of `count` names.
#[must_use]
pub const fn words(count: usize) -> usize {
    count.div_ceil(64)
}

/// One row for each name: itself and all that it includes, directly or not.
///
/// `SIZE` is `names.len() * words(names.len())`. The derive has refused cycles already; one that
/// slipped through would still end, since a row only ever gains bits.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "const evaluation: a wrong index fails the build, not a request"
)]
pub const fn close<const SIZE: usize>(names: &[NameInfo]) -> [u64; SIZE] {
    let width = words(names.len());
    let mut rows = [0_u64; SIZE];
    let mut i = 0;
    while i < names.len() {
        rows[i * width + i / 64] |= 1 << (i % 64);
        i += 1;
    }
    // A name usually includes one that stands before it, so one pass in order does most of it.
    let mut changed = true;
    while changed {
        changed = false;
        let mut i = 0;
        while i < names.len() {
            let includes = names[i].includes;
            let mut k = 0;
            while k < includes.len() {
                let from = includes[k] as usize * width;
                let mut w = 0;
                while w < width {
                    let merged = rows[i * width + w] | rows[from + w];
                    if merged != rows[i * width + w] {
                        rows[i * width + w] = merged;
                        changed = true;
                    }
                    w += 1;
                }
                k += 1;
            }
            i += 1;
        }
    }
    rows
}

/// One row for each name over the names of `target`: all that it brings there.
///
/// `closure` is the closed inclusion of `names`; `SIZE` is `names.len() * words(target.len())`.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "const evaluation: a wrong index fails the build, not a request"
)]
pub const fn compose<const SIZE: usize>(
    names: &[NameInfo],
    closure: &[u64],
    target: &NameTable,
) -> [u64; SIZE] {
    let (width, target_width) = (words(names.len()), words(target.names.len()));
    let mut direct = [0_u64; SIZE];
    let mut i = 0;
    while i < names.len() {
        let implies = names[i].implies;
        let mut k = 0;
        while k < implies.len() {
            let from = implies[k] as usize * target_width;
            let mut w = 0;
            while w < target_width {
                direct[i * target_width + w] |= target.closure[from + w];
                w += 1;
            }
            k += 1;
        }
        i += 1;
    }
    let mut rows = [0_u64; SIZE];
    let mut i = 0;
    while i < names.len() {
        let mut v = 0;
        while v < width {
            let mut bits = closure[i * width + v];
            while bits != 0 {
                let j = v * 64 + bits.trailing_zeros() as usize;
                let mut w = 0;
                while w < target_width {
                    rows[i * target_width + w] |= direct[j * target_width + w];
                    w += 1;
                }
                bits &= bits - 1;
            }
            v += 1;
        }
        i += 1;
    }
    rows
}
