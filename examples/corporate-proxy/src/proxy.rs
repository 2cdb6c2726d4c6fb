//! The scheme: the signed headers of a corporate proxy.

use std::sync::Arc;

use auth_core::scheme::{
    Challenge, Location, Locations, PresentedCredential, SchemeError, SecurityScheme,
};
use auth_core::time::Clock;
use auth_core::{Authentication, AuthenticationScheme, Method};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use http::HeaderName;
use sha2::Sha256;

/// The method that endpoints name.
pub const METHOD: Method = Method::custom("corporate-sso");

/// Whose names the users are.
pub const REALM: &str = "https://sso.corp.example";

/// How long a signed request may be on its way, in seconds.
const MAX_AGE: u64 = 30;

const USER: HeaderName = HeaderName::from_static("x-sso-user");
const GROUPS: HeaderName = HeaderName::from_static("x-sso-groups");
const SENT_AT: HeaderName = HeaderName::from_static("x-sso-time");
const SIGNATURE: HeaderName = HeaderName::from_static("x-sso-signature");

/// Accepts the headers of the proxy that holds this key.
pub struct CorporateProxy {
    key: Vec<u8>,
    clock: Arc<dyn Clock>,
}

impl CorporateProxy {
    /// A scheme for the proxy with this key.
    #[must_use]
    pub fn new(key: &[u8], clock: impl Clock + 'static) -> Self {
        Self { key: key.to_vec(), clock: Arc::new(clock) }
    }
}

impl AuthenticationScheme for CorporateProxy {
    fn method(&self) -> Method {
        METHOD
    }

    fn locations(&self) -> Locations {
        Locations::header(USER)
            .and_reads(Location::Header(GROUPS))
            .and_reads(Location::Header(SENT_AT))
            .and_reads(Location::Header(SIGNATURE))
            .and_reads(Location::Target)
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let user = credential.header(&USER)?;
        let groups = credential.optional_header(&GROUPS)?.unwrap_or_default();
        let sent_at = credential.header(&SENT_AT)?;
        let signature = URL_SAFE_NO_PAD
            .decode(credential.header(&SIGNATURE)?)
            .map_err(|_| SchemeError::Malformed("the signature is not base64url"))?;
        let target = credential.uri()?.to_string();
        mac(&self.key, credential.method()?.as_str(), &target, [user, groups, sent_at])?
            .verify_slice(&signature)
            .map_err(|_| SchemeError::Refused("the signature is not that of the proxy"))?;
        let sent_at: u64 =
            sent_at.parse().map_err(|_| SchemeError::Malformed("the time is not a number"))?;
        if self.clock.now().abs_diff(sent_at) > MAX_AGE {
            return Err(SchemeError::Refused("the request was signed too long ago"));
        }
        let groups = groups.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Authentication::vouched_by_scheme(METHOD, REALM, user)
            .groups(groups)
            .issued_at(sent_at)
            .build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("CorporateSSO").param("login", "https://sso.corp.example/login")
    }

    fn security_schemes(&self) -> Vec<SecurityScheme> {
        let scheme = SecurityScheme::header(USER.as_str());
        vec![scheme.description("Set by the proxy, with a signature.")]
    }
}

/// What the proxy adds to a request: the headers, signed with its key.
///
/// # Errors
/// Never: a key of any length will do.
pub fn sign(
    key: &[u8],
    method: &str,
    target: &str,
    [user, groups, sent_at]: [&str; 3],
) -> Result<[(HeaderName, String); 4], SchemeError> {
    let signature = mac(key, method, target, [user, groups, sent_at])?.finalize().into_bytes();
    Ok([
        (USER, user.to_owned()),
        (GROUPS, groups.to_owned()),
        (SENT_AT, sent_at.to_owned()),
        (SIGNATURE, URL_SAFE_NO_PAD.encode(signature)),
    ])
}

/// One line for each part. No header has a line end in it.
fn mac(
    key: &[u8],
    method: &str,
    target: &str,
    [user, groups, sent_at]: [&str; 3],
) -> Result<Hmac<Sha256>, SchemeError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|_| SchemeError::Misconfigured("the key of the proxy cannot be used"))?;
    mac.update(format!("{method}\n{target}\n{user}\n{groups}\n{sent_at}").as_bytes());
    Ok(mac)
}
