//! Recovery codes: for users who have lost every other factor.

use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::delivery::Notice;
use crate::model::{AccountId, AuditEntry, FactorKind, ProvedFactor};
use crate::secret::{Digest, SecretText, random_bytes};
use crate::store::StoreError;

/// How many there are.
const CODES: usize = 10;

/// How many random bytes each has: 120 bits, so that a code cannot be guessed from its digest.
const CODE_BYTES: usize = 15;

/// How many letters: 5 bits each.
const LETTERS: usize = CODE_BYTES * 8 / 5;

/// Digits and letters without those that look like others.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new code, in groups of four.
fn random_code() -> SecretText {
    let bytes = Zeroizing::new(random_bytes::<CODE_BYTES>());
    let mut code = String::with_capacity(LETTERS + LETTERS / 4);
    for (place, five) in bytes.chunks(5).flat_map(letters).enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(five);
    }
    SecretText::new(code)
}

/// 5 bytes as 8 letters.
fn letters(bytes: &[u8]) -> impl Iterator<Item = char> {
    let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (0..8_u32).rev().map(move |place| {
        let index = usize::try_from(number >> (5 * place) & 31).unwrap_or_default();
        ALPHABET.get(index).copied().map_or('0', char::from)
    })
}

/// A code as it was made, however it is typed: groups, case, `O` for 0 and `I` or `L` for 1.
fn normalised(text: &str) -> Option<Zeroizing<String>> {
    let mut code = Zeroizing::new(String::with_capacity(LETTERS));
    for letter in text.chars().filter(|it| !matches!(it, '-' | ' ')) {
        let letter = match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let is_known = u8::try_from(letter).is_ok_and(|it| ALPHABET.contains(&it));
        if !is_known || code.len() == LETTERS {
            return None;
        }
        code.push(letter);
    }
    (code.len() == LETTERS).then_some(code)
}

/// What a code is kept as. 120 bits are out of reach of any guess: a fast digest will do (ASVS 6.5.2).
fn digest(account: &AccountId, code: &str) -> Digest {
    Digest::of(&[b"recovery-code", account.as_str().as_bytes(), code.as_bytes()])
}

impl Accounts {
    /// Makes new recovery codes in the place of all that the account had, and shows them this once.
    pub(crate) async fn replace_recovery_codes(
        &self,
        account: &AccountId,
    ) -> Result<Vec<SecretText>, StoreError> {
        let codes: Vec<SecretText> = std::iter::repeat_with(random_code).take(CODES).collect();
        let digests: Vec<Digest> = codes
            .iter()
            .filter_map(|code| normalised(code.expose()))
            .map(|code| digest(account, &code))
            .collect();
        let audit =
            AuditEntry::new(self.now(), "recovery_codes_replaced").by(account).about(account);
        let replace = self.0.stores.factors.replace_recovery_codes(account, &digests, &audit);
        self.ask(replace).await?;
        self.tell_owner(account, Notice::RecoveryCodesReplaced);
        Ok(codes)
    }

    /// Uses a recovery code up, and says that it was proved. `None`: the account has no such code.
    pub(crate) async fn prove_recovery_code(
        &self,
        account: &AccountId,
        code: &SecretText,
    ) -> Result<Option<ProvedFactor>, StoreError> {
        let Some(code) = normalised(code.expose()) else { return Ok(None) };
        let at = self.now();
        let audit = AuditEntry::new(at, "recovery_code_used").by(account).about(account);
        let digest = digest(account, &code);
        let take = self.0.stores.factors.take_recovery_code(account, &digest, &audit);
        let is_taken = self.ask(take).await?;
        if is_taken {
            self.tell_owner(account, Notice::RecoveryCodeUsed);
        }
        let proved =
            ProvedFactor { kind: FactorKind::Recovery, at, id: None, user_verified: false };
        Ok(is_taken.then_some(proved))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn r42_a_code_has_120_bits_and_no_letter_that_looks_like_another() {
        let codes: HashSet<String> = (0..100).map(|_| random_code().expose().to_owned()).collect();
        assert_eq!(codes.len(), 100);
        for code in codes {
            assert_eq!(code.len(), 29, "{code}");
            assert_eq!(code.replace('-', "").len() * 5, 120);
            assert!(!code.contains(['i', 'l', 'o', 'u']), "{code}");
            assert_eq!(*normalised(&code).unwrap(), code.replace('-', ""));
        }
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let code = "0123-4567-89ab-cdef-ghjk-mnpq";
        let plain = code.replace('-', "");
        for text in [
            code,
            &code.to_uppercase(),
            &plain,
            "O I23 4567 89ab cdef ghjk mnpq",
            &code.replace('1', "l"),
        ] {
            assert_eq!(normalised(text).as_deref(), Some(&plain), "{text}");
        }
        for text in [
            "",
            "0123",
            &format!("{code}0"),
            &code.replace('a', "u"),
            &code.replace('a', "ä"),
            &"0".repeat(100_000),
        ] {
            assert_eq!(normalised(text), None);
        }
    }

    #[test]
    fn letters_are_five_bits_each() {
        let text = |bytes: &[u8]| letters(bytes).collect::<String>();
        assert_eq!(text(&[0; 5]), "00000000");
        assert_eq!(text(&[255; 5]), "zzzzzzzz");
        assert_eq!(text(&[0, 0, 0, 0, 33]), "00000011");
    }

    #[test]
    fn a_code_of_one_account_is_none_of_another() {
        let (alice, bob) = (AccountId::random(), AccountId::random());
        assert_ne!(digest(&alice, "x"), digest(&bob, "x"));
    }
}
