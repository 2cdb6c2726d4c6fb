//! DPoP proofs at the endpoints of this server
//! ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).

use std::sync::Arc;

use auth_accounts::secret::{Digest, KeyRing};
use auth_accounts::store::{Created, OneTimeKind, OneTimeStore};
use auth_core::binding::{
    Dpop, KeyProofError, ProvedKey, ReplayCheck, ReplayStore, ReplayStoreError, UsedProof,
};
use auth_core::jose::Algorithm;
use axum::extract::OriginalUri;
use http::request::Parts;

use crate::issuer::Issuer;
use crate::server::AuthorizationServer;
use crate::wire::{OAuthError, OAuthErrorCode};

/// The algorithms of proofs, as in `dpop_signing_alg_values_supported`.
pub(crate) const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];

/// The rules for proofs at this server.
pub(crate) fn settings(
    issuer: &Issuer,
    secrets: &KeyRing,
    one_time: &Arc<dyn OneTimeStore>,
    require_nonces: bool,
) -> Result<Dpop, String> {
    let builder = Dpop::builder(issuer.as_str())
        .algorithms(ALGORITHMS)
        .replay_store(UsedProofs(Arc::clone(one_time)));
    let builder = if require_nonces {
        builder.nonce_key(secrets.current_mac("nonces of DPoP proofs", b"").as_bytes())
    } else {
        builder
    };
    builder.build().map_err(|error| error.to_string())
}

/// The used proofs, shared by all nodes.
struct UsedProofs(Arc<dyn OneTimeStore>);

impl ReplayStore for UsedProofs {
    async fn record(&self, proof: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
        let digest = Digest::from_bytes(*proof.id());
        let until = proof.last_valid().saturating_add(1);
        let put = self.0.put(OneTimeKind::DpopProof, &digest, None, &[], until, proof.now());
        match put.await {
            Ok(Created::Created) => Ok(ReplayCheck::Fresh),
            Ok(Created::Taken) => Ok(ReplayCheck::Replayed),
            Err(_) => Err(ReplayStoreError::NotReachable),
        }
    }
}

impl AuthorizationServer {
    /// Checks the proof of a request, if it has one. [`use_proof`](Self::use_proof) marks it as used.
    pub(crate) fn check_proof(&self, request: &Parts) -> Result<Option<ProvedKey>, OAuthError> {
        // `Dpop` expects the path below the issuer.
        let original = request.extensions.get::<OriginalUri>().map(|it| &it.0);
        let path = original.unwrap_or(&request.uri).path();
        let path = path.strip_prefix(self.0.issuer.path()).unwrap_or(path);
        let proved =
            self.0.dpop.prove_key(&request.headers, request.method.as_str(), path, self.now());
        proved.map_err(refusal)
    }

    /// Marks a proof as used: the last step before tokens are stored.
    pub(crate) async fn use_proof(&self, proved: &ProvedKey) -> Result<(), OAuthError> {
        self.0.dpop.use_proof(proved).await.map_err(refusal)
    }
}

fn refusal(error: KeyProofError) -> OAuthError {
    tracing::debug!(%error, "a DPoP proof was refused");
    match error {
        KeyProofError::UseNonce(nonce) => {
            let description = "the proof needs the nonce in DPoP-Nonce";
            let mut error = OAuthError::new(OAuthErrorCode::UseDpopNonce, description);
            error.dpop_nonce = Some(nonce);
            error
        }
        KeyProofError::Unavailable { .. } => {
            OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, "try again in a moment")
        }
        // The message repeats nothing from the proof.
        error => OAuthError::new(OAuthErrorCode::InvalidDpopProof, error.to_string()),
    }
}
