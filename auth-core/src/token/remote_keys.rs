//! The settings that say which server publishes the keys of a verifier. Behind the feature `http_client`.

use super::builder::JwtVerifierBuilder;
use crate::keys::remote::Published;

impl JwtVerifierBuilder {
    /// Fetches the keys from where the metadata of the issuer says: authorization server metadata
    /// ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), else OpenID Connect Discovery. Behind
    /// the feature `http_client`.
    ///
    /// The issuer must be an `https` URL (`http` for loopback hosts), and the metadata must name
    /// exactly that issuer. Redirects are not followed. The keys are kept fresh as
    /// [`refresh`](Self::refresh) says, for as long as a clone of the verifier is there. Nothing else
    /// may be a source of keys then.
    ///
    /// [`build`](Self::build) does not wait for the provider: within a tokio runtime it starts to
    /// fetch, outside of one the first request does. Until there are keys, every token is answered
    /// with 503; [`JwtVerifier::ready`](crate::JwtVerifier::ready) waits for them. The runtime must
    /// have its timer and its I/O enabled, as `#[tokio::main]` has.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://id.example.com/realms/shop")
    ///     .audience("orders-api")
    ///     .discover()
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn discover(mut self) -> Self {
        self.sources.add(Published::InMetadata);
        self
    }

    /// [`discover`](Self::discover), with the metadata at this address: for an issuer that does not
    /// serve it where its own address says, such as Azure AD B2C, AD FS, or a Kubernetes cluster seen
    /// from outside. Behind the feature `http_client`.
    ///
    /// The document must still name the configured issuer, in `issuer` or (as AD FS does) in
    /// `access_token_issuer`.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://kubernetes.default.svc.cluster.local")
    ///     .audience("orders-api")
    ///     .discover_at("https://cluster.example.com:6443/.well-known/openid-configuration")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn discover_at(mut self, url: impl Into<String>) -> Self {
        self.sources.add(Published::InMetadataAt(url.into()));
        self
    }

    /// Fetches the keys from this address, an absolute `https` URL (`http` for loopback hosts), as
    /// [`discover`](Self::discover) does, but without asking for metadata: for an issuer that
    /// publishes none. Behind the feature `http_client`.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("accounts.example.com")
    ///     .audience("orders-api")
    ///     .jwks_uri("https://accounts.example.com/keys.json")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.sources.add(Published::At(url.into()));
        self
    }
}
