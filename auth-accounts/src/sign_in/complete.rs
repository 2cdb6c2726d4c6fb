//! The second step: the second factor, once.

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
/// Of one account, however often the sign-in begins anew: 3 codes of a million are right, so that
/// who knows the password guesses one in 3 years.
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
    pub(crate) async fn count_second_factor(
        &self,
        pending: &Pending,
    ) -> Result<Result<(), TooMany>, StoreError> {
        let of_sign_in =
            Limit { attempts: OF_SIGN_IN, window_seconds: self.0.sessions.pending_seconds() };
        let key = Digest::of(&[b"second-factor", pending.digest.as_bytes()]);
        if let Err(too_many) = self.count(&key, of_sign_in).await? {
            return Ok(Err(too_many));
        }
        self.count_factor(&pending.waiting.account).await
    }

    /// The same for who is signed in, and proves a factor once more.
    pub(crate) async fn count_factor(
        &self,
        account: &AccountId,
    ) -> Result<Result<(), TooMany>, StoreError> {
        for limit in OF_ACCOUNT {
            if let Err(too_many) = self.count(&attempts_of(account, limit), limit).await? {
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

    /// A second factor was wrong: it is noted, and the owner is told, since somebody has their
    /// password.
    pub(crate) async fn second_factor_failed(
        &self,
        pending: &Pending,
        kind: FactorKind,
        visit: &Visit,
    ) -> Result<(), StoreError> {
        let account = &pending.waiting.account;
        let audit = visit.entry(self.now(), "second_factor").outcome(AuditOutcome::Refused);
        let audit = audit.about(account).with("factor", wire_name(kind));
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
            device: &waiting.device,
            current: visit.current.as_ref(),
        };
        let mut signed_in = self.open_session(opening, visit.entry(now, "sign_in")).await?;
        signed_in.device = self.device_cookie(&visit.devices, &waiting.account);
        for limit in OF_ACCOUNT {
            // It costs the owner attempts at most: they are signed in.
            let key = attempts_of(&waiting.account, limit);
            let _ = self.ask(self.0.stores.attempts.forgive(&key)).await;
        }
        Ok(Some(signed_in))
    }
}

fn attempts_of(account: &AccountId, limit: Limit) -> Digest {
    let window = limit.window_seconds.to_be_bytes();
    Digest::of(&[b"second-factor-account", account.as_str().as_bytes(), &window])
}
