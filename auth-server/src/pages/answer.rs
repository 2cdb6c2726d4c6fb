//! The answers with pages, and those that lead away.

use auth_accounts::pages::style_source;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, REFRESH, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

use super::{LeavePage, Pages};
use crate::wire::no_store;

/// Where the form of a page leads in the end, beside this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It has no form, or one that stays here.
    Nowhere,
    /// To a redirect URI. Chromium applies `form-action` to what a form is redirected to, too.
    To(String),
}

impl Then {
    /// The source for a policy. What is no address of the web has none: a page leads there.
    fn source(&self) -> Option<String> {
        let Self::To(address) = self else { return None };
        let url = url::Url::parse(address).ok()?;
        match (url.scheme(), url.host()?) {
            // A source of a policy cannot be an address of IPv6
            // (<https://www.w3.org/TR/CSP3/#grammardef-host-part>).
            ("http", url::Host::Ipv6(_)) => Some("http:".to_owned()),
            ("https", url::Host::Ipv6(_)) => Some("https:".to_owned()),
            // A host may contain characters that end a source or a whole policy.
            ("http" | "https", url::Host::Domain(name)) if !name.bytes().all(is_host) => None,
            ("http" | "https", _) => Some(url.origin().ascii_serialization()),
            _ => None,
        }
    }
}

/// Whether a byte can be in the host of a source
/// (<https://www.w3.org/TR/CSP3/#grammardef-host-char>), or is the dot between two labels.
const fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// A page. Nothing runs, nothing frames it, no cache stores it, and no other site learns its address.
pub(crate) fn page(
    status: StatusCode,
    html: String,
    then: &Then,
    cookies: Vec<HeaderValue>,
) -> Response {
    page_with_script(status, html, then, None, cookies)
}

/// The script of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script<'a> {
    /// Its address.
    pub(crate) address: &'a str,
    /// Whether it asks this server for more.
    pub(crate) fetches: bool,
}

impl Script<'_> {
    /// What a policy says of it: its address, unless that would end the source.
    fn sources(self) -> String {
        let Self { address, fetches } = self;
        let is_source = address.bytes().all(|it| it.is_ascii_graphic() && !b",;'".contains(&it));
        let source = if is_source { address } else { "'self'" };
        let connect = if fetches { " connect-src 'self';" } else { "" };
        format!(" script-src {source};{connect}")
    }
}

/// The same, in which this script may run.
pub(crate) fn page_with_script(
    status: StatusCode,
    html: String,
    then: &Then,
    script: Option<Script<'_>>,
    cookies: Vec<HeaderValue>,
) -> Response {
    let style = style_source();
    let script = script.map(Script::sources).unwrap_or_default();
    let form_action = then.source().map(|it| format!(" {it}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none';{script} style-src 'self' {style}; img-src 'self' data:; form-action 'self'{form_action}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let Ok(policy) = HeaderValue::try_from(policy) else {
        return no_store(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut response = answer(status, Body::from(html), cookies);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Sends the browser to another address with `GET`, also after a `POST`: 303, so that the form is not sent along
/// ([RFC 9700 §4.12](https://www.rfc-editor.org/rfc/rfc9700#section-4.12)).
pub(crate) fn redirect(address: &str, cookies: Vec<HeaderValue>) -> Response {
    let Ok(location) = HeaderValue::try_from(address) else {
        tracing::error!("an address to redirect to is no header value");
        return no_store(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut response = answer(StatusCode::SEE_OTHER, Body::empty(), cookies);
    response.headers_mut().insert(LOCATION, location);
    response
}

/// Sends the browser to a client: by a redirect, or, to an application on the device, by a page with a link.
/// Browsers follow no redirect of a form there that its policy does not allow, or ask before they do.
pub(crate) fn leave(pages: &dyn Pages, address: &str, cookies: Vec<HeaderValue>) -> Response {
    if address.starts_with("https://") || address.starts_with("http://") {
        return redirect(address, cookies);
    }
    let html = pages.leave(&LeavePage { address });
    let mut response = page(StatusCode::OK, html, &Then::Nowhere, cookies);
    // The address is printable ASCII without spaces, `,` and `;`: else the link alone leads there.
    let is_plain = address.bytes().all(|it| it.is_ascii_graphic() && !b",;'\"".contains(&it));
    if is_plain && let Ok(refresh) = HeaderValue::try_from(format!("0; url={address}")) {
        response.headers_mut().insert(REFRESH, refresh);
    }
    response
}

fn answer(status: StatusCode, body: Body, cookies: Vec<HeaderValue>) -> Response {
    let mut response = no_store((status, body).into_response());
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_the_script_or_the_origin_of_the_server() {
        for (address, expected) in [
            (
                "https://id.example.com/a/passkey.js",
                " script-src https://id.example.com/a/passkey.js;",
            ),
            ("https://id.example.com/a;b/passkey.js", " script-src 'self';"),
            ("https://id.example.com/a, b", " script-src 'self';"),
        ] {
            assert_eq!(Script { address, fetches: false }.sources(), expected);
            let connect = format!("{expected} connect-src 'self';");
            assert_eq!(Script { address, fetches: true }.sources(), connect);
        }
    }

    #[test]
    fn a_policy_names_the_origin_of_the_redirect_uri_and_nothing_else() {
        for (address, expected) in [
            ("https://app.example.com/cb?a=b", Some("https://app.example.com")),
            ("https://app.example.com:8443/cb", Some("https://app.example.com:8443")),
            ("http://127.0.0.1:49152/cb", Some("http://127.0.0.1:49152")),
            ("http://localhost:1/cb", Some("http://localhost:1")),
            ("http://[::1]:49152/cb", Some("http:")),
            ("com.example.app:/cb", None),
            ("com.example.app://host/cb", None),
            ("https://app.example.com;script-src *", None),
            ("https://app.example.com;sandbox/cb", None),
            ("https://app.example.com,sandbox/cb", None),
            ("https://'unsafe-inline'/cb", None),
            ("https://*/cb", None),
            ("'unsafe-inline'", None),
        ] {
            assert_eq!(Then::To(address.to_owned()).source().as_deref(), expected, "{address}");
        }
    }
}
