//! Factors: what users prove who they are with.

use serde::{Deserialize, Serialize};

use super::{AccountId, FactorId};
use crate::secret::Sealed;

/// A kind of factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FactorKind {
    /// A password.
    Password,
    /// A code of an authenticator application ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)).
    Totp,
    /// A passkey ([WebAuthn](https://www.w3.org/TR/webauthn-3/)).
    Passkey,
    /// A recovery code.
    Recovery,
    /// A one-time code by e-mail or messenger.
    Code,
    /// A sign-in at another provider.
    Federated,
}

/// A factor that was proved in a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvedFactor {
    /// Of which kind.
    pub kind: FactorKind,
    /// When, in seconds since 1970.
    pub at: u64,
    /// Which of the account's, where it can have several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FactorId>,
    /// Whether a passkey's device has checked its user, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub user_verified: bool,
}

/// A second factor or passkey that an account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorRecord {
    /// Its id.
    pub id: FactorId,
    /// Whose.
    pub account: AccountId,
    /// Of which kind.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: String,
    /// What it is checked with: the sealed secret of a TOTP, the sealed credential of a passkey.
    pub sealed: Sealed,
    /// The last time step that was accepted (TOTP).
    pub last_step: Option<u64>,
    /// The credential id of a passkey; no two accounts have the same.
    pub credential_id: Option<Vec<u8>>,
    /// The signature counter of a passkey.
    pub sign_count: u32,
    /// When it was added, in seconds since 1970.
    pub created_at: u64,
    /// When it was last proved, in seconds since 1970.
    pub last_used_at: Option<u64>,
}
