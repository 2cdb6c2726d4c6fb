//! The credential of a request as a scheme sees it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use sha2::{Digest as _, Sha256};

use super::authorization::{self, RawToken};
use super::{Location, Locations, SchemeError, cookie};

/// The credential of a request: all that the scheme's [`Locations`] name, and nothing else.
///
/// `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedCredential {
    locations: Arc<Locations>,
    /// What is at each of the locations, one after the other.
    values: Vec<HeaderValue>,
    /// Where the values of each location end.
    ends: Vec<usize>,
    target: Option<(http::Method, Uri)>,
    peer: Option<Peer>,
}

/// The address at the other end of the connection, if it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Peer(Option<IpAddr>);

impl PresentedCredential {
    /// What a request has at these locations. `original` is the target as the client sent it.
    pub(crate) fn read(locations: &Arc<Locations>, request: &Parts, original: &Uri) -> Self {
        let (mut values, mut ends) = (Vec::new(), Vec::with_capacity(locations.count()));
        let (mut target, mut of_peer) = (None, None);
        for location in locations.all() {
            match location {
                Location::Target => target = Some((request.method.clone(), original.clone())),
                Location::Peer => of_peer = Some(Peer(peer(request))),
                Location::Header(name) => {
                    values.extend(request.headers.get_all(name).iter().cloned());
                }
                Location::Cookie(name) => {
                    let found = cookie(&request.headers, name);
                    values.extend(
                        found.filter_map(|(line, at)| slice(line, line.as_bytes().get(at)?)),
                    );
                }
                Location::Authorization(scheme) => {
                    values.extend(authorization(&request.headers, scheme));
                }
                Location::BearerWithPrefix(prefix) => {
                    let found = bearer(&request.headers, prefix);
                    values.extend(found.and_then(|(line, token)| slice(line, token)));
                }
            }
            ends.push(values.len());
        }
        Self { locations: Arc::clone(locations), values, ends, target, peer: of_peer }
    }

    /// Each location with what is there.
    fn parts(&self) -> impl Iterator<Item = (&Location, &[HeaderValue])> {
        let mut start = 0;
        self.locations.all().zip(&self.ends).map(move |(location, end)| {
            let values = self.values.get(start..*end).unwrap_or_default();
            start = *end;
            (location, values)
        })
    }

    /// What follows the name of the scheme in `Authorization`, without the white space around.
    ///
    /// # Errors
    /// [`SchemeError::Malformed`] if nothing does, or something that is not ASCII text;
    /// [`SchemeError::Misconfigured`] if the scheme's locations name no scheme of `Authorization`.
    pub fn authorization(&self) -> Result<&str, SchemeError> {
        let found = self.parts().find(|(at, _)| matches!(at, Location::Authorization(_)));
        let (_, values) = found.ok_or(NOT_LISTED)?;
        one(values)?.filter(|text| !text.is_empty()).ok_or(SchemeError::Malformed("it is empty"))
    }

    /// The bearer token that has to be there, with its prefix: the one of
    /// [`Location::BearerWithPrefix`], whichever of the scheme's prefixes it begins with.
    ///
    /// # Errors
    /// [`SchemeError::Malformed`] if it is absent, or has a character that no token has;
    /// [`SchemeError::Misconfigured`] if the scheme's locations name no prefix.
    pub fn bearer_token(&self) -> Result<&str, SchemeError> {
        self.optional_bearer_token()?.ok_or(SchemeError::Malformed("a bearer token is missing"))
    }

    /// The bearer token that may be there, with its prefix: for a credential that can also be
    /// elsewhere.
    ///
    /// # Errors
    /// [`SchemeError::Malformed`] if it has a character that no token has;
    /// [`SchemeError::Misconfigured`] if the scheme's locations name no prefix.
    pub fn optional_bearer_token(&self) -> Result<Option<&str>, SchemeError> {
        let is_place = |(at, _): &(&Location, _)| matches!(at, Location::BearerWithPrefix(_));
        let mut places = self.parts().filter(is_place).peekable();
        places.peek().ok_or(NOT_LISTED)?;
        // At most one: no token begins with two of the prefixes.
        let token = places.flat_map(|(_, values)| values).next();
        token
            .map(|token| RawToken::new(token.as_bytes()).read())
            .transpose()
            .map_err(|_| SchemeError::Malformed("it has a character that no token has"))
    }

    /// The value of a header that has to be there.
    ///
    /// # Errors
    /// [`SchemeError::Malformed`] if it is absent, there more than once, or not ASCII text;
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name it.
    pub fn header(&self, name: &HeaderName) -> Result<&str, SchemeError> {
        self.optional_header(name)?.ok_or(SchemeError::Malformed("a header is missing"))
    }

    /// The value of a header that may be there.
    ///
    /// # Errors
    /// [`SchemeError::Malformed`] if it is there more than once, or not ASCII text;
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name it.
    pub fn optional_header(&self, name: &HeaderName) -> Result<Option<&str>, SchemeError> {
        one(self.values(|at| matches!(at, Location::Header(it) if it == name))?)
    }

    /// The value of a cookie that has to be there.
    ///
    /// # Errors
    /// [`SchemeError::Malformed`] if it is absent, there more than once, or not ASCII text;
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name it.
    pub fn cookie(&self, name: &str) -> Result<&str, SchemeError> {
        self.optional_cookie(name)?.ok_or(SchemeError::Malformed("a cookie is missing"))
    }

    /// The value of a cookie that may be there: for a credential that can also be elsewhere.
    ///
    /// # Errors
    /// [`SchemeError::Malformed`] if it is there more than once, or not ASCII text;
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name it.
    pub fn optional_cookie(&self, name: &str) -> Result<Option<&str>, SchemeError> {
        one(self.values(|at| matches!(at, Location::Cookie(it) if it == name))?)
    }

    /// The method of the request.
    ///
    /// # Errors
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name [`Location::Target`].
    pub fn method(&self) -> Result<&http::Method, SchemeError> {
        self.target.as_ref().map(|(method, _)| method).ok_or(NOT_LISTED)
    }

    /// The target of the request as the client sent it, before any router changed it.
    ///
    /// # Errors
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name [`Location::Target`].
    pub fn uri(&self) -> Result<&Uri, SchemeError> {
        self.target.as_ref().map(|(_, uri)| uri).ok_or(NOT_LISTED)
    }

    /// The address at the other end of the connection; `None` if the application is not served with it.
    ///
    /// # Errors
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name [`Location::Peer`].
    pub fn peer(&self) -> Result<Option<IpAddr>, SchemeError> {
        self.peer.map(|it| it.0).ok_or(NOT_LISTED)
    }

    /// Every line of a header, in their order; none if it is not there.
    ///
    /// # Errors
    /// [`SchemeError::Misconfigured`] if the scheme's locations do not name it.
    pub fn lines(&self, name: &HeaderName) -> Result<&[HeaderValue], SchemeError> {
        self.values(|at| matches!(at, Location::Header(it) if it == name))
    }

    fn values(&self, is_at: impl Fn(&Location) -> bool) -> Result<&[HeaderValue], SchemeError> {
        let found = self.parts().find(|(location, _)| is_at(location));
        found.map(|(_, values)| values).ok_or(NOT_LISTED)
    }

    /// What tells the credential from others: a digest of all that was read.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        let mut add = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        };
        // In the order of the locations, which are the same for all credentials of a scheme.
        for (_, values) in self.parts() {
            add(&(values.len() as u64).to_be_bytes());
            for value in values {
                add(value.as_bytes());
            }
        }
        if let Some((method, uri)) = &self.target {
            add(method.as_str().as_bytes());
            add(uri.to_string().as_bytes());
        }
        if let Some(Peer(peer)) = &self.peer {
            add(peer.map(|it| it.to_string()).unwrap_or_default().as_bytes());
        }
        digest.finalize().into()
    }
}

const NOT_LISTED: SchemeError =
    SchemeError::Misconfigured("it reads a part of the request that its `locations()` do not name");

/// Where a credential of these locations is in a request: how many places have one.
pub(crate) fn count(locations: &Locations, headers: &HeaderMap) -> usize {
    let has = |location: &&Location| match location {
        Location::Header(name) => headers.contains_key(name),
        Location::Cookie(name) => cookie(headers, name).next().is_some(),
        Location::Authorization(scheme) => authorization(headers, scheme).is_some(),
        Location::BearerWithPrefix(prefix) => bearer(headers, prefix).is_some(),
        Location::Target | Location::Peer => false,
    };
    locations.credential().iter().filter(has).count()
}

/// Whether one of the places that has the credential is one that browsers fill on their own.
pub(crate) fn is_at_a_cookie(locations: &Locations, headers: &HeaderMap) -> bool {
    locations.credential().iter().any(|location| match location {
        Location::Cookie(name) => cookie(headers, name).next().is_some(),
        _ => false,
    })
}

/// Whether the credential is a bearer token, which no browser sends on its own.
pub(crate) fn is_bearer_token(locations: &Locations, headers: &HeaderMap) -> bool {
    locations.bearer_prefixes().any(|prefix| bearer(headers, prefix).is_some())
}

/// The bearer token of a request, if it begins with this: the line that it is in, and the token.
fn bearer<'a>(headers: &'a HeaderMap, prefix: &str) -> Option<(&'a HeaderValue, &'a [u8])> {
    let (line, range) = authorization::bearer(headers)?;
    let token = line.as_bytes().get(range)?;
    token.starts_with(prefix.as_bytes()).then_some((line, token))
}

/// What follows the name of this scheme in the first line of `Authorization`. A request with several
/// lines is rejected before anyone looks here.
fn authorization(headers: &HeaderMap, scheme: &str) -> Option<HeaderValue> {
    let line = headers.get(http::header::AUTHORIZATION)?;
    let value = line.as_bytes().trim_ascii();
    let (name, rest) = value.split_at_checked(scheme.len())?;
    let is_it = name.eq_ignore_ascii_case(scheme.as_bytes())
        && rest.first().is_none_or(|byte| *byte == b' ');
    is_it.then(|| slice(line, rest.trim_ascii())).flatten()
}

#[cfg(feature = "connect_info")]
fn peer(request: &Parts) -> Option<IpAddr> {
    use axum::extract::ConnectInfo;
    use std::net::SocketAddr;

    request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

#[cfg(not(feature = "connect_info"))]
const fn peer(_: &Parts) -> Option<IpAddr> {
    None
}

/// A part of a header's value, as little to be shown as the whole.
fn slice(of: &HeaderValue, bytes: &[u8]) -> Option<HeaderValue> {
    let mut part = HeaderValue::from_bytes(bytes).ok()?;
    part.set_sensitive(of.is_sensitive());
    Some(part)
}

/// The only value as text; none if there is none.
fn one(values: &[HeaderValue]) -> Result<Option<&str>, SchemeError> {
    match values {
        [] => Ok(None),
        [value] => match value.to_str() {
            Ok(text) => Ok(Some(text.trim_matches([' ', '\t']))),
            Err(_) => Err(SchemeError::Malformed("it is not ASCII text")),
        },
        _ => Err(SchemeError::Malformed("it is there more than once")),
    }
}

impl fmt::Debug for PresentedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedCredential").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &'static str)]) -> Parts {
        let mut builder = http::Request::get("/orders?page=1");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    fn read(locations: &Locations, parts: &Parts) -> PresentedCredential {
        PresentedCredential::read(&Arc::new(locations.clone()), parts, &parts.uri)
    }

    const USER: HeaderName = HeaderName::from_static("x-user");

    #[test]
    fn a_scheme_sees_what_its_locations_name_and_nothing_else() {
        let parts = request(&[("x-user", "alice"), ("x-other", "secret"), ("cookie", "sid=1")]);
        let presented = read(&Locations::header(USER), &parts);
        assert_eq!(presented.header(&USER), Ok("alice"));
        let other = presented.header(&HeaderName::from_static("x-other"));
        assert!(matches!(other, Err(SchemeError::Misconfigured(_))));
        for unseen in [presented.cookie("sid"), presented.authorization()] {
            assert!(matches!(unseen, Err(SchemeError::Misconfigured(_))));
        }
        assert!(matches!(presented.uri(), Err(SchemeError::Misconfigured(_))));
        let with_target = Locations::header(USER).and_reads(Location::Target);
        assert_eq!(read(&with_target, &parts).uri().unwrap().path(), "/orders");
    }

    #[test]
    fn two_values_are_malformed() {
        let parts = request(&[("x-user", "alice"), ("x-user", "bob"), ("cookie", "sid=1; sid=2")]);
        let presented = read(&Locations::header(USER), &parts);
        assert!(matches!(presented.header(&USER), Err(SchemeError::Malformed(_))));
        let presented = read(&Locations::cookie("sid"), &parts);
        assert!(matches!(presented.cookie("sid"), Err(SchemeError::Malformed(_))));
    }

    #[test]
    fn a_scheme_of_authorization_is_found_by_its_whole_name() {
        let basic = Locations::authorization("Basic");
        for (line, expected) in [
            ("Basic eDp5", Some("eDp5")),
            ("basic   eDp5 ", Some("eDp5")),
            ("Basicx eDp5", None),
            ("Bas", None),
            ("Bearer Basic", None),
        ] {
            let parts = request(&[("authorization", line)]);
            assert_eq!(count(&basic, &parts.headers), usize::from(expected.is_some()), "{line}");
            if let Some(expected) = expected {
                assert_eq!(read(&basic, &parts).authorization(), Ok(expected), "{line}");
            }
        }
        let empty = request(&[("authorization", "Basic")]);
        assert_eq!(count(&basic, &empty.headers), 1);
        assert!(matches!(read(&basic, &empty).authorization(), Err(SchemeError::Malformed(_))));
    }

    #[test]
    fn what_was_read_decides_whether_two_credentials_are_one() {
        let locations = Locations::header(USER).and_reads(Location::Target);
        let alice = request(&[("x-user", "alice"), ("x-other", "1")]);
        let again = request(&[("x-user", "alice"), ("x-other", "2")]);
        let bob = request(&[("x-user", "bob")]);
        assert!(read(&locations, &alice) == read(&locations, &again));
        assert!(read(&locations, &alice) != read(&locations, &bob));
        let mut elsewhere = request(&[("x-user", "alice")]);
        elsewhere.uri = Uri::from_static("/orders?page=2");
        assert!(read(&locations, &alice) != read(&locations, &elsewhere));
        assert_ne!(read(&locations, &alice).digest(), read(&locations, &bob).digest());
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let parts = request(&[("x-user", "alice")]);
        assert!(!format!("{:?}", read(&Locations::header(USER), &parts)).contains("alice"));
    }
}
