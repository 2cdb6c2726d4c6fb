//! The authentication scheme of API keys.

use auth_core::identity::KnownAuthentication;
use auth_core::scheme::{
    Challenge, Location, Locations, PresentedCredential, SchemeError, SecurityScheme, Validity,
};
use auth_core::{Authentication, AuthenticationScheme, AuthorityKind, Method};
use http::Uri;

use super::names::Ceiling;
use super::verify::Refusal;
use crate::accounts::Accounts;
use crate::model::ApiKeyRecord;
use crate::secret::Digest;
use crate::sign_in::{presented_address, with_address};

/// Takes API keys: `X-Api-Key: <key>` or `Authorization: Bearer <key>`, never in the address.
///
/// The method is [`Method::ApiKey`]. The caller is the owner of the key, with at most the permissions,
/// scopes and roles that the key names; `token_id` is the id of the key. There is no `auth_time`, no `acr`
/// and no factor: there was no sign-in.
///
/// ```no_run
/// # fn accounts() -> auth_accounts::Accounts { unreachable!() }
/// let accounts = accounts();
/// let authenticator = auth_core::Authenticator::builder().scheme(accounts.api_key_scheme());
/// # drop(authenticator);
/// ```
#[derive(Clone, Debug)]
pub struct ApiKeyScheme {
    accounts: Accounts,
}

impl Accounts {
    /// The scheme for `Authenticator::builder().scheme(..)` that takes the API keys of these accounts.
    #[must_use]
    pub fn api_key_scheme(&self) -> ApiKeyScheme {
        ApiKeyScheme { accounts: self.clone() }
    }
}

impl Accounts {
    /// What is said of the callers of a key, which is the same each time.
    pub(super) fn say_of_key(
        &self,
        key: &ApiKeyRecord,
        ceiling: &Ceiling,
        ends_at: Option<u64>,
        presented: &Digest,
    ) -> KnownAuthentication {
        let (issuer, owner) = (self.issuer().to_owned(), key.owner.as_str());
        let mut caller = Authentication::vouched_by_scheme(Method::ApiKey, issuer, owner)
            .token_id(key.id.as_str())
            .issued_at(key.created_at)
            .credential_digest(*presented.as_bytes())
            .scopes(ceiling.scopes.iter().copied())
            .at_most(AuthorityKind::Scope, ceiling.scopes.iter().copied())
            .at_most(AuthorityKind::Permission, ceiling.permissions.iter().copied())
            .at_most(AuthorityKind::Role, ceiling.roles.iter().copied())
            .at_most(AuthorityKind::Group, [""; 0]);
        if let Some(end) = key.expires_at.into_iter().chain(ends_at).min() {
            caller = caller.expires_at(end);
        }
        caller.build_known()
    }
}

impl AuthenticationScheme for ApiKeyScheme {
    fn method(&self) -> Method {
        Method::ApiKey
    }

    fn locations(&self) -> Locations {
        let keys = &self.accounts.0.api_keys;
        let head = keys.format.head().to_owned();
        let locations = Locations::header(keys.settings.header.clone());
        let locations = locations.or(Location::BearerWithPrefix(head.into()));
        if keys.settings.networks { with_address(locations) } else { locations }
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let keys = &self.accounts.0.api_keys;
        // It has one of them, and not both: the pipeline rejects a request with two credentials before.
        let text = match credential.optional_bearer_token()? {
            Some(token) => token,
            None => credential.header(&keys.settings.header)?,
        };
        let source = if keys.settings.networks {
            presented_address(credential, &self.accounts.0.proxies)?
        } else {
            None
        };
        let kept = self.accounts.verify_api_key(text, source).await.map_err(of_refusal)?;
        Ok(kept.said.authentication())
    }

    /// Percent signs are read: `%5F` is a `_`.
    fn is_in_address(&self, address: &Uri) -> bool {
        let format = &self.accounts.0.api_keys.format;
        let text = address.path_and_query().map_or("", |it| it.as_str());
        if text.contains('%') {
            return format.is_in(&percent_decoded(text));
        }
        format.is_in(text.as_bytes())
    }

    fn validity(&self) -> Validity {
        // A key says itself when it expires.
        Validity::default().mode(self.accounts.0.sessions.mode())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("ApiKey")
    }

    fn security_schemes(&self) -> Vec<SecurityScheme> {
        let keys = &self.accounts.0.api_keys;
        let text = format!("An API key of an account. It begins with `{}`.", keys.format.head());
        vec![
            SecurityScheme::header(keys.settings.header.as_str()).description(text.clone()),
            SecurityScheme::http("bearer").description(text),
        ]
    }
}

/// The bytes behind `%xx`; what is not followed by two digits stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        let value = escaped.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
        decoded.push(value.unwrap_or(*byte));
        rest = if value.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    decoded
}

fn of_refusal(refusal: Refusal) -> SchemeError {
    match refusal {
        Refusal::Store(_) => SchemeError::Unavailable { retry_after: 1 },
        refusal => SchemeError::Refused(refusal.reason()),
    }
}
