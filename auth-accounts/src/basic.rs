//! HTTP Basic ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)), for programs that know nothing
//! better: a user name and a password with every request.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use auth_core::scheme::{Challenge, Locations, PresentedCredential, SchemeError};
use auth_core::{Authentication, AuthenticationScheme, Method};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::model::{Account, AccountId, AccountStatus, AuditOutcome, LoginKey};
use crate::secret::{Digest, SecretText};
use crate::sign_in::{Client, SignInError, presented_address, with_address};
use crate::store::StoreError;

/// For how many seconds a user name and a password that were right are accepted again without a hash. Each request
/// still asks whether the account is unchanged.
const REMEMBERED: u64 = 60;

/// For how many seconds more they are known to have been right: their attempts are counted apart from those of other
/// clients, which could otherwise lock the owner's programs out.
const KNOWN: u64 = 24 * 3_600;

/// These attempts are of a kind of their own. Otherwise the requests of a program, each of which succeeds, would reset
/// the counter of attempts at the sign-in again and again.
const KIND: &str = "basic";

/// How many of them are remembered.
const MOST: usize = 1_024;

/// The scheme of HTTP Basic, for endpoints that say `method = Basic`.
///
/// It checks as a sign-in does, with limits of the same size and the same answers. An account with a second factor
/// cannot use it: a password alone would be a way around that. If the origin of the accounts is neither `https`
/// nor the machine itself, requests are answered with 500.
///
/// ```no_run
/// # fn accounts() -> auth_accounts::Accounts { unreachable!() }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use auth_core::Authenticator;
///
/// let authenticator = Authenticator::builder().scheme(accounts().basic_scheme()).build()?;
/// # drop(authenticator);
/// # Ok(())
/// # }
/// ```
pub struct BasicScheme {
    accounts: Accounts,
    /// What was right lately, by a keyed digest of it.
    remembered: Mutex<HashMap<Digest, Remembered>>,
}

#[derive(Clone)]
struct Remembered {
    account: AccountId,
    epoch: u64,
    until: u64,
}

impl Accounts {
    /// The scheme of HTTP Basic for these accounts.
    #[must_use]
    pub fn basic_scheme(&self) -> BasicScheme {
        BasicScheme { accounts: self.clone(), remembered: Mutex::default() }
    }
}

impl fmt::Debug for BasicScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicScheme").finish_non_exhaustive()
    }
}

impl AuthenticationScheme for BasicScheme {
    fn method(&self) -> Method {
        Method::Basic
    }

    fn locations(&self) -> Locations {
        with_address(Locations::authorization("Basic"))
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let accounts = &self.accounts;
        if !is_private(accounts.issuer()) {
            return Err(SchemeError::Misconfigured("HTTP Basic needs an origin with `https`"));
        }
        let (username, password) = user_pass(credential.authorization()?)?;
        let key = self.key(&username, &password);
        let account = if let Some(account) = self.recall(&key).await? {
            account
        } else {
            let address = presented_address(credential, &accounts.0.proxies)?;
            let client = address.map_or_else(Client::default, Client::at);
            self.check(key, &username, &password, &client).await?
        };
        let issuer = accounts.issuer().to_owned();
        Ok(Authentication::vouched_by_scheme(Method::Basic, issuer, account.as_str()).build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Basic").param("charset", "UTF-8")
    }
}

impl BasicScheme {
    /// The account with this name and password, if these are all that it needs.
    async fn check(
        &self,
        key: Digest,
        username: &str,
        password: &SecretText,
        client: &Client,
    ) -> Result<AccountId, SchemeError> {
        let accounts = &self.accounts;
        let own = self.table().contains_key(&key).then_some(key);
        let checked = accounts.check_counted(username, password, client, |login, _| {
            accounts.counters_beside_sign_in(KIND, login, own.as_ref())
        });
        let account = checked.await?;
        let now = accounts.now();
        let mut entry = client.entry(now, "sign_in").about(&account.id).with("method", "basic");
        let has_second_factor = self.has_second_factor(&account).await?;
        if has_second_factor {
            entry = entry.outcome(AuditOutcome::Refused).with("reason", "second_factor");
        } else {
            entry = entry.by(&account.id);
        }
        accounts.ask(accounts.0.stores.audit.append(&entry)).await.map_err(unavailable)?;
        if has_second_factor {
            return Err(SchemeError::Refused("the account has a second factor"));
        }
        let until = now.saturating_add(REMEMBERED);
        let remembered = Remembered { account: account.id.clone(), epoch: account.epoch, until };
        self.remember(key, remembered, now);
        Ok(account.id)
    }

    /// The account, if the same name and password were right a moment ago, and nothing has changed.
    async fn recall(&self, key: &Digest) -> Result<Option<AccountId>, SchemeError> {
        let accounts = &self.accounts;
        let known = self.table().get(key).cloned();
        let Some(known) = known.filter(|it| accounts.now() < it.until) else { return Ok(None) };
        let stored = accounts.ask(accounts.0.stores.accounts.load(&known.account)).await;
        let stored = stored.map_err(unavailable)?.filter(|account| {
            account.epoch == known.epoch && account.status == AccountStatus::Active
        });
        match stored {
            Some(account) if !self.has_second_factor(&account).await? => Ok(Some(account.id)),
            _ => {
                self.table().remove(key);
                Ok(None)
            }
        }
    }

    async fn has_second_factor(&self, account: &Account) -> Result<bool, SchemeError> {
        // What a sign-in would ask for after the password.
        Ok(!self.accounts.second_factors(account).await.map_err(unavailable)?.is_empty())
    }

    fn key(&self, username: &str, password: &SecretText) -> Digest {
        // One account has many spellings, and one place here.
        let login = LoginKey::of_attempt(username);
        let text = Digest::of(&[login.as_str().as_bytes(), password.expose().as_bytes()]);
        self.accounts.0.keys.current_mac("basic", text.as_bytes())
    }

    fn remember(&self, key: Digest, remembered: Remembered, now: u64) {
        let mut table = self.table();
        if table.len() >= MOST && !table.contains_key(&key) {
            table.retain(|_, it| now < it.until.saturating_add(KNOWN));
            // The oldest is forgotten.
            let oldest = table.iter().min_by_key(|(_, it)| it.until).map(|(key, _)| *key);
            if let Some(oldest) = oldest.filter(|_| table.len() >= MOST) {
                table.remove(&oldest);
            }
        }
        table.insert(key, remembered);
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Digest, Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The user name and the password of a credential
/// ([RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2)): what is before the first colon,
/// and all that is behind it.
fn user_pass(credential: &str) -> Result<(String, SecretText), SchemeError> {
    let bytes = Zeroizing::new(
        STANDARD.decode(credential).map_err(|_| SchemeError::Malformed("it is not base64"))?,
    );
    let text =
        std::str::from_utf8(&bytes).map_err(|_| SchemeError::Malformed("it is not UTF-8"))?;
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(SchemeError::Malformed("it has a control character"));
    }
    let (username, password) =
        text.split_once(':').ok_or(SchemeError::Malformed("it has no colon"))?;
    Ok((username.to_owned(), SecretText::from(password)))
}

/// Whether no network is between a client and this origin, or TLS protects it.
fn is_private(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    uri.scheme_str() == Some("https")
        || host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

impl From<SignInError> for SchemeError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused | SignInError::NotBegun => {
                Self::Refused("the name or the password is wrong")
            }
            SignInError::TooManyAttempts { .. } => Self::Refused("there were too many attempts"),
            SignInError::Busy { retry_after } => Self::Unavailable { retry_after },
            SignInError::Store(error) => unavailable(error),
        }
    }
}

fn unavailable(_: StoreError) -> SchemeError {
    SchemeError::Unavailable { retry_after: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(String, String), SchemeError> {
        let read = user_pass(&STANDARD.encode(bytes));
        read.map(|(username, password)| (username, password.expose().to_owned()))
    }

    #[test]
    fn r24_the_first_colon_divides() {
        let split = |text: &str| read(text.as_bytes()).unwrap();
        assert_eq!(split("alice:a:b: c "), ("alice".to_owned(), "a:b: c ".to_owned()));
        assert_eq!(split(":x"), (String::new(), "x".to_owned()));
        assert_eq!(split("alice:"), ("alice".to_owned(), String::new()));
        assert!(read(b"alice").is_err());
    }

    #[test]
    fn r25_control_characters_are_malformed_in_either_part() {
        for byte in (0..0x20).chain([0x7f]) {
            for text in
                [[b"al", &[byte][..], b"ice:x"].concat(), [b"alice:x", &[byte][..]].concat()]
            {
                assert!(matches!(read(&text), Err(SchemeError::Malformed(_))), "{byte}");
            }
        }
    }

    #[test]
    fn r26_it_is_utf_8_or_malformed() {
        assert_eq!(read("ä:ö€".as_bytes()).unwrap().1, "ö€");
        for text in [&b"alice:\xff"[..], b"\xe4:x", b"alice:\xc0\x80", b"alice:\xed\xa0\x80"] {
            assert!(matches!(read(text), Err(SchemeError::Malformed(_))), "{text:?}");
        }
    }

    #[test]
    fn r27_what_is_not_base64_is_malformed() {
        for text in
            ["", "%", "YTpi=", "YTpi====", "YTp", "YTpj\u{e4}", "YT pi", "YTpiY", "YWxpY2U6eB"]
        {
            assert!(user_pass(text).is_err(), "{text}");
        }
        assert!(user_pass("YTpi").is_ok());
    }

    #[test]
    fn r31_only_a_private_origin_will_do() {
        for origin in
            ["https://a.test", "http://localhost:3000", "http://127.0.0.1", "http://[::1]:1"]
        {
            assert!(is_private(origin), "{origin}");
        }
        for origin in ["http://a.test", "http://localhost.a.test", "a.test", ""] {
            assert!(!is_private(origin), "{origin}");
        }
    }
}
