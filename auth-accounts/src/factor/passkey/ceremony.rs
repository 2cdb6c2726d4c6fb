//! Challenges, each for one ceremony and one answer: in the store, or sealed into a page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::accounts::Accounts;
use crate::model::{AccountId, SessionId};
use crate::secret::{Digest, Sealed};
use crate::store::{Created, OneTimeKind, StoreError};

/// For how many seconds a challenge waits for its answer. The options say the same.
const WAITS: u64 = 5 * 60;

/// What a challenge in a page is sealed for.
const PURPOSE: &str = "passkey-challenge";

/// Where a challenge is until its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept<'a> {
    /// In the store.
    InStore,
    /// In a page, sealed: it is in the store once it was answered.
    InPage(&'a str),
}

/// What is sealed into a page.
#[derive(Serialize, Deserialize)]
struct InPage<T> {
    state: T,
    /// Seconds since 1970.
    ends_at: u64,
}

/// To whom a ceremony belongs. No other can end it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked<'a> {
    /// A session, for a new passkey.
    Session(&'a AccountId, &'a SessionId),
    /// A sign-in of this account that waits for its second factor under this digest.
    Pending(&'a AccountId, &'a Digest),
    /// A user who is not known yet.
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

    /// Seals what is needed to judge the answer to a challenge. It opens only for this challenge and
    /// this owner.
    pub(super) fn seal_passkey_challenge<T: Serialize>(
        &self,
        asked: Asked<'_>,
        challenge: &[u8],
        state: T,
    ) -> Result<String, StoreError> {
        let sealed = InPage { state, ends_at: self.now().saturating_add(WAITS) };
        let value = serde_json::to_vec(&sealed).ok();
        let owner = owner(&asked.digest(challenge));
        let sealed = value.and_then(|it| self.0.keys.seal(PURPOSE, &owner, &it));
        let sealed = sealed.ok_or(StoreError::NotUnderstood("a challenge cannot be sealed"))?;
        Ok(format!("{}.{}", sealed.key, URL_SAFE_NO_PAD.encode(sealed.bytes)))
    }

    /// Uses a challenge up. `None`: it belongs to another owner, was answered or has expired.
    pub(super) async fn take_passkey_challenge<T: DeserializeOwned>(
        &self,
        asked: Asked<'_>,
        kept: Kept<'_>,
        challenge: &[u8],
    ) -> Result<Option<T>, StoreError> {
        let (digest, now) = (asked.digest(challenge), self.now());
        let one_time = &self.0.stores.one_time;
        let text = match kept {
            Kept::InPage(text) => text,
            Kept::InStore => {
                let take = one_time.take(OneTimeKind::PasskeyChallenge, &digest, now);
                let Some(value) = self.ask(take).await? else { return Ok(None) };
                let state = serde_json::from_slice(&value);
                let other = StoreError::NotUnderstood("a challenge of another version");
                return state.map(Some).map_err(|_| other);
            }
        };
        let Some(InPage { state, ends_at }) = self.open_passkey_challenge(&digest, text) else {
            return Ok(None);
        };
        if ends_at <= now {
            return Ok(None);
        }
        let answered = Digest::of(&[b"passkey-answered", digest.as_bytes()]);
        let kind = OneTimeKind::PasskeyChallenge;
        let put = one_time.put(kind, &answered, asked.account(), b"", ends_at, now);
        let is_first = self.ask(put).await? == Created::Created;
        Ok(is_first.then_some(state))
    }

    fn open_passkey_challenge<T: DeserializeOwned>(
        &self,
        digest: &Digest,
        text: &str,
    ) -> Option<InPage<T>> {
        let (key, bytes) = text.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).ok()?;
        let sealed = Sealed { key: key.to_owned(), bytes };
        let value = self.0.keys.open(PURPOSE, &owner(digest), &sealed)?;
        serde_json::from_slice(&value).ok()
    }
}

/// Whose a sealed challenge is.
fn owner(digest: &Digest) -> String {
    URL_SAFE_NO_PAD.encode(digest.as_bytes())
}
