//! The verifier of a resource in the same program.

use std::sync::Arc;

use auth_core::JwtVerifier;
use auth_core::authenticator::TokenVerifier;
use auth_core::token::{JwtVerifierError, OpaqueTokenVerifier};

use super::IssuedTokens;
use crate::error::ServerError;
use crate::resource::{AccessTokenFormat, Resource};
use crate::server::AuthorizationServer;

impl AuthorizationServer {
    /// Verifies the access tokens for one of the resources, in the same program: with the current signing keys,
    /// or, if the tokens are opaque, by looking them up. It needs no HTTP.
    ///
    /// ```no_run
    /// use auth_core::{Authenticator, Router, Scopes, requires, routing::get};
    /// use auth_server::AuthorizationServer;
    ///
    /// #[derive(Clone, Copy, Scopes)]
    /// enum Scope {
    ///     Read,
    /// }
    ///
    /// #[requires(scope = Scope::Read)]
    /// async fn orders() {}
    ///
    /// # fn app(server: AuthorizationServer) -> Result<(), Box<dyn std::error::Error>> {
    /// let app = Router::new().route("/orders", get(orders)).merge(server.router()).protect(
    ///     Authenticator::builder()
    ///         .vocabulary::<(Scope,)>()
    ///         .verifier(server.verifier("https://api.example.com")?)
    ///         .revocations(server.revocations())
    ///         .build()?,
    /// )?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the server has no such resource.
    pub fn verifier(&self, resource: &str) -> Result<TokenVerifier, ServerError> {
        let failed = |problem: String| ServerError::Settings(vec![problem]);
        let Some(resource) = self.resource(resource) else {
            return Err(failed(format!(
                "there is no resource `{resource}` to verify the tokens of: say `.resource(..)`"
            )));
        };
        match resource.format {
            AccessTokenFormat::Jwt => {
                let verifier = self.jwt_verifier([resource]);
                Ok(verifier.map_err(|error| failed(error.to_string()))?.into())
            }
            AccessTokenFormat::Opaque => Ok(self.opaque_verifier([resource]).into()),
        }
    }

    /// Verifies signed access tokens for one of these.
    pub(crate) fn jwt_verifier<'a>(
        &self,
        resources: impl IntoIterator<Item = &'a Resource>,
    ) -> Result<JwtVerifier, JwtVerifierError> {
        let builder = JwtVerifier::builder()
            .issuer(self.issuer())
            .clock(Arc::clone(&self.0.clock))
            .shared_keys(self.0.keys.verifying().shared());
        let builder = resources.into_iter().fold(builder, |it, one| it.audience(&one.uri));
        builder.build()
    }

    /// Looks up opaque access tokens for one of these.
    pub(crate) fn opaque_verifier<'a>(
        &self,
        resources: impl IntoIterator<Item = &'a Resource>,
    ) -> OpaqueTokenVerifier {
        let source =
            IssuedTokens { store: Arc::clone(&self.0.store), clock: Arc::clone(&self.0.clock) };
        let audiences = resources.into_iter().map(|it| it.uri.as_str());
        OpaqueTokenVerifier::with_clock(source, self.issuer(), audiences, Arc::clone(&self.0.clock))
    }
}
