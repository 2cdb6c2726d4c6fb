//! Why a scheme does not authenticate a request.

/// Why an [`AuthenticationScheme`](super::AuthenticationScheme) does not authenticate a request.
///
/// The text is for the log of the program and for development: a client reads only that its
/// credential is not valid. It is the program's own, so nothing of the credential can be in it.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// The credential has not the form that the scheme expects: 400.
    #[error("the credential is malformed: {0}")]
    Malformed(&'static str),
    /// The credential is not valid: 401.
    #[error("the credential is not valid: {0}")]
    Refused(&'static str),
    /// It cannot be determined now whether the credential is valid: 503.
    #[error("the credential cannot be judged now; try again in {retry_after} seconds")]
    Unavailable {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
    /// The program has a mistake, and no credential can be judged: 500.
    #[error("the scheme is misconfigured: {0}")]
    Misconfigured(&'static str),
}

crate::wording::debug_in_words!(SchemeError);
