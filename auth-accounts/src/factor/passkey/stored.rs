//! How a passkey is kept: sealed with a key outside the store, beside its id and its counter.

use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::Passkey;

use crate::model::AccountId;
use crate::secret::{KeyRing, Sealed};

/// What passkeys are sealed for.
const PURPOSE: &str = "passkey";

/// What is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    /// The public key, and the state of the authenticator at the last time.
    pub(super) passkey: Passkey,
    /// How the authenticator can be reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) transports: Vec<Transport>,
}

impl Stored {
    /// Sealed for its owner. A public key is no secret, but an attacker who can write to the store must not be able
    /// to put another in its place.
    pub(super) fn seal(&self, keys: &KeyRing, owner: &AccountId) -> Option<Sealed> {
        keys.seal(PURPOSE, owner.as_str(), &serde_json::to_vec(self).ok()?)
    }

    pub(super) fn open(keys: &KeyRing, owner: &AccountId, sealed: &Sealed) -> Option<Self> {
        serde_json::from_slice(&keys.open(PURPOSE, owner.as_str(), sealed)?).ok()
    }
}

/// How a browser can reach an authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Transport {
    Usb,
    Nfc,
    Ble,
    SmartCard,
    Hybrid,
    Internal,
}

impl Transport {
    pub(super) const ALL: [Self; 6] =
        [Self::Usb, Self::Nfc, Self::Ble, Self::SmartCard, Self::Hybrid, Self::Internal];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Usb => "usb",
            Self::Nfc => "nfc",
            Self::Ble => "ble",
            Self::SmartCard => "smart-card",
            Self::Hybrid => "hybrid",
            Self::Internal => "internal",
        }
    }
}
