//! API keys: for programs that call without a person who signs in.
//!
//! A key looks like `acme_live_7Kq2mXw9ZbT4_` with 36 more letters and digits; [`KeyFormat`] says what
//! they are, and has the regular expression for secret scanners. It is shown once, when it is made: the
//! store has a keyed digest of it ([`KeyRing`](crate::secret::KeyRing)), and finds it by the id in it.
//!
//! A key can do what its scopes and lent roles name, as far as its owner can do that at the time of the
//! request. It never has factors, so an endpoint that asks for one does not take keys. It is valid until
//! it expires or is revoked, or its owner is locked; a password change leaves it.
//!
//! The scheme that takes keys is [`Accounts::api_key_scheme`](crate::Accounts::api_key_scheme).

mod authorities;
mod cache;
mod crc32;
mod error;
mod format;
mod last_use;
mod manage;
mod names;
mod scheme;
mod service_account;
mod settings;
mod verify;

pub use error::ApiKeyError;
pub use format::KeyFormat;
pub use manage::{IssuedApiKey, KeyLifetime, NewApiKey};
pub use scheme::ApiKeyScheme;
pub use service_account::ServiceAccountError;
pub use settings::ApiKeySettings;

use auth_core::vocabulary::VocabularySet;

use crate::model::ChangeKind;
use cache::KeyCache;
use last_use::LastUses;
use names::LendableNames;

/// How many keys a node keeps in feed mode.
const KEPT: usize = 10_000;

/// What is needed for API keys, ready for use.
#[derive(Debug)]
pub(crate) struct ApiKeys {
    settings: ApiKeySettings,
    format: KeyFormat,
    names: LendableNames,
    last_uses: LastUses,
    /// Used in feed mode.
    cache: KeyCache,
}

impl ApiKeys {
    /// What is wrong with the settings is added to the problems.
    pub(crate) fn new(
        settings: ApiKeySettings,
        vocabulary: VocabularySet,
        problems: &mut Vec<String>,
    ) -> Self {
        let format = settings.check(problems);
        let names = LendableNames::new(vocabulary, &settings.lendable_scopes, problems);
        let cache = KeyCache::new(KEPT);
        Self { settings, format, names, last_uses: LastUses::default(), cache }
    }

    /// Forgets what a change is about.
    pub(crate) fn forget(&self, change: &ChangeKind) {
        self.cache.forget(change);
    }

    /// Forgets everything: anything may have changed.
    pub(crate) fn forget_all(&self) {
        self.cache.forget_all();
    }
}
