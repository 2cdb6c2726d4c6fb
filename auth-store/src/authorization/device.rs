//! Device authorization requests ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)).

use auth_accounts::secret::Digest;

use super::Grant;

/// By how many seconds the interval grows when a device polls too early
/// ([RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
#[cfg(any(feature = "memory", feature = "postgres", feature = "sqlite"))]
pub(crate) const SLOWER_BY: u64 = 5;

/// The request of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The digest of the device code.
    pub device_code: Digest,
    /// The keyed digest of the user code, unique among live requests.
    pub user_code: Digest,
    /// The client.
    pub client_id: String,
    /// The scopes that it asks for.
    pub scopes: Vec<String>,
    /// The resources that it asks for.
    pub resources: Vec<String>,
    /// The thumbprint of the required key, if there is one.
    pub jkt: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: u64,
    /// The least number of seconds between two polls.
    pub interval: u64,
}

/// The decision of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceDecision {
    /// Allowed: this grant is stored with the decision.
    Allowed(Box<Grant>),
    /// Denied.
    Denied,
}

/// The result of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DevicePoll {
    /// The user has not decided yet.
    Pending,
    /// The device polled too early: its interval is 5 seconds longer from now on.
    SlowDown,
    /// The user has denied it, or its grant was revoked before it was collected.
    Denied,
    /// The user has allowed it. Until its first tokens are stored, each poll gets this.
    Allowed(Box<Grant>),
    /// The request has expired.
    Expired,
    /// The request is unknown, or its first tokens were stored already.
    Invalid,
}
