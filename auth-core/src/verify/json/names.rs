//! The names of one object's members while it is read: each may stand once.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// Up to so many names are compared one by one, which needs no memory of its own.
const FEW: usize = 32;

/// The names so far.
#[derive(Default)]
pub(super) struct Names<'de> {
    few: [&'de str; FEW],
    count: usize,
    /// All of them, once there are more, or one was written with escapes.
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Names<'de> {
    /// Adds a name; `false` if it stood there before.
    pub(super) fn insert(&mut self, name: Cow<'de, str>) -> bool {
        if self.many.is_empty() {
            let (known, free) = self.few.split_at_mut(self.count);
            if let (Cow::Borrowed(name), Some(slot)) = (&name, free.first_mut()) {
                *slot = name;
                self.count += 1;
                return !known.contains(name);
            }
            self.many.extend(self.few.iter().take(self.count).map(|name| Cow::Borrowed(*name)));
        }
        self.many.insert(name)
    }
}

/// Reads the name of a member, where it stands if it can be.
pub(super) struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_new_once() {
        let texts: Vec<String> = (0..40).map(|number| format!("n{number}")).collect();
        for escaped_from in [0, 7, 32, 39, 40] {
            let mut names = Names::default();
            for (place, text) in texts.iter().enumerate() {
                let borrowed = Cow::Borrowed(text.as_str());
                let owned = Cow::Owned(text.clone());
                let name = if place < escaped_from { borrowed } else { owned };
                assert!(names.insert(name), "{text}");
            }
            for text in &texts {
                assert!(!names.insert(Cow::Borrowed(text)), "{text}");
            }
        }
        let mut names = Names::default();
        assert!(names.insert(Cow::Borrowed("")));
        assert!(!names.insert(Cow::Borrowed("")));
        assert!(names.insert(Cow::Borrowed("a")));
        assert!(!names.insert(Cow::Owned("a".to_owned())));
    }
}
