//! A set of small numbers, as bits.

/// A set of small numbers. Equal sets are equal, also if they were made with different room.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BitSet(Vec<u64>);

impl BitSet {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Every number below `end`.
    pub(crate) fn below(end: usize) -> Self {
        (0..end).collect()
    }

    pub(crate) fn insert(&mut self, number: usize) {
        let word = number / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// Adds all of `other`; whether that changed anything.
    pub(crate) fn add(&mut self, other: &Self) -> bool {
        if other.0.len() > self.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut changed = false;
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more & !*bits != 0;
            *bits |= more;
        }
        changed
    }

    /// Keeps what is in `other` too.
    pub(crate) fn keep(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (bits, mask) in self.0.iter_mut().zip(&other.0) {
            *bits &= mask;
        }
        // No zeros at the end: equality and emptiness depend on it.
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, two)| one & two != 0)
    }

    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let beyond = self.0.get(other.0.len()..).unwrap_or_default();
        beyond.is_empty() && self.0.iter().zip(&other.0).all(|(one, two)| one & !two == 0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let mut rest = *bits;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                rest = (rest != 0).then(|| rest & (rest - 1))?;
                Some(word * 64 + bit)
            })
        })
    }
}

impl FromIterator<usize> for BitSet {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut set = Self::new();
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    fn bits(of: &BTreeSet<usize>) -> BitSet {
        of.iter().copied().collect()
    }

    proptest! {
        #[test]
        fn a_bit_set_behaves_like_a_set(one in btree_set(0_usize..200, 0..6), two in btree_set(0_usize..200, 0..6)) {
            let (a, b) = (bits(&one), bits(&two));
            prop_assert_eq!(a.iter().collect::<BTreeSet<_>>(), one.clone());
            prop_assert_eq!(a.len(), one.len());
            prop_assert_eq!(a.is_empty(), one.is_empty());
            prop_assert_eq!(a == b, one == two);
            prop_assert_eq!(a.is_within(&b), one.is_subset(&two));
            prop_assert_eq!(a.meets(&b), !one.is_disjoint(&two));
            let mut union = a.clone();
            prop_assert_eq!(union.add(&b), !two.is_subset(&one));
            prop_assert_eq!(union, bits(&(&one | &two)));
            let mut both = a.clone();
            both.keep(&b);
            prop_assert_eq!(both, bits(&(&one & &two)));
            prop_assert!(two.iter().all(|number| b.contains(*number)));
        }
    }
}
