//! Second factors: codes of an authenticator application, recovery codes, codes that are sent.
//!
//! - A *TOTP* ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)) has a secret of 160 bits, sealed with a
//!   key outside the store and shown once. It is active after its first code, and each code is accepted
//!   at most once, the first one included. An account can have several.
//! - A *passkey* ([WebAuthn](https://www.w3.org/TR/webauthn-3/)) is a key that an authenticator keeps. Its user
//!   is verified each time, so that it counts as two factors: it can be a second factor, and the only one.
//! - *Recovery codes* are ten of 120 bits, for users who have lost all other factors. Each is used up once.
//! - A *code that is sent* has 8 digits and belongs to one sign-in. It is off unless the application
//!   [says so](DeliveredCodes): a person who reads the mail of an account could reset its password, too.
//!
//! A caller who adds, replaces or removes a factor has to have proved one in this session within the last 10
//! minutes; the first one needs the password. The owner of the account is notified.

mod code;
mod enrolment;
mod freshness;
mod manage;
#[cfg(feature = "passkey")]
pub(crate) mod passkey;
mod qr;
mod recovery;
mod settings;
mod totp;

#[cfg(feature = "passkey")]
pub use passkey::PasskeySettings;
pub use settings::{DeliveredCodes, FactorSettings};

pub(crate) use code::Sending;
pub(crate) use enrolment::{ACTIVE as TOTP_SEALED_FOR, ConfirmError, EnrolError};
pub(crate) use manage::RemoveError;

use crate::model::FactorKind;

/// What the TOTP of a provided account is called.
pub(crate) const PROVIDED_TOTP: &str = "provided";

/// What endpoints, answers and the audit trail call a kind of factor.
pub(crate) const fn wire_name(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Password => "password",
        FactorKind::Totp => "totp",
        FactorKind::Passkey => "passkey",
        FactorKind::Recovery => "recovery-code",
        FactorKind::Code => "code",
        FactorKind::Federated => "federated",
    }
}
