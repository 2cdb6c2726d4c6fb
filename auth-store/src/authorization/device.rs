//! Requests of devices ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)).

use auth_accounts::secret::Digest;

use super::Grant;

/// By how many seconds the interval grows when a device polls too early
/// ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
#[cfg(any(feature = "memory", feature = "postgres", feature = "sqlite"))]
pub(crate) const SLOWER_BY: u64 = 5;

/// A device that waits for its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The digest of the device code.
    pub device_code: Digest,
    /// The keyed digest of the user code: of those that are live, one has it.
    pub user_code: Digest,
    /// Which client asks.
    pub client_id: String,
    /// The scopes that it asks for.
    pub scopes: Vec<String>,
    /// The resources that it asks for.
    pub resources: Vec<String>,
    /// The thumbprint of the key that has to prove itself, if there is one.
    pub jkt: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: u64,
    /// How many seconds lie between two polls.
    pub interval: u64,
}

/// What the user decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceDecision {
    /// It may have this grant, which is stored with the decision.
    Allowed(Box<Grant>),
    /// It may not.
    Denied,
}

/// What a device hears when it polls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DevicePoll {
    /// The user has not decided yet.
    Pending,
    /// It polled before its interval was over: the interval is 5 seconds longer from now on.
    SlowDown,
    /// The user denied it, or its grant was revoked before the device came for it.
    Denied,
    /// The user allowed it. Of those who poll at once, one gets this, and nobody afterwards.
    Allowed(Box<Grant>),
    /// It has expired.
    Expired,
    /// There is no such request, or its grant was given out already.
    Invalid,
}
