//! Refresh tokens: requirements 53 to 62.

use std::time::Duration;

use auth_core::testing::DpopKey;
use auth_server::Lifetimes;
use auth_server::store::{AuthorizationStore as _, GrantSelector, RevocationReason};
use serde_json::Value;

use super::support::{API, FILES, SECRET, World, basic, claims_of, form};

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

fn access_token(tokens: &Value) -> String {
    tokens["access_token"].as_str().unwrap().to_owned()
}

/// The form of a public client that refreshes, with more in it.
fn refresh(token: &str, more: &[(&str, &str)]) -> String {
    let mut pairs =
        vec![("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "spa")];
    pairs.extend(more);
    form(&pairs)
}

/// The server with another retry window.
async fn with_window(seconds: u64) -> World {
    let lifetimes = Lifetimes::default().refresh_retry_window(Duration::from_secs(seconds));
    World::with(|builder| builder.lifetimes(lifetimes)).await
}

#[tokio::test]
async fn a53_each_use_puts_another_token_in_the_place() {
    let world = World::new().await;
    let mut seen = vec![refresh_token(&world.tokens("read").await)];
    for _ in 0..5 {
        let next = world.refresh("spa", seen.last().unwrap()).await.ok();
        assert!(!seen.contains(&refresh_token(&next)));
        seen.push(refresh_token(&next));
        world.clock.advance(60);
    }
    // Those of confidential clients, too.
    let code = world.code("web", "read").await;
    let tokens = world.post_as("web", "/token", &code.form(&[])).await.ok();
    let token = refresh_token(&tokens);
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
    let next = world.post_as("web", "/token", &form(&pairs)).await.ok();
    assert_ne!(refresh_token(&next), token);
}

/// Holds P-31.
#[tokio::test]
async fn a54_a_spent_token_ends_the_grant_after_the_retry_window() {
    let world = World::new().await;
    let http = world.serve().await;
    let first = world.tokens("read files").await;
    let second = world.refresh("spa", &refresh_token(&first)).await.ok();
    let files = refresh(&refresh_token(&second), &[("resource", FILES)]);
    let third = http.post("/token", &files, &[]).await.ok();
    let access = [access_token(&first), access_token(&second), access_token(&third)];
    for token in &access {
        assert!(world.is_active(token).await);
    }
    world.clock.advance(11);
    let again = http.post("/token", &refresh(&refresh_token(&second), &[]), &[]).await;
    assert_eq!(again.refusal(), invalid_grant());
    for token in &access {
        assert!(!world.is_active(token).await);
    }
    assert_eq!(world.refresh("spa", &refresh_token(&third)).await.refusal(), invalid_grant());
    // Within the window, too, once the successor was used.
    let first = world.tokens("read").await;
    let second = world.refresh("spa", &refresh_token(&first)).await.ok();
    let third = world.refresh("spa", &refresh_token(&second)).await.ok();
    assert_eq!(world.refresh("spa", &refresh_token(&first)).await.refusal(), invalid_grant());
    assert_eq!(world.refresh("spa", &refresh_token(&third)).await.refusal(), invalid_grant());
}

/// Sends the same refresh many times at once: the good answers, and how many were refused.
async fn at_once(world: &World, token: &str) -> (Vec<Value>, usize) {
    let http = world.serve().await;
    let sent: Vec<_> = (0..12)
        .map(|_| {
            let form = refresh(token, &[]);
            tokio::spawn(async move { http.post("/token", &form, &[]).await })
        })
        .collect();
    let (mut good, mut refused) = (Vec::new(), 0);
    for answer in sent {
        let answer = answer.await.unwrap();
        if answer.status == 200 {
            good.push(answer.json());
        } else {
            assert_eq!(answer.refusal(), invalid_grant());
            refused += 1;
        }
    }
    (good, refused)
}

/// Holds P-31.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a55_refreshes_at_once_get_the_same_successor() {
    let world = World::new().await;
    let tokens = world.tokens("read").await;
    let (good, refused) = at_once(&world, &refresh_token(&tokens)).await;
    assert_eq!(refused, 0);
    let successor = refresh_token(&good[0]);
    assert!(good.iter().all(|it| refresh_token(it) == successor));
    // A client that did not get the answer, within the window.
    world.clock.advance(9);
    let late = world.refresh("spa", &refresh_token(&tokens)).await.ok();
    assert_eq!(refresh_token(&late), successor);
    world.refresh("spa", &successor).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a55_without_a_window_one_of_many_refreshes_succeeds() {
    let world = with_window(0).await;
    let tokens = world.tokens("read").await;
    let (good, refused) = at_once(&world, &refresh_token(&tokens)).await;
    assert_eq!((good.len(), refused), (1, 11));
}

/// Holds P-31.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a56_a_revocation_beside_a_rotation_wins() {
    let world = World::new().await;
    let http = world.serve().await;
    for _ in 0..8 {
        let tokens = world.tokens("read").await;
        let token = refresh_token(&tokens);
        let revoke = form(&[("token", &*token), ("client_id", "spa")]);
        let rotations: Vec<_> = (0..4)
            .map(|_| {
                let form = refresh(&token, &[]);
                tokio::spawn(async move { http.post("/token", &form, &[]).await })
            })
            .collect();
        let revocation = http.post("/revoke", &revoke, &[]).await;
        assert_eq!(revocation.status, 200);
        for rotation in rotations {
            let answer = rotation.await.unwrap();
            if answer.status == 200 {
                let tokens = answer.json();
                assert!(!world.is_active(&access_token(&tokens)).await);
                let next = world.refresh("spa", &refresh_token(&tokens)).await;
                assert_eq!(next.refusal(), invalid_grant());
            }
        }
        assert_eq!(world.refresh("spa", &token).await.refusal(), invalid_grant());
    }
}

#[tokio::test]
async fn a57_fewer_scopes_may_be_asked_for_and_the_next_token_keeps_all() {
    let world = World::new().await;
    let http = world.serve().await;
    let tokens = world.tokens("openid read write").await;
    let more = refresh(&refresh_token(&tokens), &[("scope", "read write files")]);
    let answer = http.post("/token", &more, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_scope".to_owned()));
    let fewer = refresh(&refresh_token(&tokens), &[("scope", "read")]);
    let fewer = http.post("/token", &fewer, &[]).await.ok();
    assert_eq!(fewer["scope"], "read");
    assert_eq!(claims_of(&access_token(&fewer))["scope"], "read");
    assert!(fewer.get("id_token").is_none());
    let all = world.refresh("spa", &refresh_token(&fewer)).await.ok();
    assert_eq!(all["scope"], "openid read write");
}

#[tokio::test]
async fn a58_a_token_of_another_client_is_an_invalid_grant_and_nothing_is_revoked() {
    let world = World::new().await;
    let http = world.serve().await;
    let token = refresh_token(&world.tokens("read").await);
    let header = basic("web", SECRET);
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
    let answer = http.post("/token", &form(&pairs), &[("authorization", &header)]).await;
    assert_eq!(answer.refusal(), invalid_grant());
    assert_eq!(world.refresh("native", &token).await.refusal(), invalid_grant());
    let next = world.refresh("spa", &token).await.ok();
    // A spent one of another client, long after, does no harm either.
    world.clock.advance(600);
    assert_eq!(world.refresh("native", &token).await.refusal(), invalid_grant());
    world.refresh("spa", &refresh_token(&next)).await.ok();
}

#[tokio::test]
async fn a59_the_grant_is_asked_each_time() {
    let world = World::new().await;
    let http = world.serve().await;
    let refused = async |token: &str| {
        let answer = http.post("/token", &refresh(token, &[]), &[]).await;
        assert_eq!(answer.refusal(), invalid_grant());
    };
    // A revoked grant, as by an administrator.
    let code = world.code("spa", "read").await;
    let token = refresh_token(&world.redeem(&code).await.ok());
    let why = RevocationReason::RevokedByAdministrator;
    world.store.revoke_grant(&code.grant.id, why, world.now()).await.unwrap();
    refused(&token).await;
    // A consent that was withdrawn.
    let token = refresh_token(&world.tokens("read").await);
    world.store.withdraw_consents("alice", "spa", world.now()).await.unwrap();
    refused(&token).await;
    // A client whose grants were ended.
    let token = refresh_token(&world.tokens("read").await);
    let which = GrantSelector::Client("spa".to_owned());
    let why = RevocationReason::ClientRemoved;
    world.store.revoke_grants(&which, why, world.now()).await.unwrap();
    refused(&token).await;
    // A user that is blocked.
    let token = refresh_token(&world.tokens("read").await);
    world.accounts.block("alice");
    refused(&token).await;
}

#[tokio::test]
async fn a61_a_token_expires_when_it_is_not_used_and_never_outlives_its_grant() {
    let day = 24 * 3600;
    let world = World::new().await;
    let token = refresh_token(&world.tokens("read").await);
    world.clock.advance(14 * day - 1);
    let mut token = refresh_token(&world.refresh("spa", &token).await.ok());
    let unused = refresh_token(&world.tokens("read").await);
    for _ in 0..7 {
        world.clock.advance(10 * day);
        token = refresh_token(&world.refresh("spa", &token).await.ok());
    }
    assert_eq!(world.refresh("spa", &unused).await.refusal(), invalid_grant());
    // The grant was for 90 days, of which 84 have passed.
    world.clock.advance(6 * day - 10);
    let last = world.refresh("spa", &token).await.ok();
    assert!(last["expires_in"].as_u64().unwrap() <= 11, "{last}");
    world.clock.advance(11);
    assert_eq!(world.refresh("spa", &refresh_token(&last)).await.refusal(), invalid_grant());
}

#[tokio::test]
async fn a62_a126_the_sign_in_stays_what_it_was() {
    let world = World::new().await;
    let http = world.serve().await;
    let first = world.tokens("openid read").await;
    let id = |tokens: &Value| claims_of(tokens["id_token"].as_str().unwrap());
    let before = id(&first);
    world.clock.advance(3600);
    let next = http.post("/token", &refresh(&refresh_token(&first), &[]), &[]).await.ok();
    let after = id(&next);
    for claim in ["iss", "sub", "aud", "auth_time", "acr", "amr", "sid"] {
        assert!(!before[claim].is_null(), "{claim}");
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert!(after.get("nonce").is_none());
    let access = claims_of(&access_token(&next));
    for claim in ["auth_time", "acr", "amr"] {
        assert_eq!(access[claim], before[claim], "{claim}");
    }
    assert!(after["iat"].as_u64() > before["iat"].as_u64());
}

#[tokio::test]
async fn a83_each_resource_has_a_token_of_its_own() {
    let world = World::new().await;
    let http = world.serve().await;
    let tokens = world.tokens("read files").await;
    assert_eq!(claims_of(&access_token(&tokens))["aud"], API);
    let token = refresh_token(&tokens);
    let ask = async |token: &str, resources: &[&str]| {
        let more: Vec<_> = resources.iter().map(|it| ("resource", *it)).collect();
        http.post("/token", &refresh(token, &more), &[]).await
    };
    for resources in
        [&[API, FILES][..], &["https://evil.example"], &["https://api.example.com/a"], &["a"]]
    {
        let answer = ask(&token, resources).await;
        assert_eq!(answer.refusal(), (400, "invalid_target".to_owned()), "{resources:?}");
    }
    let files = ask(&token, &[FILES]).await.ok();
    assert_eq!(files["scope"], "files");
    assert!(!access_token(&files).contains('.'));
    let api = ask(&refresh_token(&files), &["HTTPS://API.example.com/"]).await.ok();
    assert_eq!(claims_of(&access_token(&api))["aud"], API);
    assert_eq!(claims_of(&access_token(&api))["scope"], "read");
    // Of two resources at once, each gets its token, and the chain stays one.
    let token = refresh_token(&api);
    let (one, other) = (ask(&token, &[FILES]).await.ok(), ask(&token, &[API]).await.ok());
    assert_eq!(refresh_token(&one), refresh_token(&other));
    assert!(world.is_active(&access_token(&one)).await);
    assert!(world.is_active(&access_token(&other)).await);
    // What was not granted is not there, although the client may ask for it.
    let code =
        world.code_with("spa", "read", |grant, _| grant.resources = vec![API.to_owned()]).await;
    let token = refresh_token(&world.redeem(&code).await.ok());
    assert_eq!(ask(&token, &[FILES]).await.error(), "invalid_target");
}

/// Who can read the database can use no token of it.
#[tokio::test]
async fn no_token_is_kept_as_it_is() {
    let world = World::new().await;
    let tokens = world.tokens("read").await;
    let next = world.refresh("spa", &refresh_token(&tokens)).await.ok();
    let digest =
        auth_accounts::secret::Digest::of(&[b"refresh-token", refresh_token(&tokens).as_bytes()]);
    let stored = world.store.find_refresh_token(&digest).await.unwrap().unwrap();
    assert!(!format!("{stored:?}").contains(&refresh_token(&next)));
    // The store itself gives the next token only to a client that has the one before.
    let text = format!("{:?}", world.store);
    assert!(!text.contains(&refresh_token(&next)));
}

#[tokio::test]
async fn a_resource_that_was_taken_from_a_client_is_granted_to_it_no_longer() {
    let world = World::new().await;
    // The client `bound` may have tokens for the API alone. It was allowed another resource before.
    let key = DpopKey::generate().unwrap().with_clock(world.clock.clone());
    let code =
        world.code_with("bound", "files", |grant, _| grant.resources = vec![FILES.to_owned()]);
    let proof = key.proof("POST", "https://id.example.com/token").sign().unwrap();
    let form = code.await.form(&[("client_id", "bound")]);
    let answer = world.post_with("/token", &form, &[("dpop", &proof)]).await;
    assert_eq!(answer.refusal(), (400, "invalid_target".to_owned()));
}
