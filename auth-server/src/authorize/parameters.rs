//! An authorization request as it was sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::{Form, OAuthError};

/// The parameters that the server knows. Others are ignored
/// ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
const KNOWN: [&str; 18] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "id_token_hint",
    "resource",
    "dpop_jkt",
    "request",
    "request_uri",
];

/// How many bytes they may have together: they are sealed into addresses and forms.
const MAX_BYTES: usize = 8 * 1024;

/// The known parameters of an authorization request, as they were sent.
/// [`read_request`](crate::AuthorizationServer::read_request) checks them, on each page anew.
///
/// `Debug` shows only names.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Those of a query or form.
    pub(crate) fn read(form: &Form) -> Result<Self, OAuthError> {
        let known = form.iter().filter(|(name, _)| KNOWN.contains(name));
        let known: Vec<_> =
            known.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let bytes: usize = known.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > MAX_BYTES {
            return Err(OAuthError::invalid_request("the request has more than 8 KiB"));
        }
        Ok(Self(known))
    }

    /// The value of a parameter; `None` if it is absent or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(it, _)| it == name).map(|(_, it)| it.as_str());
        values.find(|it| !it.is_empty())
    }

    /// All values of a parameter that may come several times.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.0.iter().filter(move |(it, _)| it == name).map(|(_, it)| it.as_str());
        values.filter(|it| !it.is_empty())
    }

    /// Whether a parameter is there more than once.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(it, _)| it == name).nth(1).is_some()
    }

    /// A parameter that is there more than once, except for `resource`.
    pub(crate) fn repeated(&self) -> Option<&'static str> {
        KNOWN.into_iter().filter(|it| *it != "resource").find(|it| self.is_repeated(it))
    }

    /// Whether the client asks for a response without any page (`prompt=none`).
    pub(crate) fn is_silent(&self) -> bool {
        self.all("prompt").any(|it| it.split(' ').any(|it| it == "none"))
    }

    /// Replaces all values of a parameter.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(it, _)| it != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
