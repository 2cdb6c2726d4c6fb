//! What an authorization server asks of a store.

use async_trait::async_trait;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError};

use super::{
    AuthorizationCode, CodeRedemption, Consent, DeviceDecision, DevicePoll, DeviceRequest, Grant,
    GrantId, GrantSelector, OpaqueToken, Redeemed, RefreshToken, RegisteredClient,
    RevocationReason, RevokedBatch, Rotated, Rotation, SigningKeyRecord, StoredCode,
    StoredOpaqueToken, StoredRefreshToken,
};

/// Where an authorization server keeps what must not be lost.
///
/// Each method is one atomic step, on one node and on many, and durable when it returns. The time is
/// handed over, in seconds since 1970; a store asks no clock.
///
/// A revocation wins: a redemption or a rotation that begins after [`revoke_grant`](Self::revoke_grant)
/// returned stores nothing, and one that runs beside it either comes before it, or stores nothing.
#[async_trait]
pub trait AuthorizationStore: Send + Sync + 'static {
    /// Stores what a user has allowed: the grant, its code, and the consents that are remembered, each in
    /// the place of the one of the same subject, client and resource.
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

    /// Puts the next refresh token in the place of the one that is presented.
    async fn rotate_refresh_token(&self, rotation: &Rotation) -> Result<Rotated, StoreError>;

    /// Stores the first tokens of a grant that has no code (one that a device asked for). False: there is
    /// no such grant, or it is revoked or over; nothing was stored.
    async fn begin_grant(
        &self,
        grant: &GrantId,
        refresh_token: Option<&RefreshToken>,
        access_token: Option<&OpaqueToken>,
        now: u64,
    ) -> Result<bool, StoreError>;

    /// The grant with this id.
    async fn find_grant(&self, grant: &GrantId) -> Result<Option<Grant>, StoreError>;

    /// Grants that are not over and not revoked, the newest first, at most so many.
    async fn list_grants(
        &self,
        which: &GrantSelector,
        now: u64,
        limit: u32,
    ) -> Result<Vec<Grant>, StoreError>;

    /// Revokes a grant, and says so to those who follow. False: it is unknown, or was revoked before.
    async fn revoke_grant(
        &self,
        grant: &GrantId,
        reason: RevocationReason,
        now: u64,
    ) -> Result<bool, StoreError>;

    /// Revokes all of these, in one step; how many.
    async fn revoke_grants(
        &self,
        which: &GrantSelector,
        reason: RevocationReason,
        now: u64,
    ) -> Result<u64, StoreError>;

    /// Stores an opaque access token of no grant.
    async fn keep_opaque_token(&self, token: &OpaqueToken) -> Result<(), StoreError>;

    /// The opaque access token with this digest, and its grant.
    async fn find_opaque_token(
        &self,
        token: &Digest,
    ) -> Result<Option<StoredOpaqueToken>, StoreError>;

    /// Removes an opaque access token. False: it is unknown.
    async fn remove_opaque_token(&self, token: &Digest) -> Result<bool, StoreError>;

    /// Says to those who follow that an access token is revoked until it expires.
    async fn revoke_token(
        &self,
        token_id: &str,
        expires_at: u64,
        now: u64,
    ) -> Result<(), StoreError>;

    /// Whether it was said of this access token that it is revoked, and it has not expired since.
    async fn token_is_revoked(&self, token_id: &str, now: u64) -> Result<bool, StoreError>;

    /// What was revoked after this position, at most so much; 0 is before the first. May wait for up to a
    /// second for something, but not at 0: who begins there waits to be ready.
    async fn revoked_after(&self, position: u64, limit: u32) -> Result<RevokedBatch, StoreError>;

    /// What a subject has consented to at a client, for each resource.
    async fn consents(&self, subject: &str, client_id: &str) -> Result<Vec<Consent>, StoreError>;

    /// Forgets the consents of a subject at a client, and revokes their grants; how many of these.
    async fn withdraw_consents(
        &self,
        subject: &str,
        client_id: &str,
        now: u64,
    ) -> Result<u64, StoreError>;

    /// Stores a client that registered itself.
    async fn register_client(&self, client: &RegisteredClient) -> Result<Created, StoreError>;

    /// The registered client with this id.
    async fn find_client(&self, client_id: &str) -> Result<Option<RegisteredClient>, StoreError>;

    /// Puts other metadata in the place of these. False: there is no such client, or its metadata were
    /// changed meanwhile.
    async fn update_client(
        &self,
        client_id: &str,
        before: &str,
        metadata: &str,
    ) -> Result<bool, StoreError>;

    /// Notes that a client was used; it is removed at this time unless it is used again.
    async fn touch_client(
        &self,
        client_id: &str,
        now: u64,
        expires_at: u64,
    ) -> Result<(), StoreError>;

    /// Removes a client and revokes its grants. False: it is unknown.
    async fn remove_client(&self, client_id: &str, now: u64) -> Result<bool, StoreError>;

    /// How many clients have registered themselves.
    async fn count_clients(&self) -> Result<u64, StoreError>;

    /// All signing keys, by `sign_at`.
    async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>, StoreError>;

    /// Adds a signing key if the latest one of its algorithm (by `sign_at`) is `after`: of two nodes that
    /// rotate at once, one does.
    async fn add_signing_key(
        &self,
        key: &SigningKeyRecord,
        after: Option<&str>,
    ) -> Result<Created, StoreError>;

    /// Removes a signing key. False: it is unknown.
    async fn remove_signing_key(&self, kid: &str) -> Result<bool, StoreError>;

    /// Stores the request of a device. `Taken`: a live one has the same user code or device code.
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

    /// Decides about the request with this user code. False: none waits with it.
    async fn decide_device_request(
        &self,
        user_code: &Digest,
        decision: &DeviceDecision,
        now: u64,
    ) -> Result<bool, StoreError>;

    /// What the device hears, given that it polls at this time.
    async fn poll_device_request(
        &self,
        device_code: &Digest,
        client_id: &str,
        now: u64,
    ) -> Result<DevicePoll, StoreError>;

    /// Removes what is dead at this time, at most so many rows of each kind; how many.
    async fn sweep_authorization(&self, now: u64, limit: u32) -> Result<u64, StoreError>;
}
