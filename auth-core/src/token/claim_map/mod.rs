//! Where roles, permissions, scopes and groups are in a token.

mod place;
mod presets;
mod reading;
mod renames;
#[cfg(test)]
mod tests;

pub use place::ClaimPlace;
use reading::Reading;
pub(crate) use reading::Unclear;
use renames::Renames;

use super::FactorMap;
use super::pointer::Pointer;
use crate::jose::json::{Object, Value};
use crate::vocabulary::{AuthorityKind, AuthorityKinds, AuthoritySet, VocabularySet};

/// Says where the names are in the claims, as JSON pointers
/// ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) or [otherwise](ClaimPlace). Each kind may
/// be in several places.
///
/// Names are taken as they are. A string in a place for scopes is a list separated by single
/// spaces ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)); any other string
/// is one name; of an array, each string is one name and is never split.
///
/// ```
/// use auth_core::ClaimMap;
///
/// let map = ClaimMap::auth0().roles_in_claim("https://shop.example/roles");
/// # let _ = map;
/// ```
///
/// # What a token leaves open
/// Where such a place holds anything else, the names of that kind are *unknown* for this token: a
/// number, `null`, an object, an array with an element that is no name, a string that may be a list
/// (`"clerk, suspended"`, unless the vocabulary has exactly this name). They are unknown as well
/// where the issuer says that it left names out: in `_claim_names`
/// ([OpenID Connect Core §5.6.2](https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims)),
/// and by a [mark](Self::left_out_if) of its own. A place that is not there at all leaves nothing
/// open: the token grants no such name.
///
/// A requirement on an unknown name is not met, and neither is the opposite of it; what does not
/// depend on it is decided as always. Names that are there for certain are held all the same.
/// The log says so once in a while, and an [`AssignmentSource`](crate::AssignmentSource) can fill in.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClaimMap {
    roles: Vec<ClaimPlace>,
    permissions: Vec<ClaimPlace>,
    scopes: Vec<ClaimPlace>,
    groups: Vec<ClaimPlace>,
    client_id: Vec<ClaimPlace>,
    left_out: Vec<(AuthorityKind, ClaimPlace)>,
    renames: Renames,
    factors: FactorMap,
}

/// The names a token grants, as they are in it, or as the [`ClaimMap`] renames them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenAuthorities {
    /// The roles.
    pub roles: Vec<String>,
    /// The permissions.
    pub permissions: Vec<String>,
    /// The scopes.
    pub scopes: Vec<String>,
    /// The groups.
    pub groups: Vec<String>,
}

/// The claim that names the claims which are elsewhere.
const CLAIM_NAMES: &str = "_claim_names";

impl ClaimMap {
    /// A map that finds nothing, to be filled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a place for roles.
    #[must_use]
    pub fn roles(mut self, place: impl Into<ClaimPlace>) -> Self {
        self.roles.push(place.into());
        self
    }

    /// Adds a place for permissions.
    #[must_use]
    pub fn permissions(mut self, place: impl Into<ClaimPlace>) -> Self {
        self.permissions.push(place.into());
        self
    }

    /// Adds a place for scopes.
    #[must_use]
    pub fn scopes(mut self, place: impl Into<ClaimPlace>) -> Self {
        self.scopes.push(place.into());
        self
    }

    /// Adds a place for groups.
    #[must_use]
    pub fn groups(mut self, place: impl Into<ClaimPlace>) -> Self {
        self.groups.push(place.into());
        self
    }

    /// Adds a place for the client id: the first that holds a string counts.
    #[must_use]
    pub fn client_id(mut self, place: impl Into<ClaimPlace>) -> Self {
        self.client_id.push(place.into());
        self
    }

    /// Adds a place whose keys are roles: `{"admin": {..}, "user": {..}}`.
    #[must_use]
    pub fn roles_in_keys(self, place: impl Into<ClaimPlace>) -> Self {
        self.roles(place.into().keys())
    }

    /// Adds a place whose keys are permissions.
    #[must_use]
    pub fn permissions_in_keys(self, place: impl Into<ClaimPlace>) -> Self {
        self.permissions(place.into().keys())
    }

    /// Adds a place whose keys are scopes.
    #[must_use]
    pub fn scopes_in_keys(self, place: impl Into<ClaimPlace>) -> Self {
        self.scopes(place.into().keys())
    }

    /// Adds a place whose keys are groups.
    #[must_use]
    pub fn groups_in_keys(self, place: impl Into<ClaimPlace>) -> Self {
        self.groups(place.into().keys())
    }

    /// Adds a claim for roles, by its name as it is: `https://shop.example/roles`.
    #[must_use]
    pub fn roles_in_claim(self, name: impl AsRef<str>) -> Self {
        self.roles(ClaimPlace::claim(name))
    }

    /// Adds a claim for permissions, by its name as it is.
    #[must_use]
    pub fn permissions_in_claim(self, name: impl AsRef<str>) -> Self {
        self.permissions(ClaimPlace::claim(name))
    }

    /// Adds a claim for scopes, by its name as it is.
    #[must_use]
    pub fn scopes_in_claim(self, name: impl AsRef<str>) -> Self {
        self.scopes(ClaimPlace::claim(name))
    }

    /// Adds a claim for groups, by its name as it is.
    #[must_use]
    pub fn groups_in_claim(self, name: impl AsRef<str>) -> Self {
        self.groups(ClaimPlace::claim(name))
    }

    /// Adds a claim for the client id, by its name as it is.
    #[must_use]
    pub fn client_id_in_claim(self, name: impl AsRef<str>) -> Self {
        self.client_id(ClaimPlace::claim(name))
    }

    /// Says which factors the issuer's values of `amr` and `acr` mean. By default none.
    ///
    /// ```
    /// use auth_core::ClaimMap;
    /// use auth_core::token::FactorMap;
    ///
    /// let map = ClaimMap::keycloak("orders-api").factors(FactorMap::rfc8176());
    /// # let _ = map;
    /// ```
    #[must_use]
    pub fn factors(mut self, map: FactorMap) -> Self {
        self.factors = map;
        self
    }

    pub(crate) const fn factor_map(&self) -> &FactorMap {
        &self.factors
    }

    /// Says how the issuer marks a token that does not hold all names of a kind: where this place
    /// holds anything but `false`, the names of that kind are unknown. What is mapped to a claim
    /// that `_claim_names` lists is unknown without being named here.
    ///
    /// ```
    /// use auth_core::AuthorityKind;
    /// use auth_core::ClaimMap;
    ///
    /// let map = ClaimMap::new().groups("/groups").left_out_if(AuthorityKind::Group, "/groups_truncated");
    /// # let _ = map;
    /// ```
    #[must_use]
    pub fn left_out_if(mut self, kind: AuthorityKind, place: impl Into<ClaimPlace>) -> Self {
        self.left_out.push((kind, place.into()));
        self
    }

    /// The first place that cannot be: the builder rejects it.
    pub(crate) fn invalid_pointer(&self) -> Option<&str> {
        let of_kinds = AuthorityKind::ALL.into_iter().flat_map(|kind| self.places(kind));
        let marks = self.left_out.iter().map(|(_, place)| place);
        of_kinds
            .chain(&self.client_id)
            .chain(marks)
            .map(ClaimPlace::as_pointer)
            .find(|pointer| !pointer.is_valid())
            .map(Pointer::as_str)
    }

    fn places(&self, kind: AuthorityKind) -> &[ClaimPlace] {
        match kind {
            AuthorityKind::Role => &self.roles,
            AuthorityKind::Permission => &self.permissions,
            AuthorityKind::Scope => &self.scopes,
            AuthorityKind::Group => &self.groups,
            // The class of a login is the claim `acr`, of which tokens say nothing else.
            AuthorityKind::Level => &[],
        }
    }

    /// Hands out all that is at the places for names of one kind.
    fn read<'a>(
        &'a self,
        kind: AuthorityKind,
        claims: Object<'a>,
        elsewhere: Option<Value<'a>>,
        take: &mut impl FnMut(Reading<'a>),
    ) {
        for place in self.places(kind) {
            place.read(kind, claims, &mut |reading| take(reading.renamed(&self.renames, kind)));
            let pointer = place.as_pointer();
            let is_elsewhere = match elsewhere {
                None => false,
                Some(Value::Object(names)) => {
                    pointer.claim().is_some_and(|claim| names.get(claim).is_some())
                }
                Some(_) => true,
            };
            if is_elsewhere {
                take(Reading::Unclear(pointer.as_str(), Unclear::Elsewhere));
            }
        }
        let marks = self.left_out.iter().filter(|(marked, _)| *marked == kind);
        for (_, place) in marks {
            let mark = place.as_pointer();
            if mark.find(claims).is_some_and(|value| !matches!(value, Value::Bool(false))) {
                take(Reading::Unclear(mark.as_str(), Unclear::LeftOut));
            }
        }
    }

    /// The names of one kind in the claims, where they are.
    pub(crate) fn names<'a>(
        &'a self,
        kind: AuthorityKind,
        claims: Object<'a>,
    ) -> impl Iterator<Item = &'a str> {
        let names = self.places(kind).iter().flat_map(move |place| place.names(kind, claims));
        names.map(move |name| self.renames.of(kind, name))
    }

    /// The places of one kind, and whether they hold anything in these claims.
    pub(crate) fn places_of(&self, kind: AuthorityKind, claims: Object<'_>) -> Vec<(&str, bool)> {
        let holds = |place: &ClaimPlace| {
            let mut holds = false;
            place.as_pointer().each(claims, &mut |found| {
                holds |= match found {
                    None | Some(Value::Null) => false,
                    Some(Value::Text(text)) => !text.is_empty(),
                    Some(Value::Array(members)) => members.iter().next().is_some(),
                    Some(_) => true,
                };
            });
            holds
        };
        let places = self.places(kind).iter();
        places.map(|place| (place.as_pointer().as_str(), holds(place))).collect()
    }

    pub(crate) fn extract(&self, claims: Object<'_>) -> TokenAuthorities {
        let of = |kind| self.names(kind, claims).map(str::to_owned).collect();
        TokenAuthorities {
            roles: of(AuthorityKind::Role),
            permissions: of(AuthorityKind::Permission),
            scopes: of(AuthorityKind::Scope),
            groups: of(AuthorityKind::Group),
        }
    }

    /// What the claims grant by the names of a vocabulary. `open` gets what they leave open: of which
    /// kind, where, and why.
    pub(crate) fn grants(
        &self,
        claims: Object<'_>,
        tables: &VocabularySet,
        mut open: impl FnMut(AuthorityKind, &str, Unclear),
    ) -> AuthoritySet {
        let mut grants = AuthoritySet::empty(tables);
        let mut unknown = AuthorityKinds::NONE;
        let elsewhere = claims.get(CLAIM_NAMES);
        for kind in AuthorityKind::ALL {
            self.read(kind, claims, elsewhere, &mut |reading| {
                if let Some((place, why)) = reading.add_to(&mut grants, kind) {
                    unknown = unknown.with(kind);
                    open(kind, place, why);
                }
            });
        }
        grants.leaving_open(unknown)
    }

    pub(crate) fn find_client_id<'a>(&self, claims: Object<'a>) -> Option<&'a str> {
        self.client_id.iter().find_map(|place| place.as_pointer().find(claims)?.as_str())
    }
}
