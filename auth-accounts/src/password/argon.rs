//! The hash itself: argon2id over the peppered password, and its text.

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::Prepared;
use crate::model::PasswordHash;
use crate::secret::{KeyRing, random_bytes};

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// How much memory, in KiB.
    pub(super) memory: u32,
    /// How many passes over it.
    pub(super) passes: u32,
    /// How many lanes it has.
    pub(super) lanes: u32,
}

const OUTPUT_BYTES: usize = 32;

impl Cost {
    /// What OWASP recommends for argon2id: 19 MiB, 2 passes, 1 lane.
    pub(super) const RECOMMENDED: Self = Self { memory: 19_456, passes: 2, lanes: 1 };

    /// What a stored hash may cost at most: one that asks for more was not made here.
    const MOST: Self = Self { memory: 262_144, passes: 16, lanes: 16 };

    /// Whether it is at least what is recommended, in one of the ways to trade time for memory.
    pub(super) const fn is_enough(self) -> bool {
        matches!((self.memory, self.passes), (47_104.., 1..) | (19_456.., 2..) | (12_288.., 3..))
    }

    /// Whether it is no more than a hash may cost.
    pub(super) const fn is_bearable(self) -> bool {
        self.memory <= Self::MOST.memory
            && self.passes <= Self::MOST.passes
            && self.lanes <= Self::MOST.lanes
    }

    fn params(self, output: usize) -> Option<Params> {
        Params::new(self.memory, self.passes, self.lanes, Some(output)).ok()
    }
}

/// What a password is hashed as: itself, or its HMAC under a key that is not in the store.
pub(super) struct Material(Zeroizing<Vec<u8>>);

impl Material {
    /// `None`: the ring has no key of this name.
    pub(super) fn new(keys: &KeyRing, pepper: &str, password: &Prepared) -> Option<Self> {
        let password = password.as_str().as_bytes();
        if pepper.is_empty() {
            return Some(Self(Zeroizing::new(password.to_vec())));
        }
        let peppered = keys.mac(pepper, "password", password)?;
        Some(Self(Zeroizing::new(peppered.as_bytes().to_vec())))
    }

    /// Something to hash where there is no password to check against.
    pub(super) fn nothing() -> Self {
        Self(Zeroizing::new(vec![0; OUTPUT_BYTES]))
    }
}

/// A stored hash: `pepper$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. Before the first `$` is the
/// name of the key that the password was peppered with, and nothing if it was not: then the text is a
/// PHC string as others write it.
pub(super) struct Stored {
    pub(super) pepper: String,
    pub(super) cost: Cost,
    salt: Vec<u8>,
    output: Zeroizing<Vec<u8>>,
}

impl Stored {
    /// Reads a hash; why not, if it cannot be run.
    pub(super) fn read(hash: &PasswordHash) -> Result<Self, &'static str> {
        let text = hash.as_str();
        let start = text.find('$').ok_or("it is no PHC string")?;
        let (pepper, phc) = text.split_at_checked(start).ok_or("it is no PHC string")?;
        let parsed = phc::PasswordHash::new(phc).map_err(|_| "it is no PHC string")?;
        if parsed.algorithm.as_str() != "argon2id" || parsed.version != Some(0x13) {
            return Err("it is not argon2id of version 19");
        }
        let number = |name: &str| parsed.params.get_decimal(name).ok_or("a parameter is missing");
        let cost = Cost { memory: number("m")?, passes: number("t")?, lanes: number("p")? };
        if !cost.is_bearable() {
            return Err("its parameters are out of range");
        }
        let salt = parsed.salt.ok_or("it has no salt")?.as_ref().to_vec();
        let output = parsed.hash.ok_or("it has no hash")?.as_bytes().to_vec();
        if output.len() < 16 {
            return Err("it is cut short");
        }
        Ok(Self { pepper: pepper.to_owned(), cost, salt, output: Zeroizing::new(output) })
    }

    /// A hash that nothing is known of, for a password that there is nothing to check against.
    pub(super) fn dummy(cost: Cost) -> Self {
        let output = Zeroizing::new(random_bytes::<OUTPUT_BYTES>().to_vec());
        Self { pepper: String::new(), cost, salt: random_bytes::<16>().to_vec(), output }
    }

    /// Whether this was hashed to it.
    pub(super) fn matches(&self, material: &Material) -> bool {
        let output = run(self.cost, material, &self.salt, self.output.len());
        output.is_some_and(|output| verify_slices_are_equal(&output, &self.output).is_ok())
    }
}

/// Hashes a password anew. `None`: argon2 does not accept the cost.
pub(super) fn hash(pepper: &str, cost: Cost, material: &Material) -> Option<PasswordHash> {
    let salt = random_bytes::<16>();
    let output = run(cost, material, &salt, OUTPUT_BYTES)?;
    let salt = phc::Salt::new(&salt).ok()?.to_salt_string();
    let output = phc::Output::new(&output).ok()?;
    let Cost { memory, passes, lanes } = cost;
    let text = format!("{pepper}$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}");
    Some(PasswordHash::new(text))
}

fn run(cost: Cost, material: &Material, salt: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut output = Zeroizing::new(vec![0; length]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params(length)?);
    argon2.hash_password_into(&material.0, salt, &mut output).ok()?;
    Some(output)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier as _;

    use super::*;

    const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

    fn password(text: &str) -> Prepared {
        Prepared::new(&text.into()).unwrap()
    }

    fn hashed(keys: &KeyRing, pepper: &str) -> PasswordHash {
        let material = Material::new(keys, pepper, &password("correct horse")).unwrap();
        hash(pepper, CHEAP, &material).unwrap()
    }

    fn is_right(keys: &KeyRing, hash: &PasswordHash, text: &str) -> bool {
        let stored = Stored::read(hash).unwrap();
        Material::new(keys, &stored.pepper, &password(text)).is_some_and(|it| stored.matches(&it))
    }

    #[test]
    fn r9_the_recommended_costs_are_enough_and_less_is_not() {
        for (memory, passes) in [(19_456, 2), (47_104, 1), (12_288, 3), (65_536, 4)] {
            assert!(Cost { memory, passes, lanes: 1 }.is_enough(), "{memory}/{passes}");
        }
        for (memory, passes) in [(19_455, 2), (47_103, 1), (12_287, 3), (4_096, 16), (65_536, 0)] {
            assert!(!Cost { memory, passes, lanes: 1 }.is_enough(), "{memory}/{passes}");
        }
        assert!(Cost::RECOMMENDED.is_enough() && Cost::MOST.is_bearable());
    }

    #[test]
    fn r10_a_hash_is_a_phc_string_with_its_parameters() {
        let text = hashed(&KeyRing::ephemeral(), "");
        assert!(text.as_str().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", text.as_str());
        let parsed = phc::PasswordHash::new(text.as_str()).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
    }

    #[test]
    fn r11_a_hash_is_worth_nothing_without_the_key_that_it_names() {
        let old = KeyRing::new([("old", [1; 32])]).unwrap();
        let hash = hashed(&old, "old");
        assert!(hash.as_str().starts_with("old$argon2id$"), "{}", hash.as_str());
        assert!(is_right(&old, &hash, "correct horse") && !is_right(&old, &hash, "correct house"));
        let rotated = KeyRing::new([("new", [2; 32]), ("old", [1; 32])]).unwrap();
        assert!(is_right(&rotated, &hash, "correct horse"));
        let other = KeyRing::new([("old", [2; 32])]).unwrap();
        assert!(!is_right(&other, &hash, "correct horse"));
        let without = KeyRing::new([("new", [2; 32])]).unwrap();
        assert!(!is_right(&without, &hash, "correct horse"));
    }

    #[test]
    fn r12_a_hash_with_absurd_parameters_is_not_run() {
        let good = hashed(&KeyRing::ephemeral(), "");
        let good = good.as_str();
        for (from, to) in [
            ("m=64", "m=4294967295"),
            ("m=64", "m=262145"),
            ("t=1", "t=17"),
            ("p=1", "p=17"),
            ("p=1", ""),
            ("argon2id", "argon2d"),
            ("v=19", "v=16"),
            ("$v=19", ""),
            ("$argon2id", "argon2id"),
        ] {
            let hash = PasswordHash::new(good.replacen(from, to, 1));
            assert!(Stored::read(&hash).is_err(), "{}", hash.as_str());
        }
        for text in
            ["", "$", "$argon2id", "a$$$$", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$c2hvcnQ"]
        {
            assert!(Stored::read(&PasswordHash::new(text)).is_err(), "{text}");
        }
    }
}
