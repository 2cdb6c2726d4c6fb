//! How passwords are checked and kept.

/// How passwords are checked and kept.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PasswordSettings {}

/// What checks and makes the hashes of passwords.
#[derive(Debug)]
pub(crate) struct Passwords {}

impl Passwords {
    pub(crate) fn new(settings: PasswordSettings, _problems: &mut Vec<String>) -> Self {
        let PasswordSettings {} = settings;
        Self {}
    }
}
