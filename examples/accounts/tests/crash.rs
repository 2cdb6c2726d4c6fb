//! The program is killed at random points, again and again: what it has acknowledged stays so.
#![cfg(test)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple";
const KILLS: u64 = 60;

/// What the program has acknowledged.
#[derive(Default)]
struct Acknowledged {
    signed_in: BTreeSet<String>,
    signed_out: BTreeSet<String>,
    revoked: BTreeSet<String>,
    notes: BTreeSet<String>,
}

/// The program, killed when this is dropped.
struct Server {
    child: Child,
    origin: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let database = format!("sqlite:{}", folder.join("notes.db").display());
        let mut child = Command::new(env!("CARGO_BIN_EXE_accounts-example"))
            .args(["--listen", "127.0.0.1:0", "--seed", "--json", "--database", &database])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let origin = format!("http://{}", told["listen"].as_str().unwrap());
        Self { child, origin }
    }

    /// SIGKILL: nothing in the program runs any more.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The answer of the program with this status, if it came.
async fn ask(
    client: &Client,
    (method, url): (reqwest::Method, String),
    token: Option<&str>,
    body: Option<Value>,
    status: StatusCode,
) -> Option<Value> {
    let mut request = client.request(method, url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.ok()?;
    if answer.status() != status {
        return None;
    }
    let text = answer.text().await.ok()?;
    Some(serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn sign_in(client: &Client, origin: &str, name: &str) -> Option<String> {
    let body = json!({ "username": name, "password": PASSWORD, "token": true });
    let url = format!("{origin}/account/sign-in");
    let answer =
        ask(client, (reqwest::Method::POST, url), None, Some(body), StatusCode::OK).await?;
    Some(answer["access_token"].as_str()?.to_owned())
}

/// Signs in, writes notes, makes and revokes keys and signs out until the program is gone.
async fn work(
    client: Client,
    origin: String,
    name: &str,
    seen: Arc<Mutex<Acknowledged>>,
    lap: u64,
) {
    use reqwest::Method;
    for round in 0.. {
        let Some(token) = sign_in(&client, &origin, name).await else { return };
        seen.lock().unwrap().signed_in.insert(token.clone());
        let text = format!("{name} {lap} {round}");
        let url = format!("{origin}/notes");
        let note = json!({ "text": text });
        let written =
            ask(&client, (Method::POST, url), Some(&token), Some(note), StatusCode::CREATED).await;
        if written.is_none() {
            return;
        }
        seen.lock().unwrap().notes.insert(text);
        let url = format!("{origin}/account/api-keys");
        let key = json!({ "name": "crash", "scopes": ["notes:read"] });
        let request = client.post(url).bearer_auth(&token).json(&key).send().await;
        let Ok(answer) = request else { return };
        let Ok(made) = answer.json::<Value>().await else { return };
        let (Some(id), Some(key)) = (made["id"].as_str(), made["key"].as_str()) else {
            panic!("no key was made: {made}");
        };
        let url = format!("{origin}/account/api-keys/{id}");
        let revoke = (Method::DELETE, url);
        if ask(&client, revoke, Some(&token), None, StatusCode::NO_CONTENT).await.is_none() {
            return;
        }
        seen.lock().unwrap().revoked.insert(key.to_owned());
        if round % 2 == 0 {
            continue;
        }
        let url = format!("{origin}/account/sign-out");
        seen.lock().unwrap().signed_in.remove(&token);
        if ask(&client, (Method::POST, url), Some(&token), None, StatusCode::NO_CONTENT)
            .await
            .is_none()
        {
            return;
        }
        seen.lock().unwrap().signed_out.insert(token);
    }
}

async fn check(client: &Client, origin: &str, seen: &Mutex<Acknowledged>) {
    let status = async |token: String| {
        let answer = client.get(format!("{origin}/notes")).bearer_auth(token).send().await.unwrap();
        answer.status().as_u16()
    };
    let (signed_in, signed_out, revoked, notes) = {
        let mut seen = seen.lock().unwrap();
        // Each is looked at once: what has survived one start survives the next.
        let newest = |set: &mut BTreeSet<String>| std::mem::take(set);
        (
            newest(&mut seen.signed_in),
            newest(&mut seen.signed_out),
            newest(&mut seen.revoked),
            seen.notes.clone(),
        )
    };
    for token in signed_out {
        assert_eq!(status(token).await, 401, "a session that was ended is back");
    }
    for key in revoked {
        assert_eq!(status(key).await, 401, "a key that was revoked is back");
    }
    let Some(token) = signed_in.first().cloned() else { return };
    for token in signed_in {
        assert_eq!(status(token).await, 200, "a session is lost");
    }
    let mine = client.get(format!("{origin}/notes")).bearer_auth(token).send().await.unwrap();
    let mine: Vec<Value> = mine.json().await.unwrap();
    let kept: BTreeSet<&str> = mine.iter().filter_map(|note| note["text"].as_str()).collect();
    let owner = kept.first().and_then(|text| text.split(' ').next()).unwrap_or_default();
    let expected = notes.iter().filter(|text| text.starts_with(&format!("{owner} ")));
    // The list has the newest 200.
    let lost: Vec<_> = expected.filter(|text| !kept.contains(text.as_str())).collect();
    assert!(lost.is_empty() || kept.len() == 200, "notes are lost: {lost:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = std::env::temp_dir().join(format!("accounts-crash-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let client = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let seen = Arc::new(Mutex::new(Acknowledged::default()));
    let mut moment = 12_345_u64;
    for lap in 0..KILLS {
        let mut server = Server::start(&folder);
        check(&client, &server.origin, &seen).await;
        let workers: Vec<_> = ["alice", "bob"]
            .map(|name| {
                tokio::spawn(work(
                    client.clone(),
                    server.origin.clone(),
                    name,
                    Arc::clone(&seen),
                    lap,
                ))
            })
            .into();
        // A fixed sequence of moments, so that a failure can be had again.
        moment =
            moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(20 + (moment >> 33) % 200)).await;
        server.kill();
        for worker in workers {
            worker.await.unwrap();
        }
    }
    let server = Server::start(&folder);
    check(&client, &server.origin, &seen).await;
    let seen = seen.lock().unwrap();
    assert!(seen.notes.len() as u64 > KILLS / 2, "hardly anything was done: {}", seen.notes.len());
    drop(server);
    std::fs::remove_dir_all(&folder).unwrap();
}
