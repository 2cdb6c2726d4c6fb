//! The authentication method: by which kind of credential a caller was authenticated.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::Requirement;
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
/// use auth_core::Method;
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
    /// A session that was begun by a sign-in: of a browser in a cookie, of a program as a bearer token.
    Session,
    /// A sign-in that is half finished: the password was right, and a second factor is still to come.
    /// No requirement can name it. It is the method of the scheme that is given to
    /// [`AuthenticatorBuilder::pending`](crate::authenticator::AuthenticatorBuilder::pending), and
    /// handlers under [`#[pending]`](macro@crate::pending) accept it and no other.
    Pending,
    /// A scheme of the application, by its name.
    Custom(&'static str),
}

impl Method {
    /// What an endpoint accepts that names no method, unless the application says more.
    pub const DEFAULT: [Self; 3] = [Self::Bearer, Self::Dpop, Self::Mtls];

    /// The methods that have a name of their own here, in the order of listings.
    pub(crate) const BUILT_IN: [Self; 7] = [
        Self::Bearer,
        Self::Dpop,
        Self::Mtls,
        Self::Basic,
        Self::ApiKey,
        Self::Session,
        Self::Pending,
    ];

    /// The method of this name: a built-in one if it is the name of one, else one of the
    /// application.
    ///
    /// ```
    /// use auth_core::Method;
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
    /// `api-key`, `session`, `pending`, or the application's own.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Dpop => "dpop",
            Self::Mtls => "mtls",
            Self::Basic => "basic",
            Self::ApiKey => "api-key",
            Self::Session => "session",
            Self::Pending => "pending",
            Self::Custom(name) => name,
        }
    }

    /// Whether a caller by this method logged in at some time. A key or a password that comes with each
    /// request is no login: its age, its class and its factors are not known.
    pub(crate) const fn is_login(self) -> bool {
        match self {
            Self::ApiKey | Self::Basic => false,
            Self::Custom(name) => !lookup::same(name, "api-key") && !lookup::same(name, "basic"),
            _ => true,
        }
    }

    /// Whether browsers may send its credential on their own, as far as the method tells. A token or a key
    /// is sent by a program; a scheme of the application can do either.
    pub(crate) const fn may_be_ambient(self) -> bool {
        !self.is_in(&[Self::Bearer, Self::Dpop, Self::ApiKey])
    }

    /// Equality in const evaluation.
    pub(crate) const fn same(self, other: Self) -> bool {
        lookup::same(self.as_str(), other.as_str())
    }

    /// Whether it is one of these.
    pub(crate) const fn is_in(self, methods: &[Self]) -> bool {
        let mut rest = methods;
        while let [method, others @ ..] = rest {
            if method.same(self) {
                return true;
            }
            rest = others;
        }
        false
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

/// `method session or api-key`
pub(super) fn fmt_methods(f: &mut fmt::Formatter<'_>, methods: &[Method]) -> fmt::Result {
    f.write_str("method ")?;
    for (place, method) in methods.iter().enumerate() {
        let or = if place > 0 { " or " } else { "" };
        write!(f, "{or}{method}")?;
    }
    Ok(())
}

/// Whether one of these is there twice.
pub(super) const fn has_doubles(methods: &[Method]) -> bool {
    let mut rest = methods;
    while let [method, others @ ..] = rest {
        if method.is_in(others) {
            return true;
        }
        rest = others;
    }
    false
}

impl Requirement {
    /// What `#[pending]` requires: a sign-in that is half finished.
    pub(crate) const PENDING: Self = Self::Method(&[Method::Pending]);

    /// Whether this is what `#[pending]` requires.
    pub(crate) const fn is_pending(&self) -> bool {
        matches!(self, Self::Method([method]) if method.same(Method::Pending))
    }

    /// The authentication methods that the requirement accepts, in the order written; `None` if it
    /// says nothing about them, and then the application's default list applies.
    ///
    /// `method = ..` accepts its list. `all` accepts what each part accepts that says anything, and
    /// `any` what one of its parts accepts, provided that every part says something. Whatever else
    /// there is says nothing. An empty list means that no credential at all is accepted.
    ///
    /// ```
    /// use auth_core::{Method, Requirement};
    ///
    /// const STAFF: Requirement = Requirement::All(&[
    ///     Requirement::Method(&[Method::Session, Method::ApiKey]),
    ///     Requirement::MaxAge(300),
    /// ]);
    /// assert_eq!(STAFF.accepted_methods(), Some(vec![Method::Session, Method::ApiKey]));
    /// assert_eq!(Requirement::Authenticated.accepted_methods(), None);
    /// ```
    #[must_use]
    pub fn accepted_methods(&self) -> Option<Vec<Method>> {
        // A caller cannot meet a tree without an end, whatever the method.
        if self.is_too_deep() { None } else { accepted(self) }
    }
}

fn accepted(requirement: &Requirement) -> Option<Vec<Method>> {
    let each = |parts: &[Requirement]| parts.iter().map(accepted).collect::<Vec<_>>();
    match requirement {
        Requirement::Method(methods) => Some(without_doubles(methods.iter().copied())),
        Requirement::All(parts) => each(parts)
            .into_iter()
            .flatten()
            .reduce(|one, two| one.into_iter().filter(|method| two.contains(method)).collect()),
        Requirement::Any(parts) => {
            let statements = each(parts).into_iter().collect::<Option<Vec<_>>>()?;
            (!statements.is_empty()).then(|| without_doubles(statements.into_iter().flatten()))
        }
        _ => None,
    }
}

fn without_doubles(methods: impl Iterator<Item = Method>) -> Vec<Method> {
    let mut seen = Vec::new();
    for method in methods {
        if !seen.contains(&method) {
            seen.push(method);
        }
    }
    seen
}

/// What a requirement says of methods, for the analysis.
#[derive(Clone, Copy)]
pub(super) enum Statement {
    /// Nothing.
    Absent,
    /// Which ones it accepts.
    Present,
    /// Something from which that cannot be determined.
    Unclear(Unclear),
}

/// Why it cannot be determined which methods a requirement accepts.
#[derive(Clone, Copy)]
pub(super) enum Unclear {
    /// `method` is under `not`: a list of what is rejected accepts whatever is added later.
    Negated(Requirement),
    /// Some alternatives of this `any` name methods and others do not.
    InSomeAlternatives(Requirement),
}

impl Statement {
    /// Of a tree that has an end: see `Requirement::is_too_deep`.
    pub(super) const fn of(requirement: &Requirement) -> Self {
        match requirement {
            Requirement::Method(_) => Self::Present,
            Requirement::Not(part) => match Self::of(part) {
                Self::Present => Self::Unclear(Unclear::Negated(**part)),
                other => other,
            },
            Requirement::All(parts) | Requirement::Any(parts) => {
                let (mut present, mut absent) = (false, false);
                let mut rest: &[Requirement] = parts;
                while let [part, others @ ..] = rest {
                    match Self::of(part) {
                        Self::Present => present = true,
                        Self::Absent => absent = true,
                        unclear @ Self::Unclear(_) => return unclear,
                    }
                    rest = others;
                }
                match (requirement, present, absent) {
                    (_, false, _) => Self::Absent,
                    (Requirement::Any(_), true, true) => {
                        Self::Unclear(Unclear::InSomeAlternatives(*requirement))
                    }
                    _ => Self::Present,
                }
            }
            _ => Self::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing_fixtures::{all, any, name, not};

    const WEB: Requirement = Requirement::Method(&[Method::Session, Method::ApiKey]);
    const KEYS: Requirement = Requirement::Method(&[Method::ApiKey, Method::Basic]);
    const SSO: Requirement = Requirement::Method(&[Method::custom("corporate-sso")]);

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

    #[test]
    fn a_requirement_without_a_method_says_nothing() {
        let clerk = name("clerk");
        for requirement in [
            Requirement::Authenticated,
            clerk,
            all(vec![clerk, Requirement::MaxAge(300)]),
            any(vec![clerk, Requirement::MaxAge(300)]),
            not(clerk),
            Requirement::All(&[]),
            Requirement::Any(&[]),
        ] {
            assert_eq!(requirement.accepted_methods(), None, "{requirement}");
        }
    }

    #[test]
    fn all_accepts_what_each_statement_accepts() {
        let clerk = name("clerk");
        assert_eq!(
            all(vec![clerk, WEB]).accepted_methods(),
            Some(vec![Method::Session, Method::ApiKey])
        );
        assert_eq!(all(vec![WEB, KEYS]).accepted_methods(), Some(vec![Method::ApiKey]));
        assert_eq!(all(vec![WEB, SSO]).accepted_methods(), Some(Vec::new()));
    }

    #[test]
    fn any_accepts_what_an_alternative_accepts_if_each_of_them_says_something() {
        let clerk = name("clerk");
        let every = any(vec![all(vec![SSO, clerk]), WEB]);
        let methods = vec![Method::custom("corporate-sso"), Method::Session, Method::ApiKey];
        assert_eq!(every.accepted_methods(), Some(methods));
        assert_eq!(any(vec![WEB, clerk]).accepted_methods(), None);
    }

    #[test]
    fn rejected_methods_are_not_a_list_of_accepted_ones() {
        assert_eq!(not(WEB).accepted_methods(), None);
        assert_eq!(
            all(vec![KEYS, not(WEB)]).accepted_methods(),
            Some(vec![Method::ApiKey, Method::Basic])
        );
    }

    #[test]
    fn a_tree_without_an_end_says_nothing() {
        static ENDLESS: Requirement = Requirement::All(&[WEB, Requirement::Not(&ENDLESS)]);
        assert_eq!(ENDLESS.accepted_methods(), None);
    }
}
