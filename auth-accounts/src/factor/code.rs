//! A code that is sent to the owner of an account, for one sign-in.

use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::delivery::Message;
use crate::model::{Account, AccountId, FactorKind, ProvedFactor};
use crate::secret::{Digest, SecretText, random_bytes};
use crate::store::{Attempt, Created, Limit, OneTimeKind, StoreError};

/// For how many seconds a code is valid (ASVS 6.5.5: at most 10 minutes).
const VALID: u64 = 10 * 60;

/// How many codes are sent to one account: a mailbox is not to be filled.
const SENT: Limit = Limit { attempts: 5, window_seconds: 15 * 60 };

/// How often a code that was sent before is replaced when another request does the same.
const TRIES: usize = 3;

/// What the digests of codes are made for.
const PURPOSE: &str = "sign-in-code";

/// Whether a code was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// It is on its way.
    Sent,
    /// There were too many.
    TooMany {
        /// When to try again, in seconds since 1970.
        until: u64,
    },
    /// The account has no address that codes are sent to.
    NoAddress,
}

/// 8 digits: 26 bits.
fn random_code() -> SecretText {
    // That 10 to the power of 8 does not divide 2 to the power of 64 favours no code by more than 2 to
    // the power of -37.
    let number = u64::from_le_bytes(random_bytes()) % 100_000_000;
    SecretText::new(format!("{number:08}"))
}

impl Accounts {
    /// Sends a code for the sign-in that waits under this digest. One that was sent before is void.
    pub(crate) async fn send_sign_in_code(
        &self,
        account: &Account,
        pending: &Digest,
    ) -> Result<Sending, StoreError> {
        let Some(to) = account.email.clone().filter(|_| self.sends_codes_to(account)) else {
            return Ok(Sending::NoAddress);
        };
        let now = self.now();
        let counter = Digest::of(&[b"sign-in-code-sent", account.id.as_str().as_bytes()]);
        let hit = self.0.stores.attempts.hit(&counter, SENT, now);
        if let Attempt::Refused { until } = self.ask(hit).await? {
            return Ok(Sending::TooMany { until });
        }
        let code = random_code();
        let value = self.code_mac(self.0.keys.current(), &account.id, pending, code.expose());
        let value = value.ok_or(StoreError::NotUnderstood("a code cannot be made"))?;
        let one_time = &self.0.stores.one_time;
        let digest = digest_of(pending);
        for _ in 0..TRIES {
            self.ask(one_time.take(OneTimeKind::Code, &digest, now)).await?;
            let end = now.saturating_add(VALID);
            let owner = Some(&account.id);
            let put = one_time.put(OneTimeKind::Code, &digest, owner, value.as_bytes(), end, now);
            if self.ask(put).await? == Created::Created {
                self.send(to, Message::SignInCode { code, valid_seconds: VALID });
                return Ok(Sending::Sent);
            }
        }
        Err(StoreError::Full("several requests ask for a code at once"))
    }

    /// Uses the code of a sign-in up, and says that it was proved. `None`: it is another one, or was used,
    /// replaced or is over.
    pub(crate) async fn prove_sign_in_code(
        &self,
        account: &AccountId,
        pending: &Digest,
        code: &SecretText,
    ) -> Result<Option<ProvedFactor>, StoreError> {
        let (digest, now) = (digest_of(pending), self.now());
        let one_time = &self.0.stores.one_time;
        let sent = self.ask(one_time.peek(OneTimeKind::Code, &digest, now)).await?;
        let Some(sent) = sent else { return Ok(None) };
        let expected = <[u8; 32]>::try_from(sent.as_slice()).map(Digest::from_bytes);
        let expected = expected.map_err(|_| StoreError::NotUnderstood("a code that was sent"))?;
        // It may be from just before the ring got another key.
        let mut macs = self
            .0
            .keys
            .names()
            .filter_map(|key| self.code_mac(key, account, pending, code.expose()));
        if !macs.any(|mac| mac.matches(&expected)) {
            return Ok(None);
        }
        let taken = self.ask(one_time.take(OneTimeKind::Code, &digest, now)).await?;
        let proved =
            ProvedFactor { kind: FactorKind::Code, at: now, id: None, user_verified: false };
        Ok((taken.as_ref() == Some(&sent)).then_some(proved))
    }

    /// A short code is kept under a key that is not in the store: a digest could be guessed.
    fn code_mac(
        &self,
        key: &str,
        account: &AccountId,
        pending: &Digest,
        code: &str,
    ) -> Option<Digest> {
        let bound = [pending.as_bytes(), account.as_str().as_bytes(), b":", code.as_bytes()];
        self.0.keys.mac(key, PURPOSE, &Zeroizing::new(bound.concat()))
    }
}

fn digest_of(pending: &Digest) -> Digest {
    Digest::of(&[b"sign-in-code", pending.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r45_a_code_has_eight_digits() {
        for _ in 0..100 {
            let code = random_code();
            assert_eq!(code.expose().len(), 8);
            assert!(code.expose().bytes().all(|it| it.is_ascii_digit()));
        }
    }
}
