//! The second step: the second factor, once.

use super::device::Owner;
use super::pending::understand;
use super::{Pending, Visit};
use crate::accounts::Accounts;
use crate::delivery::Notice;
use crate::factor::wire_name;
use crate::model::{AccountId, AuditOutcome, FactorKind, ProvedFactor};
use crate::secret::Digest;
use crate::session::{Opening, SignedIn};
use crate::store::{Attempt, Limit, OneTimeKind, StoreError};

/// Of one sign-in: after as many wrong ones it has to begin anew.
const OF_SIGN_IN: u32 = 5;
/// Of one account and device, however often the sign-in begins anew: 3 codes of a million are right.
const OF_ACCOUNT: [Limit; 2] = [
    Limit { attempts: 10, window_seconds: 15 * 60 },
    Limit { attempts: 100, window_seconds: 30 * 24 * 3600 },
];

/// Too many second factors were tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// When to try again, in seconds since 1970.
    pub(crate) until: u64,
}

impl Accounts {
    /// Counts an attempt at a second factor, before it is checked.
    ///
    /// A device that the account was used on before has attempts of its own, so that an attacker who knows
    /// the password uses up none of them. A recovery code is too long to be guessed: the limit of the
    /// sign-in is enough for it.
    pub(crate) async fn count_second_factor(
        &self,
        pending: &Pending,
        kind: FactorKind,
        visit: &Visit,
    ) -> Result<Result<(), TooMany>, StoreError> {
        let of_sign_in =
            Limit { attempts: OF_SIGN_IN, window_seconds: self.0.sessions.pending_seconds() };
        let key = Digest::of(&[b"second-factor", pending.digest.as_bytes()]);
        let account = &pending.waiting.account;
        let mut counted = self.count(&key, of_sign_in).await?;
        if counted.is_ok() && kind != FactorKind::Recovery {
            let owner = Owner { account, epoch: pending.waiting.epoch };
            let own = visit.devices.known_to(&self.0.keys, owner, self.now());
            counted = self.count_factor(account, own.as_ref()).await?;
        }
        if counted.is_err() {
            let audit = visit.entry(self.now(), "second_factor").outcome(AuditOutcome::Refused);
            let audit = audit.about(account).with("factor", wire_name(kind));
            let audit = audit.with("reason", "too_many_attempts");
            self.ask(self.0.stores.audit.append(&audit)).await?;
        }
        Ok(counted)
    }

    /// The same for a factor of this account, tried by what is known to be its owner's, or by strangers.
    pub(crate) async fn count_factor(
        &self,
        account: &AccountId,
        own: Option<&Digest>,
    ) -> Result<Result<(), TooMany>, StoreError> {
        for limit in OF_ACCOUNT {
            if let Err(too_many) = self.count(&attempts_of(account, own, limit), limit).await? {
                return Ok(Err(too_many));
            }
        }
        Ok(Ok(()))
    }

    /// Counts an attempt, before it is made.
    pub(crate) async fn count(
        &self,
        key: &Digest,
        limit: Limit,
    ) -> Result<Result<(), TooMany>, StoreError> {
        let attempt = self.ask(self.0.stores.attempts.hit(key, limit, self.now())).await?;
        Ok(match attempt {
            Attempt::Allowed { .. } => Ok(()),
            Attempt::Refused { until } => Err(TooMany { until }),
        })
    }

    /// A second factor was wrong: it is noted, and the owner is notified, since the client knew the
    /// password.
    pub(crate) async fn second_factor_failed(
        &self,
        pending: &Pending,
        kind: FactorKind,
        reason: Option<&'static str>,
        visit: &Visit,
    ) -> Result<(), StoreError> {
        let account = &pending.waiting.account;
        let audit = visit.entry(self.now(), "second_factor").outcome(AuditOutcome::Refused);
        let mut audit = audit.about(account).with("factor", wire_name(kind));
        if let Some(reason) = reason {
            audit = audit.with("reason", reason);
        }
        self.ask(self.0.stores.audit.append(&audit)).await?;
        self.tell_owner(account, Notice::SecondFactorFailed);
        Ok(())
    }

    /// Ends a sign-in with its second factor, which was proved: a session. `None`: it was ended by
    /// another request, is over, or this factor adds nothing to the first.
    pub(crate) async fn complete(
        &self,
        pending: &Pending,
        second: ProvedFactor,
        visit: &Visit,
    ) -> Result<Option<SignedIn>, StoreError> {
        let now = self.now();
        let one_time = &self.0.stores.one_time;
        let taken = one_time.take(OneTimeKind::PendingSignIn, &pending.digest, now);
        let Some(value) = self.ask(taken).await? else { return Ok(None) };
        // What the store has, not what the request had read.
        let waiting = understand(&value)?;
        if !waiting.factors.contains(&second.kind) || !self.still_fits(&waiting).await? {
            return Ok(None);
        }
        let opening = Opening {
            account: &waiting.account,
            epoch: waiting.epoch,
            factors: vec![waiting.first, second],
            carrier: waiting.carrier,
            remember: waiting.remember,
            ends_by: waiting.ends_by,
            device: &waiting.device,
            current: visit.current.as_ref(),
        };
        let mut signed_in = self.open_session(opening, visit.entry(now, "sign_in")).await?;
        let owner = Owner { account: &waiting.account, epoch: waiting.epoch };
        signed_in.device = self.device_cookie(&visit.devices, owner);
        let own = visit.devices.known_to(&self.0.keys, owner, now);
        for limit in OF_ACCOUNT {
            // A failure costs the owner attempts at most: they are signed in.
            let key = attempts_of(&waiting.account, own.as_ref(), limit);
            let _ = self.ask(self.0.stores.attempts.forgive(&key)).await;
        }
        Ok(Some(signed_in))
    }
}

fn attempts_of(account: &AccountId, own: Option<&Digest>, limit: Limit) -> Digest {
    let window = limit.window_seconds.to_be_bytes();
    let own = own.map_or(&[][..], |it| it.as_bytes());
    Digest::of(&[b"second-factor-account", account.as_str().as_bytes(), own, &window])
}
