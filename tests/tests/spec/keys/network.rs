//! The way to a provider: certificates and proxies.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use auth_core::JwtVerifier;
use auth_core::keys::JwksRefresh;
use auth_core::testing::TestIssuer;
use auth_tests::key_server::{KeyServer, Reply};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::alone::is_alone;

const LIMIT: Duration = Duration::from_secs(10);

fn path(file: &str) -> String {
    format!("{}/vectors/tls/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn acceptor(name: &str) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(path(&format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(path(&format!("{name}.key"))).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn ready(issuer: &str, refresh: JwksRefresh, limit: Duration) -> Result<(), String> {
    let builder = JwtVerifier::builder().issuer(issuer).audience("api");
    let verifier = builder.discover().refresh(refresh).build().unwrap();
    verifier.ready(limit).await.map_err(|error| error.to_string())
}

fn publish(server: &KeyServer) {
    let issuer = TestIssuer::new(server.origin(), "api").unwrap();
    server.set_metadata(&server.url("/keys"));
    server.set("/keys", Reply::ok(&issuer.jwks_json()));
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let server = KeyServer::start_tls(acceptor("server")).await;
    publish(&server);
    let refused = ready(&server.origin(), JwksRefresh::default(), LIMIT / 5).await.unwrap_err();
    assert!(refused.contains("its certificate is not accepted"), "{refused}");
    assert!(refused.contains("no trusted authority has signed it"), "{refused}");
    assert_eq!(server.requests(), [""; 0]);
    let root = std::fs::read(path("ca.pem")).unwrap();
    let trusting = JwksRefresh::default().root_certificates(root);
    assert_eq!(ready(&server.origin(), trusting, LIMIT).await, Ok(()));
}

/// As `openssl req -x509` makes it by default: an authority that is no server.
#[tokio::test]
async fn an_authority_that_is_its_own_server_is_refused_for_its_reason() {
    let server = KeyServer::start_tls(acceptor("self-signed-authority")).await;
    publish(&server);
    let root = std::fs::read(path("self-signed-authority.pem")).unwrap();
    let trusting = JwksRefresh::default().root_certificates(root);
    for refresh in [JwksRefresh::default(), trusting] {
        let refused = ready(&server.origin(), refresh, LIMIT / 5).await.unwrap_err();
        assert!(refused.contains("its certificate is not accepted"), "{refused}");
        assert!(refused.contains("CA:FALSE"), "it says what to make: {refused}");
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_server_that_signed_itself_is_trusted_when_it_is_named() {
    let server = KeyServer::start_tls(acceptor("self-signed-server")).await;
    publish(&server);
    let refused = ready(&server.origin(), JwksRefresh::default(), LIMIT / 5).await.unwrap_err();
    assert!(refused.contains("no trusted authority has signed it"), "{refused}");
    let root = std::fs::read(path("self-signed-server.pem")).unwrap();
    let trusting = JwksRefresh::default().root_certificates(root);
    assert_eq!(ready(&server.origin(), trusting.clone(), LIMIT).await, Ok(()));
    // By another name it is another server.
    let by_name = server.origin().replace("127.0.0.1", "localhost");
    let refused = ready(&by_name, trusting, LIMIT / 5).await.unwrap_err();
    assert!(refused.contains("another name"), "{refused}");
}

/// The environment of a process belongs to all of its tests.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_is_not_asked_for_this_machine() {
    let proxy = KeyServer::start().await;
    let through_the_proxy = |child: &mut Command| {
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            child.env(name, proxy.origin());
        }
        child.env_remove("no_proxy").env_remove("NO_PROXY");
    };
    let test = "keys::network::a_proxy_of_the_environment_is_not_asked_for_this_machine";
    if tokio::task::block_in_place(|| is_alone(test, through_the_proxy)) {
        let server = KeyServer::start().await;
        publish(&server);
        assert_eq!(ready(&server.origin(), JwksRefresh::default(), LIMIT).await, Ok(()));
    } else {
        assert_eq!(proxy.requests(), [""; 0]);
    }
}
