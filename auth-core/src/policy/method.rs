//! The authentication method: by which kind of credential a caller was authenticated.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::vocabulary::lookup;

/// How a caller was authenticated: one name for each kind of credential.
///
/// A requirement names the methods that an endpoint accepts: `#[requires(method = Session | ApiKey)]`.
/// An endpoint that names none accepts the application's default list, which is
/// [`Method::DEFAULT`] unless the authenticator's builder says more.
///
/// Two methods are the same if their [names](Self::as_str) are.
///
/// ```
/// use auth_core::policy::Method;
///
/// const CORPORATE: Method = Method::custom("corporate-sso");
/// assert_eq!(Method::ApiKey.to_string(), "api-key");
/// assert_eq!(CORPORATE.to_string(), "corporate-sso");
/// assert_eq!(Method::custom("session"), Method::Session);
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Method {
    /// A bearer token ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    Bearer,
    /// A token that is bound to a key of its sender ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
    Dpop,
    /// A token that is bound to the client's certificate ([RFC 8705](https://www.rfc-editor.org/rfc/rfc8705)).
    Mtls,
    /// A user name and a password ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
    Basic,
    /// A key that was issued to a program.
    ApiKey,
    /// The session of a browser, as a rule in a cookie.
    Session,
    /// A scheme of the application, by its name.
    Custom(&'static str),
}

impl Method {
    /// What an endpoint accepts that names no method, unless the application says more.
    pub const DEFAULT: [Self; 3] = [Self::Bearer, Self::Dpop, Self::Mtls];

    /// The methods that have a name of their own here, in the order of listings.
    pub(crate) const BUILT_IN: [Self; 6] =
        [Self::Bearer, Self::Dpop, Self::Mtls, Self::Basic, Self::ApiKey, Self::Session];

    /// The method of this name: a built-in one if it is the name of one, else one of the
    /// application.
    ///
    /// ```
    /// use auth_core::policy::Method;
    ///
    /// assert!(matches!(Method::custom("basic"), Method::Basic));
    /// assert!(matches!(Method::custom("corporate-sso"), Method::Custom("corporate-sso")));
    /// ```
    #[must_use]
    pub const fn custom(name: &'static str) -> Self {
        let mut rest: &[Self] = &Self::BUILT_IN;
        while let [method, others @ ..] = rest {
            if lookup::same(method.as_str(), name) {
                return *method;
            }
            rest = others;
        }
        Self::Custom(name)
    }

    /// The name, as listings, JSON and the access lock show it: `bearer`, `dpop`, `mtls`, `basic`,
    /// `api-key`, `session`, or the application's own.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Dpop => "dpop",
            Self::Mtls => "mtls",
            Self::Basic => "basic",
            Self::ApiKey => "api-key",
            Self::Session => "session",
            Self::Custom(name) => name,
        }
    }
}

impl PartialEq for Method {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(_), _) | (_, Self::Custom(_)) => self.as_str() == other.as_str(),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Eq for Method {}

impl Hash for Method {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Method({})", self.as_str())
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_in_method_has_one_name_however_it_is_made() {
        for method in Method::BUILT_IN {
            assert_eq!(Method::custom(method.as_str()), method);
            assert_eq!(Method::Custom(method.as_str()), method);
        }
        assert_ne!(Method::custom("Session"), Method::Session);
    }

    #[test]
    fn equal_methods_hash_alike() {
        use std::hash::BuildHasher as _;
        let hasher = std::hash::RandomState::new();
        let (one, two) = (Method::Custom("session"), Method::Session);
        assert_eq!(hasher.hash_one(one), hasher.hash_one(two));
    }
}
