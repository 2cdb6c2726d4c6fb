//! The first step: one factor was proved.

use super::device::Owner;
use super::{NewPending, Visit};
use crate::accounts::Accounts;
use crate::model::{Account, AccountStatus, FactorKind, ProvedFactor};
use crate::session::{Opening, SignedIn};
use crate::store::StoreError;

/// What comes of a first factor.
#[derive(Debug)]
pub(crate) enum Begun {
    /// It was enough.
    SignedIn(Box<SignedIn>),
    /// The account has a second factor, which has to be proved.
    SecondFactor(NewPending),
    /// The account cannot be used, or this factor does not begin a sign-in. The answer is that of a wrong
    /// password.
    Refused,
}

impl Accounts {
    /// Goes on from a first factor that was proved: to a session, or to the second factor if the
    /// account has one.
    pub(crate) async fn begin(
        &self,
        account: &Account,
        first: ProvedFactor,
        visit: &Visit,
    ) -> Result<Begun, StoreError> {
        if account.status != AccountStatus::Active {
            return Ok(Begun::Refused);
        }
        let is_whole = first.kind == FactorKind::Passkey && first.user_verified;
        if !is_whole {
            if !matches!(first.kind, FactorKind::Password | FactorKind::Federated) {
                return Ok(Begun::Refused);
            }
            let others = self.second_factors(account).await?;
            if !others.is_empty() {
                let pending = self.wait_for_second(account, first, others, visit).await?;
                return Ok(Begun::SecondFactor(pending));
            }
        }
        let opening = Opening {
            account: &account.id,
            epoch: account.epoch,
            factors: vec![first],
            carrier: visit.carrier,
            remember: visit.remember,
            ends_by: visit.ends_by,
            device: &visit.device,
            current: visit.current.as_ref(),
        };
        let mut signed_in = self.open_session(opening, visit.entry(self.now(), "sign_in")).await?;
        signed_in.device = self
            .device_cookie(&visit.devices, Owner { account: &account.id, epoch: account.epoch });
        Ok(Begun::SignedIn(Box::new(signed_in)))
    }
}
