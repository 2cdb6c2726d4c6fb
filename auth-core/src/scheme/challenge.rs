//! What a 401 says of a scheme.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::HeaderValue;

/// The challenge of a scheme: its name and its parameters
/// ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
///
/// ```
/// use auth_core::scheme::Challenge;
///
/// let challenge = Challenge::new("Basic").param("charset", "UTF-8");
/// assert_eq!(challenge.to_string(), r#"Basic charset="UTF-8""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Challenge {
    scheme: Cow<'static, str>,
    params: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Challenge {
    /// A challenge without parameters. The name is a token of
    /// [RFC 9110 §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2); an authenticator is
    /// not built with another one.
    pub fn new(scheme: impl Into<Cow<'static, str>>) -> Self {
        Self { scheme: scheme.into(), params: Vec::new() }
    }

    /// Adds a parameter: printable ASCII without `"` and `\`.
    pub fn param(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// The name of the scheme.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The same, in this realm if it names none.
    pub(crate) fn in_realm(mut self, realm: Option<&str>) -> Self {
        let has_realm = self.params.iter().any(|(name, _)| name.eq_ignore_ascii_case("realm"));
        if let Some(realm) = realm.filter(|_| !has_realm) {
            self.params.insert(0, ("realm".into(), realm.to_owned().into()));
        }
        self
    }

    /// The value of the header; `None` if the name or a parameter cannot be part of one.
    pub(crate) fn header_value(&self) -> Option<HeaderValue> {
        let is_valid = is_token(&self.scheme)
            && self.params.iter().all(|(name, value)| is_token(name) && can_be_quoted(value));
        is_valid.then(|| HeaderValue::try_from(self.to_string()).ok()).flatten()
    }
}

impl std::fmt::Display for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.scheme)?;
        for (place, (name, value)) in self.params.iter().enumerate() {
            let separator = if place == 0 { ' ' } else { ',' };
            f.write_char(separator)?;
            if place > 0 {
                f.write_char(' ')?;
            }
            write!(f, "{name}=\"{value}\"")?;
        }
        Ok(())
    }
}

/// `1*tchar` (RFC 9110 §5.6.2)
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether a text may be between the quotes of a challenge: the characters that RFC 6750 §3
/// allows for `error_description`, with the space. None of them needs escaping.
pub(crate) fn can_be_quoted(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_a_name_and_quoted_parameters() {
        let plain = Challenge::new("Corporate");
        assert_eq!(plain.header_value().unwrap(), "Corporate");
        let full = plain.param("realm", "intranet").param("login", "https://sso.example.com/");
        assert_eq!(
            full.header_value().unwrap(),
            r#"Corporate realm="intranet", login="https://sso.example.com/""#
        );
    }

    #[test]
    fn the_realm_of_the_authenticator_is_added_where_there_is_none() {
        let own = Challenge::new("X").param("Realm", "own");
        assert_eq!(own.clone().in_realm(Some("orders")), own);
        let added = Challenge::new("X").param("a", "b").in_realm(Some("orders"));
        assert_eq!(added.to_string(), r#"X realm="orders", a="b""#);
        assert_eq!(Challenge::new("X").in_realm(None).to_string(), "X");
    }

    #[test]
    fn text_that_would_break_the_header_is_rejected() {
        for challenge in [
            Challenge::new(""),
            Challenge::new("a b"),
            Challenge::new("a,b"),
            Challenge::new("X").param("a", "say \"no\""),
            Challenge::new("X").param("a", "line\r\nother: header"),
            Challenge::new("X").param("a=b", "c"),
        ] {
            assert_eq!(challenge.header_value(), None, "{challenge}");
        }
    }
}
