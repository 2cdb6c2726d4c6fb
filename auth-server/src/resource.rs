//! Protected resources.

use auth_core::Scopes;

/// The format of the access tokens for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AccessTokenFormat {
    /// Signed: the resource verifies them without asking the server
    /// ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).
    #[default]
    Jwt,
    /// Random: the resource asks the server about them
    /// ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).
    Opaque,
}

/// A scope, and its text on consent pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeText {
    pub(crate) name: String,
    pub(crate) text: Option<String>,
}

impl ScopeText {
    /// The name of the scope.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text on consent pages; the name, if there is no text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.name)
    }
}

/// A protected resource: what access tokens are issued for
/// ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)).
#[derive(Clone, Debug)]
#[must_use]
pub struct Resource {
    pub(crate) uri: String,
    pub(crate) scopes: Vec<ScopeText>,
    pub(crate) format: AccessTokenFormat,
    pub(crate) publishes_metadata: bool,
}

impl Resource {
    /// The resource with this URI: the `resource` of requests, and the `aud` of access tokens.
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            scopes: Vec::new(),
            format: AccessTokenFormat::Jwt,
            publishes_metadata: true,
        }
    }

    /// Its scopes are the variants of this enum. Consent pages show their documentation.
    pub fn scopes<S: Scopes>(mut self) -> Self {
        let names = S::TABLE.iter().map(|it| ScopeText {
            name: it.name().to_owned(),
            text: it.info().map(|it| it.doc.to_owned()).filter(|it| !it.is_empty()),
        });
        self.scopes.extend(names);
        self
    }

    /// A scope by its name, with the text for consent pages.
    pub fn scope(mut self, name: impl Into<String>, text: Option<&str>) -> Self {
        self.scopes.push(ScopeText { name: name.into(), text: text.map(str::to_owned) });
        self
    }

    /// Its access tokens are opaque.
    pub fn opaque_access_tokens(mut self) -> Self {
        self.format = AccessTokenFormat::Opaque;
        self
    }

    /// The server does not publish its metadata ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)): the
    /// application does.
    pub fn without_metadata(mut self) -> Self {
        self.publishes_metadata = false;
        self
    }

    pub(crate) fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|it| it.name == name)
    }

    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        let is_valid = url::Url::parse(&self.uri).is_ok() && !self.uri.contains('#');
        if !is_valid {
            problems.push(format!(
                "the resource `{}` is not an absolute URI without a fragment",
                self.uri
            ));
        }
        for scope in &self.scopes {
            if !is_scope(&scope.name) {
                problems.push(format!(
                    "`{}` of the resource `{}` is not a scope: expected visible ASCII without `\"` and `\\`",
                    scope.name, self.uri
                ));
            }
        }
    }
}

/// Whether this can be a scope ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
pub(crate) fn is_scope(name: &str) -> bool {
    let fits = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !name.is_empty() && name.bytes().all(fits)
}
