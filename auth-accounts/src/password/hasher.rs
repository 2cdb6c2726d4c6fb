//! Checks and makes the hashes of passwords.

use std::sync::Arc;

use super::argon::{self, Cost, Material, Stored};
use super::policy::Policy;
use super::queue::Queue;
use super::{Busy, PasswordError, PasswordSettings, Place, Prepared};
use crate::model::PasswordHash;
use crate::secret::{KeyRing, SecretText};
use crate::store::Limit;

/// What checks and makes the hashes of passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    cost: Cost,
    queue: Queue,
    policy: Arc<Policy>,
    /// Whether a password may be shorter beside a second factor: then the factor has to stay.
    pub(crate) beside_a_second_factor: bool,
    /// How often a password may be tried by a device, or by all strangers.
    pub(crate) attempts: Limit,
    /// The same in the long run.
    pub(crate) consecutive: Limit,
    /// How often an address may try.
    pub(crate) attempts_of_an_address: Limit,
    /// How long a token to reset a password is valid.
    pub(crate) reset_seconds: u64,
    /// How long a token to verify an address is valid.
    pub(crate) verification_seconds: u64,
}

/// Whether a password is the one that was hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is.
    Right,
    /// It is, and was hashed at another cost, or with another key: this is the hash that it should
    /// have.
    Outdated(PasswordHash),
    /// It is not, or there is nothing to compare it with.
    Wrong,
}

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChoiceError {
    /// It cannot be chosen.
    Refused(PasswordError),
    /// There is too much to hash.
    Busy,
}

impl From<Busy> for ChoiceError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl Passwords {
    pub(crate) fn new(settings: PasswordSettings, problems: &mut Vec<String>) -> Self {
        settings.check(problems);
        Self {
            cost: settings.cost,
            queue: Queue::new(settings.at_once, settings.waiting),
            beside_a_second_factor: settings.beside_a_second_factor,
            attempts: settings.attempts,
            consecutive: settings.consecutive,
            attempts_of_an_address: settings.attempts_of_an_address,
            reset_seconds: settings.reset_seconds,
            verification_seconds: settings.verification_seconds,
            policy: Arc::new(Policy {
                min_length: PasswordSettings::MIN_LENGTH,
                min_length_beside: settings.min_length_beside(),
                context_words: settings.context_words,
                blocklists: settings.blocklists,
            }),
        }
    }

    /// How many characters a new password needs.
    pub(crate) fn min_length(&self) -> usize {
        self.policy.min_length
    }

    /// A place in the queue, without which nothing is hashed. Take it before the stores are asked:
    /// who gets none costs nothing.
    pub(crate) fn place(&self) -> Result<Place, Busy> {
        self.queue.place()
    }

    /// Whether this is the password behind a hash. Without a hash, or with a password that cannot be
    /// hashed, it does the same work and says no.
    pub(crate) async fn verify(
        &self,
        place: &Place,
        keys: &KeyRing,
        password: Option<&Prepared>,
        hash: Option<&PasswordHash>,
    ) -> Result<Verdict, Busy> {
        let stored = hash.and_then(|hash| {
            Stored::read(hash)
                .inspect_err(|reason| tracing::error!(reason, "a stored password hash is not run"))
                .ok()
        });
        let material = stored.as_ref().zip(password).and_then(|(stored, password)| {
            let material = Material::new(keys, &stored.pepper, password);
            if material.is_none() {
                tracing::error!(key = stored.pepper, "the key ring has no longer this key");
            }
            material
        });
        let can_match = material.is_some();
        let stored = stored.unwrap_or_else(|| Stored::dummy(self.cost));
        let material = material.unwrap_or_else(Material::nothing);
        let is_current = stored.cost == self.cost && stored.pepper == keys.current();
        let matches = self.queue.run(place, move || stored.matches(&material)).await?;
        match password.filter(|_| matches && can_match) {
            None => Ok(Verdict::Wrong),
            Some(_) if is_current => Ok(Verdict::Right),
            Some(password) => Ok(self
                .hash(place, keys, password)
                .await?
                .map_or(Verdict::Right, Verdict::Outdated)),
        }
    }

    /// The hash of a password that is chosen for an account of these names.
    pub(crate) async fn choose(
        &self,
        place: &Place,
        keys: &KeyRing,
        password: &SecretText,
        names: Vec<String>,
        has_second_factor: bool,
    ) -> Result<PasswordHash, ChoiceError> {
        let (policy, chosen) = (Arc::clone(&self.policy), password.clone());
        let checked = self.queue.run(place, move || {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            policy.check(&chosen, &names, has_second_factor)
        });
        let prepared = checked.await?.map_err(ChoiceError::Refused)?;
        self.hash(place, keys, &prepared).await?.ok_or(ChoiceError::Busy)
    }

    pub(crate) async fn hash(
        &self,
        place: &Place,
        keys: &KeyRing,
        password: &Prepared,
    ) -> Result<Option<PasswordHash>, Busy> {
        let (cost, pepper) = (self.cost, keys.current().to_owned());
        let Some(material) = Material::new(keys, &pepper, password) else { return Ok(None) };
        self.queue.run(place, move || argon::hash(&pepper, cost, &material)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(settings: PasswordSettings) -> Passwords {
        let mut problems = Vec::new();
        let passwords = Passwords::new(settings, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        passwords
    }

    async fn verdict(
        passwords: &Passwords,
        keys: &KeyRing,
        text: &str,
        hash: Option<&PasswordHash>,
    ) -> Verdict {
        let place = passwords.place().unwrap();
        let prepared = Prepared::new(&text.into());
        passwords.verify(&place, keys, prepared.as_ref(), hash).await.unwrap()
    }

    const TEXT: &str = "correct horse battery staple";

    #[tokio::test]
    async fn r10_a_hash_of_other_parameters_or_another_key_is_made_anew() {
        let old = KeyRing::new([("old", [1; 32])]).unwrap();
        let cheap = passwords(PasswordSettings::default().cost(12_288, 3, 1));
        let place = cheap.place().unwrap();
        let hash = cheap.choose(&place, &old, &TEXT.into(), Vec::new(), false).await.unwrap();
        assert_eq!(verdict(&cheap, &old, TEXT, Some(&hash)).await, Verdict::Right);
        assert_eq!(verdict(&cheap, &old, "another one", Some(&hash)).await, Verdict::Wrong);

        let now = passwords(PasswordSettings::default());
        let rotated = KeyRing::new([("new", [2; 32]), ("old", [1; 32])]).unwrap();
        for (passwords, keys) in [(&now, &old), (&cheap, &rotated)] {
            let Verdict::Outdated(new) = verdict(passwords, keys, TEXT, Some(&hash)).await else {
                panic!("it is outdated");
            };
            assert_eq!(verdict(passwords, keys, TEXT, Some(&new)).await, Verdict::Right);
            assert_eq!(verdict(passwords, keys, "another", Some(&hash)).await, Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn r12_a_hash_that_cannot_be_run_matches_nothing() {
        let passwords = passwords(PasswordSettings::default());
        let keys = KeyRing::ephemeral();
        let absurd = PasswordHash::new("$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$c2hvcnQ");
        for hash in [None, Some(&absurd)] {
            assert_eq!(verdict(&passwords, &keys, TEXT, hash).await, Verdict::Wrong);
            assert_eq!(verdict(&passwords, &keys, "", hash).await, Verdict::Wrong);
        }
    }

    #[test]
    fn r2_r9_r13_r18_r46_settings_that_are_too_weak_are_named() {
        let limit = |attempts| Limit { attempts, window_seconds: 60 };
        for settings in [
            PasswordSettings::default().cost(4_096, 2, 1),
            PasswordSettings::default().cost(1 << 20, 2, 1),
            PasswordSettings::default().cost(19_456, 2, 0),
            PasswordSettings::default().queue(0, 10),
            PasswordSettings::default().attempts(limit(0)),
            PasswordSettings::default().consecutive_attempts(limit(101)),
            PasswordSettings::default().reset_valid_for(3_601),
        ] {
            let mut problems = Vec::new();
            let _ = Passwords::new(settings, &mut problems);
            assert_eq!(problems.len(), 1, "{problems:?}");
        }
        assert_eq!(PasswordSettings::default().min_length_beside(), 15);
        assert_eq!(PasswordSettings::default().beside_a_second_factor().min_length_beside(), 8);
    }
}
