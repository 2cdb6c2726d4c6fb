//! What of a request a proof depends on.

use http::request::Parts;
use http::{HeaderValue, Method, Uri};

use super::{DPOP, SenderConstraint};
use crate::authenticator::pipeline::original_uri;
use crate::binding::CertificateInput;
use crate::scheme::TokenScheme;

/// All that decides over the proofs of a request.
///
/// A proof is used up by the first look at it, so code that compares two of them and finds them equal
/// must not have it looked at again.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::authenticator) struct ConstraintInput {
    key: Option<KeyInput>,
    certificate: Option<CertificateInput>,
}

#[derive(Clone, PartialEq, Eq)]
struct KeyInput {
    proofs: Vec<HeaderValue>,
    method: Method,
    uri: Uri,
}

impl SenderConstraint {
    /// What [`verify`](Self::verify) reads of a request beside the `Authorization` header; none if
    /// there is nothing, as for a plain bearer token.
    pub(in crate::authenticator) fn input(
        &self,
        request: &Parts,
        used: TokenScheme,
    ) -> Option<Box<ConstraintInput>> {
        let uses_dpop = self.dpop.is_some() && used == TokenScheme::Dpop;
        if !uses_dpop && self.certificates.is_none() {
            return None;
        }
        let key = uses_dpop.then(|| KeyInput {
            proofs: request.headers.get_all(DPOP).iter().cloned().collect(),
            method: request.method.clone(),
            uri: original_uri(request).clone(),
        });
        let certificate = self.certificates.as_ref().map(|source| source.input(request));
        Some(Box::new(ConstraintInput { key, certificate }))
    }
}
