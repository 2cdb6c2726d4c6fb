//! Security schemes, and what an operation asks for in each of them.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::schema::Components;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{RefOr, SecurityRequirement};

use crate::access_map::{EndpointModel, MinimalSet};
use crate::policy::Method;
use crate::scheme::SecurityScheme as Described;

/// More ways in than this are summed up as what all of them have in common.
const MAX_ALTERNATIVES: usize = 16;

/// The name of our own scheme.
const OWN: &str = "bearer";

/// The schemes of a document.
pub(super) struct Schemes {
    /// Those that carry a token.
    tokens: Vec<Scheme>,
    own: Option<String>,
    /// Those of the document, by name.
    known: BTreeSet<String>,
    /// The names of the schemes other than a bearer token that some operation accepts.
    used: BTreeSet<String>,
    /// How the application's schemes describe themselves, by the names of their methods: each with its
    /// own name in the document, which is that of the method for the first.
    described: BTreeMap<&'static str, Vec<(String, Option<SecurityScheme>)>>,
}

struct Scheme {
    name: String,
    /// `oauth2` and `openIdConnect` know scopes and nothing else; an `http` scheme may list the
    /// names of anything (OpenAPI 3.1 §4.8.30).
    only_scopes: bool,
}

impl Schemes {
    /// The schemes that are there; one of our own, not yet added, if there is none.
    pub(super) fn of(components: &Components, described: &[(Method, Described)]) -> Self {
        let described = named(described);
        // A bearer token with a prefix of a scheme's own is described like an access token.
        let is_of_scheme = |name: &str| {
            let mut names = described.values().flatten().map(|(known, _)| known.as_str());
            let is_method = Method::BUILT_IN.iter().any(|method| method.as_str() == name);
            name != Method::Bearer.as_str() && (is_method || names.any(|known| known == name))
        };
        let tokens: Vec<Scheme> = components
            .security_schemes
            .iter()
            .filter(|(name, _)| !is_of_scheme(name))
            .filter_map(|(name, scheme)| {
                let only_scopes = carries_token(scheme)?;
                Some(Scheme { name: name.clone(), only_scopes })
            })
            .collect();
        let known: BTreeSet<String> = components.security_schemes.keys().cloned().collect();
        let used = BTreeSet::new();
        if !tokens.is_empty() {
            return Self { tokens, own: None, known, used, described };
        }
        let mut own = OWN.to_owned();
        while components.security_schemes.contains_key(&own) {
            own.push_str("_token");
        }
        let tokens = vec![Scheme { name: own.clone(), only_scopes: false }];
        Self { tokens, own: Some(own), known, used, described }
    }

    /// The `security` of an operation: the schemes of the methods that it accepts.
    ///
    /// A scheme that carries a token includes tokens that are bound to their sender where a
    /// bearer token is accepted beside them.
    pub(super) fn security(&mut self, endpoint: &EndpointModel) -> Vec<SecurityRequirement> {
        if endpoint.is_public() {
            return Vec::new();
        }
        let mut security = Vec::new();
        let with_tokens = endpoint.methods.iter().any(|it| it == Method::Bearer.as_str());
        if with_tokens {
            for scheme in &self.tokens {
                security.extend(alternatives(endpoint, scheme, Method::Bearer.as_str()));
            }
        }
        for method in &endpoint.methods {
            let is_bound = [Method::Dpop, Method::Mtls].iter().any(|it| it.as_str() == method);
            if method == Method::Bearer.as_str() || (is_bound && with_tokens) {
                continue;
            }
            let names = self.described.get(method.as_str()).map(|described| {
                described.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
            });
            for name in names.unwrap_or_else(|| vec![method.clone()]) {
                self.used.insert(name.clone());
                let scheme = Scheme { name, only_scopes: false };
                security.extend(alternatives(endpoint, &scheme, method));
            }
        }
        if security.is_empty() {
            // No caller can call: still not without a credential.
            let none = Vec::<String>::new();
            let names = self.tokens.iter().map(|scheme| scheme.name.clone());
            security.extend(names.map(|name| SecurityRequirement::new(name, none.clone())));
        }
        security
    }

    /// Adds our own scheme, if it is needed.
    pub(super) fn add_to(&self, components: &mut Components) {
        for name in self.used.difference(&self.known) {
            let own = self.described.values().flatten().find(|(known, _)| known == name);
            // What this version of `utoipa` has no word for gets the standard description.
            let scheme = own.and_then(|(_, scheme)| scheme.clone());
            let scheme = scheme.unwrap_or_else(|| standard(name));
            components.security_schemes.insert(name.clone(), scheme.into());
        }
        let Some(name) = &self.own else { return };
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An access token in the `Authorization` header: `Bearer` (RFC 6750, section 2.1), or \
                 `DPoP` where a challenge offers it (RFC 9449, section 7.1). The names listed for an operation are the scopes, roles and permissions of a token that is \
                 let in; `x-required` has the whole requirement.",
            ))
            .build();
        components.security_schemes.insert(name.clone(), SecurityScheme::Http(scheme).into());
    }
}

/// The descriptions of each method with their names in the document: `session`, `session-bearer`.
fn named(
    described: &[(Method, Described)],
) -> BTreeMap<&'static str, Vec<(String, Option<SecurityScheme>)>> {
    let mut all: BTreeMap<&'static str, Vec<(String, Option<SecurityScheme>)>> = BTreeMap::new();
    for (method, scheme) in described {
        let others = all.entry(method.as_str()).or_default();
        let first = method.as_str().to_owned();
        let by_kind = format!("{method}-{}", scheme.kind());
        let numbered = (2_usize..).map(|number| format!("{method}-{}-{number}", scheme.kind()));
        let is_free = |name: &String| others.iter().all(|(taken, _)| taken != name);
        let mut names = [first, by_kind].into_iter().chain(numbered);
        // Always found: there is no end of names.
        let Some(name) = names.find(is_free) else { continue };
        others.push((name, serde_json::from_value(scheme.to_json()).ok()));
    }
    all
}

/// What is demanded of a caller who comes by this method, in one scheme.
fn alternatives(
    endpoint: &EndpointModel,
    scheme: &Scheme,
    method: &str,
) -> Vec<SecurityRequirement> {
    let takes =
        |set: &&MinimalSet| set.methods.is_empty() || set.methods.iter().any(|it| it == method);
    let sets = endpoint.minimal_sets.iter().filter(takes);
    let alternatives = least(sets.map(|set| names(set, scheme.only_scopes)).collect());
    let requirement = |names| SecurityRequirement::new(scheme.name.clone(), names);
    alternatives.into_iter().map(requirement).collect()
}

/// The scheme of a method of which the document says nothing.
fn standard(method: &str) -> SecurityScheme {
    let api_key = |value: ApiKeyValue, is_cookie: bool| {
        SecurityScheme::ApiKey(if is_cookie {
            ApiKey::Cookie(value)
        } else {
            ApiKey::Header(value)
        })
    };
    let header = |name: &str, text: &str| api_key(ApiKeyValue::with_description(name, text), false);
    if method == Method::Basic.as_str() {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Basic);
        let text = "A user name and a password (RFC 7617).";
        SecurityScheme::Http(scheme.description(Some(text)).build())
    } else if method == Method::Mtls.as_str() {
        let text =
            "An access token that is bound to the client's certificate (RFC 8705, section 3).";
        let description = Some(text.to_owned());
        SecurityScheme::MutualTls { description, deprecated: None, extensions: None }
    } else if method == Method::Dpop.as_str() {
        let text = "`DPoP` and an access token that is bound to the key of the proof in the header `DPoP` (RFC 9449, section 7.1).";
        header("Authorization", text)
    } else if method == Method::ApiKey.as_str() {
        header("X-API-Key", "A key that was issued to the client.")
    } else if method == Method::Session.as_str() {
        let text = "The session of a browser that has signed in.";
        api_key(ApiKeyValue::with_description("session", text), true)
    } else if method == Method::Pending.as_str() {
        let text = "A sign-in that is half finished: its second factor is still to come.";
        api_key(ApiKeyValue::with_description("pending", text), true)
    } else {
        header("Authorization", &format!("A credential of the application's method `{method}`."))
    }
}

/// Whether a scheme carries a token, and then whether it knows only scopes.
fn carries_token(scheme: &RefOr<SecurityScheme>) -> Option<bool> {
    let RefOr::T(scheme) = scheme else { return None };
    match scheme {
        SecurityScheme::OAuth2(_) | SecurityScheme::OpenIdConnect(_) => Some(true),
        SecurityScheme::Http(http) if http.scheme == HttpAuthScheme::Bearer => Some(false),
        _ => None,
    }
}

fn names(set: &MinimalSet, only_scopes: bool) -> Vec<&str> {
    let grants = &set.grants;
    let others = [&grants.roles, &grants.permissions, &grants.groups];
    let others = others.into_iter().filter(|_| !only_scopes).flatten();
    let mut names: Vec<&str> = Vec::new();
    for name in grants.scopes.iter().chain(others) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// The alternatives that are no longer than they need be: one that holds all of another says
/// nothing more. Always at least one, since an empty list would leave the operation open.
fn least(mut sets: Vec<Vec<&str>>) -> Vec<Vec<&str>> {
    sets.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    let mut least: Vec<Vec<&str>> = Vec::new();
    for set in sets {
        if !least.iter().any(|smaller| smaller.iter().all(|name| set.contains(name))) {
            least.push(set);
        }
    }
    match least.split_first() {
        Some((first, others)) if others.len() >= MAX_ALTERNATIVES => {
            let in_all = |name: &&str| others.iter().all(|set| set.contains(name));
            vec![first.iter().copied().filter(in_all).collect()]
        }
        Some(_) => least,
        // No caller can call: still not without a token.
        None => vec![Vec::new()],
    }
}

#[cfg(test)]
mod tests {
    use super::least;

    #[test]
    fn a_longer_alternative_adds_nothing() {
        assert_eq!(least(vec![vec!["a", "b"], vec!["a"], vec!["c"]]), [vec!["a"], vec!["c"]]);
        assert_eq!(least(vec![vec!["a"], vec!["a"]]), [vec!["a"]]);
    }

    #[test]
    fn an_operation_is_never_left_open() {
        assert_eq!(least(Vec::new()), [Vec::<&str>::new()]);
        assert_eq!(least(vec![vec!["a"], vec![]]), [Vec::<&str>::new()]);
    }

    #[test]
    fn very_many_alternatives_are_summarised() {
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let sets = names.iter().map(|name| vec!["read", name.as_str()]).collect();
        assert_eq!(least(sets), [vec!["read"]]);
    }
}
