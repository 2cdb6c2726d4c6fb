//! The redirect back to the client.

use std::fmt::Write as _;

use crate::wire::OAuthError;

/// Where a response is sent: a valid redirect URI of the client, and the `state` of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnTo {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
}

impl ReturnTo {
    /// The address with a code
    /// ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)).
    pub(crate) fn with_code(&self, code: &str, issuer: &str) -> String {
        self.with(&[("code", code)], issuer)
    }

    /// The address with an error
    /// ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
    pub(crate) fn with_error(&self, error: &OAuthError, issuer: &str) -> String {
        let (code, description) = (error.code.as_str(), error.description());
        self.with(&[("error", code), ("error_description", &description)], issuer)
    }

    /// The redirect URI with its own parameters, then ours, then `state` byte for byte, then `iss`
    /// ([RFC 9207](https://www.rfc-editor.org/rfc/rfc9207)).
    fn with(&self, parameters: &[(&str, &str)], issuer: &str) -> String {
        let mut address = self.redirect_uri.clone();
        let state = self.state.as_deref().map(|it| ("state", it));
        let all = parameters.iter().copied().chain(state).chain([("iss", issuer)]);
        for (name, value) in all {
            append(&mut address, name, value);
        }
        address
    }
}

/// Appends a parameter to the query of an address.
pub(crate) fn append(address: &mut String, name: &str, value: &str) {
    let separator = match address.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    address.push_str(separator);
    address.push_str(name);
    address.push('=');
    encode(address, value);
}

/// Percent-encodes all but unreserved characters
/// ([RFC 3986 §2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)): a space becomes `%20`, not `+`.
fn encode(address: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(byte.into());
        } else {
            // To write to a `String` never fails.
            let _ = write!(address, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(redirect_uri: &str, state: Option<&str>) -> ReturnTo {
        ReturnTo { redirect_uri: redirect_uri.to_owned(), state: state.map(str::to_owned) }
    }

    #[test]
    fn the_query_of_a_redirect_uri_survives() {
        let issuer = "https://id.example.com";
        for (uri, expected) in [
            ("https://a.example/cb", "https://a.example/cb?code=x"),
            ("https://a.example/cb?", "https://a.example/cb?code=x"),
            ("https://a.example/cb?a=%2f&b", "https://a.example/cb?a=%2f&b&code=x"),
            ("com.example.app:/cb", "com.example.app:/cb?code=x"),
        ] {
            let address = back(uri, None).with_code("x", issuer);
            assert_eq!(address, format!("{expected}&iss=https%3A%2F%2Fid.example.com"));
        }
    }

    #[test]
    fn a_state_stays_within_its_parameter() {
        let state = "a b&code=evil#\r\nX: y\u{e4}+%";
        let address = back("https://a.example/cb", Some(state)).with_code("x", "https://i.example");
        let query = address.split_once('?').unwrap().1;
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(pairs[1], ("state".to_owned(), state.to_owned()));
        assert_eq!(pairs.len(), 3);
        assert!(address.bytes().all(|it| it.is_ascii_graphic()) && !address.contains('#'));
    }
}
