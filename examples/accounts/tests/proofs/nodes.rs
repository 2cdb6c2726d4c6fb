//! Two nodes on one PostgreSQL and one Redis: what one of them has acknowledged, the other one knows.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Node, PASSWORD, Phone, STEP, at_once, until};
use crate::program::{Folder, Program, Start, now};
use crate::servers::{Redis, database};

const NEW_PASSWORD: &str = "another horse, another staple";

/// How long the other node may take to hear of a change. It hears of it within some milliseconds; here two
/// cores are shared with other tests.
const HEARD: Duration = Duration::from_secs(3);

/// Two nodes, and what they share.
struct Nodes {
    a: Node,
    b: Node,
    redis: Redis,
    folder: Folder,
    _programs: [Program; 2],
}

impl Nodes {
    async fn start(feed: bool) -> Self {
        let (database, redis) = tokio::join!(database(), Redis::start());
        let folder = Folder::new();
        let mut start = Start::on(&database)
            .with("--redis", redis.url())
            .with("--origin", "https://notes.example.com")
            .with("--keys", folder.file("keys"))
            .with("--messages", folder.file("messages"));
        if feed {
            start = start.and("--feed");
        }
        let programs = [start.run(), start.run()];
        let [a, b] = programs.each_ref().map(|it| Node::new(&it.origin));
        Self { a, b, redis, folder, _programs: programs }
    }

    /// Does something at the first node, and waits until the other one answers so. In strict mode it
    /// does at once.
    async fn refused(&self, what: &str, path: &str, token: &str, status: u16, at_once: bool) {
        if at_once {
            let answer = self.b.get(path, token).await;
            assert_eq!(answer.status, status, "{what}: {answer:?}");
        }
        let took = until(async || self.b.get(path, token).await.status == status, HEARD).await;
        println!("{what}: refused at the other node after {took:?}");
        for node in [&self.a, &self.b] {
            node.get(path, token).await.expect(status);
        }
    }
}

/// The token in the last message.
pub(crate) async fn sent_token(messages: &Path, after: usize) -> String {
    let read = || std::fs::read_to_string(messages).unwrap_or_default();
    let tokens = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|it| it.strip_prefix("Or enter this token: "));
        lines.map(str::to_owned).collect()
    };
    until(async || tokens(&read()).len() > after, Duration::from_secs(10)).await;
    tokens(&read()).pop().unwrap()
}

/// Everything that ends rights, done at one node, and asked for at the other.
async fn what_one_node_acknowledges_the_other_refuses(feed: bool) {
    let nodes = Nodes::start(feed).await;
    let (a, b, at_once) = (&nodes.a, &nodes.b, !feed);
    let admin = a.sign_in("carol").await;
    for name in ["out", "everywhere", "locked", "role", "keys", "password"] {
        a.sign_up(name, None).await;
    }

    // Signing out.
    let token = a.sign_in("out").await;
    b.get("/notes", &token).await.expect(200);
    a.post("/account/sign-out", &token, Value::Null).await.expect(204);
    nodes.refused("sign-out", "/notes", &token, 401, at_once).await;

    // Everywhere, also what is half done.
    let mut token = a.sign_in("everywhere").await;
    Phone::enrol(a, &mut token).await;
    let pending = b.begin("everywhere").await;
    b.get("/notes", &token).await.expect(200);
    a.post("/account/sign-out/everywhere", &token, Value::Null).await.expect(204);
    nodes.refused("sign-out everywhere", "/notes", &token, 401, at_once).await;
    b.second("totp", &pending, "000000").await.expect(401);

    // An account that is locked, and its key.
    let token = a.sign_in("locked").await;
    let key = json!({ "name": "key", "scopes": ["notes:read"] });
    let key = a.post("/account/api-keys", &token, key).await.expect(201).text("key");
    for credential in [&token, &key] {
        b.get("/notes", credential).await.expect(200);
    }
    let id = a.account_id(&admin, "locked").await;
    a.post(&format!("/account/admin/accounts/{id}/lock"), &admin, Value::Null).await.expect(204);
    nodes.refused("lock, by session", "/notes", &token, 401, at_once).await;
    nodes.refused("lock, by key", "/notes", &key, 401, at_once).await;
    b.try_sign_in("locked", PASSWORD).await.expect(401);
    a.post(&format!("/account/admin/accounts/{id}/unlock"), &admin, Value::Null).await.expect(204);
    b.get("/notes", &token).await.expect(401);

    // A role. Both nodes keep what the store has said, and follow the feed.
    let token = a.sign_in("role").await;
    let id = a.account_id(&admin, "role").await;
    let role = format!("/account/admin/accounts/{id}/roles/admin");
    b.get("/account/admin/accounts", &token).await.expect(403);
    a.put(&role, &admin, json!({ "reason": "a test" })).await.expect(204);
    until(async || b.get("/account/admin/accounts", &token).await.status == 200, HEARD).await;
    a.delete(&role, &admin).await.expect(204);
    nodes.refused("role", "/account/admin/accounts", &token, 403, false).await;

    // A key.
    let token = a.sign_in("keys").await;
    let key = json!({ "name": "key", "scopes": ["notes:read"] });
    let made = a.post("/account/api-keys", &token, key).await.expect(201);
    let (id, key) = (made.text("id"), made.text("key"));
    b.get("/notes", &key).await.expect(200);
    a.delete(&format!("/account/api-keys/{id}"), &token).await.expect(204);
    nodes.refused("key", "/notes", &key, 401, at_once).await;

    // A password.
    let (token, other) = (a.sign_in("password").await, b.sign_in("password").await);
    b.get("/notes", &other).await.expect(200);
    let change = json!({ "current": PASSWORD, "new": NEW_PASSWORD });
    let renewed = a.post("/account/password", &token, change).await.expect(200);
    nodes.refused("password", "/notes", &other, 401, at_once).await;
    nodes.refused("password, the token before", "/notes", &token, 401, at_once).await;
    b.get("/notes", &renewed.text("access_token")).await.expect(200);
    b.try_sign_in("password", PASSWORD).await.expect(401);
    b.try_sign_in("password", NEW_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn r79_r80_r83_r104_what_one_node_acknowledges_the_other_refuses_at_once() {
    what_one_node_acknowledges_the_other_refuses(false).await;
}

#[tokio::test]
async fn r79_r108_what_one_node_acknowledges_the_other_refuses_when_it_hears_of_it() {
    what_one_node_acknowledges_the_other_refuses(true).await;
}

#[tokio::test]
async fn r32_r43_r46_what_is_used_at_one_node_is_used_up_at_the_other() {
    let nodes = Nodes::start(false).await;
    let (a, b) = (&nodes.a, &nodes.b);
    a.sign_up("used", Some("used@example.com")).await;
    let mut token = a.sign_in("used").await;
    let phone = Phone::enrol(a, &mut token).await;
    let codes = a.post("/account/recovery-codes", &token, Value::Null).await.expect(200).json();
    let codes: Vec<String> = serde_json::from_value(codes["codes"].clone()).unwrap();

    let pending = [a.begin("used").await, b.begin("used").await];
    let code = phone.present().await;
    a.second("totp", &pending[0], &code).await.expect(200);
    b.second("totp", &pending[1], &code).await.expect(401);
    // The sign-in itself is over as well, on both.
    b.second("totp", &pending[0], &phone.code(now() / STEP + 1)).await.expect(401);

    let pending = [a.begin("used").await, b.begin("used").await];
    a.second("recovery-code", &pending[0], &codes[0]).await.expect(200);
    b.second("recovery-code", &pending[1], &codes[0]).await.expect(401);

    let messages = nodes.folder.file("messages");
    a.post("/account/password/reset", "", json!({ "username": "used" })).await.expect(202);
    let reset = sent_token(&messages, 1).await;
    let new = |password: &str| json!({ "token": reset, "new": password });
    a.post("/account/password/reset/confirm", "", new(NEW_PASSWORD)).await.expect(204);
    let again = b.post("/account/password/reset/confirm", "", new("yet another horse here"));
    assert!(again.await.expect(400).body.contains("invalid_token"));
    b.get("/notes", &token).await.expect(401);
    b.try_sign_in("used", NEW_PASSWORD).await.expect(200);
}

#[tokio::test]
async fn r33_r52_a_code_that_is_sent_to_both_nodes_at_once_wins_once() {
    let nodes = Nodes::start(false).await;
    let (a, b) = (&nodes.a, &nodes.b);
    for round in 0..8 {
        let name = format!("round{round}");
        a.sign_up(&name, None).await;
        let mut token = a.sign_in(&name).await;
        let phone = Phone::enrol(a, &mut token).await;
        let (one, other) = tokio::join!(a.begin(&name), b.begin(&name));
        let code = phone.present().await;
        // Half of the rounds with one sign-in at both nodes, half with two.
        let second = if round % 2 == 0 { &one } else { &other };
        let (one, other) =
            tokio::join!(a.second("totp", &one, &code), b.second("totp", second, &code));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "{one:?} {other:?}");
    }
}

#[tokio::test]
async fn r46_a_reset_token_that_is_sent_to_both_nodes_at_once_wins_once() {
    let nodes = Nodes::start(false).await;
    let (a, b) = (&nodes.a, &nodes.b);
    a.sign_up("reset", Some("reset@example.com")).await;
    let messages = nodes.folder.file("messages");
    // The one to verify the address, so that it is not taken for the first reset.
    sent_token(&messages, 0).await;
    for round in 0..4 {
        a.post("/account/password/reset", "", json!({ "username": "reset" })).await.expect(202);
        let token = sent_token(&messages, 1 + round).await;
        let new =
            |at: &str| json!({ "token": token, "new": format!("{NEW_PASSWORD} {round} {at}") });
        let path = "/account/password/reset/confirm";
        let (one, other) = tokio::join!(a.post(path, "", new("a")), b.post(path, "", new("b")));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 400], "{one:?} {other:?}");
        let (winner, loser) = if one.status == 204 { ("a", "b") } else { ("b", "a") };
        let password = |at: &str| format!("{NEW_PASSWORD} {round} {at}");
        b.try_sign_in("reset", &password(winner)).await.expect(200);
        a.try_sign_in("reset", &password(loser)).await.expect(401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r43_of_64_uses_of_a_recovery_code_at_two_nodes_one_wins() {
    let nodes = Nodes::start(false).await;
    let (a, b) = (&nodes.a, &nodes.b);
    a.sign_up("recovery", None).await;
    let mut token = a.sign_in("recovery").await;
    Phone::enrol(a, &mut token).await;
    let codes = a.post("/account/recovery-codes", &token, Value::Null).await.expect(200).json();
    let codes: Vec<String> = serde_json::from_value(codes["codes"].clone()).unwrap();
    for code in codes.iter().take(2) {
        let mut pending = Vec::new();
        for _ in 0..64 {
            pending.push(a.begin("recovery").await);
        }
        // The limit of attempts would let 10 of them through. Without it all 64 get to the code.
        let forget =
            "for _, it in ipairs(redis.call('KEYS', 'auth:t:*')) do redis.call('DEL', it) end";
        let mut forgetting = nodes.redis.ask_again_and_again(&["EVAL", forget, "0"]);
        let uses = pending.into_iter().enumerate().map(|(number, pending)| {
            let (node, code) = (if number % 2 == 0 { a } else { b }.clone(), code.clone());
            tokio::spawn(async move { node.second("recovery-code", &pending, &code).await.status })
        });
        let mut statuses = Vec::new();
        for used in uses.collect::<Vec<_>>() {
            statuses.push(used.await.unwrap());
        }
        forgetting.kill().unwrap();
        forgetting.wait().unwrap();
        let number = |status: u16| statuses.iter().filter(|it| **it == status).count();
        println!("200: {}, 401: {}, 429: {}", number(200), number(401), number(429));
        assert_eq!(number(200), 1, "{statuses:?}");
        assert_eq!(number(200) + number(401) + number(429), 64, "{statuses:?}");
        assert!(number(401) > 32, "hardly any was tried: {statuses:?}");
    }
}

#[tokio::test]
async fn r19_r36_attempts_at_both_nodes_are_counted_in_common() {
    let nodes = Nodes::start(false).await;
    let both = [&nodes.a, &nodes.b];
    nodes.a.sign_up("tried", None).await;
    let mut token = nodes.a.sign_in("tried").await;
    Phone::enrol(&nodes.a, &mut token).await;

    // At once, from both: what is counted before it is checked cannot be overtaken.
    let tries = (0..30).map(|number| both[number % 2].try_sign_in("tried", "not the password"));
    let mut statuses = Vec::new();
    for answer in at_once(tries).await {
        statuses.push(answer.status);
    }
    let number = |status: u16| statuses.iter().filter(|it| **it == status).count();
    // One that waits for a hash for too long is 503, and is counted all the same.
    assert!(number(401) + number(503) <= 10, "{statuses:?}");
    assert!(number(401) > 0 && number(429) >= 20, "{statuses:?}");
    for node in both {
        let refused = node.try_sign_in("tried", PASSWORD).await.expect(429);
        assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    }

    // The same for second factors: five of a sign-in, ten of an account.
    nodes.a.sign_up("guessed", None).await;
    let mut token = nodes.a.sign_in("guessed").await;
    let phone = Phone::enrol(&nodes.a, &mut token).await;
    let mut wrong = 0;
    for _ in 0..4 {
        let pending = nodes.a.begin("guessed").await;
        for number in 0..6 {
            let answer = both[number % 2].second("totp", &pending, "00000x").await;
            match answer.status {
                401 => wrong += 1,
                429 => {}
                _ => panic!("{answer:?}"),
            }
        }
    }
    // The code of the enrolment was the first.
    assert!((9..=10).contains(&wrong), "{wrong}");
    let code = phone.present().await;
    let pending = nodes.b.begin("guessed").await;
    nodes.b.second("totp", &pending, &code).await.expect(429);
}
