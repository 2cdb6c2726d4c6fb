//! The metadata of a client, from a registration or a document: checked, and limited to what clients may have
//! that the operator has not vetted.

use std::collections::BTreeSet;

use auth_accounts::secret::Digest;
use auth_core::Jwks;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::redirect_uri::is_redirect_uri;
use super::{Client, ClientAuthentication, ClientKeys, ClientOrigin, ClientSecret, GrantType};
use crate::client::is_loopback_uri;
use crate::resource::Resource;
use crate::wire::{OAuthError, OAuthErrorCode};

/// How many redirect URIs a client may have.
const MAX_URIS: usize = 10;
/// How long an address may be, in bytes.
const MAX_URI_LENGTH: usize = 2_000;
/// How many characters a name may have.
const MAX_NAME_LENGTH: usize = 100;

/// What clients may have that the operator has not vetted.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnvettedPolicy {
    pub(crate) scopes: Vec<String>,
    pub(crate) resources: Vec<String>,
    /// Whether redirect URIs may have the scheme of an application.
    pub(crate) allow_application_schemes: bool,
}

impl UnvettedPolicy {
    /// These scopes, of the resources that have one of them.
    pub(crate) fn new(
        scopes: &[String],
        resources: &[Resource],
        allow_application_schemes: bool,
    ) -> Self {
        let has_one = |it: &&Resource| scopes.iter().any(|scope| it.has_scope(scope));
        Self {
            scopes: scopes.to_vec(),
            resources: resources.iter().filter(has_one).map(|it| it.uri.clone()).collect(),
            allow_application_schemes,
        }
    }
}

/// `application_type` ([OpenID Connect Dynamic Client Registration
/// §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ApplicationType {
    Web,
    Native,
}

/// The authentication method in metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

/// The metadata of a client ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)) that the
/// server knows, limited by the policy. Serialized, they are the response to a registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ClientMetadata {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_uri: Option<String>,
    pub(crate) application_type: ApplicationType,
    pub(crate) token_endpoint_auth_method: AuthMethod,
    pub(crate) grant_types: BTreeSet<GrantType>,
    pub(crate) response_types: Vec<String>,
    pub(crate) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) dpop_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token_signed_response_alg: Option<String>,
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description)
}

fn invalid_uri(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRedirectUri, description)
}

impl ClientMetadata {
    /// Reads the metadata. Unknown members are ignored, malformed ones are errors. Grants beyond the policy are
    /// left out, and the scopes are those of the policy.
    ///
    /// # Errors
    /// `invalid_redirect_uri` or `invalid_client_metadata`
    /// ([RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)).
    pub(crate) fn read(
        object: &Map<String, Value>,
        default_method: AuthMethod,
        policy: &UnvettedPolicy,
    ) -> Result<Self, OAuthError> {
        let members = Members(object);
        let grant_types = grant_types(&members)?;
        let redirect_uris = members.texts("redirect_uris")?.unwrap_or_default();
        if redirect_uris.is_empty() {
            return Err(invalid_uri("redirect_uris is missing"));
        }
        let response_types = members.texts("response_types")?;
        if response_types.is_some_and(|types| !types.iter().any(|it| it == "code")) {
            return Err(invalid("response_types has no type that is supported: expected code"));
        }
        let application_type = application_type(&members, &redirect_uris, policy)?;
        let post_logout_redirect_uris =
            members.texts("post_logout_redirect_uris")?.unwrap_or_default();
        check_uris(&post_logout_redirect_uris, policy)?;
        let (method, jwks, jwks_uri) = authentication(&members, default_method)?;
        let algorithm = members.text("id_token_signed_response_alg")?;
        Ok(Self {
            redirect_uris,
            client_name: members.text("client_name")?.and_then(displayable),
            client_uri: members.text("client_uri")?.filter(|it| is_https(it)).map(str::to_owned),
            application_type,
            token_endpoint_auth_method: method,
            grant_types,
            response_types: vec!["code".to_owned()],
            // Clients name the scopes of their first request here, and ask for more later. The policy and their
            // users decide.
            scope: members.text("scope").map(|_| policy.scopes.join(" "))?,
            jwks,
            jwks_uri,
            post_logout_redirect_uris,
            dpop_bound_access_tokens: members.flag("dpop_bound_access_tokens")?,
            id_token_signed_response_alg: algorithm
                .filter(|it| ["ES256", "RS256"].contains(it))
                .map(str::to_owned),
        })
    }

    /// The client with this metadata. `None`: its secret or its keys are missing.
    pub(crate) fn client(
        &self,
        id: &str,
        origin: ClientOrigin,
        secret: Option<ClientSecret>,
        policy: &UnvettedPolicy,
    ) -> Option<Client> {
        let authentication = match (self.token_endpoint_auth_method, secret) {
            (AuthMethod::None, _) => ClientAuthentication::None,
            (AuthMethod::ClientSecretBasic, Some(secret)) => {
                ClientAuthentication::ClientSecretBasic(secret)
            }
            (AuthMethod::ClientSecretPost, Some(secret)) => {
                ClientAuthentication::ClientSecretPost(secret)
            }
            (AuthMethod::PrivateKeyJwt, _) => ClientAuthentication::PrivateKeyJwt(self.keys()?),
            (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost, None) => return None,
        };
        let mut client = Client::new(id, authentication);
        client.origin = origin;
        client.name.clone_from(&self.client_name);
        client.uri.clone_from(&self.client_uri);
        client.redirect_uris.clone_from(&self.redirect_uris);
        client.post_logout_redirect_uris.clone_from(&self.post_logout_redirect_uris);
        client.grant_types.clone_from(&self.grant_types);
        // The current policy decides, not that at the time of the registration.
        client.scopes.clone_from(&policy.scopes);
        client.resources.clone_from(&policy.resources);
        client.dpop_bound_access_tokens = self.dpop_bound_access_tokens;
        client.id_token_algorithm.clone_from(&self.id_token_signed_response_alg);
        client.metadata_digest = self.digest();
        Some(client)
    }

    fn keys(&self) -> Option<ClientKeys> {
        match (&self.jwks, &self.jwks_uri) {
            (Some(jwks), _) => Jwks::from_json(&jwks.to_string()).ok().map(ClientKeys::Fixed),
            (None, Some(uri)) => Some(ClientKeys::At(uri.clone())),
            (None, None) => None,
        }
    }

    /// What a consent depends on: where codes are sent, and who can redeem them.
    fn digest(&self) -> Digest {
        let mut redirect_uris: Vec<&str> = self.redirect_uris.iter().map(String::as_str).collect();
        redirect_uris.sort_unstable();
        let jwks = self.jwks.as_ref().map(Value::to_string).unwrap_or_default();
        Digest::of(&[
            b"client-metadata",
            redirect_uris.join(" ").as_bytes(),
            &[self.token_endpoint_auth_method as u8],
            jwks.as_bytes(),
            self.jwks_uri.as_deref().unwrap_or_default().as_bytes(),
        ])
    }
}

/// The members of an object. One that is `null` counts as absent.
struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|it| !it.is_null())
    }

    fn text(&self, name: &'static str) -> Result<Option<&'a str>, OAuthError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| invalid(format!("{name} is not a string")))
    }

    fn flag(&self, name: &'static str) -> Result<bool, OAuthError> {
        let Some(value) = self.get(name) else { return Ok(false) };
        value.as_bool().ok_or_else(|| invalid(format!("{name} is not a boolean")))
    }

    fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, OAuthError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let texts = value.as_array().and_then(|values| {
            values.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts.map(Some).ok_or_else(|| invalid(format!("{name} is not an array of strings")))
    }
}

/// The requested grant types that are allowed. By default codes and refresh tokens: without refresh tokens users
/// would have to sign in every few minutes.
fn grant_types(members: &Members<'_>) -> Result<BTreeSet<GrantType>, OAuthError> {
    let Some(names) = members.texts("grant_types")? else {
        return Ok(BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]));
    };
    // A user cannot see which client shows a device code, and client credentials have no user who is asked:
    // both are only for clients that the operator has vetted.
    let allowed = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let known = names.iter().filter_map(|it| GrantType::parse(it));
    let types: BTreeSet<GrantType> = known.filter(|it| allowed.contains(it)).collect();
    if types.contains(&GrantType::AuthorizationCode) {
        Ok(types)
    } else {
        Err(invalid("grant_types must include authorization_code"))
    }
}

/// As it is stated, or as the redirect URIs suggest.
fn application_type(
    members: &Members<'_>,
    redirect_uris: &[String],
    policy: &UnvettedPolicy,
) -> Result<ApplicationType, OAuthError> {
    check_uris(redirect_uris, policy)?;
    let is_web = redirect_uris.iter().all(|it| it.starts_with("https:"));
    match members.text("application_type")? {
        Some("native") => Ok(ApplicationType::Native),
        Some("web") if !is_web => Err(invalid_uri(
            "a web application can only have https redirect URIs: use application_type native",
        )),
        Some("web") => Ok(ApplicationType::Web),
        Some(_) => Err(invalid("application_type is neither web nor native")),
        None => Ok(if is_web { ApplicationType::Web } else { ApplicationType::Native }),
    }
}

fn check_uris(uris: &[String], policy: &UnvettedPolicy) -> Result<(), OAuthError> {
    if uris.len() > MAX_URIS {
        return Err(invalid_uri(format!("more than {MAX_URIS} redirect URIs")));
    }
    let is_allowed = |uri: &String| {
        uri.len() <= MAX_URI_LENGTH
            && is_redirect_uri(uri)
            // There are no patterns: the client would wait for codes in vain.
            && !uri.contains('*')
            && (policy.allow_application_schemes
                || uri.starts_with("https:")
                || is_loopback_uri(uri))
    };
    match uris.iter().find(|it| !is_allowed(it)) {
        Some(_) => Err(invalid_uri(
            "a redirect URI is neither https nor http on a loopback address, or has a fragment or a user name",
        )),
        None => Ok(()),
    }
}

type Keys = (AuthMethod, Option<Value>, Option<String>);

fn authentication(members: &Members<'_>, default: AuthMethod) -> Result<Keys, OAuthError> {
    let method = match members.text("token_endpoint_auth_method")? {
        None => default,
        Some("none") => AuthMethod::None,
        Some("client_secret_basic") => AuthMethod::ClientSecretBasic,
        Some("client_secret_post") => AuthMethod::ClientSecretPost,
        Some("private_key_jwt") => AuthMethod::PrivateKeyJwt,
        Some(_) => return Err(invalid("token_endpoint_auth_method is not supported")),
    };
    let (jwks, uri) = (members.get("jwks"), members.text("jwks_uri")?);
    if jwks.is_some() && uri.is_some() {
        return Err(invalid("jwks and jwks_uri cannot be combined"));
    }
    if method != AuthMethod::PrivateKeyJwt {
        return Ok((method, None, None));
    }
    match (jwks, uri) {
        (Some(jwks), _) => {
            check_keys(jwks)?;
            Ok((method, Some(jwks.clone()), None))
        }
        (None, Some(uri)) if is_fetchable(uri) => Ok((method, None, Some(uri.to_owned()))),
        (None, Some(_)) => Err(invalid("jwks_uri is not an https address")),
        (None, None) => Err(invalid("private_key_jwt needs jwks or jwks_uri")),
    }
}

/// Only public keys. A private key is an error, so that the client learns of it.
fn check_keys(jwks: &Value) -> Result<(), OAuthError> {
    let keys = jwks.get("keys").and_then(Value::as_array);
    let is_public = |key: &Value| {
        key.as_object().is_some_and(|it| !["d", "k", "p", "q"].iter().any(|n| it.contains_key(*n)))
    };
    if !keys.is_some_and(|keys| keys.iter().all(is_public)) {
        return Err(invalid("jwks is not a set of public keys"));
    }
    match Jwks::from_json(&jwks.to_string()) {
        Ok(keys) if !keys.is_empty() => Ok(()),
        _ => Err(invalid("jwks has no usable key")),
    }
}

/// A name for pages: without invisible characters, and those that change the direction of text.
fn displayable(name: &str) -> Option<String> {
    let is_hidden = |it: char| {
        it.is_control()
            || matches!(it, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let seen: String = name.chars().filter(|it| !is_hidden(*it)).take(MAX_NAME_LENGTH).collect();
    let seen = seen.trim();
    (!seen.is_empty()).then(|| seen.to_owned())
}

fn is_https(uri: &str) -> bool {
    uri.len() <= MAX_URI_LENGTH
        && Url::parse(uri).is_ok_and(|it| it.scheme() == "https" && it.username().is_empty())
}

/// `http` on loopback is accepted here: the fetcher rejects it unless it is allowed.
fn is_fetchable(uri: &str) -> bool {
    uri.len() <= MAX_URI_LENGTH && !uri.contains('#') && (is_https(uri) || is_loopback_uri(uri))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> UnvettedPolicy {
        UnvettedPolicy { scopes: vec!["read".into(), "openid".into()], ..UnvettedPolicy::default() }
    }

    fn read(value: &Value) -> Result<ClientMetadata, OAuthError> {
        ClientMetadata::read(value.as_object().unwrap(), AuthMethod::None, &policy())
    }

    #[test]
    fn known_members_are_checked_and_others_ignored() {
        let metadata = read(&json!({
            "redirect_uris": ["http://localhost/callback"],
            "client_name": "A\u{202e}B\n",
            "logo_uri": "https://client.example/logo.png",
            "grant_types": ["authorization_code", "refresh_token", "implicit", "client_credentials"],
            "scope": "read admin",
            "unknown": {"a": 1},
            "client_uri": null,
        }))
        .unwrap();
        assert_eq!(metadata.client_name.as_deref(), Some("AB"));
        assert_eq!(metadata.application_type, ApplicationType::Native);
        assert_eq!(metadata.scope, "read openid");
        assert_eq!(metadata.grant_types.len(), 2);
        assert!(metadata.client_uri.is_none());
        for (wrong, code) in [
            (json!({}), "invalid_redirect_uri"),
            (json!({"redirect_uris": []}), "invalid_redirect_uri"),
            (json!({"redirect_uris": "https://a.example/"}), "invalid_client_metadata"),
            (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["com.example.app:/cb"]}), "invalid_redirect_uri"),
            (
                json!({"redirect_uris": ["https://a.example/"], "grant_types": ["implicit"]}),
                "invalid_client_metadata",
            ),
            (
                json!({"redirect_uris": ["https://a.example/"], "response_types": ["token"]}),
                "invalid_client_metadata",
            ),
            (
                json!({"redirect_uris": ["http://localhost/"], "application_type": "web"}),
                "invalid_redirect_uri",
            ),
        ] {
            assert_eq!(read(&wrong).unwrap_err().code.as_str(), code, "{wrong}");
        }
    }

    #[test]
    fn a_consent_is_for_redirect_uris_and_keys() {
        let of = |value: Value| read(&value).unwrap().digest();
        let one = of(json!({"redirect_uris": ["https://a.example/1", "https://a.example/2"]}));
        let same = json!({"redirect_uris": ["https://a.example/2", "https://a.example/1"], "client_name": "x"});
        assert_eq!(one, of(same));
        assert_ne!(one, of(json!({"redirect_uris": ["https://a.example/1"]})));
    }
}
