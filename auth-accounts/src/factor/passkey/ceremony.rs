//! Challenges: in the store, each for one ceremony and one answer.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::accounts::Accounts;
use crate::model::{AccountId, SessionId};
use crate::secret::Digest;
use crate::store::{Created, OneTimeKind, StoreError};

/// For how many seconds a challenge waits for its answer. The options say the same.
const WAITS: u64 = 5 * 60;

/// Who asks for a ceremony. What one has asked for, no other can end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked<'a> {
    /// A session, for a new passkey.
    Session(&'a AccountId, &'a SessionId),
    /// A sign-in of this account that waits for its second factor under this digest.
    Pending(&'a AccountId, &'a Digest),
    /// Someone who has not said who they are.
    Stranger,
}

impl Asked<'_> {
    /// Whose ceremony it is, if that is known.
    pub(super) const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Session(account, _) | Self::Pending(account, _) => Some(account),
            Self::Stranger => None,
        }
    }

    /// Under what a challenge is kept.
    fn digest(&self, challenge: &[u8]) -> Digest {
        match self {
            Self::Session(account, session) => Digest::of(&[
                b"passkey-enrolment",
                challenge,
                account.as_str().as_bytes(),
                session.as_str().as_bytes(),
            ]),
            Self::Pending(account, pending) => Digest::of(&[
                b"passkey-second-factor",
                challenge,
                account.as_str().as_bytes(),
                pending.as_bytes(),
            ]),
            Self::Stranger => Digest::of(&[b"passkey-sign-in", challenge]),
        }
    }
}

impl Accounts {
    /// Keeps what is needed to judge the answer to a challenge.
    pub(super) async fn ask_passkey<T: Serialize + Sync>(
        &self,
        asked: Asked<'_>,
        challenge: &[u8],
        state: &T,
    ) -> Result<(), StoreError> {
        let value = serde_json::to_vec(state)
            .map_err(|_| StoreError::NotUnderstood("a challenge cannot be written"))?;
        let (digest, now) = (asked.digest(challenge), self.now());
        let put = self.0.stores.one_time.put(
            OneTimeKind::PasskeyChallenge,
            &digest,
            asked.account(),
            &value,
            now.saturating_add(WAITS),
            now,
        );
        match self.ask(put).await? {
            Created::Created => Ok(()),
            // 256 random bits do not come up twice.
            Created::Taken => Err(StoreError::NotUnderstood("a challenge is there already")),
        }
    }

    /// Uses a challenge up. `None`: it was not asked for by this one, was answered or is over.
    pub(super) async fn take_passkey_challenge<T: DeserializeOwned>(
        &self,
        asked: Asked<'_>,
        challenge: &[u8],
    ) -> Result<Option<T>, StoreError> {
        let digest = asked.digest(challenge);
        let take = self.0.stores.one_time.take(OneTimeKind::PasskeyChallenge, &digest, self.now());
        let Some(value) = self.ask(take).await? else { return Ok(None) };
        let state = serde_json::from_slice(&value);
        state.map(Some).map_err(|_| StoreError::NotUnderstood("a challenge of another version"))
    }
}
