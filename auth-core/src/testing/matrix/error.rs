//! What the matrix found.

use std::fmt;

use crate::testing::TestIssuerError;
use crate::web::ProtectError;

/// Why an access matrix failed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum MatrixError {
    /// An endpoint does not do what it declares.
    #[error("{0}")]
    Violation(Box<Violation>),
    /// No caller can pass an endpoint, so it cannot be shown that anyone does.
    #[error("no caller can use `{endpoint}`: {reason}")]
    NobodyPasses {
        /// The endpoint.
        endpoint: String,
        /// Its requirement, or the assumption that is in the way.
        reason: String,
    },
    /// `with_path` names no endpoint.
    #[error(
        "`with_path` names `{0}`, which is not a path of the access map\nhelp: write it as in the route, parameters in braces, with the prefixes of `nest`"
    )]
    UnknownPath(String),
    /// `with_path` gives no path.
    #[error(
        "`with_path` gives `{0}`, which is not a path\nhelp: start it with `/`, as in `/orders/1`"
    )]
    InvalidPath(String),
    /// `assume` names no check of the router, or gives one two answers.
    #[error(
        "`assume` names the check `{0}`, which no endpoint has\nhelp: it is the name of the function under `#[check(..)]`"
    )]
    UnknownCheck(&'static str),
    /// `assume` gives one check two answers.
    #[error("`assume` gives the check `{0}` two answers")]
    TwoAnswers(&'static str),
    /// `with_header` gives no header.
    #[error("`with_header` gives `{0}`, which is not a header")]
    InvalidHeader(String),
    /// The router cannot be protected.
    #[error("{0}")]
    Protect(#[from] ProtectError),
    /// The issuer of the matrix cannot be set up.
    #[error("the issuer of the matrix: {0}")]
    Issuer(#[from] TestIssuerError),
    /// The authenticator of the matrix cannot be set up.
    #[error("the authenticator of the matrix: {0}")]
    Authenticator(String),
}

crate::wording::debug_in_words!(MatrixError);

/// An endpoint that does not do what it declares, with the request that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub(super) endpoint: String,
    pub(super) handler: String,
    pub(super) requirement: String,
    pub(super) caller: String,
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) request: String,
}

impl Violation {
    /// The endpoint, as `DELETE /orders/{id}`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What should have happened.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What happened.
    #[must_use]
    pub fn got(&self) -> &str {
        &self.got
    }

    /// The request as a line of `curl`. The token in it is a placeholder for one that only the matrix could
    /// sign; what it says is written below.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.request
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, handler, requirement, caller, expected, got, request } = self;
        write!(
            f,
            "`{endpoint}` does not do what it declares\n\
             \x20 handler:  {handler}\n\
             \x20 requires: {requirement}\n\
             \x20 caller:   {caller}\n\
             \x20 expected: {expected}\n\
             \x20 got:      {got}\n\
             \n{request}"
        )
    }
}
