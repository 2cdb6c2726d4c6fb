//! What counts as a change of the keys, seen from tokens that are remembered as verified.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::origin::Published;
use crate::jose::algorithm::AlgorithmSet;
use crate::keys::JwksRefresh;
use crate::keys::configure::KeyOrigin as _;
use crate::keys::current_keys::LiveKeys;
use crate::keys::refresh::{Fetcher, RefreshedKeys};
use crate::time::epoch::Stamp;

const KEY: &str =
    r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const LIMIT: Duration = Duration::from_secs(10);

/// Serves whole HTTP answers and counts them.
#[derive(Clone)]
struct Server(Arc<Mutex<(String, usize)>>);

impl Server {
    async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let server = Self(Arc::default());
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let answer = {
                    let mut state = answering.0.lock().unwrap();
                    state.1 += 1;
                    state.0.clone()
                };
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        (server, url)
    }

    fn set(&self, status: &str, keys: &str) {
        let body = format!(r#"{{"keys":[{keys}]}}"#);
        let head = format!("HTTP/1.1 {status}\r\netag: \"a\"\r\nconnection: close\r\n");
        let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        self.0.lock().unwrap().0 = answer;
    }

    /// Waits until something that was asked for from now on has been answered and looked at.
    async fn refreshed(&self) {
        let hits = || self.0.lock().unwrap().1;
        let before = hits();
        let enough = async {
            while hits() < before + 3 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(LIMIT, enough).await.unwrap();
    }
}

async fn fetched(
    server: &Server,
    url: &str,
    max_stale: Duration,
) -> (RefreshedKeys, Arc<LiveKeys>) {
    server.set("200 OK", KEY);
    let live = Arc::new(LiveKeys::pending());
    let age = Duration::from_millis(100);
    let settings = JwksRefresh::default().min_age(age).max_age(age).max_stale(max_stale);
    let source = Fetcher {
        issuer: "https://id.test".into(),
        allowed: AlgorithmSet::all(),
        backend: None,
        for_every_issuer: false,
        from: Box::new(Published::At(url.to_owned())).open("https://id.test", &settings).unwrap(),
    };
    let remote = RefreshedKeys::new(source, Arc::clone(&live), &settings);
    remote.ready(LIMIT).await.unwrap();
    (remote, live)
}

fn stamp(live: &LiveKeys) -> Stamp {
    live.current().unwrap().stamp()
}

#[tokio::test]
async fn only_another_set_ends_what_was_verified_with_the_former() {
    let (server, url) = Server::start().await;
    let (_remote, live) = fetched(&server, &url, LIMIT).await;
    let before = stamp(&live);
    server.refreshed().await;
    assert!(before.is_current(), "the same bytes are no change");
    server.set("304 Not Modified", "");
    server.refreshed().await;
    assert!(before.is_current(), "not modified is no change");
    server.set("500 Oops", "");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(before.is_current(), "a failure is no change");
    server.set("200 OK", &KEY.replace(r#""a""#, r#""b""#));
    server.refreshed().await;
    assert!(!before.is_current(), "another name is a change");
    assert!(stamp(&live).is_current());
}

/// Nothing is verified with keys that are too old, and nothing that was counts any more.
#[tokio::test]
async fn keys_that_have_become_too_old_end_what_was_verified_with_them() {
    let (server, url) = Server::start().await;
    let stale = Duration::from_millis(500);
    let (remote, live) = fetched(&server, &url, stale).await;
    let before = stamp(&live);
    server.set("500 Oops", "");
    let ended = async {
        while before.is_current() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LIMIT, ended).await.unwrap();
    assert!(remote.check_age().is_err());
    server.set("200 OK", KEY);
    remote.ready(LIMIT).await.unwrap();
    assert!(remote.check_age().is_ok());
    assert!(!before.is_current());
}
