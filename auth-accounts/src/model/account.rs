//! An account.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AccountId;

/// The account of a person or of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// A person or a program.
    pub kind: AccountKind,
    /// What the account is found by. No two accounts have the same.
    pub login: LoginKey,
    /// The user name as it was written at sign-up.
    pub username: String,
    /// The e-mail address, if one was given.
    pub email: Option<Email>,
    /// When the address was verified, in seconds since 1970.
    pub email_verified_at: Option<u64>,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// The hash of its password, if it has one.
    pub password: Option<PasswordHash>,
    /// When the password was set, in seconds since 1970.
    pub password_at: Option<u64>,
    /// Counted up by each change that ends all sessions; a session of another epoch is ended.
    pub epoch: u64,
    /// When it was made, in seconds since 1970.
    pub created_at: u64,
}

impl Account {
    /// What decides whether its credentials are valid.
    #[must_use]
    pub const fn state(&self) -> AccountState {
        AccountState { status: self.status, epoch: self.epoch }
    }
}

/// What decides whether the credentials of an account are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Whether the account can be used.
    pub status: AccountStatus,
    /// The epoch of the account.
    pub epoch: u64,
}

/// Who uses an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountKind {
    /// A person, who signs in.
    Person,
    /// A program: it has API keys and no password.
    Service,
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountStatus {
    /// It can.
    Active,
    /// An administrator has locked it: no credential of it is valid.
    Locked,
}

/// A user name in the form in which names are compared: prepared by `UsernameCaseMapped`
/// ([RFC 8265 §3.3](https://www.rfc-editor.org/rfc/rfc8265#section-3.3)).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginKey(Box<str>);

impl LoginKey {
    /// The key of a name that was prepared before: what a store reads back.
    #[must_use]
    pub fn from_prepared(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The prepared name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LoginKey {
    /// Shows nothing: people type passwords into the field of the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginKey(..)")
    }
}

/// An e-mail address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

impl Email {
    /// How many bytes an address may have
    /// ([RFC 5321 §4.5.3.1.3](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3)).
    pub const MAX_BYTES: usize = 254;

    /// An address: one `@` with text before it and a domain after it, no spaces and no control
    /// characters. Whether it receives mail, only a message can tell.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let is_valid = text.len() <= Self::MAX_BYTES
            && !local.is_empty()
            && !domain.is_empty()
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && text.bytes().filter(|byte| *byte == b'@').count() == 1
            && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
            && !text.contains(['<', '>', ',', ';', '"', '\\']);
        is_valid.then(|| Self(text.into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`, in lower case.
    #[must_use]
    pub fn domain(&self) -> String {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase()
    }
}

impl fmt::Debug for Email {
    /// Shows nothing: it is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

/// The hash of a password with its parameters: a PHC string, and which pepper it was made with.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Box<str>);

impl PasswordHash {
    /// A hash that a store or a hasher made.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    /// Shows nothing: a hash can be guessed against.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_sign_and_a_domain() {
        for text in ["alice@shop.test", "a.b+c@x.y", "ä@bücher.test"] {
            assert!(Email::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "alice",
            "@shop.test",
            "alice@",
            "a@b@c",
            "a b@c.d",
            "a@.b",
            "a@b.",
            "a@b\r\nBcc: c@d",
            "<a@b.c>",
        ] {
            assert!(Email::parse(text).is_none(), "{text}");
        }
        assert_eq!(Email::parse("alice@Shop.TEST").unwrap().domain(), "shop.test");
    }
}
