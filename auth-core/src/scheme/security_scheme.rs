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

    /// What locations say by themselves: one for each place, and one for all prefixes of bearer tokens.
    pub(super) fn of(locations: &Locations) -> Vec<Self> {
        let prefixes: Vec<&str> = locations.bearer_prefixes().map(AsRef::as_ref).collect();
        let bearer = || {
            let prefixes = prefixes.join("` or `");
            Self::http("bearer").description(format!("A token that begins with `{prefixes}`."))
        };
        let mut described = Vec::new();
        for location in locations.credential() {
            let scheme = match location {
                Location::Authorization(scheme) => Self::http(scheme),
                Location::BearerWithPrefix(_) => bearer(),
                Location::Cookie(name) => Self::cookie(name.as_ref()),
                Location::Header(name) => Self::header(name.as_str()),
                Location::Target | Location::Peer => Self::mutual_tls(),
            };
            if !described.contains(&scheme) {
                described.push(scheme);
            }
        }
        if described.is_empty() { vec![Self::mutual_tls()] } else { described }
    }

    /// The scheme as the document writes it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// What tells it from another one of the same method: the scheme of `Authorization`, or where the
    /// credential is.
    #[cfg(feature = "openapi")]
    pub(crate) fn kind(&self) -> &str {
        let member = ["scheme", "in", "type"].into_iter().find_map(|name| self.0.get(name));
        member.and_then(Value::as_str).unwrap_or_default()
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
    fn a_scheme_is_described_by_each_place_of_its_credential() {
        let locations = Locations::cookie("sid")
            .or(Location::BearerWithPrefix("sid_".into()))
            .or(Location::BearerWithPrefix("old_".into()));
        let described: Vec<_> =
            SecurityScheme::of(&locations).iter().map(SecurityScheme::to_json).collect();
        let bearer = json!({
            "type": "http",
            "scheme": "bearer",
            "description": "A token that begins with `sid_` or `old_`.",
        });
        assert_eq!(described, [json!({"type": "apiKey", "in": "cookie", "name": "sid"}), bearer]);
    }

    #[test]
    fn a_scheme_is_described_by_where_its_credential_is() {
        let of = |locations: Locations| SecurityScheme::of(&locations)[0].to_json();
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
