//! The names of one object's members while it is read: each may occur once.

use super::document::Object;

/// From so many names on, they are looked through together at the end: each against all others
/// would let a header of many names cost the square of their number.
const MANY: usize = 32;

/// Knows of most names that they are new, without a look at the others.
#[derive(Default)]
pub(super) struct Names {
    /// One bit of 256 for each name.
    seen: [u64; 4],
    count: usize,
    /// Whether some name may have stood among `MANY` others before.
    unsure: bool,
}

impl Names {
    /// Adds a name to those of the members so far, or `None` if it is one of them.
    pub(super) fn add<'a>(
        &mut self,
        name: &str,
        members: impl FnOnce() -> Object<'a>,
    ) -> Option<()> {
        self.count += 1;
        if self.is_new(name) {
            return Some(());
        }
        if self.count > MANY {
            self.unsure = true;
            return Some(());
        }
        members().get(name).is_none().then_some(())
    }

    /// What `add` put off: `None` if a name appears twice.
    pub(super) fn finish<'a>(&self, members: impl FnOnce() -> Object<'a>) -> Option<()> {
        if !self.unsure {
            return Some(());
        }
        let mut names: Vec<&str> = members().iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.is_sorted_by(|one, next| one < next).then_some(())
    }

    /// Whether the name is certainly new. Equal names have one bit, others mostly have two.
    fn is_new(&mut self, name: &str) -> bool {
        let bytes = name.as_bytes();
        let byte = |place: Option<&u8>| u64::from(place.copied().unwrap_or_default());
        let middle = bytes.get(bytes.len() / 2);
        let mix = byte(bytes.first())
            | byte(middle) << 8
            | byte(bytes.last()) << 16
            | (bytes.len() as u64) << 24;
        // Fibonacci hashing: the upper bits depend on all of the lower ones.
        let bit = mix.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        let Some(word) = self.seen.get_mut((bit / 64) as usize) else { return false };
        let mask = 1 << (bit % 64);
        let is_new = *word & mask == 0;
        *word |= mask;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::super::Document;

    fn is_read(names: &[String]) -> bool {
        let members: Vec<String> = names.iter().map(|name| format!("{name:?}:0")).collect();
        Document::parse(format!("{{{}}}", members.join(",")).into_bytes()).is_some()
    }

    #[test]
    fn duplicate_names_are_found_among_few_and_many() {
        for count in [1, 2, 31, 32, 33, 34, 300] {
            // Alike in what the filter looks at, and not.
            for number in [|n| format!("a{n:03}xa{n:03}a"), |n| format!("{n}")] {
                let names: Vec<String> = (0..count).map(number).collect();
                assert!(is_read(&names), "{count}");
                for again in [0, count / 2, count - 1] {
                    let mut names = names.clone();
                    names.push(names[again].clone());
                    assert!(!is_read(&names), "{again} of {count}");
                    names.extend((0..40).map(|n| format!("more {n}")));
                    assert!(!is_read(&names), "{again} of {count}, and more");
                }
            }
        }
    }

    #[test]
    fn the_empty_name_is_one() {
        assert!(is_read(&[String::new(), "a".into()]));
        assert!(!is_read(&[String::new(), String::new()]));
    }
}
