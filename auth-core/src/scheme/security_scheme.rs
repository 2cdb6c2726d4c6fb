//! A scheme in an OpenAPI document.

use serde_json::{Map, Value};

use super::{Location, Locations};

/// How an OpenAPI document describes a scheme
/// ([OpenAPI 3.1 §4.8.27](https://spec.openapis.org/oas/v3.1.0#security-scheme-object)).
///
/// ```
/// use auth_core::scheme::SecurityScheme;
///
/// let scheme = SecurityScheme::cookie("__Host-session").description("The session of a browser.");
/// assert_eq!(scheme.to_json()["in"], "cookie");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SecurityScheme(Map<String, Value>);

impl SecurityScheme {
    /// A scheme of `Authorization`: the name in lower case, such as `basic`.
    pub fn http(scheme: impl AsRef<str>) -> Self {
        Self::new("http", [("scheme", scheme.as_ref().to_ascii_lowercase())])
    }

    /// A credential in this header.
    pub fn header(name: impl Into<String>) -> Self {
        Self::new("apiKey", [("in", "header".to_owned()), ("name", name.into())])
    }

    /// A credential in this cookie.
    pub fn cookie(name: impl Into<String>) -> Self {
        Self::new("apiKey", [("in", "cookie".to_owned()), ("name", name.into())])
    }

    /// The certificate of the client.
    pub fn mutual_tls() -> Self {
        Self::new("mutualTLS", [])
    }

    /// A sentence for the readers of the document.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.0.insert("description".to_owned(), Value::String(text.into()));
        self
    }

    /// What locations say by themselves.
    pub(super) fn of(locations: &Locations) -> Self {
        match locations.credential().first() {
            Some(Location::Authorization(scheme)) => Self::http(scheme),
            Some(Location::Cookie(name)) => Self::cookie(name.as_ref()),
            Some(Location::Header(name)) => Self::header(name.as_str()),
            Some(Location::Target) | None => Self::mutual_tls(),
        }
    }

    /// The scheme as the document writes it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    fn new<const N: usize>(kind: &str, members: [(&str, String); N]) -> Self {
        let mut map = Map::new();
        map.insert("type".to_owned(), kind.into());
        map.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value.into())));
        Self(map)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_scheme_is_described_by_where_its_credential_is() {
        let of = |locations: Locations| SecurityScheme::of(&locations).to_json();
        assert_eq!(
            of(Locations::authorization("Basic")),
            json!({"type": "http", "scheme": "basic"})
        );
        assert_eq!(
            of(Locations::cookie("sid")),
            json!({"type": "apiKey", "in": "cookie", "name": "sid"})
        );
        let header = http::HeaderName::from_static("x-api-key");
        assert_eq!(
            of(Locations::header(header)),
            json!({"type": "apiKey", "in": "header", "name": "x-api-key"})
        );
    }
}
