//! Where an issuer serves what: authorization server metadata
//! ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), else OpenID Connect Discovery 1.0.

use http::StatusCode;
use serde::Deserialize;
use thiserror::Error;

use super::address;
use super::http::{HttpClient, HttpError, Wanted};
use crate::wording::difference;

/// How much is shown of the issuer that a document names, in bytes.
const ISSUER_BYTES: usize = 256;

/// What is looked for in the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `jwks_uri`: the key set.
    KeySet,
    /// `introspection_endpoint` of [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662).
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

/// Why the metadata does not tell. Holds nothing of the document but the name of its issuer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum DiscoveryError {
    #[error("the metadata of the issuer cannot be fetched: {0}")]
    Http(HttpError),
    #[error("the metadata of the issuer is answered with status {0}")]
    Status(StatusCode),
    #[error("the metadata of the issuer is not the JSON object of RFC 8414")]
    NotMetadata,
    #[error("the metadata is of another issuer than the configured one: {0}")]
    OtherIssuer(String),
    #[error("the metadata of the issuer has no `{0}`")]
    Missing(&'static str),
    #[error("`{0}` in the metadata is not an absolute `https` URL")]
    Address(&'static str),
}

/// The members that count here, out of many (RFC 8414 §2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    /// What AD FS writes into access tokens, while `issuer` is for ID tokens.
    access_token_issuer: Option<String>,
    jwks_uri: Option<String>,
    introspection_endpoint: Option<String>,
}

/// Whether metadata can be asked for: an absolute `https` URL (`http` for loopback hosts, and for
/// these) without query and fragment (RFC 8414 §2).
pub(crate) fn is_discoverable(issuer: &str, insecure_hosts: &[String]) -> bool {
    address::parse_or_named(issuer, insecure_hosts).is_some() && !issuer.contains('?')
}

/// The address of an endpoint, as a document at another address than the issuer's own says.
///
/// The operator who configured that address vouches for the document; it must be about the configured
/// issuer all the same.
pub(crate) async fn endpoint_at(
    client: &HttpClient,
    url: &str,
    issuer: &str,
    wanted: Endpoint,
) -> Result<String, DiscoveryError> {
    let document = fetch(client, url).await?;
    let metadata = parse(&document)?;
    if metadata.issuer != issuer && metadata.access_token_issuer.as_deref() != Some(issuer) {
        return Err(other_issuer(&metadata.issuer, issuer));
    }
    find(metadata, url, wanted, client.insecure_hosts())
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
    let [oauth, openid] = addresses(issuer, client.insecure_hosts())
        .ok_or(DiscoveryError::Http(HttpError::Address))?;
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
fn addresses(issuer: &str, insecure_hosts: &[String]) -> Option<[String; 2]> {
    let uri = address::parse_or_named(issuer, insecure_hosts)?;
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
    let document = fetch(client, url).await?;
    read(&document, issuer, wanted, client.insecure_hosts())
}

async fn fetch(client: &HttpClient, url: &str) -> Result<Vec<u8>, DiscoveryError> {
    let answer = client.get(url, Wanted::Metadata).await.map_err(DiscoveryError::Http)?;
    if answer.status != StatusCode::OK {
        return Err(DiscoveryError::Status(answer.status));
    }
    Ok(answer.body)
}

fn parse(document: &[u8]) -> Result<Metadata, DiscoveryError> {
    serde_json::from_slice(document).map_err(|_| DiscoveryError::NotMetadata)
}

fn read(
    document: &[u8],
    issuer: &str,
    wanted: Endpoint,
    insecure_hosts: &[String],
) -> Result<String, DiscoveryError> {
    let metadata = parse(document)?;
    // "MUST be identical" (RFC 8414 §3.3): else one issuer could speak for another.
    if metadata.issuer != issuer {
        return Err(other_issuer(&metadata.issuer, issuer));
    }
    find(metadata, issuer, wanted, insecure_hosts)
}

/// Both names, and what tells them apart if it is little. What a server says is quoted and cut.
fn other_issuer(found: &str, configured: &str) -> DiscoveryError {
    let hint = difference(found, configured).map(|hint| format!(" ({hint})")).unwrap_or_default();
    let found = crate::wording::cut(found, ISSUER_BYTES);
    DiscoveryError::OtherIssuer(format!("it names {found:?}{hint}, configured is {configured:?}"))
}

/// What is looked for, in a document that comes from `source`.
fn find(
    metadata: Metadata,
    source: &str,
    wanted: Endpoint,
    insecure_hosts: &[String],
) -> Result<String, DiscoveryError> {
    let member = wanted.member();
    let address = match wanted {
        Endpoint::KeySet => metadata.jwks_uri,
        Endpoint::Introspection => metadata.introspection_endpoint,
    };
    let address = address.ok_or(DiscoveryError::Missing(member))?;
    let parsed = address::parse_or_named(&address, insecure_hosts);
    let parsed = parsed.ok_or(DiscoveryError::Address(member))?;
    // Plain `http` to this machine is for an issuer on this machine, not for one that merely says
    // so from outside.
    let is_local = address::is_on_this_machine(&address);
    if parsed.scheme_str() != Some("https") && is_local && !address::is_on_this_machine(source) {
        return Err(DiscoveryError::Address(member));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_urls_follow_the_specifications() {
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
            assert_eq!(
                addresses(issuer, &[]),
                Some([oauth.to_owned(), openid.to_owned()]),
                "{issuer}"
            );
        }
    }

    #[test]
    fn only_an_address_without_query_and_fragment_is_asked() {
        let is_discoverable = |issuer| is_discoverable(issuer, &[]);
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
        read(document.as_bytes(), issuer, Endpoint::KeySet, &[])
    }

    #[test]
    fn the_issuer_must_be_the_configured_one_to_the_letter() {
        let of = |issuer: &str| {
            format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://id.test/jwks","other":[1]}}"#)
        };
        let issuer = "https://id.test";
        assert_eq!(key_set(&of(issuer), issuer).as_deref(), Ok("https://id.test/jwks"));
        let slash = key_set(&of("https://id.test/"), issuer).unwrap_err().to_string();
        assert!(slash.contains("it has a slash at its end"), "{slash}");
        for other in ["https://id.test/", "https://ID.test", "https://evil.test", ""] {
            let refused = key_set(&of(other), issuer).unwrap_err().to_string();
            assert!(refused.contains(&format!("names {other:?}")), "{refused}");
            assert!(refused.contains(r#"configured is "https://id.test""#), "{refused}");
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
    fn an_invalid_document_is_distinguished_from_an_incomplete_one() {
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
        let introspection = read(bare.as_bytes(), issuer, Endpoint::Introspection, &[]);
        assert_eq!(introspection.as_deref(), Ok("https://id.test/i"));
    }
}
