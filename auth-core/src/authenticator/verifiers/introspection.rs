//! Introspection as one kind of verifier. Behind the feature `http_client`.

use std::sync::Arc;

use super::TokenVerifier;
use crate::token::IntrospectionVerifier;

impl From<IntrospectionVerifier> for TokenVerifier {
    fn from(verifier: IntrospectionVerifier) -> Self {
        Self { signed: None, opaque: Some(Arc::new(verifier)) }
    }
}
