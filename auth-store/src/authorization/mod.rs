//! What an authorization server keeps, and what it asks of a store: grants, authorization codes, refresh
//! tokens, consents, registered clients, signing keys and revocations.
//!
//! [`AuthorizationStore`] has whole operations, each atomic and durable when it returns: nothing that is
//! decided by what was read a moment ago is left to the caller. What may be forgotten (pushed requests,
//! replay marks, attempts) is not here: it is in [`OneTimeStore`](auth_accounts::store::OneTimeStore) and
//! [`AttemptStore`](auth_accounts::store::AttemptStore).
//!
//! No token is stored, only its digest, so that who reads the database can use none.

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
