//! Bytes of a request: `Authorization` header fields, one a line.

use std::sync::LazyLock;

use auth_core::JwtVerifier;
use auth_core::scheme::bearer_token;
use auth_core::testing::TestIssuer;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

/// The key is new for each process, so no caller can sign for it.
static VERIFIER: LazyLock<JwtVerifier> = LazyLock::new(|| {
    let issuer = TestIssuer::new("https://issuer.test", "api").unwrap();
    issuer.verifier().build().unwrap()
});

pub fn run(data: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(AUTHORIZATION, value);
        }
    }
    match bearer_token(&headers) {
        Ok(None) => {
            assert!(headers.is_empty());
            false
        }
        Ok(Some(token)) => {
            assert_eq!(headers.len(), 1);
            assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(VERIFIER.verify(token).is_err());
            true
        }
        Err(_) => {
            assert!(!headers.is_empty());
            false
        }
    }
}
