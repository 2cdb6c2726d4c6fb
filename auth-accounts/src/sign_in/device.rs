//! Devices on which an account was used before: they keep attempts of their own, so that strangers
//! who use up theirs do not lock its owner out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};

use crate::accounts::Accounts;
use crate::model::AccountId;
use crate::secret::{Digest, KeyRing, random_bytes};
use crate::web::cookie;

/// The short name of the cookie.
const COOKIE: &str = "device";

/// How long a device is known, in seconds: 180 days.
const LIFETIME: u64 = 180 * 24 * 3_600;

/// How many accounts a device is known to at once.
const MOST: usize = 4;

const NONCE: usize = 12;
const MAC: usize = 16;
const LENGTH: usize = NONCE + 8 + MAC;

/// What a device shows: for each account that was used on it a random number, a time and a keyed
/// digest of both, the account and its epoch. It signs no user in; all it gives is a count of its own,
/// until the password or the factors of the account change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Devices(Vec<Token>);

/// Whose device it is: an account, in one of its epochs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) epoch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token([u8; LENGTH]);

impl Token {
    fn new(keys: &KeyRing, owner: Owner<'_>, expires_at: u64) -> Self {
        let mut token = [0; LENGTH];
        let (nonce, rest) = token.split_at_mut(NONCE);
        nonce.copy_from_slice(&random_bytes::<NONCE>());
        let (end, mac) = rest.split_at_mut(8);
        end.copy_from_slice(&expires_at.to_be_bytes());
        let digest = keys.current_mac("device", &signed(owner, nonce, end));
        mac.copy_from_slice(digest.as_bytes().first_chunk::<MAC>().unwrap_or(&[0; MAC]));
        Self(token)
    }

    /// Whether it was made for this account in this epoch, and is still valid.
    fn is_of(&self, keys: &KeyRing, owner: Owner<'_>, now: u64) -> bool {
        let (nonce, rest) = self.0.split_at(NONCE);
        let (end, mac) = rest.split_at(8);
        let expires_at = end.first_chunk().map_or(0, |it| u64::from_be_bytes(*it));
        let text = signed(owner, nonce, end);
        let is_signed = keys.names().filter_map(|key| keys.mac(key, "device", &text)).any(|it| {
            let expected = it.as_bytes().first_chunk::<MAC>().unwrap_or(&[0; MAC]);
            aws_lc_rs::constant_time::verify_slices_are_equal(expected, mac).is_ok()
        });
        is_signed && now < expires_at
    }
}

fn signed(owner: Owner<'_>, nonce: &[u8], end: &[u8]) -> Vec<u8> {
    [nonce, end, &owner.epoch.to_be_bytes(), owner.account.as_str().as_bytes()].concat()
}

impl Devices {
    /// What the cookie of a request shows; nothing if there are several.
    pub(crate) fn of(accounts: &Accounts, headers: &HeaderMap) -> Self {
        let cookie = cookie::read(headers, &accounts.cookie_name(COOKIE));
        let tokens = cookie.ok().flatten().unwrap_or_default().split('.').take(MOST);
        let bytes = tokens.filter_map(|it| URL_SAFE_NO_PAD.decode(it).ok()?.try_into().ok());
        Self(bytes.map(Token).collect())
    }

    /// What tells this device from the others of this account; `None` if it was not used
    /// on this one.
    pub(super) fn known_to(&self, keys: &KeyRing, owner: Owner<'_>, now: u64) -> Option<Digest> {
        let token = self.0.iter().find(|token| token.is_of(keys, owner, now))?;
        Some(Digest::of(&[b"device", &token.0]))
    }
}

impl Accounts {
    /// The cookie that makes a device known to an account, for the answer to a sign-in that is
    /// complete. `None` if the device is known already.
    pub(crate) fn device_cookie(&self, devices: &Devices, owner: Owner<'_>) -> Option<HeaderValue> {
        let (keys, now) = (&self.0.keys, self.now());
        if devices.known_to(keys, owner, now.saturating_add(LIFETIME / 2)).is_some() {
            return None;
        }
        let new = Token::new(keys, owner, now.saturating_add(LIFETIME));
        let others = devices.0.iter().filter(|it| !it.is_of(keys, owner, now));
        let all = std::iter::once(&new).chain(others).take(MOST);
        let texts: Vec<_> = all.map(|token| URL_SAFE_NO_PAD.encode(token.0)).collect();
        self.set_cookie(COOKIE, &texts.join("."), Some(LIFETIME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn owner(account: &AccountId) -> Owner<'_> {
        Owner { account, epoch: 7 }
    }

    #[test]
    fn a_device_is_known_to_the_account_that_was_used_on_it_for_its_time() {
        let keys = KeyRing::new([("old", [1; 32])]).unwrap();
        let (alice, bob) = (AccountId::random(), AccountId::random());
        let token = Token::new(&keys, owner(&alice), 100);
        let devices = Devices(vec![Token::new(&keys, owner(&bob), 100), token]);
        assert!(devices.known_to(&keys, owner(&alice), 99).is_some());
        assert_eq!(devices.known_to(&keys, owner(&alice), 100), None);
        assert_eq!(devices.known_to(&keys, owner(&AccountId::random()), 99), None);
        let of = |account| devices.known_to(&keys, owner(account), 99);
        assert_ne!(of(&alice), of(&bob));
        let rotated = KeyRing::new([("new", [2; 32]), ("old", [1; 32])]).unwrap();
        assert!(devices.known_to(&rotated, owner(&alice), 99).is_some());
        let other = KeyRing::new([("old", [2; 32])]).unwrap();
        assert_eq!(devices.known_to(&other, owner(&alice), 99), None);
    }

    #[test]
    fn another_epoch_knows_no_device() {
        let keys = KeyRing::ephemeral();
        let alice = AccountId::random();
        let devices = Devices(vec![Token::new(&keys, owner(&alice), 100)]);
        let next = Owner { account: &alice, epoch: 8 };
        assert_eq!(devices.known_to(&keys, next, 99), None);
    }

    #[test]
    fn a_changed_token_is_no_one_s() {
        let keys = KeyRing::ephemeral();
        let alice = AccountId::random();
        let token = Token::new(&keys, owner(&alice), 100);
        for place in 0..LENGTH {
            let mut changed = token;
            changed.0[place] ^= 1;
            assert!(!changed.is_of(&keys, owner(&alice), 99), "{place}");
        }
    }
}
