//! A sign-in that waits for its second factor. It is no session: what carries it has another name,
//! another tag and another record.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Visit;
use crate::accounts::Accounts;
use crate::model::{Account, AccountId, AccountStatus, Carrier, FactorKind, ProvedFactor};
use crate::secret::{Digest, SecretText};
use crate::session::{Purpose, Secret};
use crate::store::{Created, OneTimeKind, StoreError};

/// A sign-in that waits for its second factor, with the secret that its owner gets, once.
#[derive(Debug)]
pub(crate) struct NewPending {
    pub(crate) secret: SecretText,
    /// What it is found by.
    #[cfg_attr(not(feature = "passkey"), expect(dead_code, reason = "challenges are bound to it"))]
    pub(crate) digest: Digest,
    pub(crate) carrier: Carrier,
    /// By which factors it can go on.
    pub(crate) factors: Vec<FactorKind>,
    /// For how many seconds it waits.
    pub(crate) seconds: u64,
}

/// A sign-in that waits for its second factor, as it comes back.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// What it is found by: challenges are bound to it.
    pub(crate) digest: Digest,
    pub(crate) waiting: Waiting,
}

/// What is kept of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) account: AccountId,
    pub(crate) epoch: u64,
    pub(crate) first: ProvedFactor,
    pub(crate) factors: Vec<FactorKind>,
    pub(crate) carrier: Carrier,
    pub(crate) remember: bool,
    #[serde(default)]
    pub(crate) ends_by: Option<u64>,
    pub(crate) device: String,
}

impl Pending {
    /// What its scheme says of it.
    pub(super) fn to_claim(&self) -> Option<Value> {
        let waiting = serde_json::to_value(&self.waiting).ok()?;
        Some(json!({ "digest": self.digest.as_bytes(), "waiting": waiting }))
    }

    /// What the handler reads of that.
    pub(crate) fn from_claim(claim: &Value) -> Option<Self> {
        let digest = <[u8; 32]>::deserialize(claim.get("digest")?).ok()?;
        let waiting = Waiting::deserialize(claim.get("waiting")?).ok()?;
        Some(Self { digest: Digest::from_bytes(digest), waiting })
    }
}

impl Accounts {
    /// Keeps a sign-in until its second factor is proved.
    pub(super) async fn wait_for_second(
        &self,
        account: &Account,
        first: ProvedFactor,
        factors: Vec<FactorKind>,
        visit: &Visit,
    ) -> Result<NewPending, StoreError> {
        let now = self.now();
        let waiting = Waiting {
            account: account.id.clone(),
            epoch: account.epoch,
            first,
            factors,
            carrier: visit.carrier,
            remember: visit.remember,
            ends_by: visit.ends_by,
            device: visit.device.clone(),
        };
        let value = serde_json::to_vec(&waiting)
            .map_err(|_| StoreError::NotUnderstood("a sign-in cannot be written"))?;
        let secret = Secret::random(Purpose::PendingSignIn);
        let seconds = self.0.sessions.pending_seconds();
        let audit = visit.entry(now, "second_factor_asked").by(&account.id).about(&account.id);
        self.ask(self.0.stores.audit.append(&audit)).await?;
        let digest = secret.digest();
        let created = self.0.stores.one_time.put(
            OneTimeKind::PendingSignIn,
            &digest,
            Some(&account.id),
            &value,
            now.saturating_add(seconds),
            now,
        );
        match self.ask(created).await? {
            Created::Created => {}
            // 256 random bits do not come up twice.
            Created::Taken => return Err(StoreError::NotUnderstood("a secret is there already")),
        }
        if waiting.factors == [FactorKind::Code] {
            // Whether it was sent, the log says; another can be asked for.
            self.send_sign_in_code(account, &digest).await?;
        }
        Ok(NewPending {
            secret: secret.text(&self.0.tags),
            digest,
            carrier: waiting.carrier,
            factors: waiting.factors,
            seconds,
        })
    }

    /// The half-done sign-in with this secret, if it still waits and its account is as it was.
    pub(super) async fn pending_sign_in(
        &self,
        text: &str,
        carrier: Carrier,
    ) -> Result<Option<Pending>, StoreError> {
        let Some(secret) = Secret::parse(Purpose::PendingSignIn, &self.0.tags, text) else {
            return Ok(None);
        };
        let (digest, now) = (secret.digest(), self.now());
        let peeked = self.0.stores.one_time.peek(OneTimeKind::PendingSignIn, &digest, now);
        let Some(value) = self.ask(peeked).await? else { return Ok(None) };
        let waiting = understand(&value)?;
        if waiting.carrier != carrier || !self.still_fits(&waiting).await? {
            return Ok(None);
        }
        Ok(Some(Pending { digest, waiting }))
    }

    /// Whether the account is active and in the epoch in which the sign-in began.
    pub(super) async fn still_fits(&self, waiting: &Waiting) -> Result<bool, StoreError> {
        let state = self.ask(self.0.stores.accounts.state(&waiting.account)).await?;
        Ok(state.is_some_and(|it| it.status == AccountStatus::Active && it.epoch == waiting.epoch))
    }
}

pub(super) fn understand(value: &[u8]) -> Result<Waiting, StoreError> {
    serde_json::from_slice(value)
        .map_err(|_| StoreError::NotUnderstood("a sign-in that another version has begun"))
}
