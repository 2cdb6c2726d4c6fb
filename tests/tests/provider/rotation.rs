//! Keys that change while requests come in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use auth_tests::http::{send_as, serve};
use auth_tests::identity_provider::shop;
use auth_tests::identity_provider::{AUDIENCE, IdentityProvider};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Clients that always use the newest token they were given.
struct Load {
    clients: JoinSet<()>,
    answered: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Load {
    fn of(shop: SocketAddr, newest: &watch::Receiver<String>) -> Self {
        let (answered, over) = (Arc::default(), Arc::<AtomicBool>::default());
        let mut clients = JoinSet::new();
        for _ in 0..4 {
            let (newest, over, answered) =
                (newest.clone(), Arc::clone(&over), Arc::<AtomicU64>::clone(&answered));
            clients.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let token = newest.borrow().clone();
                    let answer = send_as(shop, "GET", "/me", &token).await;
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    answered.fetch_add(1, Ordering::Relaxed);
                    // Leaves some of the processor to the provider.
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            });
        }
        Self { clients, answered, over }
    }

    /// How many requests were answered, all of them with 200.
    async fn finish(mut self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        while let Some(client) = self.clients.join_next().await {
            client.expect("no valid request is refused");
        }
        self.answered.load(Ordering::Relaxed)
    }
}

/// Waits until the key set of now was fetched, and put in force.
async fn wait_for_refresh(provider: &IdentityProvider) {
    let before = provider.hits("/jwks").await;
    // The first may have begun before, the second begins when the first has landed.
    while provider.hits("/jwks").await < before + 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_valid_request_is_refused_while_keys_rotate() {
    let provider = IdentityProvider::start();
    provider.cache_for(0).await;
    let shop = serve(shop::discovering(provider.issuer())).await;
    let (newest, newest_seen) = watch::channel(provider.machine_token(AUDIENCE).await);
    shop::wait_until_ready(shop, &newest_seen.borrow().clone()).await;

    let load = Load::of(shop, &newest_seen);
    for round in 0..3 {
        // As a provider should: the next key is published before it signs, and the old one stays until
        // its tokens are gone.
        provider.announce().await;
        wait_for_refresh(&provider).await;
        let old = newest.borrow().clone();
        provider.rotate().await;
        newest.send_replace(provider.machine_token(AUDIENCE).await);
        wait_for_refresh(&provider).await;
        assert_eq!(send_as(shop, "GET", "/me", &old).await.status, 200, "round {round}");
        provider.withdraw().await;
        shop::wait_until(shop, &old, 401).await;
    }
    assert!(load.finish().await > 100);
}

#[tokio::test]
async fn an_unannounced_key_is_fetched() {
    let provider = IdentityProvider::start();
    let shop = serve(shop::discovering(provider.issuer())).await;
    let old = provider.machine_token(AUDIENCE).await;
    shop::wait_until_ready(shop, &old).await;
    let fetched = provider.hits("/jwks").await;

    provider.rotate().await;
    let new = provider.machine_token(AUDIENCE).await;
    assert_eq!(send_as(shop, "GET", "/me", &new).await.status, 200, "at the first request");
    assert_eq!(provider.hits("/jwks").await, fetched + 1);
    assert_eq!(send_as(shop, "GET", "/me", &old).await.status, 200, "it is still published");

    // The provider is in a hurry: the next one is looked for as soon as the cool-down is over.
    provider.rotate().await;
    provider.withdraw().await;
    let newest = provider.machine_token(AUDIENCE).await;
    shop::wait_until_ready(shop, &newest).await;
    assert_eq!(send_as(shop, "GET", "/me", &old).await.status, 401, "withdrawn");
    assert_eq!(send_as(shop, "GET", "/me", &new).await.status, 401, "withdrawn");
}
