//! How this service proves who it is to the endpoint
//! ([RFC 7662 §2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::token::is_token68;

/// The ways to authenticate. The secrets are wiped from memory when this is dropped.
pub(super) enum ClientAuthentication {
    /// `client_secret_basic` ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    Basic { id: String, secret: Zeroizing<String> },
    /// `client_secret_post` (the same section).
    Post { id: String, secret: Zeroizing<String> },
    /// An access token of this service ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
    Bearer { token: Zeroizing<String> },
}

impl ClientAuthentication {
    /// Whether everything is there and can be sent.
    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Basic { id, secret } | Self::Post { id, secret } => {
                !id.is_empty() && !secret.is_empty()
            }
            Self::Bearer { token } => is_token68(token.as_bytes()),
        }
    }

    /// Adds to a question what proves who asks it.
    pub(super) fn add_to(&self, form: &mut String, headers: &mut HeaderMap) {
        match self {
            Self::Basic { id, secret } => {
                // Encoded first, so that a `:` in the id cannot move where the secret begins.
                let mut pair = Zeroizing::new(String::new());
                pair.extend(byte_serialize(id.as_bytes()));
                pair.push(':');
                pair.extend(byte_serialize(secret.as_bytes()));
                authorize(headers, "Basic ", &STANDARD.encode(pair.as_bytes()));
            }
            Self::Post { id, secret } => {
                let mut form = Serializer::for_suffix(form, 0);
                form.append_pair("client_id", id).append_pair("client_secret", secret);
            }
            Self::Bearer { token } => authorize(headers, "Bearer ", token),
        }
    }
}

fn authorize(headers: &mut HeaderMap, scheme: &str, credential: &str) {
    // Always a header: base64 and token68 are visible ASCII.
    if let Ok(mut value) = HeaderValue::from_str(&[scheme, credential].concat()) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
}

/// Shows the way and who, never a secret.
impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { id, .. } => write!(f, "client_secret_basic({id:?}, redacted)"),
            Self::Post { id, .. } => write!(f, "client_secret_post({id:?}, redacted)"),
            Self::Bearer { .. } => f.write_str("bearer_token(redacted)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Zeroizing<String> {
        "s:e&c=r+e t%".to_owned().into()
    }

    fn sent(authentication: &ClientAuthentication) -> (String, HeaderMap) {
        let (mut form, mut headers) = (String::from("token=t"), HeaderMap::new());
        authentication.add_to(&mut form, &mut headers);
        (form, headers)
    }

    #[test]
    fn basic_credentials_are_form_encoded_first() {
        let basic = ClientAuthentication::Basic { id: "orders:api".to_owned(), secret: secret() };
        let (form, headers) = sent(&basic);
        assert_eq!(form, "token=t");
        let value = headers.get(AUTHORIZATION).unwrap();
        assert!(value.is_sensitive());
        let pair = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
        let pair = STANDARD.decode(pair).unwrap();
        assert_eq!(pair, b"orders%3Aapi:s%3Ae%26c%3Dr%2Be+t%25");
    }

    #[test]
    fn a_secret_in_the_form_stays_one_member() {
        let post = ClientAuthentication::Post { id: "orders-api".to_owned(), secret: secret() };
        let (form, headers) = sent(&post);
        let expected = "token=t&client_id=orders-api&client_secret=s%3Ae%26c%3Dr%2Be+t%25";
        assert_eq!(form, expected);
        assert!(headers.is_empty());
    }

    #[test]
    fn a_bearer_token_is_sent_as_it_is() {
        let bearer = ClientAuthentication::Bearer { token: "a.b-c==".to_owned().into() };
        let (form, headers) = sent(&bearer);
        assert_eq!(form, "token=t");
        assert_eq!(headers.get(AUTHORIZATION).unwrap(), "Bearer a.b-c==");
    }

    #[test]
    fn what_could_not_be_sent_is_incomplete() {
        let token = |token: &str| ClientAuthentication::Bearer { token: token.to_owned().into() };
        for text in ["", "=", "a b", "a\r\nb", "a,b", "\u{e9}"] {
            assert!(!token(text).is_complete(), "{text}");
        }
        assert!(token("a~b/c+d==").is_complete());
        let incomplete = ClientAuthentication::Basic { id: String::new(), secret: secret() };
        assert!(!incomplete.is_complete());
    }

    #[test]
    fn debug_shows_no_secret() {
        let basic = ClientAuthentication::Basic { id: "orders".to_owned(), secret: secret() };
        assert_eq!(format!("{basic:?}"), "client_secret_basic(\"orders\", redacted)");
        let bearer = ClientAuthentication::Bearer { token: secret() };
        assert_eq!(format!("{bearer:?}"), "bearer_token(redacted)");
    }
}
