//! The metadata of the server ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414),
//! [OpenID Connect Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html)): one document for
//! both, at all well-known addresses.

use auth_core::jose::Algorithm;
use serde::Serialize;

use crate::builder::OPENID_SCOPES;
use crate::client::{ASSERTION_ALGORITHMS, GrantType};
use crate::keys::SigningAlgorithm;
use crate::server::Inner;

/// The authentication methods of clients.
const CONFIDENTIAL: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
const ANY_CLIENT: [&str; 4] =
    ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];

/// The document. All addresses in it are made from the issuer.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the RFCs define the members of the document")]
pub(super) struct ServerMetadata<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    scopes_supported: Vec<&'a str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: [&'static str; 4],
    token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 4],
    revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// Without `plain`, which would allow a downgrade
    /// ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
    code_challenge_methods_supported: [&'static str; 1],
    authorization_response_iss_parameter_supported: bool,
    pushed_authorization_request_endpoint: String,
    require_pushed_authorization_requests: bool,
    dpop_signing_alg_values_supported: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_authorization_endpoint: Option<String>,
    client_id_metadata_document_supported: bool,
    protected_resources: Vec<&'a str>,
    userinfo_endpoint: String,
    end_session_endpoint: String,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<&'static str>,
    acr_values_supported: Vec<&'a str>,
    prompt_values_supported: [&'static str; 4],
    claims_supported: [&'static str; 14],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// The default would be `true`.
    request_uri_parameter_supported: bool,
}

/// The algorithms of DPoP proofs.
pub(super) fn dpop_algorithms() -> Vec<String> {
    names(&crate::dpop::ALGORITHMS)
}

fn names(algorithms: &[Algorithm]) -> Vec<String> {
    algorithms.iter().map(ToString::to_string).collect()
}

impl<'a> ServerMetadata<'a> {
    pub(super) fn of(server: &'a Inner) -> Self {
        let url = |path: &str| server.issuer.url(path);
        let features = server.features();
        let mut scopes = OPENID_SCOPES.to_vec();
        for scope in server.resources.iter().flat_map(|it| &it.scopes) {
            if !scopes.contains(&scope.name.as_str()) {
                scopes.push(&scope.name);
            }
        }
        let algorithms = &server.keys.settings().algorithms;
        Self {
            issuer: server.issuer.as_str(),
            authorization_endpoint: url("/authorize"),
            token_endpoint: url("/token"),
            jwks_uri: url("/jwks"),
            registration_endpoint: features.registration.then(|| url("/register")),
            scopes_supported: scopes,
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: features.grant_types().map(GrantType::as_str).collect(),
            token_endpoint_auth_methods_supported: ANY_CLIENT,
            token_endpoint_auth_signing_alg_values_supported: names(&ASSERTION_ALGORITHMS),
            revocation_endpoint: url("/revoke"),
            revocation_endpoint_auth_methods_supported: ANY_CLIENT,
            revocation_endpoint_auth_signing_alg_values_supported: names(&ASSERTION_ALGORITHMS),
            introspection_endpoint: url("/introspect"),
            introspection_endpoint_auth_methods_supported: CONFIDENTIAL,
            introspection_endpoint_auth_signing_alg_values_supported: names(&ASSERTION_ALGORITHMS),
            code_challenge_methods_supported: ["S256"],
            authorization_response_iss_parameter_supported: true,
            pushed_authorization_request_endpoint: url("/par"),
            require_pushed_authorization_requests: false,
            dpop_signing_alg_values_supported: dpop_algorithms(),
            device_authorization_endpoint: features
                .device_authorization
                .then(|| url("/device_authorization")),
            client_id_metadata_document_supported: features.documents,
            protected_resources: server.resources.iter().map(|it| it.uri.as_str()).collect(),
            userinfo_endpoint: url("/userinfo"),
            end_session_endpoint: url("/end-session"),
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: algorithms
                .iter()
                .copied()
                .map(SigningAlgorithm::as_str)
                .collect(),
            acr_values_supported: server.acr_values.names().collect(),
            prompt_values_supported: ["none", "login", "consent", "select_account"],
            claims_supported: [
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "acr",
                "amr",
                "sid",
                "at_hash",
                "preferred_username",
                "email",
                "email_verified",
            ],
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }
}
