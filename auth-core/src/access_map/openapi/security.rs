//! Security schemes, and what an operation asks for in each of them.

use utoipa::openapi::schema::Components;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{RefOr, SecurityRequirement};

use crate::access_map::{EndpointModel, MinimalSet};

/// More ways in than this are summed up as what all of them have in common.
const MAX_ALTERNATIVES: usize = 16;

/// The name of our own scheme.
const OWN: &str = "bearer";

/// The schemes of a document that carry a token.
pub(super) struct Schemes {
    schemes: Vec<Scheme>,
    own: Option<String>,
}

struct Scheme {
    name: String,
    /// `oauth2` and `openIdConnect` know scopes and nothing else; an `http` scheme may list the
    /// names of anything (OpenAPI 3.1 §4.8.30).
    only_scopes: bool,
}

impl Schemes {
    /// The schemes that are there; one of our own, not yet added, if there is none.
    pub(super) fn of(components: &Components) -> Self {
        let schemes: Vec<Scheme> = components
            .security_schemes
            .iter()
            .filter_map(|(name, scheme)| {
                let only_scopes = carries_token(scheme)?;
                Some(Scheme { name: name.clone(), only_scopes })
            })
            .collect();
        if !schemes.is_empty() {
            return Self { schemes, own: None };
        }
        let mut own = OWN.to_owned();
        while components.security_schemes.contains_key(&own) {
            own.push_str("_token");
        }
        Self { schemes: vec![Scheme { name: own.clone(), only_scopes: false }], own: Some(own) }
    }

    /// The `security` of an operation.
    pub(super) fn security(&self, endpoint: &EndpointModel) -> Vec<SecurityRequirement> {
        if endpoint.is_public() {
            return Vec::new();
        }
        let of_scheme = |scheme: &Scheme| {
            let names = |set| names(set, scheme.only_scopes);
            let alternatives = least(endpoint.minimal.iter().map(names).collect());
            let name = scheme.name.clone();
            alternatives.into_iter().map(move |names| SecurityRequirement::new(name.clone(), names))
        };
        self.schemes.iter().flat_map(of_scheme).collect()
    }

    /// Adds our own scheme, if it is needed.
    pub(super) fn add_to(&self, components: &mut Components) {
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
        // Nobody can call: still not without a token.
        None => vec![Vec::new()],
    }
}

#[cfg(test)]
mod tests {
    use super::least;

    #[test]
    fn a_longer_way_in_says_nothing_more() {
        assert_eq!(least(vec![vec!["a", "b"], vec!["a"], vec!["c"]]), [vec!["a"], vec!["c"]]);
        assert_eq!(least(vec![vec!["a"], vec!["a"]]), [vec!["a"]]);
    }

    #[test]
    fn an_operation_is_never_left_open() {
        assert_eq!(least(Vec::new()), [Vec::<&str>::new()]);
        assert_eq!(least(vec![vec!["a"], vec![]]), [Vec::<&str>::new()]);
    }

    #[test]
    fn very_many_ways_in_are_summed_up() {
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let sets = names.iter().map(|name| vec!["read", name.as_str()]).collect();
        assert_eq!(least(sets), [vec!["read"]]);
    }
}
