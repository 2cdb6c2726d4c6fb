//! Counters through the `metrics` facade, with the feature `metrics`. Labels have few values, all from RFCs;
//! input of clients never becomes a label.

use crate::client::GrantType;
use crate::wire::OAuthErrorCode;

/// A grant was stored.
pub(crate) fn grant_made() {
    #[cfg(feature = "metrics")]
    metrics::counter!("auth_server_grants_total").increment(1);
}

/// An access token was issued.
pub(crate) fn token_issued(grant: GrantType) {
    #[cfg(feature = "metrics")]
    metrics::counter!("auth_server_tokens_total", "grant_type" => grant.as_str()).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = grant;
}

/// A request was answered with an error.
pub(crate) fn refused(code: OAuthErrorCode) {
    #[cfg(feature = "metrics")]
    metrics::counter!("auth_server_refusals_total", "error" => code.as_str()).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = code;
}
