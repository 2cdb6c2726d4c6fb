//! Where an issuer serves what: authorization server metadata
//! ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), else OpenID Connect Discovery 1.0.

use http::StatusCode;
use serde::Deserialize;
use thiserror::Error;

use super::http::{HttpClient, HttpError};
use crate::address;

/// What is looked for in the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `jwks_uri`: the key set.
    KeySet,
    /// `introspection_endpoint` of [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662).
    #[cfg_attr(not(test), expect(dead_code, reason = "introspection looks for it"))]
    Introspection,
}

impl Endpoint {
    const fn member(self) -> &'static str {
        match self {
            Self::KeySet => "jwks_uri",
            Self::Introspection => "introspection_endpoint",
        }
    }
}

/// Why the metadata does not tell. Holds nothing of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum DiscoveryError {
    #[error("the metadata of the issuer cannot be fetched: {0}")]
    Http(HttpError),
    #[error("the metadata of the issuer is answered with status {0}")]
    Status(StatusCode),
    #[error("the metadata of the issuer is not the JSON object of RFC 8414")]
    NotMetadata,
    #[error("the metadata is of another issuer than the configured one")]
    OtherIssuer,
    #[error("the metadata of the issuer has no `{0}`")]
    Missing(&'static str),
    #[error("`{0}` in the metadata is not an absolute `https` URL")]
    Address(&'static str),
}

/// The members that count here, out of many (RFC 8414 §2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Option<String>,
    introspection_endpoint: Option<String>,
}

/// Whether metadata can be asked for: an absolute `https` URL (`http` for loopback hosts) without
/// query and fragment (RFC 8414 §2).
pub(crate) fn is_discoverable(issuer: &str) -> bool {
    address::is_trustworthy(issuer) && !issuer.contains('?')
}

/// The address of an endpoint, as the issuer publishes it.
///
/// The two documents are tried one after the other. Only a server that does not answer at all is
/// not asked again.
pub(crate) async fn endpoint(
    client: &HttpClient,
    issuer: &str,
    wanted: Endpoint,
) -> Result<String, DiscoveryError> {
    let [oauth, openid] = addresses(issuer).ok_or(DiscoveryError::Http(HttpError::Address))?;
    let first = match ask(client, issuer, wanted, &oauth).await {
        Ok(address) => return Ok(address),
        Err(DiscoveryError::Http(error)) => return Err(DiscoveryError::Http(error)),
        Err(error) => error,
    };
    match ask(client, issuer, wanted, &openid).await {
        // A document that is there says more than one that is not.
        Err(DiscoveryError::Status(_)) => Err(first),
        other => other,
    }
}

/// Where the two documents are.
///
/// RFC 8414 §3 inserts its path between host and path of the issuer, OpenID Connect Discovery §4.1
/// appends its own; both drop a slash at the end first.
fn addresses(issuer: &str) -> Option<[String; 2]> {
    let uri = address::parse(issuer)?;
    // Cut from the text, since the parsed address may be written differently.
    let (scheme, rest) = issuer.split_once("://")?;
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, path.strip_suffix('/').unwrap_or(path)),
        None => (rest, ""),
    };
    if uri.authority().map(http::uri::Authority::as_str) != Some(authority) {
        return None;
    }
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    Some([
        format!("{scheme}://{authority}/.well-known/oauth-authorization-server{path}"),
        format!("{scheme}://{authority}{path}/.well-known/openid-configuration"),
    ])
}

async fn ask(
    client: &HttpClient,
    issuer: &str,
    wanted: Endpoint,
    url: &str,
) -> Result<String, DiscoveryError> {
    let answer = client.get(url, None).await.map_err(DiscoveryError::Http)?;
    if answer.status != StatusCode::OK {
        return Err(DiscoveryError::Status(answer.status));
    }
    read(&answer.body, issuer, wanted)
}

fn read(document: &[u8], issuer: &str, wanted: Endpoint) -> Result<String, DiscoveryError> {
    let metadata: Metadata =
        serde_json::from_slice(document).map_err(|_| DiscoveryError::NotMetadata)?;
    // "MUST be identical" (RFC 8414 §3.3): else one issuer could speak for another.
    if metadata.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer);
    }
    let member = wanted.member();
    let address = match wanted {
        Endpoint::KeySet => metadata.jwks_uri,
        Endpoint::Introspection => metadata.introspection_endpoint,
    };
    let address = address.ok_or(DiscoveryError::Missing(member))?;
    let parsed = address::parse(&address).ok_or(DiscoveryError::Address(member))?;
    // Plain `http` to this machine is for an issuer on this machine, not for one that merely says
    // so from outside.
    if parsed.scheme_str() != Some("https") && !address::is_on_this_machine(issuer) {
        return Err(DiscoveryError::Address(member));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_stand_where_the_specifications_say() {
        for (issuer, oauth, openid) in [
            (
                "https://id.test",
                "https://id.test/.well-known/oauth-authorization-server",
                "https://id.test/.well-known/openid-configuration",
            ),
            (
                "https://id.test/",
                "https://id.test/.well-known/oauth-authorization-server",
                "https://id.test/.well-known/openid-configuration",
            ),
            (
                "https://id.test:8443/realms/a",
                "https://id.test:8443/.well-known/oauth-authorization-server/realms/a",
                "https://id.test:8443/realms/a/.well-known/openid-configuration",
            ),
            (
                "https://id.test/realms/a/",
                "https://id.test/.well-known/oauth-authorization-server/realms/a",
                "https://id.test/realms/a/.well-known/openid-configuration",
            ),
            (
                "http://[::1]:3000",
                "http://[::1]:3000/.well-known/oauth-authorization-server",
                "http://[::1]:3000/.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(addresses(issuer), Some([oauth.to_owned(), openid.to_owned()]), "{issuer}");
        }
    }

    #[test]
    fn only_an_address_without_query_and_fragment_is_asked() {
        assert!(is_discoverable("https://id.test/realms/a"));
        assert!(is_discoverable("http://127.0.0.1:3000"));
        for issuer in [
            "",
            "id.test",
            "accounts",
            "http://id.test",
            "https://id.test?tenant=a",
            "https://id.test/#a",
            "https://user@id.test",
        ] {
            assert!(!is_discoverable(issuer), "{issuer}");
        }
    }

    fn key_set(document: &str, issuer: &str) -> Result<String, DiscoveryError> {
        read(document.as_bytes(), issuer, Endpoint::KeySet)
    }

    #[test]
    fn the_issuer_must_be_the_configured_one_to_the_letter() {
        let of = |issuer: &str| {
            format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://id.test/jwks","other":[1]}}"#)
        };
        let issuer = "https://id.test";
        assert_eq!(key_set(&of(issuer), issuer).as_deref(), Ok("https://id.test/jwks"));
        for other in ["https://id.test/", "https://ID.test", "https://evil.test", ""] {
            assert_eq!(key_set(&of(other), issuer), Err(DiscoveryError::OtherIssuer), "{other}");
        }
    }

    #[test]
    fn endpoints_are_https_and_loopback_only_for_an_issuer_on_loopback() {
        let at = |issuer: &str, address: &str| {
            key_set(&format!(r#"{{"issuer":"{issuer}","jwks_uri":"{address}"}}"#), issuer).is_ok()
        };
        assert!(at("https://id.test", "https://keys.test/jwks"));
        assert!(at("http://localhost:1", "http://127.0.0.1:2/jwks"));
        for address in ["http://127.0.0.1/jwks", "http://keys.test", "/jwks", "file:///jwks", ""] {
            assert!(!at("https://id.test", address), "{address}");
        }
        assert!(!at("http://localhost:1", "http://keys.test/jwks"));
    }

    #[test]
    fn a_document_that_is_none_is_told_from_one_that_lacks_something() {
        let issuer = "https://id.test";
        for document in [
            "",
            "<html>",
            "[]",
            "{}",
            "null",
            r#"{"issuer":1}"#,
            r#"{"issuer":"https://id.test","issuer":"https://evil.test"}"#,
            r#"{"issuer":"https://id.test","jwks_uri":["https://id.test/jwks"]}"#,
        ] {
            assert_eq!(key_set(document, issuer), Err(DiscoveryError::NotMetadata), "{document}");
        }
        let bare = r#"{"issuer":"https://id.test","introspection_endpoint":"https://id.test/i"}"#;
        assert_eq!(key_set(bare, issuer), Err(DiscoveryError::Missing("jwks_uri")));
        let introspection = read(bare.as_bytes(), issuer, Endpoint::Introspection);
        assert_eq!(introspection.as_deref(), Ok("https://id.test/i"));
    }
}
