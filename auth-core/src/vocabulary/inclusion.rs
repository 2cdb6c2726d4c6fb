//! The closure of inclusion, computed by const evaluation in the derive's table.
//!
//! Const evaluation is slow and rustc stops one that takes too long (`long_running_const_eval`), so
//! each row is finished before the rows that take it over: a chain of 1,024 names then costs the
//! same in every order in which an enum may list it.

use super::{AuthorityInfo, AuthorityTable};

/// How many 64-bit words hold one bit for each of `count` names.
#[must_use]
pub const fn words(count: usize) -> usize {
    count.div_ceil(64)
}

/// One row for each name: itself and all that it includes, directly or not.
///
/// `SIZE` is `names.len() * words(names.len())`. The derive has rejected cycles already; one that
/// slipped through would still end, since a row only ever gains bits.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "const evaluation: a wrong index fails the build, not a request"
)]
pub const fn close<const SIZE: usize>(names: &[AuthorityInfo]) -> [u64; SIZE] {
    let width = words(names.len());
    let mut rows = [0_u64; SIZE];
    let mut i = 0;
    while i < names.len() {
        rows[i * width + i / 64] |= 1 << (i % 64);
        i += 1;
    }
    hand_on(names, rows, width)
}

/// One row for each name over the names of `target`: all that it brings there, directly or through
/// a name that it includes, closed over the inclusion of `target`.
///
/// `SIZE` is `names.len() * words(target.len())`.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "const evaluation: a wrong index fails the build, not a request"
)]
pub const fn compose<const SIZE: usize>(
    names: &[AuthorityInfo],
    target: &AuthorityTable,
) -> [u64; SIZE] {
    let width = words(target.len());
    let mut rows = [0_u64; SIZE];
    let mut i = 0;
    while i < names.len() {
        let implies = names[i].implies;
        let mut k = 0;
        while k < implies.len() {
            let from = implies[k] as usize * width;
            // A name that does not exist brings nothing; its own build error has been given.
            let mut w = if (implies[k] as usize) < target.len() { 0 } else { width };
            while w < width {
                rows[i * width + w] |= target.closure[from + w];
                w += 1;
            }
            k += 1;
        }
        i += 1;
    }
    hand_on(names, rows, width)
}

/// Adds to each row the rows of the names that it includes, until nothing is left to add.
#[expect(
    clippy::indexing_slicing,
    reason = "const evaluation: a wrong index fails the build, not a request"
)]
const fn hand_on<const SIZE: usize>(
    names: &[AuthorityInfo],
    mut rows: [u64; SIZE],
    width: usize,
) -> [u64; SIZE] {
    if width == 0 {
        return rows;
    }
    let (order, cyclic) = included_first::<SIZE>(names);
    loop {
        let mut changed = false;
        let mut place = 0;
        while place < names.len() {
            let includes = names[order[place] as usize].includes;
            let row = order[place] as usize * width;
            let mut k = 0;
            while k < includes.len() {
                let from = includes[k] as usize * width;
                let mut w = 0;
                while w < width {
                    let more = rows[from + w] & !rows[row + w];
                    if more != 0 {
                        rows[row + w] |= more;
                        changed = true;
                    }
                    w += 1;
                }
                k += 1;
            }
            place += 1;
        }
        // Only in a cycle is there a name that had to hand on its row before it was finished.
        if !(cyclic && changed) {
            return rows;
        }
    }
}

/// The positions of `names`, each after those that it includes, and whether a cycle prevents that.
///
/// A walk in depth that notes a name when it leaves it. `SIZE` is at least `names.len()`, and only
/// the first `names.len()` positions are used.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "const evaluation, and the derive refuses more names than a `u16` counts"
)]
const fn included_first<const SIZE: usize>(names: &[AuthorityInfo]) -> ([u16; SIZE], bool) {
    let (mut order, mut noted) = ([0_u16; SIZE], 0);
    let (mut path, mut depth) = ([0_u16; SIZE], 0);
    // How many inclusions of each name were followed, and which names were entered and left.
    let mut followed = [0_u16; SIZE];
    let (mut entered, mut left) = ([false; SIZE], [false; SIZE]);
    let mut cyclic = false;
    let mut start = 0;
    while start < names.len() {
        if !entered[start] {
            entered[start] = true;
            path[depth] = start as u16;
            depth += 1;
        }
        while depth > 0 {
            let name = path[depth - 1] as usize;
            let includes = names[name].includes;
            if followed[name] as usize == includes.len() {
                left[name] = true;
                order[noted] = name as u16;
                noted += 1;
                depth -= 1;
                continue;
            }
            let next = includes[followed[name] as usize] as usize;
            followed[name] += 1;
            if !entered[next] {
                entered[next] = true;
                path[depth] = next as u16;
                depth += 1;
            } else if !left[next] {
                cyclic = true;
            }
        }
        start += 1;
    }
    (order, cyclic)
}

#[cfg(test)]
mod tests {
    use super::{AuthorityInfo, close};

    fn names<const N: usize>(includes: [&'static [u16]; N]) -> [AuthorityInfo; N] {
        includes.map(|includes| AuthorityInfo {
            name: "",
            variant: "",
            doc: "",
            includes,
            implies: &[],
        })
    }

    #[test]
    fn every_order_of_the_enum_closes_alike() {
        assert_eq!(close::<4>(&names([&[], &[0], &[1], &[2]])), [0b1, 0b11, 0b111, 0b1111]);
        assert_eq!(close::<4>(&names([&[1], &[2], &[3], &[]])), [0b1111, 0b1110, 0b1100, 0b1000]);
        assert_eq!(
            close::<4>(&names([&[2, 1], &[3], &[3], &[]])),
            [0b1111, 0b1010, 0b1100, 0b1000]
        );
    }

    #[test]
    fn a_cycle_ends_and_makes_its_names_equal() {
        assert_eq!(close::<3>(&names([&[1], &[2], &[0]])), [0b111; 3]);
        assert_eq!(close::<3>(&names([&[1], &[0, 2], &[1]])), [0b111; 3]);
        assert_eq!(close::<1>(&names([&[0]])), [0b1]);
    }
}
