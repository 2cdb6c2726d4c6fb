//! A verified token that is seen again costs a look-up, and is accepted not a second longer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use auth_core::authenticator::AuthenticatorError;
use auth_core::routing::get;
use auth_core::testing::{TestIssuer, TokenBuilder};
use auth_core::time::{Clock, FixedClock};
use auth_core::{Authenticator, Identity, Router, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer, send_as, serve};

#[requires(authenticated)]
async fn me(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// A clock that counts who asks. The verifier asks once for each token that it looks at.
#[derive(Clone, Debug)]
struct CountingClock(FixedClock, Arc<AtomicU64>);

impl Clock for CountingClock {
    fn now(&self) -> u64 {
        self.1.fetch_add(1, SeqCst);
        self.0.now()
    }
}

/// An authenticator that remembers so many tokens, with its issuer, its time, and the questions for
/// it.
struct Case {
    issuer: TestIssuer,
    clock: FixedClock,
    asked: Arc<AtomicU64>,
    authenticator: Authenticator,
}

impl Case {
    fn new(entries: usize) -> Self {
        let (issuer, clock) = issuer();
        let asked = Arc::new(AtomicU64::new(0));
        let counting = CountingClock(clock.clone(), Arc::clone(&asked));
        let authenticator = Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .verifier(issuer.verifier().clock(counting).build().unwrap())
            .token_cache(entries)
            .build()
            .unwrap();
        Self { issuer, clock, asked, authenticator }
    }

    async fn serve(&self) -> SocketAddr {
        let app = Router::new().route("/me", get(me));
        serve(app.protect(self.authenticator.clone()).unwrap()).await
    }

    fn sign(&self, change: impl FnOnce(TokenBuilder) -> TokenBuilder) -> String {
        change(self.issuer.token("alice")).sign().unwrap()
    }

    /// Whether this token is accepted, and whether it was verified for that.
    async fn authenticate(&self, token: &str) -> (bool, bool) {
        let before = self.asked.load(SeqCst);
        let accepted = self.authenticator.authenticate_bearer(token).await.is_ok();
        // Once for the look-up, and once more for the rules of the claims.
        match self.asked.load(SeqCst) - before {
            1 => (accepted, false),
            2 => (accepted, true),
            times => panic!("the time was asked for {times} times"),
        }
    }
}

const KNOWN: (bool, bool) = (true, false);
const VERIFIED: (bool, bool) = (true, true);
/// A token whose signature is wrong is rejected before anyone looks at the time.
const REFUSED: (bool, bool) = (false, false);

#[tokio::test]
async fn a_token_is_verified_once() {
    let case = Case::new(100);
    let [one, other] = ["a", "b"].map(|jti| case.sign(|token| token.claim("jti", jti)));
    assert_eq!(case.authenticate(&one).await, VERIFIED);
    for _ in 0..3 {
        assert_eq!(case.authenticate(&one).await, KNOWN);
    }
    assert_eq!(case.authenticate(&other).await, VERIFIED);
    assert_eq!(case.authenticate(&one).await, KNOWN);
}

#[tokio::test]
async fn a_cache_of_size_zero_remembers_nothing() {
    let case = Case::new(0);
    let token = case.sign(|token| token);
    for _ in 0..3 {
        assert_eq!(case.authenticate(&token).await, VERIFIED);
    }
}

#[tokio::test]
async fn a_known_token_expires_when_its_verifier_would_refuse_it() {
    let case = Case::new(100);
    let app = case.serve().await;
    let token = case.sign(|token| token.lifetime(Duration::from_secs(60)));
    for (seconds, status) in [(0, 200), (60, 200), (89, 200), (90, 401), (91, 401)] {
        case.clock.set(NOW + seconds);
        let answer = send_as(app, "GET", "/me", &token).await;
        assert_eq!(answer.status, status, "{seconds}");
    }
    // What was dropped stays so, even if someone sets the clock back: it is verified anew.
    case.clock.set(NOW);
    assert_eq!(case.authenticate(&token).await, VERIFIED);
}

/// One changed character anywhere in a known token is another token.
#[tokio::test]
async fn a_changed_token_is_not_taken_for_a_known_one() {
    let case = Case::new(100);
    let token = case.sign(|token| token);
    assert_eq!(case.authenticate(&token).await, VERIFIED);
    for place in 0..token.len() {
        let mut other = token.clone().into_bytes();
        other[place] = if other[place] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).unwrap();
        assert_eq!(case.authenticate(&other).await, REFUSED, "{place}");
    }
    let (first, last) = (token.get(1..).unwrap(), token.get(..token.len() - 1).unwrap());
    for other in [first, last, &format!("{token}A")] {
        assert_eq!(case.authenticate(other).await, REFUSED, "{other}");
    }
    assert_eq!(case.authenticate(&token).await, KNOWN);
}

/// Nothing that is rejected is remembered, so it moves nothing out: not even of a cache of eight.
#[tokio::test]
async fn a_flood_of_invalid_tokens_moves_out_no_valid_one() {
    let case = Case::new(8);
    let valid = case.sign(|token| token);
    assert_eq!(case.authenticate(&valid).await, VERIFIED);
    for number in 0..100_000 {
        // Garbage, and from time to time a genuine token that is not for us.
        let refused = if number % 1_000 == 0 {
            let foreign = case.sign(|token| token.audience("another"));
            assert!(!case.authenticate(&foreign).await.0);
            foreign
        } else {
            format!("{valid}{number}")
        };
        assert!(!case.authenticate(&refused).await.0, "{refused}");
    }
    assert_eq!(case.authenticate(&valid).await, KNOWN);
}

#[tokio::test]
async fn there_are_never_more_than_was_asked_for() {
    let case = Case::new(16);
    let tokens: Vec<_> =
        (0..200).map(|jti| case.sign(|token| token.claim("jti", jti.to_string()))).collect();
    for token in &tokens {
        assert_eq!(case.authenticate(token).await, VERIFIED);
    }
    let mut known = 0;
    for token in tokens.iter().rev() {
        // The younger ones come first, so that none of those that are known was just remembered.
        known += usize::from(case.authenticate(token).await == KNOWN);
    }
    assert!((1..=16).contains(&known), "{known}");
}

#[tokio::test]
async fn callers_do_not_mix_under_load() {
    let case = Case::new(32);
    let app = case.serve().await;
    let tokens: Vec<_> = (0..64)
        .map(|number| {
            (format!("user-{number}"), case.issuer.token(format!("user-{number}")).sign().unwrap())
        })
        .collect();
    let tokens = Arc::new(tokens);
    let callers = (0..8).map(|start| {
        let tokens = Arc::clone(&tokens);
        tokio::spawn(async move {
            for step in 0..64 {
                let (subject, token) = &tokens[(start * 8 + step * 7) % 64];
                let answer = send_as(app, "GET", "/me", token).await;
                assert_eq!((answer.status, &answer.body), (200, subject));
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
}

#[test]
fn a_cache_beyond_all_bounds_is_an_error_that_says_so() {
    let (issuer, _) = issuer();
    let build = |entries| {
        Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .verifier(issuer.verifier().build().unwrap())
            .token_cache(entries)
            .build()
    };
    assert!(build(1).is_ok());
    let problem = build((1 << 20) + 1).unwrap_err();
    assert_eq!(problem, AuthenticatorError::TokenCacheTooLarge((1 << 20) + 1));
    assert_eq!(
        problem.to_string(),
        "the token cache is to hold 1048577 tokens, expected at most 1048576\n\
         help: 4096 is the default; one entry takes about 5 KB"
    );
}

/// Holds P-24.
#[test]
fn debug_shows_no_token() {
    let case = Case::new(8);
    let shown = format!("{:?}", case.authenticator);
    assert!(shown.contains("KnownTokens { capacity: 8, .. }"), "{shown}");
}
