//! What is known of a token before its sender has proved anything.

use super::error::VerifyError;
use super::verified_token::VerifiedToken;

/// Something that a token was verified to say, whose sender may still have to prove that the token
/// was issued to them ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449),
/// [RFC 8705](https://www.rfc-editor.org/rfc/rfc8705)). Nothing is authenticated by it.
pub(crate) struct Unproven<T>(T);

/// A token with a valid signature and valid claims, whose sender is not checked yet.
pub(crate) type UnprovenToken = Unproven<VerifiedToken>;

/// Says that the sender of a request proved what the token in it asks for, or that it asks for
/// nothing.
pub(crate) struct SenderProven(());

impl SenderProven {
    /// To be called where the proof was checked, and nowhere else.
    pub(crate) const fn was_checked() -> Self {
        Self(())
    }
}

impl<T> Unproven<T> {
    pub(crate) const fn new(verified: T) -> Self {
        Self(verified)
    }

    /// What can be said of it without a proof: whether it was revoked, what has to be proved.
    pub(crate) const fn claimed(&self) -> &T {
        &self.0
    }

    /// The same of something else that is made from it.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Unproven<U> {
        Unproven(change(self.0))
    }

    /// What it is once its sender was checked.
    pub(crate) fn with_proof(self, SenderProven(()): SenderProven) -> T {
        self.0
    }
}

impl UnprovenToken {
    /// What it says, for an answer to another service, which checks the sender.
    pub(crate) fn for_report(self) -> VerifiedToken {
        self.0
    }

    /// A token that is bound to no one: who holds it may use it
    /// ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    pub(crate) fn into_bearer(self) -> Result<VerifiedToken, VerifyError> {
        match self.0.confirmation() {
            None => Ok(self.0),
            Some(_) => Err(VerifyError::SenderConstrained),
        }
    }
}
