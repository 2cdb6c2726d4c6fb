use async_trait::async_trait;

use super::{Created, StoreError};
use crate::model::AccountId;
use crate::secret::Digest;

/// What a one-time secret is for. A secret of one kind is invalid as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OneTimeKind {
    /// A sign-in that waits for its second factor.
    PendingSignIn,
    /// A TOTP secret that waits for its first code.
    TotpEnrolment,
    /// A challenge of a passkey.
    PasskeyChallenge,
    /// A code by e-mail or messenger.
    Code,
    /// A new password for one that was forgotten.
    PasswordReset,
    /// Whether an e-mail address receives mail.
    EmailVerification,
    /// An invitation.
    Invitation,
    /// The first administrator.
    Bootstrap,
    /// A device that its owner has signed in on before.
    KnownDevice,
    /// An authorization request that a client has pushed
    /// ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)).
    PushedRequest,
    /// The `jti` of an assertion that a client has authenticated by
    /// ([RFC 7523](https://www.rfc-editor.org/rfc/rfc7523)).
    ClientAssertion,
    /// The `jti` of a DPoP proof ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
    DpopProof,
    /// A page of an authorization server whose form was sent.
    SentForm,
}

impl OneTimeKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::PendingSignIn,
        Self::TotpEnrolment,
        Self::PasskeyChallenge,
        Self::Code,
        Self::PasswordReset,
        Self::EmailVerification,
        Self::Invitation,
        Self::Bootstrap,
        Self::KnownDevice,
        Self::PushedRequest,
        Self::ClientAssertion,
        Self::DpopProof,
        Self::SentForm,
    ];

    /// Its name in a store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingSignIn => "pending_sign_in",
            Self::TotpEnrolment => "totp_enrolment",
            Self::PasskeyChallenge => "passkey_challenge",
            Self::Code => "code",
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
            Self::Invitation => "invitation",
            Self::Bootstrap => "bootstrap",
            Self::KnownDevice => "known_device",
            Self::PushedRequest => "pushed_request",
            Self::ClientAssertion => "client_assertion",
            Self::DpopProof => "dpop_proof",
            Self::SentForm => "sent_form",
        }
    }
}

/// What can be used once.
#[async_trait]
pub trait OneTimeStore: Send + Sync + 'static {
    /// Keeps a value under the digest of a secret until it expires (seconds since 1970; from then on it
    /// is gone), unless there is one.
    async fn put(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        account: Option<&AccountId>,
        value: &[u8],
        expires_at: u64,
        now: u64,
    ) -> Result<Created, StoreError>;

    /// The value, which stays; `None` if there is no value at this time.
    async fn peek(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// The value, which is gone then. Of concurrent calls, one gets it.
    async fn take(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes all of this kind that belong to the account; how many.
    async fn clear(&self, kind: OneTimeKind, account: &AccountId) -> Result<u64, StoreError>;

    /// Removes what has expired by this time, at most so many; how many.
    async fn sweep_one_time(&self, now: u64, limit: u32) -> Result<u64, StoreError>;
}
