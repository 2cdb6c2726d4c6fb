//! What browsers may do with a page.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Pages;

/// How the pages look.
pub(super) const STYLE: &str = include_str!("style.css");

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Nothing runs, nothing is loaded but style sheets of the own origin, forms go there alone, no other page
/// frames it.
const OF_APPLICATION: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const WITH_STYLESHEET: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// The policy for our pages: their style is known by its digest.
static WITH_OUR_STYLE: LazyLock<HeaderValue> = LazyLock::new(|| {
    let source = style_source();
    let policy = format!(
        "default-src 'none'; style-src {source}; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    // Always a header value: base64 is.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(WITH_STYLESHEET))
});

/// What a policy calls our style.
#[must_use]
pub fn style_source() -> String {
    format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, STYLE.as_bytes())))
}

pub(super) fn standard(has_stylesheet: bool) -> HeaderValue {
    if has_stylesheet { HeaderValue::from_static(WITH_STYLESHEET) } else { WITH_OUR_STYLE.clone() }
}

/// The policy for the pages of an application. One that is no header value is not used.
pub(super) fn of_application(pages: &dyn Pages) -> HeaderValue {
    let own = pages.content_security_policy().and_then(|it| HeaderValue::from_str(it).ok());
    own.unwrap_or(HeaderValue::from_static(OF_APPLICATION))
}

/// The headers of a page. The address of one with a token is sent to no other site
/// ([Referrer Policy §3.1](https://www.w3.org/TR/referrer-policy/#referrer-policy-no-referrer)). That
/// makes browsers send `Origin: null` with its form: they say by `Sec-Fetch-Site` where it comes from.
pub(super) fn add(headers: &mut HeaderMap, policy: HeaderValue, has_token: bool) {
    let referrer = if has_token { "no-referrer" } else { "same-origin" };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    never_kept(headers);
}

/// The answer is stored nowhere, and it is another one for programs.
pub(super) fn never_kept(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(VARY, HeaderValue::from_static("Accept"));
}
