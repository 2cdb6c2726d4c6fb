//! Someone makes up key ids: what it costs the provider, and what it costs everyone else.

use std::time::{Duration, Instant};

use auth_core::JwtVerifier;
use auth_core::keys::JwksRefresh;
use auth_core::testing::TestIssuer;
use auth_core::token::VerifyError;
use auth_tests::key_server::{KeyServer, Reply};

const ISSUER: &str = "https://issuer.test";
const KEYS: &str = "/keys";
const LIMIT: Duration = Duration::from_secs(10);
const TOKENS: usize = 10_000;

fn issuer() -> TestIssuer {
    TestIssuer::new(ISSUER, "api").unwrap()
}

async fn warm(issuer: &TestIssuer, refresh: JwksRefresh) -> (KeyServer, JwtVerifier) {
    let server = KeyServer::start().await;
    server.set(KEYS, Reply::ok(&issuer.jwks_json()));
    let builder = JwtVerifier::builder().issuer(ISSUER).audience("api");
    let verifier = builder.jwks_uri(server.url(KEYS)).refresh(refresh).build().unwrap();
    verifier.ready(LIMIT).await.unwrap();
    (server, verifier)
}

/// Tokens that lack nothing but a key: each names another one, and none exists.
fn flood() -> Vec<String> {
    let stranger = issuer();
    let forge = |number: usize| {
        let kid = format!("{:x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        stranger.token("mallory").header("kid", kid).sign().unwrap()
    };
    (0..TOKENS).map(forge).collect()
}

/// Holds P-13.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_made_up_keys_cause_one_fetch_in_a_cool_down() {
    let tokens = flood();
    for min_refetch_interval in [Duration::from_secs(30), Duration::from_millis(200)] {
        let (server, verifier) =
            warm(&issuer(), JwksRefresh::default().min_refetch_interval(min_refetch_interval))
                .await;
        let (before, begin) = (server.hits(KEYS), Instant::now());
        let senders: Vec<_> = tokens
            .chunks(TOKENS / 50)
            .map(|tokens| {
                let (tokens, verifier) = (tokens.to_vec(), verifier.clone());
                tokio::spawn(async move {
                    for token in tokens {
                        let refused = verifier.verify_or_refresh(&token).await.unwrap_err();
                        assert_eq!(refused, VerifyError::UnknownKey);
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.await.unwrap();
        }
        let (hits, took) = (server.hits(KEYS) - before, begin.elapsed());
        println!(
            "{TOKENS} tokens in {took:?} with a cool-down of {min_refetch_interval:?}: {hits} fetches"
        );
        assert!(hits >= 1);
        assert!(hits as u128 <= 1 + took.as_millis() / min_refetch_interval.as_millis());
    }
}

/// Three verifiers of the same keys take the same valid token in turn: one is left alone, one has
/// just rejected a made-up key and is in its cool-down, and for one a thousand tokens wait for a
/// provider that hangs.
///
/// All of it runs on one thread, and a made-up token is done with (or put to sleep) before a valid
/// one is timed. So the processor time of the flood itself, which no design can take away, is not in
/// the numbers; a lock, a queue or a wait that a valid token met would be. The three are timed right
/// after one another, and in turning order, so that what else the machine does hits all alike.
#[tokio::test]
async fn a_flood_does_not_delay_tokens_of_known_keys() {
    let own = issuer();
    let (_quiet_server, quiet) = warm(&own, JwksRefresh::default()).await;
    let (_server, cooling) = warm(&own, JwksRefresh::default()).await;
    let waiting = JwksRefresh::default()
        .min_refetch_interval(Duration::ZERO)
        .timeout(Duration::from_secs(60));
    let (hanging_server, hanging) = warm(&own, waiting).await;
    hanging_server.set(KEYS, Reply::Hang);
    let tokens = flood();
    let waiters: Vec<_> = tokens
        .iter()
        .take(1000)
        .cloned()
        .map(|token| {
            let hanging = hanging.clone();
            tokio::spawn(async move { hanging.verify_or_refresh(&token).await.is_ok() })
        })
        .collect();
    hanging_server.wait_for_hits(KEYS, 2).await;

    let valid = own.token("alice").sign().unwrap();
    let verifiers = [&quiet, &cooling, &hanging];
    let mut times = [const { Vec::new() }; 3];
    for (round, token) in tokens.iter().enumerate() {
        assert!(cooling.verify_or_refresh(token).await.is_err());
        // A third of the rounds is plenty for a median.
        if round % 3 > 0 {
            continue;
        }
        for turn in 0..3 {
            let which = (round / 3 + turn) % 3;
            let begin = Instant::now();
            let verified = verifiers[which].verify_or_refresh(&valid).await;
            times[which].push(begin.elapsed());
            assert!(verified.is_ok());
        }
    }
    assert!(waiters.iter().all(|waiter| !waiter.is_finished()));
    let [quiet, cooling, hanging] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    println!(
        "median of a valid token: left alone {quiet:?}, in the cool-down {cooling:?}, while others wait {hanging:?}"
    );
    for slowed in [cooling, hanging] {
        assert!(slowed.as_nanos() * 100 <= quiet.as_nanos() * 110, "{slowed:?} against {quiet:?}");
    }
    waiters.iter().for_each(tokio::task::JoinHandle::abort);
}
