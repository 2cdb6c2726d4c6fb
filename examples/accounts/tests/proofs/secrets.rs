//! One program lives through everything that has a secret in it, logs all that can be logged, and is
//! searched: what it printed, what it stored, what it exported and what it answered.

use std::path::Path;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use totp_rs::Secret;

use crate::client::{Answer, Node, Phone, STEP};
use crate::nodes::sent_token;
use crate::program::{Folder, Program, Start, now};
use crate::servers::{Postgres, Redis, program};

const SITE: &str = "https://notes.example.com";

/// What must not be found anywhere.
#[derive(Default)]
struct Secrets {
    /// What it is, and its bytes.
    known: Vec<(String, Vec<u8>)>,
    /// Codes of six digits: they are looked for between other characters.
    codes: Vec<String>,
}

impl Secrets {
    fn add(&mut self, what: &str, secret: &str) -> String {
        assert!(secret.len() >= 12, "{what} is too short to be looked for: {secret}");
        self.known.push((what.to_owned(), secret.as_bytes().to_vec()));
        secret.to_owned()
    }

    fn add_bytes(&mut self, what: &str, secret: Vec<u8>) {
        assert!(secret.len() >= 12, "{what} is too short to be looked for");
        // A dump in text has them in hexadecimal digits.
        let digits: Vec<String> = secret.iter().map(|it| format!("{it:02x}")).collect();
        self.known.push((format!("{what} in hexadecimal"), digits.concat().into_bytes()));
        self.known.push((what.to_owned(), secret));
    }

    /// The secret of a session or a sign-in that is half done: as text, and as it was before.
    fn add_session(&mut self, what: &str, text: &str) -> String {
        // After the prefix: 32 bytes of the secret, and 8 of its tag.
        let secret = &text[text.len() - 54..];
        let bytes = URL_SAFE_NO_PAD.decode(secret).unwrap();
        self.add_bytes(what, bytes[..32].to_vec());
        self.add(what, &secret[..42]);
        text.to_owned()
    }

    /// Cookies of an answer, for the next request.
    fn add_cookies(&mut self, answer: &Answer) -> String {
        let mut cookies = Vec::new();
        for line in answer.headers.get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if !value.is_empty() {
                self.add(&format!("the cookie {name}"), value);
                cookies.push(pair.to_owned());
            }
        }
        cookies.join("; ")
    }

    /// Looks for all of them.
    fn are_not_in(&self, place: &str, content: &[u8]) {
        assert!(!content.is_empty(), "{place} is empty");
        for (what, secret) in &self.known {
            if let Some(at) = find(content, secret) {
                let around = &content[at.saturating_sub(200)..content.len().min(at + 200)];
                let around = String::from_utf8_lossy(around);
                panic!("{place} has {what}: {around}");
            }
        }
    }

    /// The same with the codes of six digits.
    fn codes_are_not_in(&self, place: &str, text: &str) {
        for code in &self.codes {
            for (at, _) in text.match_indices(code.as_str()) {
                let is_digit = |it: Option<char>| it.is_some_and(|it| it.is_ascii_digit());
                let is_part = is_digit(text[..at].chars().next_back())
                    || is_digit(text[at + code.len()..].chars().next());
                assert!(is_part, "{place} has the code {code}");
            }
        }
    }
}

fn find(content: &[u8], part: &[u8]) -> Option<usize> {
    // The first byte is looked for fast.
    let mut from = 0;
    while let Some(at) = content[from..].iter().position(|it| *it == part[0]) {
        let at = from + at;
        if content[at..].starts_with(part) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Does everything, and gives all that was answered to questions and mistakes.
async fn live(node: &Node, bootstrap: &str, messages: &Path, secrets: &mut Secrets) -> String {
    let mut answers = String::new();
    secrets.add("the bootstrap token", bootstrap);
    let password = secrets.add("a password", "Tr0ub4dor & the first staple");
    let second = secrets.add("another password", "Tr0ub4dor & the second staple");
    let third = secrets.add("a password that was reset", "Tr0ub4dor & the third staple");
    let wrong = secrets.add("a wrong password", "Tr0ub4dor & the wrong staple");
    let name = secrets.add("a password that was typed as a name", "Tr0ub4dor-typed-as-name");
    let rejected = secrets.add("a password that was rejected", "Tr0ub4dor\u{1}control");

    // Signing up, with and without mistakes.
    let sign_up = |name: &str, password: &str| json!({ "username": name, "password": password, "email": "frank@example.com" });
    let mistake = node.post("/account/sign-up", "", sign_up("frank", &rejected)).await;
    answers.push_str(&mistake.body);
    node.post("/account/sign-up", "", sign_up("frank", &password)).await.expect(201);
    node.post("/account/sign-up", "", sign_up("frank", &password)).await.expect(201);
    let token = secrets.add("a token of an address", &sent_token(messages, 0).await);
    node.post("/account/email/verify", "", json!({ "token": token })).await.expect(204);
    let mistake = node.post("/account/email/verify", "", json!({ "token": token })).await;
    answers.push_str(&mistake.expect(400).body);

    // Bodies, paths and headers that are wrong, with secrets in them.
    let bodies = [
        (Some("application/json"), format!(r#"{{"username":"frank","password":"{password}"#)),
        (Some("application/json"), format!(r#"{{"username":"frank","password":["{password}"]}}"#)),
        (Some("application/json"), format!(r#"{{"user":"frank","{password}":1}}"#)),
        (Some("application/x-www-form-urlencoded"), format!("username=frank&passwort={password}")),
        (Some("text/plain"), password.clone()),
        (None, password.clone()),
        (Some("application/json"), format!(r#""{}""#, password.repeat(1_000))),
    ];
    for (kind, body) in bodies {
        let mut request = node.request(Method::POST, "/account/sign-in").body(body);
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let answer = node.try_send(request).await.unwrap();
        assert!((400..500).contains(&answer.status), "{answer:?}");
        answers.push_str(&answer.body);
    }
    for (name, password) in [("frank", &wrong), (&*name, &password), ("frank", &rejected)] {
        answers.push_str(&node.try_sign_in(name, password).await.expect(401).body);
    }

    // A session of a program, one of a browser, and a sign-in of each that is half done.
    let signed_in = node.try_sign_in("frank", &password).await.expect(200);
    let mut token = secrets.add_session("a token of a session", &signed_in.text("access_token"));
    let by_cookie = async |password: &str, secrets: &mut Secrets| {
        let body = json!({ "username": "frank", "password": password });
        let request =
            node.request(Method::POST, "/account/sign-in").header(ORIGIN, SITE).json(&body);
        let answer = node.try_send(request).await.unwrap().expect(200);
        secrets.add_cookies(&answer)
    };
    let cookie = by_cookie(&password, secrets).await;
    let get = node.request(Method::GET, "/account").header(COOKIE, &cookie);
    answers.push_str(&node.try_send(get).await.unwrap().expect(200).body);
    node.post("/account/admin/bootstrap", &token, json!({ "token": bootstrap })).await.expect(204);

    let phone = Phone::enrol(node, &mut token).await;
    secrets.add_session("a token of a session", &token);
    secrets.add("a secret of TOTP", &phone.secret);
    let bytes = Secret::try_from_base32(&phone.secret).unwrap().as_bytes().to_vec();
    secrets.add_bytes("the bytes of a secret of TOTP", bytes);
    secrets.codes.push(phone.code(now() / STEP - 1));
    let codes = node.post("/account/recovery-codes", &token, Value::Null).await.expect(200).json();
    let codes: Vec<String> = serde_json::from_value(codes["codes"].clone()).unwrap();
    for code in &codes {
        secrets.add("a recovery code", code);
        secrets.add("a recovery code", &code.replace('-', ""));
    }
    let begin = async |secrets: &mut Secrets| {
        let begun = node.try_sign_in("frank", &password).await.expect(200).text("pending_token");
        secrets.add_session("a token of a half-done sign-in", &begun)
    };
    let pending = begin(secrets).await;
    let code = phone.present().await;
    answers.push_str(&node.second("totp", &pending, &codes[0]).await.expect(401).body);
    answers.push_str(&node.second("recovery-code", &pending, &phone.secret).await.expect(401).body);
    node.second("recovery-code", &pending, &codes[0]).await.expect(200);
    let pending = begin(secrets).await;
    let signed_in = node.second("totp", &pending, &code).await.expect(200);
    secrets.add_session("a token of a session", &signed_in.text("access_token"));
    answers.push_str(&node.second("totp", &pending, &code).await.expect(401).body);
    secrets.codes.push(code);
    by_cookie(&password, secrets).await;

    // Keys, also where they do not belong.
    let wished = json!({ "name": "key", "scopes": ["notes:read"] });
    let made = node.post("/account/api-keys", &token, wished).await.expect(201);
    let (id, key) = (made.text("id"), made.text("key"));
    let add_key = |key: &str, secrets: &mut Secrets| {
        secrets.add("an API key", key.rsplit('_').next().unwrap());
    };
    add_key(&key, secrets);
    node.get("/notes", &key).await.expect(200);
    let header = node.request(Method::GET, "/notes").header("x-api-key", &key);
    node.try_send(header).await.unwrap();
    answers.push_str(&node.get(&format!("/notes?key={key}"), "").await.expect(400).body);
    answers.push_str(&node.get(&format!("/notes?access_token={token}"), &key).await.body);
    let rotated = node.post(&format!("/account/api-keys/{id}/rotate"), &token, Value::Null).await;
    add_key(&rotated.expect(200).text("key"), secrets);
    node.delete(&format!("/account/api-keys/{id}"), &token).await.expect(204);
    answers.push_str(&node.get("/notes", &key).await.expect(401).body);

    // HTTP Basic, right and wrong.
    for password in [&password, &wrong] {
        let credentials = STANDARD.encode(format!("frank:{password}"));
        secrets.add("credentials of HTTP Basic", credentials.trim_end_matches('='));
        let request = node.request(Method::GET, "/report");
        let request = request.header(AUTHORIZATION, format!("Basic {credentials}"));
        answers.push_str(&node.try_send(request).await.unwrap().expect(401).body);
    }

    // Invitations, another password, and one that was forgotten.
    let invitation = json!({ "roles": ["member"], "reason": "a test" });
    let invited = node.post("/account/admin/invitations", &token, invitation).await.expect(201);
    secrets.add("an invitation", &invited.text("token"));
    let again = json!({ "token": invited.text("token") });
    node.post("/account/invitations/accept", &token, again.clone()).await.expect(204);
    answers.push_str(&node.post("/account/invitations/accept", &token, again).await.body);
    for (current, new, status) in
        [(&wrong, &second, 403), (&password, &rejected, 422), (&password, &second, 200)]
    {
        let change = json!({ "current": current, "new": new });
        let changed = node.post("/account/password", &token, change).await.expect(status);
        if status == 200 {
            token = secrets.add_session("a token of a session", &changed.text("access_token"));
        } else {
            answers.push_str(&changed.body);
        }
    }
    node.post("/account/password/reset", "", json!({ "username": "frank" })).await.expect(202);
    let reset = secrets.add("a token to reset a password", &sent_token(messages, 1).await);
    // The link is opened: the page does not say the token, and logs do not.
    answers.push_str(&node.get(&format!("/account/sign-up?token={reset}"), "").await.body);
    for (new, status) in [(&rejected, 422), (&third, 204), (&third, 400)] {
        let confirm = json!({ "token": reset, "new": new });
        let confirmed = node.post("/account/password/reset/confirm", "", confirm).await;
        answers.push_str(&confirmed.expect(status).body);
    }
    let pending = node.try_sign_in("frank", &third).await.expect(200).text("pending_token");
    secrets.add_session("a token of a half-done sign-in", &pending);
    let signed_in = node.second("recovery-code", &pending, &codes[1]).await.expect(200);
    let token = secrets.add_session("a token of a session", &signed_in.text("access_token"));

    // All that can be read.
    let account = node.get("/account", &token).await.expect(200).text("account");
    for path in [
        "/account",
        "/account/sessions",
        "/account/factors",
        "/account/api-keys",
        "/account/recovery-codes",
        "/account/admin/accounts",
        &format!("/account/admin/accounts/{account}"),
        "/account/admin/audit?limit=1000&format=json",
        "/account/admin/audit?limit=1000&format=jsonl",
        "/account/admin/audit?limit=1000&format=csv",
        "/account/admin/audit/chain",
        "/account/admin/access-review?format=json",
        "/account/admin/access-review?format=csv",
        "/account/admin/access-review?format=html",
        "/notes",
        "/access",
        "/openapi.json",
        "/",
    ] {
        answers.push_str(&node.get(path, &token).await.expect(200).body);
    }
    answers
}

/// Searches what the program has said and answered.
fn search(secrets: &Secrets, log: &str, answers: &str) {
    secrets.are_not_in("the log", log.as_bytes());
    secrets.codes_are_not_in("the log", log);
    secrets.are_not_in("an answer", answers.as_bytes());
    secrets.codes_are_not_in("an answer", answers);
    // So much is logged that there would be something to find.
    assert!(log.contains("DEBUG auth_core::audit"), "{log}");
    assert!(secrets.known.len() > 50 && answers.contains("sign_in"));
}

fn keys(folder: &Folder, secrets: &mut Secrets) {
    let ring = std::fs::read_to_string(folder.file("keys")).unwrap();
    let digits = ring.trim().rsplit(' ').next().unwrap();
    secrets.add("the key", digits);
    let bytes = (0..64).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    secrets.add_bytes("the bytes of the key", bytes.collect());
}

fn start(database: &str, folder: &Folder) -> Start {
    Start::without_accounts(database)
        .with("--origin", SITE)
        .with("--keys", folder.file("keys"))
        .with("--messages", folder.file("messages"))
        .logging("trace")
}

async fn run(program: &Program, folder: &Folder) -> (Secrets, String) {
    let mut secrets = Secrets::default();
    keys(folder, &mut secrets);
    let node = Node::new(&program.origin);
    let bootstrap = program.bootstrap.clone().unwrap();
    let answers = live(&node, &bootstrap, &folder.file("messages"), &mut secrets).await;
    (secrets, answers)
}

#[tokio::test]
async fn r14_r110_no_secret_is_printed_answered_or_stored_in_sqlite() {
    let folder = Folder::new();
    let mut program = start(&folder.sqlite(), &folder).run();
    let (secrets, mut answers) = run(&program, &folder).await;

    // A store that fails while secrets are under way.
    let mut other = SqliteConnection::connect(&folder.sqlite()).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let node = Node::new(&program.origin);
    let failed = node.try_sign_in("frank", "Tr0ub4dor & the third staple").await.expect(503);
    answers.push_str(&failed.body);
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();

    let stored = || {
        let mut stored = Vec::new();
        for name in ["notes.db", "notes.db-wal"] {
            stored.extend(std::fs::read(folder.file(name)).unwrap_or_default());
        }
        stored
    };
    // Before and after what waits in its log is written to the file.
    secrets.are_not_in("the database", &stored());
    program.stop();
    let stored = stored();
    assert!(find(&stored, b"frank@example.com").is_some(), "the database is elsewhere");
    secrets.are_not_in("the database", &stored);
    search(&secrets, &program.log(), &answers);
}

#[tokio::test]
async fn r14_r110_no_secret_is_printed_answered_or_stored_in_postgresql_and_redis() {
    let (postgres, redis) = tokio::join!(Postgres::start(), Redis::start());
    let folder = Folder::new();
    let start = start(&postgres.url(), &folder).with("--redis", redis.url());
    let mut running = start.run();
    let (secrets, answers) = run(&running, &folder).await;
    running.stop();
    let dump = program("pg_dump")
        .args(["--inserts", &postgres.url()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    assert!(find(&dump.stdout, b"frank@example.com").is_some(), "the dump is empty");
    secrets.are_not_in("the dump of PostgreSQL", &dump.stdout);
    let mut kept = Vec::new();
    for file in std::fs::read_dir(redis.folder().join("appendonlydir")).unwrap() {
        kept.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert!(find(&kept, b"auth:s:").is_some(), "Redis has no sessions");
    secrets.are_not_in("the file of Redis", &kept);
    search(&secrets, &running.log(), &answers);
}
