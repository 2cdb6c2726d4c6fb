//! The map itself, and how an application adds what a router alone does not know.

use std::sync::OnceLock;

use crate::authenticator::Authenticator;
use crate::policy::Method;
#[cfg(feature = "openapi")]
use crate::scheme::SecurityScheme;
use crate::vocabulary::{Vocabulary, VocabularySet};

use super::{AccessModel, ClientModel, CredentialsModel, Endpoint};

/// Every endpoint of a router with who may call it, sorted by path and method.
///
/// Made by [`Router::access_map`](crate::Router::access_map). Shown as an aligned table:
///
/// ```text
/// GET   /health       public: liveness probe             app::health
/// GET   /orders/{id}  scope = "read"                     app::orders::show
/// POST  /orders       role = "clerk", scope = "write"    app::orders::create
/// ```
#[derive(Clone, Debug)]
pub struct AccessMap {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) vocabulary: VocabularySet,
    /// What an endpoint accepts that names no method.
    pub(super) methods: Vec<Method>,
    /// What the authenticator says of credentials.
    pub(super) credentials: CredentialsModel,
    /// The clients of the authorization server.
    pub(super) clients: Vec<ClientModel>,
    /// How OpenAPI describes the methods, as far as the application's schemes say so.
    #[cfg(feature = "openapi")]
    pub(super) schemes: Vec<(Method, SecurityScheme)>,
    /// Made when it is asked for first: a router that is only protected needs none.
    pub(super) model: OnceLock<AccessModel>,
    /// Where the served pages have tokens explained.
    pub(super) explain_at: Option<String>,
}

impl AccessMap {
    pub(crate) fn new(mut endpoints: Vec<Endpoint>) -> Self {
        endpoints.sort_by(Endpoint::compare);
        Self {
            endpoints,
            vocabulary: VocabularySet::default(),
            methods: Method::DEFAULT.to_vec(),
            credentials: CredentialsModel::default(),
            clients: Vec::new(),
            #[cfg(feature = "openapi")]
            schemes: Vec::new(),
            model: OnceLock::new(),
            explain_at: None,
        }
    }

    /// The endpoints, sorted by path and method.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The endpoints one by one, sorted by path and method.
    pub fn iter(&self) -> std::slice::Iter<'_, Endpoint> {
        self.endpoints.iter()
    }

    /// The same map over the whole vocabulary of the application.
    ///
    /// Without it the map knows the enums that requirements name, and those that these bring names
    /// of; an enum that no endpoint asks for would be missing from the lists of unused names. Several
    /// enums of one kind are listed together; of two that have a name in common the map has the
    /// first only, and [`check_lock`](Self::check_lock) says so.
    ///
    /// ```
    /// # use auth_core::{Router, Scopes};
    /// # #[derive(Clone, Copy, Scopes)]
    /// # enum Scope { Read, Write }
    /// let map = Router::<()>::new().access_map().with_vocabulary::<(Scope,)>();
    /// assert_eq!(map.model().findings.unused_scopes, ["read", "write"]);
    /// ```
    #[must_use]
    pub fn with_vocabulary<V: Vocabulary>(mut self) -> Self {
        self.vocabulary = V::TABLES;
        self.model = OnceLock::new();
        self
    }

    /// The same map where an endpoint that names no authentication method accepts these: what the
    /// authenticator's builder was given with `.methods([..])`. Without it these are
    /// [`Method::DEFAULT`].
    ///
    /// ```
    /// # use auth_core::{Method, Router};
    /// let map = Router::<()>::new().access_map().with_methods([Method::Bearer, Method::Session]);
    /// assert_eq!(map.model().default_methods, ["bearer", "session"]);
    /// ```
    #[must_use]
    pub fn with_methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = Vec::new();
        for method in methods {
            if !self.methods.contains(&method) {
                self.methods.push(method);
            }
        }
        self.model = OnceLock::new();
        self
    }

    /// The same map over the vocabulary of this authenticator, with what it says of credentials: which
    /// methods an endpoint accepts that names none, how long a credential is valid and how soon a
    /// revocation is felt, from which pages browsers may send one, and how an OpenAPI document describes
    /// each.
    ///
    /// The lock then has these, too: a session that lasts longer, a node that hears of revocations
    /// later, or one more trusted origin is a change to review.
    ///
    /// ```
    /// use auth_core::{AccessMap, Authenticator, Router};
    ///
    /// fn map(app: &Router, authenticator: &Authenticator) -> AccessMap {
    ///     app.access_map().with_authenticator(authenticator)
    /// }
    /// ```
    #[must_use]
    pub fn with_authenticator(self, authenticator: &Authenticator) -> Self {
        let mut map = self.with_methods(authenticator.default_methods().iter().copied());
        map.vocabulary = *authenticator.vocabulary();
        map.credentials =
            CredentialsModel::new(&authenticator.validity(), &authenticator.trusted_origins());
        #[cfg(feature = "openapi")]
        let map = map.with_security_schemes(authenticator.security_schemes());
        map
    }

    /// The same map with how an OpenAPI document describes each method: what
    /// [`Authenticator::security_schemes`](crate::Authenticator::security_schemes) says of the
    /// application's schemes.
    ///
    /// A method with several descriptions has several schemes in the document: `session`, and
    /// `session-bearer` for the one that is a bearer token. A method of which nothing is said is
    /// described in the standard way: `api-key` as a header `X-API-Key`, `session` as a cookie.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn with_security_schemes(
        mut self,
        schemes: impl IntoIterator<Item = (Method, SecurityScheme)>,
    ) -> Self {
        self.schemes = schemes.into_iter().collect();
        self
    }

    /// Lets the served pages have a pasted token explained: by a route of the application at `path`,
    /// for a development server.
    ///
    /// The page then has a button that sends the token there, in the body of a `POST`, and shows the
    /// report in the answer: the JSON of the
    /// [`TokenReport`](crate::token::TokenReport) that
    /// [`Authenticator::diagnose`](crate::Authenticator::diagnose) makes. The report tells
    /// how the service is configured, so have that route on a development server only. `path` is the
    /// one that browsers use, with that of every router around it. The request has no credentials
    /// and goes to the service that the page came from: its content security policy allows that
    /// (`connect-src 'self'`), and without this option nothing.
    ///
    /// ```
    /// # use auth_core::{Roles, Router, requirement};
    /// # #[derive(Clone, Copy, Roles)]
    /// # enum Role { Admin }
    /// # let app: Router = Router::new();
    /// let map = app.access_map().explain_at("/docs/explain");
    /// let app = app.merge(map.page_with_token_form("/access", requirement!(role = Admin)));
    /// ```
    ///
    /// # Panics
    /// If the path does not begin with one `/`: the token would go elsewhere.
    #[must_use]
    #[track_caller]
    pub fn explain_at(mut self, path: &str) -> Self {
        // Browsers read a backslash as a slash, skip tabs and line breaks, and read two slashes as the
        // beginning of a host.
        let is_own = path.strip_prefix('/').is_some_and(|beyond| {
            !beyond.starts_with(['/', '\\']) && !beyond.contains(char::is_control)
        });
        assert!(is_own, "`{path}` is not a path of this service\nhelp: begin it with one `/`");
        self.explain_at = Some(path.to_owned());
        self
    }

    /// Where the served pages have a pasted token explained.
    pub(crate) fn explain_path(&self) -> Option<&str> {
        self.explain_at.as_deref()
    }

    /// The map as plain data, with all that follows from it.
    #[must_use]
    pub fn model(&self) -> &AccessModel {
        self.model.get_or_init(|| AccessModel::of(self))
    }

    /// The map as JSON, described by [`SCHEMA`](super::SCHEMA).
    #[must_use]
    pub fn to_json(&self) -> String {
        self.model().to_json()
    }
}

impl<'a> IntoIterator for &'a AccessMap {
    type Item = &'a Endpoint;
    type IntoIter = std::slice::Iter<'a, Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for AccessMap {
    type Item = Endpoint;
    type IntoIter = std::vec::IntoIter<Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.endpoints.into_iter()
    }
}
