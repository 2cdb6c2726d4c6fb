//! Keys that are kept fresh need no HTTP client: a file, and a source of the application.

use std::io;
use std::time::Duration;

use auth_core::JwtVerifier;
use auth_core::keys::{JwksDocument, JwksRefresh, KeySource, SharedKeys};

const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
const LIMIT: Duration = Duration::from_secs(10);

struct Store(Option<&'static str>);

impl KeySource for Store {
    type Error = io::Error;

    async fn fetch(&self) -> io::Result<JwksDocument> {
        self.0.map(JwksDocument::new).ok_or_else(|| io::Error::other("the store is closed"))
    }
}

#[tokio::test]
async fn keys_come_from_a_file_and_from_a_store_without_an_http_client() {
    let path = std::env::temp_dir().join(format!("auth-core-jwks-{}.json", std::process::id()));
    std::fs::write(&path, JWKS).unwrap();
    let builder = || JwtVerifier::builder().issuer("https://id.test").audience("api");
    let shared = SharedKeys::from_source(Store(Some(JWKS)), JwksRefresh::default()).unwrap();
    for (name, verifier) in [
        ("file", builder().jwks_file(&path).build().unwrap()),
        ("store", builder().key_source(Store(Some(JWKS))).build().unwrap()),
        ("shared", builder().shared_keys(shared).build().unwrap()),
    ] {
        assert!(verifier.ready(LIMIT).await.is_ok(), "{name}");
    }
    std::fs::remove_file(&path).unwrap();
    let closed = builder().key_source(Store(None)).build().unwrap();
    let reason = closed.ready(Duration::from_millis(50)).await.unwrap_err().to_string();
    assert!(reason.contains("the source of keys has none: the store is closed"), "{reason}");
}
