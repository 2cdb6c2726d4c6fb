//! The trait of stores.

use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError};

use super::{
    AuthorizationCode, CodeRedemption, Consent, DeviceDecision, DevicePoll, DeviceRequest, Grant,
    GrantId, GrantSelector, OpaqueToken, Redeemed, RefreshToken, RegisteredClient,
    RevocationReason, RevokedBatch, Rotated, Rotation, SigningKeyRecord, StoredCode,
    StoredOpaqueToken, StoredRefreshToken,
};

/// The store of an authorization server, for data that must not be lost.
///
/// Each method is one atomic step, also with several nodes, and durable when it returns. The time is an argument,
/// in seconds since 1970; a store has no clock.
///
/// A revocation wins: a redemption or a rotation that begins after [`revoke_grant`](Self::revoke_grant) has
/// returned stores nothing, and a concurrent one either comes first, or stores nothing.
#[async_trait]
pub trait AuthorizationStore: Send + Sync + 'static {
    /// Stores a grant, its code, and consents, each of which replaces that of the same subject, client and
    /// resource.
    async fn authorize(
        &self,
        grant: &Grant,
        code: &AuthorizationCode,
        consents: &[Consent],
    ) -> Result<(), StoreError>;

    /// The code with this digest, and its grant.
    async fn find_code(&self, code: &Digest) -> Result<Option<StoredCode>, StoreError>;

    /// Redeems a code once.
    async fn redeem_code(&self, redemption: &CodeRedemption) -> Result<Redeemed, StoreError>;

    /// The refresh token with this digest, and its grant.
    async fn find_refresh_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredRefreshToken>, StoreError>;

    /// Replaces a refresh token by its successor.
    async fn rotate_refresh_token(&self, rotation: &Rotation) -> Result<Rotated, StoreError>;

    /// Stores the first tokens of a grant that was allowed to the device with this code, which uses the code up.
    /// False: the code was used, or is that of another grant, or the grant is revoked or has ended; nothing was
    /// stored.
    async fn begin_grant(
        &self,
        device_code: &Digest,
        grant: &GrantId,
        refresh_token: Option<&RefreshToken>,
        access_token: Option<&OpaqueToken>,
        now: u64,
    ) -> Result<bool, StoreError>;

    /// The grant with this id.
    async fn find_grant(&self, grant: &GrantId) -> Result<Option<Grant>, StoreError>;

    /// Live grants, the newest first, at most so many.
    async fn list_grants(
        &self,
        which: &GrantSelector,
        now: u64,
        limit: u32,
    ) -> Result<Vec<Grant>, StoreError>;

    /// Revokes a grant, and adds it to the revocations. False: it is unknown, or was revoked before.
    async fn revoke_grant(
        &self,
        grant: &GrantId,
        reason: RevocationReason,
        now: u64,
    ) -> Result<bool, StoreError>;

    /// Revokes all of these in one step. Returns how many.
    async fn revoke_grants(
        &self,
        which: &GrantSelector,
        reason: RevocationReason,
        now: u64,
    ) -> Result<u64, StoreError>;

    /// Stores an opaque access token without a grant.
    async fn keep_opaque_token(&self, token: &OpaqueToken) -> Result<(), StoreError>;

    /// The opaque access token with this digest, and its grant.
    async fn find_opaque_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredOpaqueToken>, StoreError>;

    /// Removes an opaque access token. False: it is unknown.
    async fn remove_opaque_token(&self, token: &Digest) -> Result<bool, StoreError>;

    /// Adds an access token to the revocations, until it expires.
    async fn revoke_token(
        &self,
        token_id: &str,
        expires_at: u64,
        now: u64,
    ) -> Result<(), StoreError>;

    /// Whether this access token is among the revocations, and has not expired.
    async fn token_is_revoked(&self, token_id: &str, now: u64) -> Result<bool, StoreError>;

    /// The revocations after this position, at most so many; 0 is before the first. It may wait for new ones for
    /// up to a second, but not at position 0: a verifier that starts there is not ready yet.
    async fn revoked_after(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError>;

    /// The same without waiting for new ones: requests wait for it.
    async fn revoked_so_far(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError>;

    /// The consents of a subject to a client, one for each resource.
    async fn consents(&self, subject: &str, client_id: &str) -> Result<Vec<Consent>, StoreError>;

    /// Removes the consents of a subject to a client, and revokes its grants. Returns how many grants.
    async fn withdraw_consents(
        &self,
        subject: &str,
        client_id: &str,
        now: u64,
    ) -> Result<u64, StoreError>;

    /// Stores a registered client.
    async fn register_client(&self, client: &RegisteredClient) -> Result<Created, StoreError>;

    /// The registered client with this id.
    async fn find_client(&self, client_id: &str) -> Result<Option<RegisteredClient>, StoreError>;

    /// Replaces the metadata of a client. False: it is unknown, or its metadata are not `before` any more.
    async fn update_client(
        &self,
        client_id: &str,
        before: &str,
        metadata: &str,
    ) -> Result<bool, StoreError>;

    /// Notes that a client was used, and when it expires if it is not used again.
    async fn touch_client(
        &self,
        client_id: &str,
        now: u64,
        expires_at: u64,
    ) -> Result<(), StoreError>;

    /// Removes a client and revokes its grants. False: it is unknown.
    async fn remove_client(&self, client_id: &str, now: u64) -> Result<bool, StoreError>;

    /// Registered clients, by their ids, after this one, at most so many.
    async fn list_clients(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RegisteredClient>, StoreError>;

    /// How many clients are registered.
    async fn count_clients(&self) -> Result<u64, StoreError>;

    /// All signing keys, by `sign_at`.
    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError>;

    /// Adds a signing key if the latest one of its algorithm (by `sign_at`) is `after`: of two nodes that rotate
    /// at the same time, one succeeds.
    async fn add_signing_key(
        &self,
        key: &SigningKeyRecord,
        after: Option<&str>,
    ) -> Result<Created, StoreError>;

    /// Removes a signing key. False: it is unknown.
    async fn remove_signing_key(&self, kid: &str) -> Result<bool, StoreError>;

    /// Stores the request of a device. `Taken`: a live request has the same user code or device code.
    async fn begin_device_request(
        &self,
        request: &DeviceRequest,
        now: u64,
    ) -> Result<Created, StoreError>;

    /// The request with this user code, if it is live and undecided.
    async fn find_device_request(
        &self,
        user_code: &Digest,
        now: u64,
    ) -> Result<Option<DeviceRequest>, StoreError>;

    /// Stores the decision about the request with this user code. False: no live, undecided request has it.
    async fn decide_device_request(
        &self,
        user_code: &Digest,
        decision: &DeviceDecision,
        now: u64,
    ) -> Result<bool, StoreError>;

    /// The result of a poll at this time. It uses nothing up: [`begin_grant`](Self::begin_grant) does.
    async fn poll_device_request(
        &self,
        device_code: &Digest,
        client_id: &str,
        now: u64,
    ) -> Result<DevicePoll, StoreError>;

    /// Removes expired rows, at most so many of each kind. Returns how many.
    async fn sweep_authorization(&self, now: u64, limit: u32) -> Result<u64, StoreError>;
}
