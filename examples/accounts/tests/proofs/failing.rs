//! Stores that are down, slow or full: what needs them is 503 and says when to come again, no user is
//! taken for a guest, and all is well again once they are back, without a restart.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

use crate::client::{Answer, Node, PASSWORD, Phone, at_once, until};
use crate::program::{Folder, Program, Start};
use crate::servers::{Postgres, Redis};

/// How long an answer may take where a store takes two seconds too long, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long it takes until all is well again.
const BACK: Duration = Duration::from_secs(20);

/// A request, and what it is answered when all is well.
struct Probe {
    name: &'static str,
    method: Method,
    path: String,
    token: String,
    body: Value,
    statuses: &'static [u16],
    /// What it writes to: then a store that is full is in its way.
    writes: Writes,
    /// Whether it asks PostgreSQL alone.
    without_redis: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writes {
    Nothing,
    Something,
    /// Nothing but the end of something, for which there is always room.
    End,
}

/// The program with all that callers need.
struct World {
    program: Program,
    node: Node,
    token: String,
    key: String,
    admin: String,
    folder: Folder,
}

impl World {
    async fn start(start: Start, folder: Folder) -> Self {
        let start = start.with("--keys", folder.file("keys"));
        let program = start.run();
        let node = Node::new(&program.origin);
        let (token, admin) = (node.sign_in("alice").await, node.sign_in("carol").await);
        let wished = json!({ "name": "key", "scopes": ["notes:read"] });
        let key = node.post("/account/api-keys", &token, wished).await.expect(201).text("key");
        node.sign_up("dora", None).await;
        let mut dora = node.sign_in("dora").await;
        Phone::enrol(&node, &mut dora).await;
        Self { program, node, token, key, admin, folder }
    }

    /// Requests of every kind, with sessions that they may end.
    async fn probes(&self) -> Vec<Probe> {
        let node = &self.node;
        let (ending, everywhere) = tokio::join!(node.sign_in("carol"), node.sign_in("bob"));
        let pending = node.begin("dora").await;
        let (token, key, admin) = (&self.token, &self.key, &self.admin);
        let body = |name: &str, password: &str| json!({ "username": name, "password": password, "token": true });
        let get = Method::GET;
        let post = Method::POST;
        let empty = Value::Null;
        let probe = |name, method, path: &str, token: &str, body, statuses, writes| Probe {
            name,
            method,
            path: path.to_owned(),
            token: token.to_owned(),
            body,
            statuses,
            writes,
            without_redis: false,
        };
        let nothing = Writes::Nothing;
        let something = Writes::Something;
        let mut probes = vec![
            probe("session", get.clone(), "/notes", token, empty.clone(), &[200], nothing),
            probe("who am I", get.clone(), "/account", token, empty.clone(), &[200], nothing),
            probe(
                "sessions",
                get.clone(),
                "/account/sessions",
                token,
                empty.clone(),
                &[200],
                nothing,
            ),
            probe(
                "admin",
                get.clone(),
                "/account/admin/accounts",
                admin,
                empty.clone(),
                &[200],
                nothing,
            ),
            probe("mfa", Method::DELETE, "/notes/1", token, empty.clone(), &[401], nothing),
            probe(
                "sign-in",
                post.clone(),
                "/account/sign-in",
                "",
                body("alice", PASSWORD),
                &[200],
                something,
            ),
            probe(
                "wrong",
                post.clone(),
                "/account/sign-in",
                "",
                body("alice", "not it"),
                &[401],
                something,
            ),
            probe(
                "unknown",
                post.clone(),
                "/account/sign-in",
                "",
                body("nobody", "not it"),
                &[401],
                something,
            ),
            probe(
                "second step",
                post.clone(),
                "/account/sign-in/totp",
                &pending,
                json!({ "code": "000000" }),
                &[401, 429],
                something,
            ),
            probe(
                "new totp",
                post.clone(),
                "/account/totp",
                token,
                empty.clone(),
                &[200],
                something,
            ),
            probe(
                "sign-out",
                post.clone(),
                "/account/sign-out",
                &ending,
                empty.clone(),
                &[204],
                Writes::End,
            ),
            probe(
                "everywhere",
                post.clone(),
                "/account/sign-out/everywhere",
                &everywhere,
                empty.clone(),
                &[204],
                Writes::End,
            ),
        ];
        let by_key = probe("key", get.clone(), "/notes", key, empty.clone(), &[200], nothing);
        let wished = json!({ "name": "key", "scopes": ["notes:read"] });
        let new_key = probe("new key", post, "/account/api-keys", token, wished, &[201], something);
        probes.push(Probe { without_redis: true, ..by_key });
        probes.push(new_key);
        probes
    }

    async fn ask(&self, probe: &Probe) -> Answer {
        let call =
            self.node.call(probe.method.clone(), &probe.path, &probe.token, probe.body.clone());
        let answer = tokio::time::timeout(PATIENCE, call).await;
        answer.unwrap_or_else(|_| panic!("{} is not answered", probe.name))
    }

    /// What has nothing to do with a store is answered as ever, also now.
    async fn guests_are_guests(&self) {
        self.node.get("/", "").await.expect(200);
        self.node.get("/notes", "").await.expect(401);
        // A checksum that is wrong, a tag that is wrong: no store is asked.
        let wrong_key = format!("{}0", &self.key[..self.key.len() - 1]);
        if wrong_key != self.key {
            self.node.get("/notes", &wrong_key).await.expect(401);
        }
        let mut wrong = self.token.clone();
        wrong.replace_range(wrong.len() - 6..wrong.len() - 3, "AAA");
        if wrong != self.token {
            let status = self.node.get("/notes", &wrong).await.status;
            assert!(status == 401 || status == 503, "{status}");
        }
    }

    /// A store has failed: these are refused, and all others answered as ever.
    async fn refuses(&self, name: &str, probes: &[Probe], is_refused: impl Fn(&Probe) -> bool) {
        self.guests_are_guests().await;
        let begun = Instant::now();
        let answers = at_once(probes.iter().map(|it| self.ask(it))).await;
        println!("{name}: {} requests are answered within {:?}", probes.len(), begun.elapsed());
        for (probe, answer) in probes.iter().zip(answers) {
            let what = format!("{name}, {}: {answer:?}", probe.name);
            assert!(!answer.headers.contains_key("set-cookie"), "{what}");
            if is_refused(probe) {
                assert_eq!(answer.status, 503, "{what}");
                assert!(answer.headers.contains_key("retry-after"), "{what}");
            } else {
                assert!(probe.statuses.contains(&answer.status), "{what}");
            }
        }
    }

    /// The store is back: everything is answered as before, soon and without a restart.
    async fn is_well(&mut self) {
        let is_back = async || {
            let signed_in = self.node.try_sign_in("bob", PASSWORD).await;
            signed_in.status == 200 && self.node.get("/notes", &self.token).await.status == 200
        };
        let took = until(is_back, BACK).await;
        let probes = self.probes().await;
        for probe in &probes {
            // A connection that was lost may be found out by this one.
            let mut answer = self.ask(probe).await;
            for _ in 0..20 {
                if answer.status == 503 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    answer = self.ask(probe).await;
                }
            }
            assert!(probe.statuses.contains(&answer.status), "{}: {answer:?}", probe.name);
        }
        println!("  all is well after {took:?}");
        assert!(self.program.is_running());
    }
}

/// The program on a PostgreSQL and a Redis of its own.
async fn on_servers(feed: bool) -> (World, Postgres, Redis) {
    let (postgres, redis) = tokio::join!(Postgres::start(), Redis::start());
    let mut start = Start::on(&postgres.url()).with("--redis", redis.url());
    if feed {
        start = start.and("--feed");
    }
    (World::start(start, Folder::new()).await, postgres, redis)
}

const ALL: fn(&Probe) -> bool = |_| true;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r85_r112_a_store_that_is_down_slow_or_full_is_503_and_then_all_is_well_again() {
    let (mut world, mut postgres, mut redis) = on_servers(false).await;

    let probes = world.probes().await;
    postgres.pause();
    world.refuses("PostgreSQL is slow", &probes, ALL).await;
    postgres.resume();
    world.is_well().await;

    let probes = world.probes().await;
    postgres.kill();
    world.refuses("PostgreSQL is down", &probes, ALL).await;
    postgres.restart().await;
    world.is_well().await;

    let asks_redis = |probe: &Probe| !probe.without_redis;
    let probes = world.probes().await;
    redis.pause();
    world.refuses("Redis is slow", &probes, asks_redis).await;
    redis.resume();
    world.is_well().await;

    let probes = world.probes().await;
    redis.kill();
    world.refuses("Redis is down", &probes, asks_redis).await;
    redis.restart().await;
    world.is_well().await;

    // What ends sessions finds room, also then.
    let probes = world.probes().await;
    assert_eq!(redis.ask(&["CONFIG", "SET", "maxmemory", "1"]), "OK");
    let is_refused = |it: &Probe| it.writes == Writes::Something && it.name != "new key";
    world.refuses("Redis is full", &probes, is_refused).await;
    assert_eq!(redis.ask(&["CONFIG", "SET", "maxmemory", "0"]), "OK");
    world.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r112_requests_do_not_pile_up_before_a_store_that_is_slow() {
    let (mut world, postgres, _redis) = on_servers(false).await;
    postgres.pause();
    let begun = Instant::now();
    let requests = (0..600).map(|number| {
        let (node, token) = (world.node.clone(), world.token.clone());
        let key = world.key.clone();
        tokio::spawn(async move {
            let token = if number % 2 == 0 { token } else { key };
            let begun = Instant::now();
            let answer = node.get("/notes", &token).await;
            (answer.status, begun.elapsed())
        })
    });
    let mut fast = 0;
    for request in requests.collect::<Vec<_>>() {
        let (status, took) = request.await.unwrap();
        assert_eq!(status, 503);
        fast += u32::from(took < Duration::from_millis(1_800));
    }
    println!("600 requests in {:?}, {fast} of them at once", begun.elapsed());
    assert!(fast > 200, "they wait for each other: {fast}");
    postgres.resume();
    world.is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r85_in_feed_mode_what_is_not_kept_is_503_and_what_has_ended_stays_so() {
    let (mut world, postgres, _redis) = on_servers(true).await;
    let node = &world.node;
    let ended = node.sign_in("bob").await;
    node.get("/notes", &ended).await.expect(200);
    node.post("/account/sign-out", &ended, Value::Null).await.expect(204);
    postgres.pause();
    // The session is known here, and its notes are not.
    node.get("/notes", &world.token).await.expect(503);
    // What was kept of the one that has ended is forgotten; no node takes it for live.
    let status = node.get("/notes", &ended).await.status;
    assert!(status == 401 || status == 503, "{status}");
    node.try_sign_in("alice", PASSWORD).await.expect(503);
    postgres.resume();
    world.is_well().await;
    world.node.get("/notes", &ended).await.expect(401);
}

#[tokio::test]
async fn a_redis_that_keeps_nothing_forgets_sessions_and_secrets_and_no_end() {
    let postgres = Postgres::start().await;
    let mut redis = Redis::with(&["--save", "", "--appendonly", "no"]).await;
    let start = Start::on(&postgres.url()).with("--redis", redis.url());
    let world = World::start(start, Folder::new()).await;
    let node = &world.node;
    let ended = node.sign_in("bob").await;
    node.post("/account/sign-out", &ended, Value::Null).await.expect(204);
    let mut eve = {
        node.sign_up("eve", None).await;
        node.sign_in("eve").await
    };
    let phone = Phone::enrol(node, &mut eve).await;
    let codes = node.post("/account/recovery-codes", &eve, Value::Null).await.expect(200).json();
    let codes: Vec<String> = serde_json::from_value(codes["codes"].clone()).unwrap();
    let (pending, waiting) = (node.begin("eve").await, node.begin("eve").await);
    node.second("recovery-code", &pending, &codes[0]).await.expect(200);
    let pending = node.begin("eve").await;
    let code = phone.present().await;
    node.second("totp", &pending, &code).await.expect(200);

    redis.kill();
    redis.restart().await;
    until(async || node.get("/notes", &world.token).await.status != 503, BACK).await;
    for token in [&world.token, &ended, &eve] {
        node.get("/notes", token).await.expect(401);
    }
    node.second("recovery-code", &waiting, &codes[1]).await.expect(401);
    // What must last is in the other store: codes are used up, keys are valid, and steps are behind.
    node.get("/notes", &world.key).await.expect(200);
    for (kind, used) in [("recovery-code", &codes[0]), ("totp", &code)] {
        let pending = node.begin("eve").await;
        node.second(kind, &pending, used).await.expect(401);
    }
    let pending = node.begin("eve").await;
    node.second("recovery-code", &pending, &codes[1]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r85_a_disk_that_is_full_and_a_database_that_is_locked_are_503() {
    let folder = Folder::new();
    let mut world = World::start(Start::on(&folder.sqlite()).on_a_small_disk(), folder).await;

    let probes = world.probes().await;
    world.program.may_write(1);
    world.refuses("the disk is full", &probes, |it| it.writes != Writes::Nothing).await;
    world.program.may_write(u64::MAX);
    world.is_well().await;

    // Another process writes, and does not come to an end.
    let probes = world.probes().await;
    let mut other = SqliteConnection::connect(&world.folder.sqlite()).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    world.refuses("the database is locked", &probes, |it| it.writes != Writes::Nothing).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    world.is_well().await;
}
