//! How passwords are checked and kept: argon2id over a keyed digest, off the threads that serve
//! requests, and never more at once than there are cores.

mod argon;
mod blocklist;
mod hasher;
mod policy;
mod prepared;
mod queue;
mod settings;

use crate::model::PasswordHash;

pub use blocklist::{Blocklist, CommonPasswords};
pub(crate) use hasher::{ChoiceError, Passwords, Verdict};
pub use policy::PasswordError;
pub(crate) use prepared::Prepared;
pub(crate) use queue::{Busy, Place};
pub use settings::PasswordSettings;

/// Whether a password can be checked against this hash.
pub(crate) fn is_checkable(hash: &PasswordHash) -> bool {
    argon::Stored::read(hash).is_ok_and(|it| it.pepper.is_empty())
}
