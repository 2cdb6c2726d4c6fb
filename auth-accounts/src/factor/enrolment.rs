//! From a new secret to a factor that is active.

use super::qr::qr_code;
use super::totp::TotpSecret;
use crate::accounts::Accounts;
use crate::delivery::Notice;
use crate::model::{
    Account, AccountId, AuditEntry, FactorId, FactorKind, FactorRecord, ProvedFactor, SessionId,
};
use crate::secret::{Digest, Sealed, SecretText};
use crate::store::{Created, FactorAdded, OneTimeKind, StoreError};

/// For how many seconds a secret waits for its first code.
const WAITS: u64 = 10 * 60;

/// How many second factors and passkeys an account has at most.
pub(super) const MOST: usize = 20;

/// How often the secret that waits is replaced when another request does the same.
const TRIES: usize = 3;

/// What the secrets that wait are sealed for.
const WAITING: &str = "totp-enrolment";

/// What the secrets of factors are sealed for.
pub(crate) const ACTIVE: &str = "totp";

/// A TOTP that waits for its first code. It is not shown again.
#[derive(Debug)]
pub(crate) struct TotpEnrolment {
    pub(crate) secret: SecretText,
    pub(crate) uri: SecretText,
    /// An SVG element.
    pub(crate) qr: SecretText,
}

/// Why no secret is made.
#[derive(Debug)]
pub(crate) enum EnrolError {
    /// The account has as many factors as it may have.
    TooMany,
    Store(StoreError),
}

/// Why a factor is not activated.
#[derive(Debug)]
pub(crate) enum ConfirmError {
    /// No secret waits for its first code in this session.
    NothingWaits,
    /// The code is another one.
    WrongCode,
    Store(StoreError),
}

impl From<StoreError> for EnrolError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for ConfirmError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Accounts {
    /// Makes a secret, which waits for its first code in this session. One that waits already is void.
    pub(crate) async fn enrol_totp(
        &self,
        account: &Account,
        session: &SessionId,
    ) -> Result<TotpEnrolment, EnrolError> {
        let factors = self.ask(self.0.stores.factors.factors(&account.id)).await?;
        if factors.len() >= MOST {
            return Err(EnrolError::TooMany);
        }
        let secret = TotpSecret::random();
        let owner = owner_of(&account.id, session);
        let sealed = self.0.keys.seal(WAITING, &owner, secret.bytes()).ok_or(NOT_SEALED)?;
        // A `:` ends the name in the address.
        let shown = account.username.replace(':', " ");
        let uri = secret.uri(&self.totp_issuer(), &shown);
        let picture = uri.as_ref().and_then(qr_code);
        let (Some(uri), Some(qr)) = (uri, picture) else {
            return Err(StoreError::NotUnderstood("the user name does not fit a QR code").into());
        };
        let (digest, value, now) = (digest_of(&owner), written(&sealed), self.now());
        let one_time = &self.0.stores.one_time;
        for _ in 0..TRIES {
            // The one that waits goes first: a value is never replaced.
            self.ask(one_time.take(OneTimeKind::TotpEnrolment, &digest, now)).await?;
            let put = one_time.put(
                OneTimeKind::TotpEnrolment,
                &digest,
                Some(&account.id),
                &value,
                now.saturating_add(WAITS),
                now,
            );
            if self.ask(put).await? == Created::Created {
                return Ok(TotpEnrolment { secret: secret.base32(), uri, qr });
            }
        }
        Err(StoreError::Full("several requests begin to add a factor at once").into())
    }

    /// Activates the factor whose secret waits in this session, if this is one of its codes. The code's
    /// time step counts as used.
    pub(crate) async fn confirm_totp(
        &self,
        account: &AccountId,
        session: &SessionId,
        code: &SecretText,
        name: &str,
    ) -> Result<ProvedFactor, ConfirmError> {
        let owner = owner_of(account, session);
        let (digest, now) = (digest_of(&owner), self.now());
        let one_time = &self.0.stores.one_time;
        let peek = one_time.peek(OneTimeKind::TotpEnrolment, &digest, now);
        let value = self.ask(peek).await?.ok_or(ConfirmError::NothingWaits)?;
        let sealed = read(&value).ok_or(NOT_READ)?;
        let secret = self.0.keys.open(WAITING, &owner, &sealed).ok_or(NOT_READ)?;
        let secret = TotpSecret::from_bytes(&secret).ok_or(NOT_READ)?;
        let step = secret.step_of(code.expose(), now).ok_or(ConfirmError::WrongCode)?;
        let taken = self.ask(one_time.take(OneTimeKind::TotpEnrolment, &digest, now)).await?;
        // Gone or replaced since it was looked at: another request was faster.
        if taken.as_ref() != Some(&value) {
            return Err(ConfirmError::NothingWaits);
        }
        let id = FactorId::random();
        let record = FactorRecord {
            id: id.clone(),
            account: account.clone(),
            kind: FactorKind::Totp,
            name: name.to_owned(),
            sealed: self.0.keys.seal(ACTIVE, account.as_str(), secret.bytes()).ok_or(NOT_SEALED)?,
            last_step: Some(step),
            credential_id: None,
            sign_count: 0,
            created_at: now,
            last_used_at: Some(now),
        };
        let audit = AuditEntry::new(now, "factor_added")
            .by(account)
            .about(account)
            .with("factor", id.as_str())
            .with("kind", super::wire_name(FactorKind::Totp));
        match self.ask(self.0.stores.factors.add_factor(&record, &audit)).await? {
            FactorAdded::Done => {}
            FactorAdded::CredentialTaken | FactorAdded::NoAccount => {
                return Err(ConfirmError::NothingWaits);
            }
        }
        self.tell_owner(account, Notice::FactorAdded);
        Ok(ProvedFactor { kind: FactorKind::Totp, at: now, id: Some(id), user_verified: false })
    }

    /// What authenticator applications call this one.
    fn totp_issuer(&self) -> String {
        let host = || {
            let host = self.0.origin.split_once("://").map_or(self.0.origin.as_str(), |(_, it)| it);
            host.split(':').next().unwrap_or_default().to_owned()
        };
        self.0.factors.issuer_name.clone().unwrap_or_else(host)
    }
}

const NOT_SEALED: StoreError = StoreError::NotUnderstood("a secret cannot be sealed");
const NOT_READ: StoreError = StoreError::NotUnderstood("a secret that waits for its first code");

/// Bound to the session: only that session can end what was begun in it.
fn owner_of(account: &AccountId, session: &SessionId) -> String {
    format!("{account}/{session}")
}

fn digest_of(owner: &str) -> Digest {
    Digest::of(&[b"totp-enrolment", owner.as_bytes()])
}

/// The name of the key, which has no `:`, and what is sealed with it.
fn written(sealed: &Sealed) -> Vec<u8> {
    [sealed.key.as_bytes(), b":", &sealed.bytes].concat()
}

fn read(value: &[u8]) -> Option<Sealed> {
    let end = value.iter().position(|byte| *byte == b':')?;
    let (key, rest) = value.split_at_checked(end)?;
    let key = std::str::from_utf8(key).ok()?.to_owned();
    Some(Sealed { key, bytes: rest.get(1..)?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let sealed = Sealed { key: "2026-11".to_owned(), bytes: b"a:b:".to_vec() };
        assert_eq!(read(&written(&sealed)), Some(sealed));
        assert_eq!(read(b"2026-11"), None);
    }

    #[test]
    fn an_enrolment_belongs_to_a_session() {
        let (account, session) = (AccountId::random(), SessionId::random());
        let own = digest_of(&owner_of(&account, &session));
        assert_ne!(own, digest_of(&owner_of(&account, &SessionId::random())));
        assert_ne!(own, digest_of(&owner_of(&AccountId::random(), &session)));
    }
}
