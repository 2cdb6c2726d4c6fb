//! Counts attempts before they are made, in the store that all nodes share.

use super::device::{Devices, Owner};
use super::{Client, Network, SignInError};
use crate::accounts::Accounts;
use crate::model::{Account, LoginKey};
use crate::secret::Digest;
use crate::store::{Attempt, Limit};

/// The kind of attempts at a sign-in with a password.
const SIGN_IN: &str = "password";

/// Whose attempts are counted.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    short: Digest,
    long: Digest,
    /// Whether a success forgives the long one, too.
    forgives_long: bool,
}

impl Accounts {
    /// The counters of attempts to sign in as this user: a device that the account was used on before has
    /// its own, all others share one. The names are keyed, so that the store does not hold what was
    /// typed.
    pub(crate) fn counters(
        &self,
        devices: &Devices,
        login: &LoginKey,
        account: Option<&Account>,
    ) -> Counters {
        let known = |account: &Account| {
            let owner = Owner { account: &account.id, epoch: account.epoch };
            devices.known_to(&self.0.keys, owner, self.now())
        };
        self.counters_of(SIGN_IN, login, account.and_then(known).as_ref())
    }

    /// The counters of one kind of attempt to be this user, by something that is known to be the
    /// user's own, or by strangers.
    pub(crate) fn counters_of(
        &self,
        kind: &str,
        login: &LoginKey,
        own: Option<&Digest>,
    ) -> Counters {
        let own = own.map_or(&[][..], |it| it.as_bytes());
        let key = |window: &str| {
            let text =
                Digest::of(&[kind.as_bytes(), window.as_bytes(), own, login.as_str().as_bytes()]);
            self.0.keys.current_mac("attempts", text.as_bytes())
        };
        Counters { short: key("short"), long: key("long"), forgives_long: true }
    }

    /// The counters of another way to try the password of a sign-in: in the long run, strangers have no
    /// more attempts for two ways than for one, and a success by this way gives none of them back.
    pub(crate) fn counters_beside_sign_in(
        &self,
        kind: &str,
        login: &LoginKey,
        own: Option<&Digest>,
    ) -> Counters {
        let counters = self.counters_of(kind, login, own);
        if own.is_some() {
            return counters;
        }
        let Counters { long, .. } = self.counters_of(SIGN_IN, login, None);
        Counters { long, forgives_long: false, ..counters }
    }

    /// Counts an attempt, before anything is checked.
    pub(crate) async fn count_attempt(&self, counters: &Counters) -> Result<(), SignInError> {
        let passwords = &self.0.passwords;
        self.hit(&counters.short, passwords.attempts).await?;
        self.hit(&counters.long, passwords.consecutive).await
    }

    /// Counts the attempts of an address, for all names together. Those of this machine are not counted: a
    /// proxy that is not known as one would share its count with all that are behind it.
    pub(crate) async fn count_address(&self, client: &Client) -> Result<(), SignInError> {
        let Some(address) = client.address.filter(|address| !address.is_loopback()) else {
            return Ok(());
        };
        // An IPv6 network of one client has 2^64 addresses.
        let network = Network::around(address, 64).to_bytes();
        let key = self.0.keys.current_mac("attempts of an address", &network);
        self.hit(&key, self.0.passwords.attempts_of_an_address).await
    }

    /// Counts one more under a key.
    pub(crate) async fn hit(&self, key: &Digest, limit: Limit) -> Result<(), SignInError> {
        let now = self.now();
        match self.ask(self.0.stores.attempts.hit(key, limit, now)).await? {
            Attempt::Allowed { .. } => Ok(()),
            Attempt::Refused { until } => {
                let retry_after = until.saturating_sub(now).max(1);
                Err(SignInError::TooManyAttempts { retry_after })
            }
        }
    }

    /// Forgets the attempts after a success.
    pub(crate) async fn forgive(&self, counters: &Counters) -> Result<(), SignInError> {
        self.ask(self.0.stores.attempts.forgive(&counters.short)).await?;
        if counters.forgives_long {
            self.ask(self.0.stores.attempts.forgive(&counters.long)).await?;
        }
        Ok(())
    }
}
