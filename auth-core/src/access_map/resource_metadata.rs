//! What an API publishes about itself, so that clients find its authorization server and its
//! scopes ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)).

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Uri;
use serde::Serialize;

use super::AccessMap;
use crate::address;
use crate::binding::ClientCertificates;
use crate::binding::Dpop;
use crate::jose::Algorithm;
use crate::policy::Requirement;
use crate::wording::Problems;

/// Where the metadata is, in front of the path of the resource (RFC 9728 §3.1).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The metadata of an API (RFC 9728 §2), ready to be published.
///
/// Made by [`AccessMap::resource_metadata`].
#[derive(Clone, Debug)]
pub struct ResourceMetadata {
    url: String,
    path: String,
    pub(crate) json: Bytes,
}

/// What goes into the [`ResourceMetadata`] of an API.
#[derive(Clone, Debug)]
#[must_use]
pub struct ResourceMetadataBuilder {
    members: Members,
}

/// Why resource metadata cannot be published.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceMetadataError {
    /// The identifier of the resource is invalid (RFC 9728 §1.2).
    #[error(
        "the resource `{0}` is not an absolute `https` URL without a fragment\nhelp: for example `https://api.example.com`; `http` is accepted for loopback hosts"
    )]
    InvalidResource(String),
    /// Another address is invalid.
    #[error(
        "the {member} `{url}` is not an absolute `https` URL\nhelp: `http` is accepted for loopback hosts"
    )]
    InvalidAddress {
        /// The member of the metadata that holds it.
        member: &'static str,
        /// The address.
        url: String,
    },
    /// No route can be made for the path of the resource.
    #[error(
        "the path `{0}` of the resource cannot be routed\nhelp: no segment may begin with `:` or `*`, or hold a brace"
    )]
    UnroutablePath(String),
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(ResourceMetadataError);
crate::wording::several_problems!(ResourceMetadataError);

/// The members of the document. One without a value is left out (RFC 9728 §3.2).
#[derive(Clone, Debug, Default, Serialize)]
struct Members {
    resource: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_servers: Vec<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    scopes_supported: BTreeSet<String>,
    bearer_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dpop_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    dpop_bound_access_tokens_required: bool,
    #[serde(skip_serializing_if = "is_false")]
    tls_client_certificate_bound_access_tokens: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_tos_uri: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(member: &bool) -> bool {
    !*member
}

impl AccessMap {
    /// The metadata of this API as RFC 9728 wants it published: every scope that lets a caller in
    /// somewhere is in `scopes_supported`, and tokens are taken from the `Authorization` header.
    ///
    /// `resource` is the identifier of the API: the `https` URL that its clients know it by
    /// (RFC 9728 §1.2), and what they name as `resource` when they ask for a token (RFC 8707 §2).
    ///
    /// ```
    /// use auth_core::Router;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app: Router = Router::new();
    /// let metadata = app
    ///     .access_map()
    ///     .resource_metadata("https://api.example.com/shop")
    ///     .authorization_server("https://id.example.com")
    ///     .resource_name("The shop")
    ///     .build()?;
    /// assert_eq!(
    ///     metadata.url(),
    ///     "https://api.example.com/.well-known/oauth-protected-resource/shop"
    /// );
    /// let app = app.merge(metadata.route());
    /// # Ok(()) }
    /// ```
    pub fn resource_metadata(&self, resource: impl Into<String>) -> ResourceMetadataBuilder {
        let requirements = self.iter().filter_map(|endpoint| endpoint.requirement());
        let scopes = requirements.flat_map(Requirement::scopes);
        ResourceMetadataBuilder {
            members: Members {
                resource: resource.into(),
                scopes_supported: scopes.map(|scope| scope.name().to_owned()).collect(),
                bearer_methods_supported: vec!["header"],
                ..Members::default()
            },
        }
    }
}

impl ResourceMetadataBuilder {
    /// An authorization server whose tokens are accepted, by its issuer identifier
    /// (RFC 8414 §2). May be called for several.
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Self {
        self.members.authorization_servers.push(issuer.into());
        self
    }

    /// Leaves a scope out of `scopes_supported`: one that clients are not meant to ask for.
    pub fn hide_scope(mut self, scope: &str) -> Self {
        self.members.scopes_supported.remove(scope);
        self
    }

    /// Says that tokens may be, or have to be, bound to a key: give the same settings to
    /// [`AuthenticatorBuilder::dpop`](crate::authenticator::AuthenticatorBuilder::dpop).
    pub fn dpop(mut self, dpop: &Dpop) -> Self {
        let members = &mut self.members;
        members.dpop_signing_alg_values_supported =
            dpop.algorithms().map(Algorithm::name).collect();
        members.dpop_bound_access_tokens_required = dpop.is_required();
        // An empty list says that there is no way to present a bearer token (RFC 9728 §2).
        members.bearer_methods_supported =
            if dpop.is_required() { Vec::new() } else { vec!["header"] };
        self
    }

    /// Says that tokens may be bound to a client certificate: for an API whose authenticator has
    /// [`client_certificates`](crate::authenticator::AuthenticatorBuilder::client_certificates).
    pub fn client_certificates(mut self, _: &ClientCertificates) -> Self {
        self.members.tls_client_certificate_bound_access_tokens = true;
        self
    }

    /// The name of the API for the people who are asked whether a client may use it.
    pub fn resource_name(mut self, name: impl Into<String>) -> Self {
        self.members.resource_name = Some(name.into());
        self
    }

    /// Where developers read how to use the API, for example its access page.
    pub fn resource_documentation(mut self, url: impl Into<String>) -> Self {
        self.members.resource_documentation = Some(url.into());
        self
    }

    /// Where developers read what a client may do with the data.
    pub fn resource_policy_uri(mut self, url: impl Into<String>) -> Self {
        self.members.resource_policy_uri = Some(url.into());
        self
    }

    /// Where the terms of service are.
    pub fn resource_tos_uri(mut self, url: impl Into<String>) -> Self {
        self.members.resource_tos_uri = Some(url.into());
        self
    }

    /// Makes the metadata.
    ///
    /// # Errors
    /// If an address is not an absolute `https` URL (or `http` of a loopback host), or the path of
    /// the resource cannot be routed. All mistakes are reported at once.
    pub fn build(self) -> Result<ResourceMetadata, ResourceMetadataError> {
        let members = self.members;
        let mut problems = Problems::default();
        let location = match address::parse(&members.resource) {
            Some(uri) => Location::of(&uri),
            None => Err(ResourceMetadataError::InvalidResource(members.resource.clone())),
        };
        let location = problems.right(location);
        members.check_addresses(&mut problems);
        let Location { url, path } = problems.finish(location)?;
        // Strings, lists of them and nothing else: that has always a JSON form.
        let json = serde_json::to_vec(&members).unwrap_or_default().into();
        Ok(ResourceMetadata { url, path, json })
    }
}

impl Members {
    fn check_addresses(&self, problems: &mut Problems<ResourceMetadataError>) {
        let servers = self.authorization_servers.iter().map(|url| ("authorization server", url));
        let optional = [
            ("resource documentation", &self.resource_documentation),
            ("resource policy", &self.resource_policy_uri),
            ("terms of service", &self.resource_tos_uri),
        ];
        let optional =
            optional.into_iter().filter_map(|(member, url)| Some((member, url.as_ref()?)));
        // An issuer identifier has no query and no fragment (RFC 8414 §2).
        let is_good = |member: &str, url: &str| {
            address::is_trustworthy(url) && !(member == "authorization server" && url.contains('?'))
        };
        for (member, url) in servers.chain(optional) {
            problems.unless(is_good(member, url), || ResourceMetadataError::InvalidAddress {
                member,
                url: url.clone(),
            });
        }
    }
}

/// Where the metadata of a resource is.
struct Location {
    url: String,
    path: String,
}

impl Location {
    /// The well-known part goes between the host and the path of the resource; a slash that is all
    /// of the path is dropped (RFC 9728 §3.1).
    fn of(resource: &Uri) -> Result<Self, ResourceMetadataError> {
        let path = match resource.path() {
            "/" => "",
            path => path,
        };
        let cannot_be_routed =
            |segment: &str| segment.starts_with([':', '*']) || segment.contains(['{', '}']);
        if path.split('/').any(cannot_be_routed) {
            return Err(ResourceMetadataError::UnroutablePath(path.to_owned()));
        }
        let scheme = resource.scheme_str().unwrap_or("https");
        let authority = resource.authority().map_or("", |authority| authority.as_str());
        let query = resource.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{WELL_KNOWN}{path}");
        Ok(Self { url: format!("{scheme}://{authority}{path}{query}"), path })
    }
}

impl ResourceMetadata {
    /// Where clients find the metadata. Give it to
    /// [`AuthenticatorBuilder::resource_metadata`](crate::authenticator::AuthenticatorBuilder::resource_metadata),
    /// and every challenge names it (RFC 9728 §5.1).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The path of that address.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The document, as it is sent.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }
}
