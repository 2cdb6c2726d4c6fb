//! Where a credential is, and what else of a request a scheme reads.

use std::borrow::Cow;

use http::HeaderName;
use http::header::AUTHORIZATION;

use super::TokenLocation;
use super::challenge::is_token;

/// One part of a request that a scheme reads.
///
/// There is none for the query: it is written to logs, to the history of browsers and into
/// `Referer`. For one route and access tokens alone there is
/// [`TokenLocation::query`](crate::scheme::TokenLocation::query).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// What follows the name of this scheme in `Authorization`
    /// ([RFC 9110 §11.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2)).
    Authorization(Cow<'static, str>),
    /// A bearer token that begins with this prefix, such as `acme_live_`
    /// ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
    ///
    /// As a place of a credential it takes such tokens out of the access tokens: no verifier sees one,
    /// at any endpoint. So no JWT may begin with the prefix (`eyJ`), and no two prefixes of an
    /// authenticator may overlap. It is compared as it is written, upper and lower case.
    BearerWithPrefix(Cow<'static, str>),
    /// Every line of this header.
    Header(HeaderName),
    /// The cookie of this name ([RFC 6265 §5.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.4)).
    Cookie(Cow<'static, str>),
    /// The method and the target of the request, as the client sent them: for signatures over them.
    Target,
    /// The address at the other end of the connection, where the application is served with
    /// `into_make_service_with_connect_info::<SocketAddr>()` and the feature `connect_info` is on. Behind
    /// a proxy it is that of the proxy.
    Peer,
}

impl Location {
    /// Whether browsers send what is there on their own.
    pub(crate) fn is_sent_by_browsers(&self) -> bool {
        match self {
            Self::Cookie(_) => true,
            Self::Authorization(scheme) => ["basic", "digest", "negotiate", "ntlm"]
                .iter()
                .any(|it| scheme.eq_ignore_ascii_case(it)),
            Self::BearerWithPrefix(_) | Self::Header(_) | Self::Target | Self::Peer => false,
        }
    }

    /// Whether a credential can be there at all.
    fn can_hold_a_credential(&self) -> bool {
        match self {
            Self::Authorization(scheme) => is_token(scheme),
            Self::Cookie(name) => is_token(name),
            // Its lines belong to the schemes that are named in it; and those are cookies.
            Self::Header(name) => *name != AUTHORIZATION && *name != http::header::COOKIE,
            // Whether its prefix will do is looked at together with the others.
            Self::BearerWithPrefix(_) => true,
            Self::Target | Self::Peer => false,
        }
    }
}

/// All that a scheme reads of a request: where its credential is, and what it looks at beside.
///
/// ```
/// use auth_core::scheme::{Location, Locations};
/// use http::HeaderName;
///
/// let signature = HeaderName::from_static("x-proxy-signature");
/// let locations = Locations::header(HeaderName::from_static("x-proxy-user"))
///     .and_reads(Location::Header(signature))
///     .and_reads(Location::Target);
/// # drop(locations);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Locations {
    credential: Vec<Location>,
    beside: Vec<Location>,
}

impl Locations {
    /// The credential is at this location.
    pub fn at(location: Location) -> Self {
        Self { credential: vec![location], beside: Vec::new() }
    }

    /// The credential follows the name of this scheme in `Authorization`.
    pub fn authorization(scheme: impl Into<Cow<'static, str>>) -> Self {
        Self::at(Location::Authorization(scheme.into()))
    }

    /// The credential is a bearer token that begins with this prefix: see
    /// [`Location::BearerWithPrefix`].
    ///
    /// ```
    /// use auth_core::scheme::{Location, Locations};
    ///
    /// // A session: in a cookie for browsers, as a bearer token for programs.
    /// let locations = Locations::cookie("__Host-sid")
    ///     .or(Location::BearerWithPrefix("acme_session_".into()));
    /// // Keys of two environments.
    /// let keys = Locations::bearer_with_prefix("acme_live_")
    ///     .or(Location::BearerWithPrefix("acme_test_".into()));
    /// # drop((locations, keys));
    /// ```
    pub fn bearer_with_prefix(prefix: impl Into<Cow<'static, str>>) -> Self {
        Self::at(Location::BearerWithPrefix(prefix.into()))
    }

    /// The credential is in this header.
    pub fn header(name: HeaderName) -> Self {
        Self::at(Location::Header(name))
    }

    /// The credential is in the cookie of this name.
    pub fn cookie(name: impl Into<Cow<'static, str>>) -> Self {
        Self::at(Location::Cookie(name.into()))
    }

    /// There is no credential: a caller is known by where the service runs, as on the machine of a
    /// developer. Such a scheme is asked where a request has no other credential that is accepted.
    #[cfg(feature = "testing")]
    pub(crate) const fn ambient() -> Self {
        Self { credential: Vec::new(), beside: Vec::new() }
    }

    /// Another place where the credential can be. A request that has it at two places has two
    /// credentials, and is rejected with 400.
    pub fn or(mut self, location: Location) -> Self {
        self.credential.push(location);
        self
    }

    /// What the scheme reads beside its credential.
    pub fn and_reads(mut self, location: Location) -> Self {
        self.beside.push(location);
        self
    }

    /// The places where the credential can be.
    pub(crate) fn credential(&self) -> &[Location] {
        &self.credential
    }

    /// Everything that is read.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Location> {
        self.credential.iter().chain(&self.beside)
    }

    /// How many that are.
    pub(crate) const fn count(&self) -> usize {
        self.credential.len().saturating_add(self.beside.len())
    }

    /// Whether the credential can be in `Authorization`.
    pub(crate) fn are_in_authorization(&self) -> bool {
        let is_there = |location: &Location| {
            matches!(location, Location::Authorization(_) | Location::BearerWithPrefix(_))
        };
        self.credential.iter().any(is_there)
    }

    pub(crate) fn is_ambient(&self) -> bool {
        self.credential.is_empty()
    }

    /// Whether browsers send the credential on their own.
    pub(crate) fn are_sent_by_browsers(&self) -> bool {
        self.credential.iter().any(Location::is_sent_by_browsers)
    }

    /// The prefixes of the bearer tokens that are its credentials.
    pub(crate) fn bearer_prefixes(&self) -> impl Iterator<Item = &Cow<'static, str>> {
        self.credential.iter().filter_map(|location| match location {
            Location::BearerWithPrefix(prefix) => Some(prefix),
            _ => None,
        })
    }

    /// Whether a request could have the credentials of both at one place. Prefixes of bearer tokens
    /// are compared by themselves.
    pub(crate) fn collide(&self, other: &Self) -> bool {
        let same = |one: &Location, other: &Location| match (one, other) {
            (Location::Authorization(one), Location::Authorization(other)) => {
                one.eq_ignore_ascii_case(other)
            }
            (Location::Authorization(scheme), Location::BearerWithPrefix(_))
            | (Location::BearerWithPrefix(_), Location::Authorization(scheme)) => {
                scheme.eq_ignore_ascii_case("bearer")
            }
            (Location::BearerWithPrefix(_), Location::BearerWithPrefix(_)) => false,
            (one, other) => one == other,
        };
        self.credential.iter().any(|one| other.credential.iter().any(|two| same(one, two)))
    }

    /// Whether a request could have this credential and a token at one place.
    pub(crate) fn collide_with(&self, token: &TokenLocation) -> bool {
        self.credential.iter().any(|location| match location {
            Location::Authorization(scheme) => {
                *token == TokenLocation::AUTHORIZATION
                    && ["bearer", "dpop"].iter().any(|it| scheme.eq_ignore_ascii_case(it))
            }
            Location::Header(name) => token.header_name() == Some(name),
            Location::Cookie(name) => token.cookie_name() == Some(name.as_ref()),
            // Its tokens are no access tokens.
            Location::BearerWithPrefix(_) | Location::Target | Location::Peer => false,
        })
    }

    /// The location where no credential can be, if there is one.
    pub(crate) fn impossible(&self) -> Option<&Location> {
        self.credential.iter().find(|location| !location.can_hold_a_credential())
    }
}
