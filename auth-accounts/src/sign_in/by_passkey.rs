//! Signs in with a passkey: with nothing else, where it says itself whose it is, or after another factor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;

use super::device::Owner;
use super::visit::{Carried, carried};
use super::{Begun, Client, Network, Pending, SignInError, Unusable, Visit};
use crate::accounts::Accounts;
use crate::factor::passkey::{Asked, Assertion, Kept, PasskeyRefused, Passkeys};
use crate::model::{
    Account, AccountKind, AccountStatus, AuditOutcome, Carrier, FactorKind, FactorRecord, LoginKey,
    ProvedFactor,
};
use crate::secret::Digest;
use crate::session::SignedIn;
use crate::store::Limit;

/// How many challenges an address can ask for, and a sign-in or an account.
const CHALLENGES: Limit = Limit { attempts: 300, window_seconds: 15 * 60 };
const CHALLENGES_OF_ONE: Limit = Limit { attempts: 20, window_seconds: 15 * 60 };

impl Accounts {
    /// The pending sign-in of a request, and how the request carries it. The sign-in is `None` if it has
    /// ended.
    pub(crate) async fn carried_pending(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(Option<Pending>, Carrier)>, Unusable> {
        let sessions = &self.0.sessions;
        let found = carried(headers, sessions.pending_cookie(), sessions.pending_prefix())?;
        let Some(Carried { text, carrier }) = found else { return Ok(None) };
        Ok(Some((self.pending_sign_in(text, carrier).await?, carrier)))
    }

    /// Counts a challenge before it is made: each is kept until it is over.
    pub(crate) async fn count_passkey_challenge(
        &self,
        asked: &Asked<'_>,
        client: &Client,
    ) -> Result<(), SignInError> {
        let of_one = match asked {
            Asked::Pending(_, digest) => Some(digest.as_bytes().as_slice()),
            Asked::Session(account, _) => Some(account.as_str().as_bytes()),
            Asked::Stranger => None,
        };
        if let Some(one) = of_one {
            let key = Digest::of(&[b"passkey-challenges", one]);
            return self.hit(&key, CHALLENGES_OF_ONE).await;
        }
        // As with attempts, those of this machine are not counted.
        let Some(address) = client.address.filter(|it| !it.is_loopback()) else { return Ok(()) };
        let network = Network::around(address, 64).to_bytes();
        let key = self.0.keys.current_mac("passkey challenges of an address", &network);
        self.hit(&key, CHALLENGES).await
    }

    /// Signs in with a passkey and nothing else.
    ///
    /// # Errors
    /// See [`check_passkey`](Self::check_passkey).
    pub(crate) async fn begin_with_passkey(
        &self,
        passkeys: &Passkeys,
        kept: Kept<'_>,
        assertion: &Assertion,
        visit: &Visit,
        client: &Client,
    ) -> Result<Box<SignedIn>, SignInError> {
        let checked = self.check_passkey(passkeys, kept, assertion, client).await;
        let (account, factor) = checked?;
        match self.begin(&account, factor, visit).await? {
            Begun::SignedIn(signed_in) => Ok(signed_in),
            // A passkey that has verified its user is enough.
            Begun::SecondFactor(_) | Begun::Refused => Err(SignInError::Refused),
        }
    }

    /// Ends a sign-in that waits for its second factor with a passkey.
    ///
    /// # Errors
    /// If it is not right, was tried too often, or cannot be checked now, or no sign-in waits any more.
    pub(crate) async fn complete_with_passkey(
        &self,
        passkeys: &Passkeys,
        pending: &Pending,
        kept: Kept<'_>,
        assertion: &Assertion,
        visit: &Visit,
    ) -> Result<SignedIn, SignInError> {
        let kind = FactorKind::Passkey;
        if let Err(too_many) = self.count_second_factor(pending, kind, visit).await? {
            let retry_after = too_many.until.saturating_sub(self.now()).max(1);
            return Err(SignInError::TooManyAttempts { retry_after });
        }
        let named = self.passkey_of(assertion).await?;
        let asked = Asked::Pending(&pending.waiting.account, &pending.digest);
        let proved = self.prove_passkey(passkeys, asked, kept, assertion, named.as_ref()).await?;
        let proof = match proved {
            Ok(proof) => proof,
            Err(PasskeyRefused(reason)) => {
                self.second_factor_failed(pending, kind, Some(reason), visit).await?;
                return Err(SignInError::Refused);
            }
        };
        self.complete(pending, proof.factor, visit).await?.ok_or(SignInError::NotBegun)
    }

    /// The account whose passkey answers a challenge that was made before the account was known.
    ///
    /// Every wrong answer is refused in the same way. The attempt is counted first: for the address, and
    /// for the passkey that is named, whether there is one or not; a device that was used before has
    /// its own. Each refusal is in the audit trail; a success is for the caller to audit.
    ///
    /// # Errors
    /// If it is not right, was tried too often, or cannot be checked now: see [`SignInError`].
    async fn check_passkey(
        &self,
        passkeys: &Passkeys,
        kept: Kept<'_>,
        assertion: &Assertion,
        client: &Client,
    ) -> Result<(Account, ProvedFactor), SignInError> {
        let named = self.passkey_of(assertion).await?;
        // Before the passkey is checked: if its owner removes it meanwhile, the session that is begun is
        // of the epoch before.
        let account = match &named {
            Some(it) => self.ask(self.0.stores.accounts.load(&it.account)).await?,
            None => None,
        };
        let own = account.as_ref().and_then(|it| {
            let owner = Owner { account: &it.id, epoch: it.epoch };
            client.devices.known_to(&self.0.keys, owner, self.now())
        });
        // The id of a passkey is in the place of the name of a user.
        let name = LoginKey::from_prepared(URL_SAFE_NO_PAD.encode(assertion.credential_id()));
        let counters = self.counters_of("passkey", &name, own.as_ref());
        let counted = async {
            self.count_address(client).await?;
            self.count_attempt(&counters).await
        };
        if let Err(error) = counted.await {
            if matches!(error, SignInError::TooManyAttempts { .. }) {
                let reason = PasskeyRefused("too_many_attempts");
                self.note_refused_passkey(client, named.as_ref(), reason).await?;
            }
            return Err(error);
        }
        let asked = Asked::Stranger;
        let proved = self.prove_passkey(passkeys, asked, kept, assertion, named.as_ref()).await?;
        let refused = match proved {
            Err(refused) => refused,
            Ok(proof) => {
                let account = account.filter(|it| it.id == proof.account && is_usable(it));
                if let Some(account) = account {
                    self.forgive(&counters).await?;
                    return Ok((account, proof.factor));
                }
                PasskeyRefused("locked")
            }
        };
        self.note_refused_passkey(client, named.as_ref(), refused).await?;
        Err(SignInError::Refused)
    }

    async fn note_refused_passkey(
        &self,
        client: &Client,
        named: Option<&FactorRecord>,
        PasskeyRefused(reason): PasskeyRefused,
    ) -> Result<(), SignInError> {
        let mut entry = client
            .entry(self.now(), "sign_in")
            .outcome(AuditOutcome::Refused)
            .with("method", "passkey")
            .with("reason", reason);
        if let Some(record) = named {
            entry = entry.about(&record.account).with("factor", record.id.as_str());
        }
        Ok(self.ask(self.0.stores.audit.append(&entry)).await?)
    }
}

/// Whether its owner can sign in at all.
fn is_usable(account: &Account) -> bool {
    account.status == AccountStatus::Active && account.kind == AccountKind::Person
}
