//! Whose tokens are accepted: an issuer of the user's own, or one for development.

use auth_core::access_map::ResourceMetadata;
use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::jose::JwksError;
use auth_core::response::ErrorDetail;
use auth_core::testing::TestIssuer;
use auth_core::token::JwtVerifierBuilder;
use auth_core::{Authenticator, Jwks, JwtVerifier, Method, TokenProfile};

use crate::access::{Permission, Role, Scope};
use crate::error::StartError;
use crate::settings::{Provider, Settings};

/// Where tokens come from.
pub enum Issuer {
    /// Keys made at start; they sign the tokens of the greeting and die with the process.
    Development(Box<TestIssuer>),
    /// An identity provider that the user runs.
    Own { issuer: String, audience: String, keys: Jwks, provider: Provider },
}

/// What endpoints accept where the staff can sign in: sessions beside tokens.
pub const WITH_STAFF: [Method; 4] = [Method::Bearer, Method::Dpop, Method::Mtls, Method::Session];

/// The authenticator that a builder makes.
pub fn built(builder: AuthenticatorBuilder) -> Result<Authenticator, StartError> {
    builder.build().map_err(|error| StartError::Verifier(error.into()))
}

const DEVELOPMENT_ISSUER: &str = "http://127.0.0.1/development-issuer";
const DEVELOPMENT_AUDIENCE: &str = "orders-api";

impl Issuer {
    pub fn of(settings: &Settings) -> Result<Self, StartError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (given(&settings.issuer), given(&settings.audience), &settings.jwks) {
            (None, None, None) => TestIssuer::new(DEVELOPMENT_ISSUER, DEVELOPMENT_AUDIENCE)
                .map(|issuer| Self::Development(Box::new(issuer)))
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
            Self::Development(_) => DEVELOPMENT_ISSUER,
            Self::Own { issuer, .. } => issuer,
        }
    }

    /// Accepts the tokens of this issuer, and tells clients without one where `metadata` is.
    pub fn authenticator(
        &self,
        error_detail: ErrorDetail,
        metadata: &ResourceMetadata,
    ) -> Result<Authenticator, StartError> {
        built(self.builder(error_detail, metadata)?)
    }

    /// The same before it is built, to accept more than tokens.
    pub fn builder(
        &self,
        error_detail: ErrorDetail,
        metadata: &ResourceMetadata,
    ) -> Result<AuthenticatorBuilder, StartError> {
        let verifier = self.verifier().build();
        let verifier = verifier.map_err(|error| StartError::Verifier(error.into()))?;
        Ok(Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .verifier(verifier)
            .error_detail(error_detail)
            .resource_metadata(metadata.url()))
    }

    fn verifier(&self) -> JwtVerifierBuilder {
        match self {
            Self::Development(issuer) => issuer.verifier(),
            Self::Own { issuer, audience, keys, provider } => {
                // Only tokens by RFC 9068 say `at+jwt`; what the others issue has to be asked for.
                let profile = match provider {
                    Provider::Rfc9068 => TokenProfile::Rfc9068,
                    _ => TokenProfile::Generic,
                };
                JwtVerifier::builder()
                    .issuer(issuer)
                    .audience(audience)
                    .keys(keys.clone())
                    .profile(profile)
                    .claims(provider.claims(audience))
            }
        }
    }
}
