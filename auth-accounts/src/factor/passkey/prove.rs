//! From a challenge to a passkey that was proved.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{DiscoverableAuthentication, WebauthnError};

use super::enrol::descriptor;
use super::stored::Stored;
use super::{Asked, Assertion, Kept, Passkeys, user_handle};
use crate::accounts::Accounts;
use crate::model::{
    AccountId, AuditEntry, AuditOutcome, FactorId, FactorKind, FactorRecord, ProvedFactor,
};
use crate::store::StoreError;

/// What is kept of a challenge.
#[derive(Serialize, Deserialize)]
struct Waiting {
    state: DiscoverableAuthentication,
    /// Which passkeys may answer, where it is known whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<FactorId>>,
}

/// A challenge in the making.
struct Question {
    options: Value,
    challenge: Vec<u8>,
    waiting: Waiting,
}

/// A passkey that was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PasskeyProof {
    pub(crate) account: AccountId,
    pub(crate) factor: ProvedFactor,
}

/// A passkey was not proved: why, for the audit trail alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PasskeyRefused(pub(crate) &'static str);

const NOT_MADE: StoreError = StoreError::NotUnderstood("a challenge for a passkey cannot be made");

impl Accounts {
    /// Asks for a proof of a passkey: `PublicKeyCredentialRequestOptionsJSON`. A user who is not known yet
    /// learns of no credential.
    pub(crate) async fn ask_for_passkey(
        &self,
        passkeys: &Passkeys,
        asked: Asked<'_>,
    ) -> Result<Value, StoreError> {
        let Question { options, challenge, waiting } = self.challenge(passkeys, asked).await?;
        self.ask_passkey(asked, &challenge, &waiting).await?;
        Ok(options)
    }

    /// The same for a page, into which the challenge is sealed.
    pub(crate) async fn ask_for_passkey_on_page(
        &self,
        passkeys: &Passkeys,
        asked: Asked<'_>,
    ) -> Result<(Value, String), StoreError> {
        let Question { options, challenge, waiting } = self.challenge(passkeys, asked).await?;
        let sealed = self.seal_passkey_challenge(asked, &challenge, waiting)?;
        Ok((options, sealed))
    }

    async fn challenge(
        &self,
        passkeys: &Passkeys,
        asked: Asked<'_>,
    ) -> Result<Question, StoreError> {
        let started = passkeys.library.start_discoverable_authentication();
        let (options, state) = started.map_err(|_| NOT_MADE)?;
        let challenge = options.public_key.challenge.clone();
        let mut options = serde_json::to_value(options.public_key).map_err(|_| NOT_MADE)?;
        let mut allowed = None;
        let mut descriptors = Vec::new();
        if let Some(account) = asked.account() {
            let mut ids = Vec::new();
            for factor in self.factors(account).await? {
                let Some(id) = &factor.credential_id else { continue };
                let stored = Stored::open(&self.0.keys, account, &factor.sealed);
                descriptors.push(descriptor(id, stored.as_ref()));
                ids.push(factor.id);
            }
            allowed = Some(ids);
        }
        if let Some(members) = options.as_object_mut() {
            members.insert("allowCredentials".to_owned(), json!(descriptors));
            // No browser gives the only one that there is.
            members.remove("extensions");
        }
        Ok(Question { options, challenge, waiting: Waiting { state, allowed } })
    }

    /// The passkey that an answer names, if there is one.
    pub(crate) async fn passkey_of(
        &self,
        assertion: &Assertion,
    ) -> Result<Option<FactorRecord>, StoreError> {
        let find = self.0.stores.factors.passkey(assertion.credential_id());
        Ok(self.ask(find).await?.filter(|it| it.kind == FactorKind::Passkey))
    }

    /// Proves a passkey: this one, which the answer names. The challenge is used up, also by a wrong answer.
    /// Of concurrent requests with the same answer, one succeeds.
    pub(crate) async fn prove_passkey(
        &self,
        passkeys: &Passkeys,
        asked: Asked<'_>,
        kept: Kept<'_>,
        assertion: &Assertion,
        named: Option<&FactorRecord>,
    ) -> Result<Result<PasskeyProof, PasskeyRefused>, StoreError> {
        let refused = |reason| Ok(Err(PasskeyRefused(reason)));
        let Some(challenge) = assertion.challenge(&passkeys.origins) else {
            return refused("malformed");
        };
        let waiting: Option<Waiting> = self.take_passkey_challenge(asked, kept, &challenge).await?;
        let Some(Waiting { state, allowed }) = waiting else { return refused("no_challenge") };
        let Some(record) = named else { return refused("unknown_passkey") };
        let owner = &record.account;
        if asked.account().is_some_and(|account| account != owner)
            || allowed.is_some_and(|ids| !ids.contains(&record.id))
        {
            return refused("not_asked_for");
        }
        match assertion.user_handle() {
            Some(handle) if handle != user_handle(owner) => return refused("other_user"),
            None if asked.account().is_none() => return refused("no_user"),
            _ => {}
        }
        let Some(mut stored) = Stored::open(&self.0.keys, owner, &record.sealed) else {
            let (factor, key) = (record.id.as_str(), &record.sealed.key);
            tracing::error!(factor, key, "a passkey cannot be opened: it is rejected");
            return refused("not_opened");
        };
        let Some(credential) = assertion.for_library() else { return refused("malformed") };
        let library = &passkeys.library;
        let judged =
            library.finish_discoverable_authentication_v2(&credential, state, &stored.passkey);
        let result = match judged {
            Ok(result) => result,
            Err(WebauthnError::CredentialPossibleCompromise) => {
                self.note_sign_count(record).await?;
                return refused("sign_count");
            }
            Err(error) => {
                tracing::info!(%error, "a passkey was rejected");
                return refused("wrong");
            }
        };
        // Only the flag itself makes it count as two factors.
        if !result.user_verified() || stored.passkey.update_credential(&result).is_none() {
            return refused("wrong");
        }
        let now = self.now();
        let sealed = stored.seal(&self.0.keys, owner);
        let sealed = sealed.ok_or(StoreError::NotUnderstood("a passkey cannot be sealed"))?;
        let (seen, new) = (record.sign_count, result.counter());
        let write = self.0.stores.factors.accept_counter(&record.id, seen, new, &sealed, now);
        if !self.ask(write).await? {
            self.note_sign_count(record).await?;
            return refused("sign_count");
        }
        let (kind, id) = (FactorKind::Passkey, Some(record.id.clone()));
        let factor = ProvedFactor { kind, at: now, id, user_verified: true };
        Ok(Ok(PasskeyProof { account: owner.clone(), factor }))
    }

    /// An authenticator has counted no further than it had before: there may be two with the same key.
    /// The passkey stays as it was.
    async fn note_sign_count(&self, record: &FactorRecord) -> Result<(), StoreError> {
        let audit = AuditEntry::new(self.now(), "passkey_sign_count")
            .outcome(AuditOutcome::Refused)
            .about(&record.account)
            .with("factor", record.id.as_str())
            .with("seen", record.sign_count);
        self.ask(self.0.stores.audit.append(&audit)).await
    }
}
