//! Whether a form was sent by a page of this server.

use axum::body::Body;
use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::server::AuthorizationServer;
use crate::wire::{Form, OAuthError, OAuthErrorCode, read_form};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl AuthorizationServer {
    /// Whether a request comes from a page of this server, or from a program other than a browser.
    pub(crate) fn is_from_own_page(&self, request: &Parts) -> bool {
        is_from(&request.headers, self.0.issuer.origin())
    }

    /// # Errors
    /// `access_denied` if a request comes from a page of another site.
    pub(crate) fn check_own_page(&self, request: &Parts) -> Result<(), OAuthError> {
        if self.is_from_own_page(request) {
            return Ok(());
        }
        let text = "the form was not sent by a page of this server";
        Err(OAuthError::new(OAuthErrorCode::AccessDenied, text))
    }

    /// The form of a page of this server.
    ///
    /// # Errors
    /// If it comes from a page of another site, cannot be read, or has a field twice.
    pub(crate) async fn read_own_form(
        &self,
        request: &Parts,
        body: Body,
    ) -> Result<Form, OAuthError> {
        self.check_own_page(request)?;
        let form = read_form(&request.headers, body).await?;
        match form.repeated(&[]) {
            Some(name) => {
                Err(OAuthError::invalid_request(format!("`{name}` is there more than once")))
            }
            None => Ok(form),
        }
    }
}

/// Whether a request comes from a page of this origin, as the browser says, or from a program other than a
/// browser. `Sec-Fetch-Site` decides: pages with `Referrer-Policy: no-referrer` send `Origin: null` with their own
/// forms ([Fetch §3.2](https://fetch.spec.whatwg.org/#append-a-request-origin-header)). Without it, `Origin` does.
fn is_from(headers: &HeaderMap, origin: &str) -> bool {
    let site = only(headers, &SEC_FETCH_SITE);
    let sent = only(headers, &ORIGIN);
    match (site, sent) {
        (Some(site), _) => site == "same-origin",
        (None, Some(sent)) => sent == origin,
        (None, None) => true,
    }
}

/// The text of the only header; empty if there are several, or it is no text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().unwrap_or_default()),
        (Some(_), Some(_)) => Some(""),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_site_decides_and_without_it_the_origin() {
        let own = "https://id.example.com";
        for (headers, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("origin", own)], true),
            (&[("origin", "null")], false),
            (&[("origin", "https://id.example.com.evil.example")], false),
            (&[("origin", own), ("origin", own)], false),
            (&[("sec-fetch-site", "same-site"), ("origin", own)], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", own)], false),
            (&[("sec-fetch-site", "none"), ("origin", own)], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "")], false),
        ] {
            let map = headers.iter().map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_static(value))
            });
            let mut found = HeaderMap::new();
            map.for_each(|(name, value)| {
                found.append(name, value);
            });
            assert_eq!(is_from(&found, own), expected, "{headers:?}");
        }
    }
}
