//! CBOR as authenticators write it: the canonical form of CTAP2 and no other, bounded in depth.

/// How deep lists and maps may be in each other (CTAP2, "message encoding").
const DEPTH: usize = 4;

/// A data item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Integer(i128),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Bool(bool),
    Null,
}

impl<'a> Item<'a> {
    /// The data item that these bytes begin with, and the bytes after it. `None`: it is not canonical,
    /// goes on after the end, or is nested too deep.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader { rest: bytes };
        let item = reader.item(DEPTH)?;
        Some((item, reader.rest))
    }

    /// The data item that these bytes are, with nothing after it.
    pub(super) fn whole(bytes: &'a [u8]) -> Option<Self> {
        Self::read(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
    }

    /// The entries of a map.
    pub(super) fn entries(&self) -> Option<&[(Self, Self)]> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// The major type and the argument of the next item, which is as short as can be.
    fn head(&mut self) -> Option<(u8, u64)> {
        let first = *self.take(1)?.first()?;
        let (major, low) = (first >> 5, first & 0x1f);
        let length = match low {
            0..24 => return Some((major, u64::from(low))),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            // Of no definite length, or reserved.
            _ => return None,
        };
        let argument = self.take(length)?.iter();
        let argument = argument.fold(0, |number, byte| number << 8 | u64::from(*byte));
        let least = match length {
            1 => 24,
            2 => 1 << 8,
            4 => 1 << 16,
            _ => 1 << 32,
        };
        (argument >= least).then_some((major, argument))
    }

    fn item(&mut self, depth: usize) -> Option<Item<'a>> {
        let (major, argument) = self.head()?;
        Some(match major {
            0 => Item::Integer(i128::from(argument)),
            1 => Item::Integer(-1 - i128::from(argument)),
            2 => Item::Bytes(self.take(usize::try_from(argument).ok()?)?),
            3 => {
                let text = self.take(usize::try_from(argument).ok()?)?;
                Item::Text(std::str::from_utf8(text).ok()?)
            }
            4 => {
                let inner = depth.checked_sub(1)?;
                let mut items = Vec::new();
                for _ in 0..argument {
                    items.push(self.item(inner)?);
                }
                Item::List(items)
            }
            5 => Item::Map(self.map(argument, depth.checked_sub(1)?)?),
            7 if argument == 20 => Item::Bool(false),
            7 if argument == 21 => Item::Bool(true),
            7 if argument == 22 => Item::Null,
            // Tags, numbers with a point and all that no authenticator sends.
            _ => return None,
        })
    }

    /// The keys go up, by their type, their length and their bytes: none is there twice.
    fn map(&mut self, length: u64, depth: usize) -> Option<Vec<(Item<'a>, Item<'a>)>> {
        let mut entries = Vec::new();
        let mut before = None;
        for _ in 0..length {
            let start = self.rest;
            let key = self.item(0)?;
            let encoded = start.get(..start.len() - self.rest.len())?;
            let place = (encoded.first()? >> 5, encoded.len(), encoded);
            if before.is_some_and(|before| before >= place) {
                return None;
            }
            before = Some(place);
            entries.push((key, self.item(depth)?));
        }
        Some(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_items_are_read() {
        for (bytes, item) in [
            (&[0x17][..], Item::Integer(23)),
            (&[0x18, 24], Item::Integer(24)),
            (&[0x26], Item::Integer(-7)),
            (&[0x39, 1, 0], Item::Integer(-257)),
            (&[0x3b, 255, 255, 255, 255, 255, 255, 255, 255], Item::Integer(-(1 << 64))),
            (&[0x42, 1, 2], Item::Bytes(&[1, 2])),
            (&[0x62, b'a', b'b'], Item::Text("ab")),
            (&[0x82, 1, 0xf6], Item::List(vec![Item::Integer(1), Item::Null])),
            (
                &[0xa2, 1, 0xf5, 0x20, 0xf4],
                Item::Map(vec![
                    (Item::Integer(1), Item::Bool(true)),
                    (Item::Integer(-1), Item::Bool(false)),
                ]),
            ),
        ] {
            assert_eq!(Item::whole(bytes), Some(item), "{bytes:?}");
            let longer = [bytes, &[0]].concat();
            assert_eq!(Item::whole(&longer), None, "something is after it");
            for end in 0..bytes.len() {
                assert_eq!(Item::whole(&bytes[..end]), None, "it is cut");
            }
        }
    }

    #[test]
    fn r70_what_is_not_canonical_is_rejected() {
        for (bytes, why) in [
            (&[0x18, 23][..], "a longer form of 23"),
            (&[0x19, 0, 255], "a longer form of 255"),
            (&[0x1a, 0, 0, 255, 255], "a longer form of 65535"),
            (&[0x1b, 0, 0, 0, 0, 255, 255, 255, 255], "a longer form of 2^32 - 1"),
            (&[0x5f, 0x41, 1, 0xff], "bytes of no definite length"),
            (&[0x9f, 1, 0xff], "a list of no definite length"),
            (&[0xbf, 1, 1, 0xff], "a map of no definite length"),
            (&[0xa2, 1, 1, 1, 2], "a key twice"),
            (&[0xa2, 3, 1, 1, 2], "keys that go down"),
            (&[0xa2, 0x20, 1, 1, 2], "keys of types that go down"),
            (&[0xa2, 0x62, b'a', b'a', 1, 0x61, b'b', 1], "the longer key first"),
            (&[0xa1, 0x81, 1, 1], "a list as a key"),
            (&[0xc0, 1], "a tag"),
            (&[0xf9, 0x3c, 0], "a number with a point"),
            (&[0xf7], "undefined"),
            (&[0xf8, 20], "a longer form of false"),
            (&[0x61, 0xff], "text that is not UTF-8"),
            (&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255], "more bytes than there are"),
            (&[0x9b, 255, 255, 255, 255, 255, 255, 255, 255], "more items than there are"),
            (&[0x1c], "a reserved length"),
        ] {
            assert_eq!(Item::whole(bytes), None, "{why}");
        }
    }

    #[test]
    fn it_ends_for_any_bytes() {
        for _ in 0..20_000 {
            let bytes = crate::secret::random_bytes::<24>();
            if let Some((_, rest)) = Item::read(&bytes) {
                assert!(rest.len() < bytes.len());
            }
        }
    }

    #[test]
    fn r70_items_are_in_each_other_four_deep_at_most() {
        assert!(Item::whole(&[0x81, 0x81, 0x81, 0x81, 1]).is_some());
        assert_eq!(Item::whole(&[0x81, 0x81, 0x81, 0x81, 0x81, 1]), None);
        assert_eq!(Item::whole(&vec![0x81; 100_000]), None);
    }
}
