//! The names of records: opaque, and safe to show and to log.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::random_base62;

/// A text is not the identifier of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is {expected} letters and digits")]
pub struct InvalidId {
    expected: usize,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $length:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $length]);

        impl $name {
            /// How many letters and digits it has.
            pub const LENGTH: usize = $length;

            /// A new one, by the random generator of the operating system.
            #[must_use]
            pub fn random() -> Self {
                let mut id = [0; $length];
                for (byte, letter) in id.iter_mut().zip(random_base62(Self::LENGTH).bytes()) {
                    *byte = letter;
                }
                Self(id)
            }

            /// The one with this text.
            ///
            /// # Errors
            /// If the text has another length, or other characters than ASCII letters and digits.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let bytes = <[u8; $length]>::try_from(text.as_bytes());
                let valid = bytes.ok().filter(|it| it.iter().all(u8::is_ascii_alphanumeric));
                valid.map(Self).ok_or(InvalidId { expected: Self::LENGTH })
            }

            /// Its text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // Only letters and digits get in.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }
    )*};
}

ids! {
    /// Which account: the subject of its callers. It is never used again and says nothing of its
    /// owner.
    AccountId: 22
    /// Which session. It stays the same while the session's secret is replaced, and cannot be used to
    /// sign in.
    SessionId: 22
    /// Which second factor of an account.
    FactorId: 22
    /// Which API key: the part of it that may be shown and logged.
    ApiKeyId: 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_letters_and_digits_of_one_length() {
        let id = ApiKeyId::random();
        assert_eq!(ApiKeyId::parse(id.as_str()), Ok(id.clone()));
        assert_ne!(ApiKeyId::random(), id);
        for text in
            ["", "7Kq2mXw9ZbT", "7Kq2mXw9ZbT45", "7Kq2mXw9ZbT-", "7Kq2mXw9Zbä", "7Kq2mXw9Zb\0T"]
        {
            assert!(ApiKeyId::parse(text).is_err(), "{text:?}");
        }
    }
}
