//! From a challenge to a passkey that is active.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use webauthn_rs::prelude::{PasskeyRegistration, Uuid};

use super::stored::Stored;
use super::{Asked, Kept, Passkeys, Registration, user_handle};
use crate::accounts::Accounts;
use crate::delivery::Notice;
use crate::factor::enrolment::MOST;
use crate::factor::wire_name;
use crate::model::{
    Account, AccountId, AuditEntry, FactorId, FactorKind, FactorRecord, ProvedFactor,
};
use crate::store::{FactorAdded, StoreError};

/// Why no passkey is made.
#[derive(Debug)]
pub(crate) enum PasskeyError {
    /// The account has as many factors as it may have.
    TooMany,
    /// Something of the answer is not as it has to be, or its challenge does not wait.
    Invalid,
    /// An account has this credential already.
    Taken,
    Store(StoreError),
}

impl From<StoreError> for PasskeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

const NOT_MADE: StoreError = StoreError::NotUnderstood("a challenge for a passkey cannot be made");

impl Accounts {
    /// Asks for a new passkey: `PublicKeyCredentialCreationOptionsJSON`.
    pub(crate) async fn enrol_passkey(
        &self,
        passkeys: &Passkeys,
        account: &Account,
        asked: Asked<'_>,
    ) -> Result<Value, PasskeyError> {
        let factors = self.factors(&account.id).await?;
        if factors.len() >= MOST {
            return Err(PasskeyError::TooMany);
        }
        let name = &account.username;
        let excluded = factors.into_iter().filter_map(|it| it.credential_id).collect();
        let handle = Uuid::from_bytes(user_handle(&account.id));
        let started =
            passkeys.library.start_passkey_registration(handle, name, name, Some(excluded));
        let (options, state) = started.map_err(|_| NOT_MADE)?;
        self.ask_passkey(asked, &options.public_key.challenge, &state).await?;
        let mut options = serde_json::to_value(options.public_key).map_err(|_| NOT_MADE)?;
        // One that the authenticator finds by itself signs in without a name.
        if let Some(selection) = options.get_mut("authenticatorSelection") {
            *selection = json!({
                "residentKey": "preferred",
                "requireResidentKey": false,
                "userVerification": "required",
            });
        }
        Ok(options)
    }

    /// Adds the passkey that answers a challenge, and says that it was proved.
    pub(crate) async fn add_passkey(
        &self,
        passkeys: &Passkeys,
        account: &AccountId,
        asked: Asked<'_>,
        registration: &Registration,
        name: &str,
    ) -> Result<ProvedFactor, PasskeyError> {
        let challenge = registration.challenge(&passkeys.origins).ok_or(PasskeyError::Invalid)?;
        let state: Option<PasskeyRegistration> =
            self.take_passkey_challenge(asked, Kept::InStore, &challenge).await?;
        let state = state.ok_or(PasskeyError::Invalid)?;
        let credential = registration.for_library().ok_or(PasskeyError::Invalid)?;
        let passkey = passkeys.library.finish_passkey_registration(&credential, &state);
        let passkey = passkey.map_err(|error| {
            tracing::info!(%error, "a new passkey was rejected");
            PasskeyError::Invalid
        })?;
        let credential_id = passkey.cred_id().clone();
        if credential_id != registration.credential_id() {
            return Err(PasskeyError::Invalid);
        }
        if self.factors(account).await?.len() >= MOST {
            return Err(PasskeyError::TooMany);
        }
        let (id, now) = (FactorId::random(), self.now());
        let sign_count = registration.sign_count().ok_or(PasskeyError::Invalid)?;
        let stored = Stored { passkey, transports: registration.transports() };
        let sealed = stored.seal(&self.0.keys, account);
        let record = FactorRecord {
            id: id.clone(),
            account: account.clone(),
            kind: FactorKind::Passkey,
            name: name.to_owned(),
            sealed: sealed.ok_or(StoreError::NotUnderstood("a passkey cannot be sealed"))?,
            last_step: None,
            credential_id: Some(credential_id),
            sign_count,
            created_at: now,
            last_used_at: Some(now),
        };
        let audit = AuditEntry::new(now, "factor_added")
            .by(account)
            .about(account)
            .with("factor", id.as_str())
            .with("kind", wire_name(FactorKind::Passkey));
        match self.ask(self.0.stores.factors.add_factor(&record, &audit)).await? {
            FactorAdded::Done => {}
            FactorAdded::CredentialTaken => return Err(PasskeyError::Taken),
            FactorAdded::NoAccount => return Err(PasskeyError::Invalid),
        }
        self.tell_owner(account, Notice::FactorAdded);
        // None is made without its user being verified.
        Ok(ProvedFactor { kind: FactorKind::Passkey, at: now, id: Some(id), user_verified: true })
    }
}

/// `PublicKeyCredentialDescriptorJSON`.
pub(super) fn descriptor(id: &[u8], stored: Option<&Stored>) -> Value {
    let mut descriptor = json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) });
    let transports = stored.map_or(&[][..], |it| &it.transports);
    if let Some(members) = descriptor.as_object_mut().filter(|_| !transports.is_empty()) {
        let names = transports.iter().map(|it| it.as_str()).collect();
        members.insert("transports".to_owned(), names);
    }
    descriptor
}
