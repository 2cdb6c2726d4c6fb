//! A hostile client at the running program: what others have been broken by.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Answer, Node, PASSWORD, Phone};
use crate::program::{Folder, Program, Start, now};

const SITE: &str = "https://notes.example.com";

fn start() -> (Program, Node) {
    let program = Start::on("sqlite::memory:").with("--origin", SITE).run();
    let node = Node::new(&program.origin);
    (program, node)
}

/// A browser in which this user has signed in: its cookies.
async fn browser(node: &Node, name: &str) -> String {
    let body = json!({ "username": name, "password": PASSWORD });
    let request = node.request(Method::POST, "/account/sign-in").header(ORIGIN, SITE).json(&body);
    cookies(&node.try_send(request).await.unwrap().expect(200))
}

fn cookies(answer: &Answer) -> String {
    let lines = answer.headers.get_all(SET_COOKIE).iter();
    let pairs = lines.map(|it| it.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.filter(|it| !it.ends_with('=')).collect::<Vec<_>>().join("; ")
}

/// A request whose body is kept back.
struct Slow {
    stream: TcpStream,
    rest: String,
}

impl Slow {
    async fn begin(node: &Node, method: Method, path: &str, token: &str, body: &Value) -> Self {
        let address = node.origin.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let body = body.to_string();
        let (first, rest) = body.split_at(1);
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{first}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self { stream, rest: rest.to_owned() }
    }

    /// Sends the rest of the body; the status of the answer.
    async fn end(mut self) -> u16 {
        self.stream.write_all(self.rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

#[tokio::test]
async fn r79_r83_a_body_that_is_kept_back_until_its_session_has_ended_changes_nothing() {
    let (_program, node) = start();
    let carol = node.sign_in("carol").await;
    node.sign_up("thief", None).await;
    node.sign_up("accomplice", None).await;
    let thief = node.account_id(&carol, "thief").await;
    let accomplice = node.account_id(&carol, "accomplice").await;
    let role = format!("/account/admin/accounts/{thief}/roles/admin");
    for end in ["sign-out", "sign-out/everywhere", "lock", "withdraw"] {
        node.put(&role, &carol, json!({ "reason": "a test" })).await.expect(204);
        let token = node.sign_in("thief").await;
        let mut kept_back = Vec::new();
        for (method, path, body) in [
            (
                Method::PUT,
                format!("/account/admin/accounts/{accomplice}/roles/admin"),
                json!({ "reason": "late" }),
            ),
            (
                Method::POST,
                "/account/admin/invitations".to_owned(),
                json!({ "roles": ["admin"], "reason": "late" }),
            ),
            (
                Method::POST,
                "/account/api-keys".to_owned(),
                json!({ "name": "late", "scopes": ["notes:read"] }),
            ),
            (
                Method::POST,
                "/account/password".to_owned(),
                json!({ "current": PASSWORD, "new": "another horse, another staple" }),
            ),
            (Method::POST, "/account/totp/confirm".to_owned(), json!({ "code": "000000" })),
        ] {
            // Who has lost the right alone is still signed in.
            let is_about_rights = path.contains("/admin/");
            if end == "withdraw" && !is_about_rights {
                continue;
            }
            let slow = Slow::begin(&node, method, &path, &token, &body).await;
            kept_back.push((path, slow));
        }
        // The heads of all of them are decided on by now.
        tokio::time::sleep(Duration::from_millis(500)).await;
        match end {
            "lock" => {
                let path = format!("/account/admin/accounts/{thief}/lock");
                node.post(&path, &carol, Value::Null).await.expect(204);
            }
            "withdraw" => drop(node.delete(&role, &carol).await.expect(204)),
            _ => {
                let path = format!("/account/{end}");
                node.post(&path, &token, Value::Null).await.expect(204);
            }
        }
        for (path, slow) in kept_back {
            let status = slow.end().await;
            let expected = if end == "withdraw" { 403 } else { 401 };
            assert_eq!(status, expected, "{path} after {end}");
        }
        if end == "lock" {
            let path = format!("/account/admin/accounts/{thief}/unlock");
            node.post(&path, &carol, Value::Null).await.expect(204);
        }
    }
    let shown = node.get(&format!("/account/admin/accounts/{accomplice}"), &carol).await;
    assert!(!shown.expect(200).body.contains("\"admin\""), "the accomplice is an administrator");
    node.try_sign_in("thief", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn r92_r93_r94_r95_a_change_by_cookie_passes_with_the_words_of_a_page_of_ours_alone() {
    let (_program, node) = start();
    let cookie = browser(&node, "alice").await;
    let sites = [
        None,
        Some("same-origin"),
        Some("none"),
        Some("same-site"),
        Some("cross-site"),
        Some("Same-Origin"),
        Some("same-origin, cross-site"),
        Some("unknown"),
        Some(""),
    ];
    let origins = [
        None,
        Some(SITE),
        Some("null"),
        Some("https://evil.example"),
        Some("https://notes.example.com/"),
        Some("https://notes.example.com.evil.example"),
        Some("http://notes.example.com"),
        Some("HTTPS://NOTES.EXAMPLE.COM"),
        Some(""),
    ];
    for site in sites {
        for origin in origins {
            let mut request = node.request(Method::POST, "/notes").header(COOKIE, &cookie);
            if let Some(site) = site {
                request = request.header("sec-fetch-site", site);
            }
            if let Some(origin) = origin {
                request = request.header(ORIGIN, origin);
            }
            let answer = node.try_send(request.json(&json!({ "text": "x" }))).await.unwrap();
            let passes = match site {
                Some("same-origin" | "none") => true,
                None | Some("same-site" | "cross-site") => origin == Some(SITE),
                Some(_) => false,
            };
            let expected = if passes { 201 } else { 403 };
            assert_eq!(answer.status, expected, "{site:?} {origin:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn r76_r77_r88_r107_cookies_that_are_tossed_in_or_fixed_beforehand_are_worth_nothing() {
    let (_program, node) = start();
    let cookie = browser(&node, "alice").await;
    let get = async |cookie: &str| {
        let request = node.request(Method::GET, "/notes").header(COOKIE, cookie);
        node.try_send(request).await.unwrap().status
    };
    let sid = cookie.split("; ").find(|it| it.starts_with("__Host-sid=")).unwrap();
    assert_eq!(get(sid).await, 200);
    for (tossed, status) in [
        (format!("{sid}; __Host-sid=x"), 400),
        (format!("__Host-sid=x; {sid}"), 400),
        (format!("{sid}; {sid}"), 400),
        (sid.replace("__Host-sid", "__host-sid"), 401),
        (sid.replace("__Host-sid", "__Secure-sid"), 401),
        (sid.replace("__Host-sid=", "__Host-sid=x"), 401),
        (format!("a=b,{sid}"), 401),
    ] {
        assert_eq!(get(&tossed).await, status, "{tossed}");
    }
    // In two lines.
    let twice = node.request(Method::GET, "/notes").header(COOKIE, sid).header(COOKIE, sid);
    node.try_send(twice).await.unwrap().expect(400);
    // Beside a token, the endpoint takes neither.
    let token = node.sign_in("bob").await;
    let both = node.request(Method::GET, "/notes").header(COOKIE, sid).bearer_auth(&token);
    node.try_send(both).await.unwrap().expect(400);
    // A browser that signs in as another user keeps nothing of what it had.
    let body = json!({ "username": "bob", "password": PASSWORD });
    let request = node.request(Method::POST, "/account/sign-in").header(ORIGIN, SITE);
    let again = node.try_send(request.header(COOKIE, sid).json(&body)).await.unwrap().expect(200);
    assert!(!cookies(&again).contains(sid), "the secret was kept");
    assert_eq!(get(sid).await, 401, "the session before is still there");
}

#[tokio::test]
async fn r51_r106_what_is_half_done_and_what_is_a_key_opens_nothing_else() {
    let (_program, node) = start();
    node.sign_up("dora", None).await;
    let mut token = node.sign_in("dora").await;
    Phone::enrol(&node, &mut token).await;
    let wished = json!({ "name": "key", "scopes": ["notes:read"] });
    let key = node.post("/account/api-keys", &token, wished).await.expect(201).text("key");
    let pending = node.begin("dora").await;
    let secret = pending.strip_prefix("pnd_").unwrap();
    let document = node.get("/openapi.json", "").await.expect(200).json();
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let is_protected = operation["security"].as_array().is_some_and(|it| !it.is_empty());
            if !is_protected || path.starts_with("/account/sign-in/") {
                continue;
            }
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = path.split('{').next().unwrap().trim_end_matches('/').to_owned()
                + if path.contains('{') { "/1" } else { "" };
            for credential in [&pending, &format!("ses_{secret}"), &key] {
                let takes_keys = path == "/notes" && method == Method::GET;
                if *credential == key && takes_keys {
                    continue;
                }
                let body = if method == Method::POST { json!({}) } else { Value::Null };
                let answer = node.call(method.clone(), &path, credential, body).await;
                assert!(
                    matches!(answer.status, 401 | 403 | 404 | 405),
                    "{method} {path} by {credential}: {answer:?}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 60, "{asked}");
    // Nor the other way round.
    for credential in [token.replace("ses_", "pnd_"), key] {
        node.second("totp", &credential, "000000").await.expect(401);
    }
}

#[tokio::test]
async fn r98_r101_a_handshake_of_a_stranger_s_page_and_a_key_in_the_address_are_rejected() {
    let (_program, node) = start();
    let cookie = browser(&node, "alice").await;
    let shake = async |headers: &[(&str, &str)]| {
        let mut request = node.request(Method::GET, "/feed");
        for (name, value) in [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let cookie = ("cookie", cookie.as_str());
    for (headers, status) in [
        (&[cookie][..], 403),
        (&[cookie, ("origin", "https://evil.example")], 403),
        (&[cookie, ("origin", "null")], 403),
        (&[cookie, ("sec-fetch-site", "cross-site")], 403),
        (&[cookie, ("origin", SITE)], 101),
    ] {
        assert_eq!(shake(headers).await, status, "{headers:?}");
    }
    let token = node.sign_in("bob").await;
    let wished = json!({ "name": "key", "scopes": ["notes:read"] });
    let key = node.post("/account/api-keys", &token, wished).await.expect(201).text("key");
    for query in [format!("key={key}"), format!("x={}", key.replace('_', "%5f")), key.clone()] {
        for beside in ["", &key] {
            let answer = node.get(&format!("/notes?{query}"), beside).await.expect(400);
            assert!(!answer.body.contains(&key), "{answer:?}");
        }
    }
    node.get("/notes", &key).await.expect(200);
}

#[tokio::test]
async fn hostile_bodies_names_and_numbers_are_the_client_s_mistake_and_no_failure() {
    let folder = Folder::new();
    let program = Start::on(&folder.sqlite()).with("--origin", SITE).run();
    let node = Node::new(&program.origin);
    let token = node.sign_in("alice").await;
    let admin = node.sign_in("carol").await;
    let mut mistakes = 0;
    let mut is_mistake = |what: String, answer: &Answer| {
        assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
        mistakes += 1;
    };
    let long = "a".repeat(100_000);
    for body in [
        "null",
        "[]",
        "{",
        "\u{feff}{}",
        r#"{"username":"alice","username":"bob","password":"x","token":true}"#,
        r#"{"username":1,"password":2}"#,
        r#"{"username":"alice","password":"\ud800","token":true}"#,
        r#"{"username":"alice","password":"x","token":1e400}"#,
        r#"{"username":"alice","password":"x","token":true}x"#,
        &"[".repeat(16_000),
        &format!(r#"{{"username":"{long}","password":"x","token":true}}"#),
        &format!(r#"{{"username":"alice","password":"{long}","token":true}}"#),
    ] {
        let request = node.request(Method::POST, "/account/sign-in").body(body.to_owned());
        let answer = node.try_send(request.header(CONTENT_TYPE, "application/json")).await.unwrap();
        is_mistake(body.chars().take(80).collect(), &answer);
    }
    for name in ["", " alice", "alice\u{200d}", "ali\0ce", "\u{202e}alice", "a\nb", "😀", &long] {
        let body = json!({ "username": name, "password": PASSWORD });
        is_mistake(format!("{name:?}"), &node.post("/account/sign-up", "", body).await);
        is_mistake(format!("{name:?}"), &node.try_sign_in(name, PASSWORD).await);
    }
    // Another way to write the name of a user is no other name.
    for name in ["ALICE", "ａｌｉｃｅ"] {
        node.sign_up(name, None).await;
        node.try_sign_in(name, "a password of a stranger").await.expect(401);
    }
    for seconds in [json!(u64::MAX), json!(1_u64 << 63), json!(-1), json!(0), json!(1e308)] {
        let body = json!({ "name": "key", "scopes": ["notes:read"], "expires_in": seconds });
        let answer = node.post("/account/api-keys", &token, body).await;
        is_mistake(format!("expires_in {seconds}"), &answer);
        let alice = node.account_id(&admin, "alice").await;
        let path = format!("/account/admin/accounts/{alice}/roles/admin");
        let body = json!({ "reason": "x", "expires_at": seconds });
        is_mistake(format!("expires_at {seconds}"), &node.put(&path, &admin, body).await);
    }
    for id in ["x", "..", "%00", "%ff", &long[..5_000]] {
        for path in ["sessions", "factors", "api-keys"] {
            let answer = node.delete(&format!("/account/{path}/{id}"), &token).await;
            is_mistake(format!("{path}/{id}"), &answer);
        }
    }
    for query in ["limit=-1", "limit=99999999999999999999", "after=x"] {
        let path = format!("/account/admin/accounts?{query}");
        is_mistake(query.to_owned(), &node.get(&path, &admin).await);
    }
    assert!(mistakes > 50, "{mistakes}");
    let said = program.log();
    assert!(!said.contains("ERROR"), "a client has made the log say that something failed: {said}");
}

#[tokio::test]
async fn r18_r21_r48_a_client_that_says_where_it_comes_from_gains_nothing() {
    let folder = Folder::new();
    let messages = folder.file("messages");
    let program =
        Start::on(&folder.sqlite()).with("--origin", SITE).with("--messages", &messages).run();
    let node = Node::new(&program.origin);
    let mut statuses = Vec::new();
    for number in 0..12 {
        let body = json!({ "username": "alice", "password": "not it", "token": true });
        let request = node.request(Method::POST, "/account/sign-in").json(&body);
        let request = request
            .header("x-forwarded-for", format!("10.0.0.{number}"))
            .header("forwarded", format!("for=192.0.2.{number}"))
            .header("x-real-ip", format!("192.0.2.{number}"));
        statuses.push(node.try_send(request).await.unwrap().status);
    }
    assert!(statuses.ends_with(&[429]), "{statuses:?}");
    // Basic is no other way in.
    let credentials = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("alice:{}", "not it"),
    );
    let request = node.request(Method::GET, "/report");
    let request = request.header(AUTHORIZATION, format!("Basic {credentials}"));
    let status = node.try_send(request).await.unwrap().status;
    assert!(status == 401 || status == 429, "{status}");

    let address = program.origin.strip_prefix("http://").unwrap();
    let body = json!({ "username": format!("host{}", now()), "password": PASSWORD, "email": "h@example.com" });
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /account/sign-up HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\
         Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    crate::nodes::sent_token(&messages, 0).await;
    let sent = std::fs::read_to_string(&messages).unwrap();
    assert!(sent.contains(SITE) && !sent.contains("evil"), "{sent}");
}
