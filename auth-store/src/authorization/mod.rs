//! The store of an authorization server: grants, authorization codes, refresh tokens, consents, registered
//! clients, signing keys and revocations.
//!
//! [`AuthorizationStore`] has whole operations. Each is atomic, and durable when it returns, so that the caller
//! decides nothing on data that may have changed. What may be lost (pushed requests, replay marks, attempts) is
//! in [`OneTimeStore`](auth_accounts::store::OneTimeStore) and
//! [`AttemptStore`](auth_accounts::store::AttemptStore).
//!
//! Tokens are stored as digests, so that a copy of the database contains no usable token.

mod client;
mod code;
mod consent;
mod device;
mod grant;
mod refresh;
mod revoked;
mod signing_key;
mod store;
mod token;

pub use client::RegisteredClient;
pub use code::{AuthorizationCode, CodeChallenge, CodeRedemption, Redeemed, StoredCode};
pub use consent::Consent;
#[cfg(any(feature = "memory", feature = "postgres", feature = "sqlite"))]
pub(crate) use device::SLOWER_BY;
pub use device::{DeviceDecision, DevicePoll, DeviceRequest};
pub use grant::{Authentication, Grant, GrantId, GrantRevocation, GrantSelector, RevocationReason};
pub use refresh::{RefreshToken, Rotated, Rotation, StoredRefreshToken};
pub use revoked::{Revoked, RevokedBatch};
pub use signing_key::SigningKeyRecord;
pub use store::AuthorizationStore;
pub use token::{OpaqueToken, StoredOpaqueToken};
