//! Time-based one-time passwords ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)): HMAC-SHA-1, 6
//! digits, steps of 30 seconds, as every authenticator application has them.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::secret::{SecretText, random_bytes};

/// How long a step is, in seconds.
const STEP: u64 = 30;

/// How many digits a code has.
const DIGITS: usize = 6;

/// How many steps before and after the present one are accepted, since clocks differ and people are slow
/// ([RFC 6238 §5.2](https://www.rfc-editor.org/rfc/rfc6238#section-5.2)).
const DRIFT: u64 = 1;

/// How many random bytes a secret has: 160 bits
/// ([RFC 4226 §4](https://www.rfc-editor.org/rfc/rfc4226#section-4)).
pub(super) const SECRET_BYTES: usize = 20;

/// How many bytes the secret of a provided account has: what other programs have drawn is taken as it is.
const PROVIDED_BYTES: std::ops::RangeInclusive<usize> = 10..=64;

/// The secret of a TOTP.
pub(super) struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    pub(super) fn random() -> Self {
        Self(Zeroizing::new(random_bytes::<SECRET_BYTES>().to_vec()))
    }

    /// The secret with these bytes; `None` if they are fewer than 10 or more than 64.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        PROVIDED_BYTES.contains(&bytes.len()).then(|| Self(Zeroizing::new(bytes.to_vec())))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// In base 32, for users who type it.
    pub(super) fn base32(&self) -> SecretText {
        self.totp("", "")
            .map_or_else(|| SecretText::from(""), |it| SecretText::new(it.secret().to_base32()))
    }

    /// The address that authenticator applications read, with the secret in it.
    pub(super) fn uri(&self, issuer: &str, account: &str) -> Option<SecretText> {
        self.totp(issuer, account)?.to_url().ok().map(SecretText::new)
    }

    /// The latest time step around `now` (seconds since 1970) that has this code. Every step is looked at,
    /// in constant time.
    ///
    /// The latest: from then on no earlier one is accepted, should two steps have the same code.
    pub(super) fn step_of(&self, code: &str, now: u64) -> Option<u64> {
        self.step_by(code, now, |expected, code| verify_slices_are_equal(expected, code).is_ok())
    }

    /// The same with another comparison: each step is compared, and no answer of it ends the search.
    fn step_by(
        &self,
        code: &str,
        now: u64,
        mut is_equal: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> Option<u64> {
        let code = code.as_bytes();
        if code.len() != DIGITS || !code.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let totp = self.totp("", "")?;
        let present = now / STEP;
        let mut found = None;
        for step in present.saturating_sub(DRIFT)..=present.saturating_add(DRIFT) {
            let expected = Zeroizing::new(totp.generate(step.saturating_mul(STEP)).to_string());
            if is_equal(expected.as_bytes(), code) {
                found = Some(step);
            }
        }
        found
    }

    fn totp(&self, issuer: &str, account: &str) -> Option<Totp> {
        let builder = Builder::new()
            .with_secret(self.0.as_slice())
            .with_issuer((!issuer.is_empty()).then_some(issuer))
            .with_account_name(account)
            .with_step_duration(STEP);
        // A shorter secret than this is refused by `build`: others have drawn it.
        if self.0.len() < 16 { Some(builder.build_noncompliant()) } else { builder.build().ok() }
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc_secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B: the last 6 of the 8 digits.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc_secret().step_of(code, time), Some(time / 30), "{time}");
        }
    }

    #[test]
    fn r35_one_step_before_and_after_is_accepted_and_exact_digits_alone() {
        let (code, step) = ("050471", 1_111_111_111 / 30);
        for (at, expected) in [
            ((step - 2) * 30 + 29, None),
            ((step - 1) * 30, Some(step)),
            (step * 30, Some(step)),
            ((step + 1) * 30 + 29, Some(step)),
            ((step + 2) * 30, None),
        ] {
            assert_eq!(rfc_secret().step_of(code, at), expected, "{at}");
        }
        for odd in
            ["", "50471", "0504710", " 050471", "050471 ", "050 471", "+50471", "٠٥٠٤٧١", "05047１"]
        {
            assert_eq!(rfc_secret().step_of(odd, step * 30), None, "{odd}");
        }
    }

    #[test]
    fn r40_every_step_is_compared_whichever_has_the_code() {
        let present = 1_111_111_111 / 30;
        let code = |step: u64| rfc_secret().totp("", "").unwrap().generate(step * 30).to_string();
        let cases = [present - 1, present, present + 1].map(|step| (code(step), Some(step)));
        for (code, expected) in cases.into_iter().chain([("000000".to_owned(), None)]) {
            let mut compared = Vec::new();
            let found = rfc_secret().step_by(&code, present * 30, |expected, code| {
                compared.push((expected.to_vec(), code.to_vec()));
                expected == code
            });
            assert_eq!(found, expected, "{code}");
            // Each with all of its digits, and with the code as it was sent.
            assert_eq!(compared.len(), 3, "{code}");
            assert!(compared.iter().all(|(one, other)| one.len() == 6 && other == code.as_bytes()));
        }
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for now in [0, 1, 29, u64::MAX - 1, u64::MAX] {
            let _either = rfc_secret().step_of("000000", now);
        }
    }

    #[test]
    fn the_uri_has_what_an_application_needs() {
        let uri = rfc_secret().uri("Acme Notes", "alice").unwrap();
        assert_eq!(
            uri.expose(),
            "otpauth://totp/Acme%20Notes:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20Notes"
        );
        assert_eq!(rfc_secret().base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(format!("{:?}", rfc_secret()), "TotpSecret(..)");
    }

    #[test]
    fn a_secret_has_160_bits() {
        assert_eq!(TotpSecret::random().bytes().len() * 8, 160);
        assert!(TotpSecret::from_bytes(&[0; 9]).is_none());
        assert!(TotpSecret::from_bytes(&[0; 65]).is_none());
        assert_ne!(TotpSecret::random().bytes(), TotpSecret::random().bytes());
    }
}
