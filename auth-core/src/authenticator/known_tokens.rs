//! Tokens that were verified before: seen again, they cost a look-up and no signature.

use crate::identity::Identity;

/// The tokens that are known.
#[derive(Debug, Default)]
pub(super) struct KnownTokens;

impl KnownTokens {
    /// Whom a token names, if it is known and still to be believed at this time.
    #[expect(clippy::unused_self, reason = "nothing is kept yet")]
    pub(super) fn get(&self, _token: &str, _now: u64) -> Option<Identity> {
        None
    }

    /// Keeps whom a token names, as long as it is to be believed.
    #[expect(clippy::unused_self, reason = "nothing is kept yet")]
    pub(super) fn put(&self, _token: &str, _identity: &Identity) {}
}
