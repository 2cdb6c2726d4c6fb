//! What of a request a proof depends on.

use axum::extract::OriginalUri;
use http::request::Parts;
use http::{HeaderValue, Method, Uri};

use super::{DPOP, Possession};
use crate::binding::CertificateInput;
use crate::credential::Scheme;

/// All that decides over the proofs of a request.
///
/// A proof is used up by the first look at it, so whoever compares two of them and finds them equal
/// must not have it looked at again.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::authenticator) struct ProofInput {
    key: Option<KeyInput>,
    certificate: Option<CertificateInput>,
}

#[derive(Clone, PartialEq, Eq)]
struct KeyInput {
    proofs: Vec<HeaderValue>,
    method: Method,
    uri: Uri,
}

impl Possession {
    /// What [`prove`](Self::prove) reads of a request beside the `Authorization` header; none if
    /// there is nothing, as for a plain bearer token.
    pub(in crate::authenticator) fn input(&self, request: &Parts) -> Option<Box<ProofInput>> {
        let uses_dpop = self.dpop.is_some() && Scheme::of(&request.headers) == Some(Scheme::Dpop);
        if !uses_dpop && self.certificates.is_none() {
            return None;
        }
        let key = uses_dpop.then(|| KeyInput {
            proofs: request.headers.get_all(DPOP).iter().cloned().collect(),
            method: request.method.clone(),
            uri: match request.extensions.get() {
                Some(OriginalUri(uri)) => uri.clone(),
                None => request.uri.clone(),
            },
        });
        let certificate = self.certificates.as_ref().map(|source| source.input(request));
        Some(Box::new(ProofInput { key, certificate }))
    }
}
