//! Whose tokens are accepted: an issuer of the user's own, or one for development.

use std::net::SocketAddr;

use auth_core::access_map::ResourceMetadata;
use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::jose::JwksError;
use auth_core::response::ErrorDetail;
use auth_core::{Authenticator, Jwks, JwtVerifier, Method, TokenProfile};
use auth_server::DevelopmentServer;

use crate::access::{Permission, Role, Scope};
use crate::accounts;
use crate::error::StartError;
use crate::settings::{Provider, Settings};

/// Where tokens come from.
pub enum Issuer {
    /// An authorization server in this program, for development: its keys and tokens die with the process.
    Development(Box<DevelopmentServer>),
    /// An identity provider that the user runs.
    Own { issuer: String, audience: String, keys: Jwks, provider: Provider },
}

/// What endpoints accept where the staff can sign in: sessions beside tokens.
pub const WITH_STAFF: [Method; 4] = [Method::Bearer, Method::Dpop, Method::Mtls, Method::Session];

/// The authenticator that a builder makes.
pub fn built(builder: AuthenticatorBuilder) -> Result<Authenticator, StartError> {
    builder.build().map_err(|error| StartError::Verifier(error.into()))
}

impl Issuer {
    /// The name of the issuer for a service at this address, for who verifies nothing.
    pub async fn name_of(settings: &Settings, address: SocketAddr) -> Result<String, StartError> {
        if settings.issuer.is_none() && settings.audience.is_none() && settings.jwks.is_none() {
            return Ok(accounts::issuer(address));
        }
        Ok(Self::of(settings, address).await?.name().to_owned())
    }

    /// The issuer for a service at this address.
    pub async fn of(settings: &Settings, address: SocketAddr) -> Result<Self, StartError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (given(&settings.issuer), given(&settings.audience), &settings.jwks) {
            (None, None, None) => accounts::development(address, &settings.resource(address))
                .await
                .map(|server| Self::Development(Box::new(server)))
                .map_err(|error| StartError::Issuer(error.into())),
            (None, ..) => Err(StartError::MissingSetting { missing: "issuer" }),
            (_, None, _) => Err(StartError::MissingSetting { missing: "audience" }),
            (.., None) => Err(StartError::MissingSetting { missing: "jwks" }),
            (Some(issuer), Some(audience), Some(file)) => Ok(Self::Own {
                issuer,
                audience,
                keys: Jwks::from_file(file).map_err(|error| StartError::KeyFile {
                    file: file.display().to_string(),
                    source: match error {
                        JwksError::Read { source, .. } => source.into(),
                        other => other.into(),
                    },
                })?,
                provider: settings.provider,
            }),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Development(server) => server.issuer(),
            Self::Own { issuer, .. } => issuer,
        }
    }

    /// Accepts the tokens of this issuer for this resource, and tells clients without one where `metadata` is.
    pub fn authenticator(
        &self,
        resource: &str,
        error_detail: ErrorDetail,
        metadata: &ResourceMetadata,
    ) -> Result<Authenticator, StartError> {
        built(self.builder(resource, error_detail, metadata)?)
    }

    /// The same before it is built, to accept more than tokens.
    pub fn builder(
        &self,
        resource: &str,
        error_detail: ErrorDetail,
        metadata: &ResourceMetadata,
    ) -> Result<AuthenticatorBuilder, StartError> {
        let builder = Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .error_detail(error_detail)
            .resource_metadata(metadata.url());
        match self {
            // In the same program no key is fetched, and a revocation is felt at once.
            Self::Development(development) => {
                let server = development.server();
                let verifier = server.verifier(resource);
                let verifier = verifier.map_err(|error| StartError::Verifier(error.into()))?;
                Ok(builder.verifier(verifier).revocations(server.revocations()))
            }
            Self::Own { issuer, audience, keys, provider } => {
                // Only tokens by RFC 9068 say `at+jwt`; what the others issue has to be asked for.
                let profile = match provider {
                    Provider::Rfc9068 => TokenProfile::Rfc9068,
                    _ => TokenProfile::Generic,
                };
                let verifier = JwtVerifier::builder()
                    .issuer(issuer)
                    .audience(audience)
                    .keys(keys.clone())
                    .profile(profile)
                    .claims(provider.claims(audience))
                    .build();
                let verifier = verifier.map_err(|error| StartError::Verifier(error.into()))?;
                Ok(builder.verifier(verifier))
            }
        }
    }
}
