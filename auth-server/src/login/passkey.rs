//! Passkeys, as a page asks for them and as they come back.

use std::fmt;

use super::{LoginForm, LoginStep};

/// What a page needs to ask for a passkey: see [`LoginStep::WithPasskey`].
#[derive(Clone)]
#[non_exhaustive]
pub struct PasskeyRequest {
    /// The options for `navigator.credentials.get()`, as JSON
    /// ([WebAuthn §5.1.8](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson)).
    pub options: String,
    /// What [`LoginForm::passkey`] gives back with the answer: what is known of the challenge. It is sealed into
    /// the form, which comes back from the same browser, within half an hour.
    pub state: String,
}

impl PasskeyRequest {
    /// A request with these options, as JSON, and this state.
    #[must_use]
    pub fn new(options: impl Into<String>, state: impl Into<String>) -> Self {
        Self { options: options.into(), state: state.into() }
    }
}

impl fmt::Debug for PasskeyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasskeyRequest(..)")
    }
}

/// The answer to a [`PasskeyRequest`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct PasskeyAnswer<'a> {
    /// What `PublicKeyCredential.toJSON()` gives
    /// ([WebAuthn §5.1](https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson)), as the browser has
    /// sent it.
    pub credential: &'a str,
    /// The state of the request.
    pub state: &'a str,
}

impl fmt::Debug for PasskeyAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasskeyAnswer(..)")
    }
}

impl LoginForm<'_> {
    /// The passkey that the form was sent with, if its page asked for one.
    #[must_use]
    pub fn passkey(&self) -> Option<PasskeyAnswer<'_>> {
        Some(PasskeyAnswer { credential: self.get("passkey")?, state: self.state? })
    }
}

impl LoginStep {
    /// The step itself, and the passkey that its page asks for.
    pub(crate) fn split(self) -> (Self, Option<PasskeyRequest>) {
        match self {
            Self::WithPasskey { step, passkey } => (step.split().0, Some(passkey)),
            step => (step, None),
        }
    }
}
