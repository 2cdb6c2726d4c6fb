//! The program, PostgreSQL and Redis are killed at random points, again and again, while clients work:
//! what was acknowledged stays so, what is used is used up, and what has ended stays ended.
//!
//! `CRASH_KILLS` says how often in total, `CRASH_SEED` begins another sequence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{PgPool, Row as _, SqlitePool};

use crate::client::{Answer, Node, PASSWORD, Phone, STEP};
use crate::program::{Folder, Program, Start, now};
use crate::servers::{Postgres, Redis};

/// How often something is killed in total, a third of it on SQLite.
const KILLS: u64 = 60;

/// How long the program may need to answer again after a store is back.
const BACK: Duration = Duration::from_secs(20);

/// Numbers that are the same each time (`SplitMix64`).
struct Random(u64);

impl Random {
    /// Below this.
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % most
    }

    fn take<T>(&mut self, from: &mut Vec<T>) -> Option<T> {
        if from.is_empty() {
            return None;
        }
        let place = usize::try_from(self.below(from.len() as u64)).unwrap();
        Some(from.swap_remove(place))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Killed {
    Program,
    Postgres,
    Redis,
    All,
}

/// What one account was acknowledged.
#[derive(Default)]
struct Person {
    name: String,
    /// The last one is valid, unless the one below is.
    passwords: Vec<String>,
    /// No answer has said whether this was set.
    maybe_password: Option<String>,
    live: Vec<String>,
    ended: Vec<String>,
    live_keys: Vec<(String, String)>,
    revoked_keys: Vec<String>,
    phone: Option<Phone>,
    used_steps: Vec<u64>,
    codes: Vec<String>,
    used_codes: Vec<String>,
    maybe_code: Option<String>,
    used_resets: Vec<String>,
    resets: usize,
    /// For an administrator: who it is, whether they are an administrator, and whether they are locked.
    id: String,
    is_admin: Option<bool>,
    is_locked: Option<bool>,
}

impl Person {
    fn password(&self) -> &str {
        self.passwords.last().unwrap()
    }
}

/// The time from one kill to the next.
#[derive(Clone)]
struct Lap {
    node: Node,
    killed: Killed,
    messages: PathBuf,
    /// Whether it was killed by now.
    is_over: Arc<AtomicBool>,
    /// How much was acknowledged.
    count: Arc<AtomicU64>,
    /// The same by the event that must be in the trail then.
    events: Arc<Mutex<BTreeMap<&'static str, i64>>>,
}

impl Lap {
    /// The answer, if it says that something was done. Without an answer it is not known.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Value,
        status: u16,
    ) -> Option<Answer> {
        let answer = self.node.try_call(method.clone(), path, token, &body).await;
        let Some(answer) = answer else {
            let is_gone = matches!(self.killed, Killed::Program | Killed::All);
            assert!(is_gone, "no answer to {method} {path}");
            return None;
        };
        if answer.status == status {
            self.count.fetch_add(1, Ordering::Relaxed);
            return Some(answer);
        }
        // What cannot be done now is 503: no user counts as a guest, and nothing is a failure of the
        // program.
        assert_eq!(answer.status, 503, "{method} {path} after {:?}: {answer:?}", self.killed);
        assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
        None
    }

    fn done(&self, event: &'static str) {
        *self.events.lock().unwrap().entry(event).or_default() += 1;
    }

    async fn sign_up(&self, person: &mut Person, email: Option<String>) -> Option<()> {
        let body = json!({ "username": person.name, "password": PASSWORD, "email": email });
        person.passwords.push(PASSWORD.to_owned());
        self.ask(Method::POST, "/account/sign-up", "", body, 201).await?;
        Some(())
    }

    async fn first_step(&self, name: &str, password: &str) -> Option<Answer> {
        let body = json!({ "username": name, "password": password, "token": true });
        self.ask(Method::POST, "/account/sign-in", "", body, 200).await
    }

    async fn sign_in(&self, person: &mut Person) -> Option<String> {
        let token = self.first_step(&person.name, person.password()).await?.text("access_token");
        person.live.push(token.clone());
        Some(token)
    }

    async fn sign_out(&self, person: &mut Person, token: String) -> Option<()> {
        self.ask(Method::POST, "/account/sign-out", &token, Value::Null, 204).await?;
        self.done("sign_out");
        person.ended.push(token);
        Some(())
    }

    async fn sign_out_everywhere(&self, person: &mut Person) -> Option<()> {
        let all = std::mem::take(&mut person.live);
        let Some(token) = all.last() else { return Some(()) };
        self.ask(Method::POST, "/account/sign-out/everywhere", token, Value::Null, 204).await?;
        self.done("signed_out_everywhere");
        person.ended.extend(all);
        Some(())
    }

    async fn make_key(&self, person: &mut Person, token: &str) -> Option<()> {
        let wished = json!({ "name": "crash", "scopes": ["notes:read"] });
        let made = self.ask(Method::POST, "/account/api-keys", token, wished, 201).await?;
        person.live_keys.push((made.text("id"), made.text("key")));
        Some(())
    }

    async fn revoke_key(
        &self,
        person: &mut Person,
        token: &str,
        random: &mut Random,
    ) -> Option<()> {
        let Some((id, key)) = random.take(&mut person.live_keys) else { return Some(()) };
        let path = format!("/account/api-keys/{id}");
        self.ask(Method::DELETE, &path, token, Value::Null, 204).await?;
        self.done("api_key_revoked");
        person.revoked_keys.push(key);
        Some(())
    }

    async fn change_password(&self, person: &mut Person, token: &str) -> Option<()> {
        let all = std::mem::take(&mut person.live);
        let new = format!("{PASSWORD} {}", person.passwords.len());
        let body = json!({ "current": person.password(), "new": new });
        person.maybe_password = Some(new);
        let renewed = self.ask(Method::POST, "/account/password", token, body, 200).await?;
        self.done("password_changed");
        person.ended.extend(all);
        person.live.push(renewed.text("access_token"));
        person.passwords.extend(person.maybe_password.take());
        Some(())
    }

    async fn reset_password(&self, person: &mut Person) -> Option<()> {
        // An account is sent five messages in an hour.
        if person.resets == 5 {
            return Some(());
        }
        person.resets += 1;
        let body = json!({ "username": person.name });
        self.ask(Method::POST, "/account/password/reset", "", body, 202).await?;
        let token = self.reset_token(person).await?;
        let all = std::mem::take(&mut person.live);
        let new = format!("{PASSWORD} {}", person.passwords.len());
        let body = json!({ "token": token, "new": new });
        person.maybe_password = Some(new);
        self.ask(Method::POST, "/account/password/reset/confirm", "", body, 204).await?;
        self.done("password_reset");
        person.ended.extend(all);
        person.passwords.extend(person.maybe_password.take());
        person.used_resets.push(token);
        Some(())
    }

    /// The token of the last message to reset the password; it is sent after the answer, or never, if
    /// something was killed in between.
    async fn reset_token(&self, person: &Person) -> Option<String> {
        let to = format!("To: {}@example.com\nSet a new password", person.name);
        while !self.is_over.load(Ordering::Relaxed) {
            let messages = std::fs::read_to_string(&self.messages).unwrap_or_default();
            let mine = messages.split("\n\n").filter(|it| it.trim_start().starts_with(&to));
            let mine: Vec<_> = mine.collect();
            if mine.len() == person.resets {
                let line =
                    mine.last()?.lines().find_map(|it| it.strip_prefix("Or enter this token: "));
                return line.map(str::to_owned);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }

    async fn enrol(&self, person: &mut Person) -> Option<()> {
        let token = person.live.pop()?;
        let phone = loop {
            let enrolled =
                self.ask(Method::POST, "/account/totp", &token, Value::Null, 200).await?;
            let phone = Phone { secret: enrolled.text("secret") };
            let step = now() / STEP - 1;
            // The step ends while it is sent.
            if now() % STEP > STEP - 3 {
                tokio::time::sleep(Duration::from_secs(3)).await;
                continue;
            }
            let body = json!({ "code": phone.code(step) });
            let path = "/account/totp/confirm";
            let renewed = self.ask(Method::POST, path, &token, body, 200).await?;
            person.used_steps.push(step);
            person.live.push(renewed.text("access_token"));
            break phone;
        };
        self.done("factor_added");
        person.ended.push(token);
        person.phone = Some(phone);
        let token = person.live.last()?.clone();
        let made = self
            .ask(Method::POST, "/account/recovery-codes", &token, Value::Null, 200)
            .await?
            .json();
        person.codes = serde_json::from_value(made["codes"].clone()).unwrap();
        Some(())
    }

    async fn sign_in_by_code(&self, person: &mut Person) -> Option<()> {
        let Some(code) = person.codes.pop() else { return Some(()) };
        let begun = self.first_step(&person.name, person.password()).await;
        let Some(begun) = begun else {
            person.codes.push(code);
            return None;
        };
        person.maybe_code = Some(code.clone());
        let (path, body) = ("/account/sign-in/recovery-code", json!({ "code": code }));
        let ended = self.ask(Method::POST, path, &begun.text("pending_token"), body, 200).await?;
        self.done("recovery_code_used");
        person.used_codes.extend(person.maybe_code.take());
        person.live.push(ended.text("access_token"));
        Some(())
    }

    async fn sign_in_by_totp(&self, person: &mut Person) -> Option<()> {
        let last = person.used_steps.last().copied().unwrap_or_default();
        let step = (now() / STEP).max(last + 1);
        if step > now() / STEP + 1 {
            return Some(());
        }
        let begun = self.first_step(&person.name, person.password()).await?;
        let body = json!({ "code": person.phone.as_ref()?.code(step) });
        let (path, token) = ("/account/sign-in/totp", begun.text("pending_token"));
        let ended = self.ask(Method::POST, path, &token, body, 200).await?;
        person.used_steps.push(step);
        person.live.push(ended.text("access_token"));
        Some(())
    }
}

/// A user with a password alone: sessions, keys, another password.
async fn plain(lap: Lap, mut person: Person, mut random: Random) -> Person {
    let mut work = async |person: &mut Person| -> Option<()> {
        let email = format!("{}@example.com", person.name);
        lap.sign_up(person, Some(email)).await?;
        loop {
            let token = match person.live.last() {
                Some(token) => token.clone(),
                None => lap.sign_in(person).await?,
            };
            match random.below(9) {
                0 | 1 => drop(lap.sign_in(person).await?),
                2 => {
                    let Some(token) = random.take(&mut person.live) else { continue };
                    lap.sign_out(person, token).await?;
                }
                3 => lap.sign_out_everywhere(person).await?,
                4 | 5 => lap.make_key(person, &token).await?,
                6 => lap.revoke_key(person, &token, &mut random).await?,
                7 => lap.change_password(person, &token).await?,
                _ => lap.reset_password(person).await?,
            }
        }
    };
    let _ = work(&mut person).await;
    person
}

/// A user with an authenticator application and recovery codes.
async fn careful(lap: Lap, mut person: Person, mut random: Random) -> Person {
    let mut work = async |person: &mut Person| -> Option<()> {
        lap.sign_up(person, None).await?;
        lap.sign_in(person).await?;
        lap.enrol(person).await?;
        loop {
            match random.below(6) {
                0..3 => lap.sign_in_by_code(person).await?,
                3 => lap.sign_in_by_totp(person).await?,
                4 => {
                    if let Some(token) = random.take(&mut person.live) {
                        lap.sign_out(person, token).await?;
                    }
                }
                _ => lap.sign_out_everywhere(person).await?,
            }
            if person.codes.is_empty() {
                return None;
            }
        }
    };
    let _ = work(&mut person).await;
    person
}

/// A user whom an administrator makes an administrator, and locks.
async fn administered(lap: Lap, mut person: Person, mut random: Random) -> Person {
    let mut work = async |person: &mut Person| -> Option<()> {
        let admin = lap.first_step("carol", PASSWORD).await?.text("access_token");
        lap.sign_up(person, None).await?;
        let token = lap.sign_in(person).await?;
        lap.make_key(person, &token).await?;
        let path = format!("/account/admin/accounts?query={}", person.name);
        let found = lap.ask(Method::GET, &path, &admin, Value::Null, 200).await?.json();
        person.id = found[0]["id"].as_str().unwrap().to_owned();
        (person.is_admin, person.is_locked) = (Some(false), Some(false));
        let path = format!("/account/admin/accounts/{}", person.id);
        loop {
            if random.below(2) == 0 {
                let path = format!("{path}/roles/admin");
                let (method, body, event, after) = if person.is_admin.take()? {
                    (Method::DELETE, Value::Null, "withdrawn", false)
                } else {
                    (Method::PUT, json!({ "reason": "a test" }), "assigned", true)
                };
                lap.ask(method, &path, &admin, body, 204).await?;
                lap.done(event);
                person.is_admin = Some(after);
                continue;
            }
            let (end, event, after) = if person.is_locked.take()? {
                ("unlock", "account_unlocked", false)
            } else {
                ("lock", "account_locked", true)
            };
            let live = std::mem::take(&mut person.live);
            let path = format!("{path}/{end}");
            lap.ask(Method::POST, &path, &admin, Value::Null, 204).await?;
            lap.done(event);
            person.is_locked = Some(after);
            person.ended.extend(live);
            if !after {
                lap.sign_in(person).await?;
            }
        }
    };
    let _ = work(&mut person).await;
    person
}

/// Asks the database itself.
#[derive(Clone)]
enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Database {
    async fn numbers(&self, statement: &'static str) -> sqlx::Result<Vec<i64>> {
        Ok(match self {
            Self::Sqlite(pool) => {
                let rows = sqlx::query(statement).fetch_all(pool).await?;
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Postgres(pool) => {
                let rows = sqlx::query(statement).fetch_all(pool).await?;
                rows.iter().map(|row| row.get(0)).collect()
            }
        })
    }

    async fn texts(&self, statement: &'static str) -> BTreeSet<String> {
        match self {
            Self::Sqlite(pool) => {
                let rows = sqlx::query(statement).fetch_all(pool).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Postgres(pool) => {
                let rows = sqlx::query(statement).fetch_all(pool).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// How many changes have an event. Under load a connection may have been lost.
    async fn events(&self, event: &str) -> i64 {
        let count = "SELECT count(*) FROM auth_audit WHERE event = $1 AND outcome = 'done'";
        match self {
            Self::Sqlite(pool) => {
                sqlx::query(count).bind(event).fetch_one(pool).await.unwrap().get(0)
            }
            Self::Postgres(pool) => {
                sqlx::query(count).bind(event).fetch_one(pool).await.unwrap().get(0)
            }
        }
    }

    /// Attempts are limited, and here more are made than a person would.
    async fn forget_attempts(&self) {
        let _ = self.numbers("DELETE FROM auth_attempt RETURNING count").await.unwrap();
    }
}

const AFTER: &str = "SELECT position FROM auth_change WHERE position > $1 ORDER BY position";

/// Reads the feed all the time, as another node does.
fn follow(database: Database) -> (Arc<Mutex<Vec<i64>>>, tokio::task::JoinHandle<()>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let follower = Arc::clone(&seen);
    let following = tokio::spawn(async move {
        loop {
            let last = follower.lock().unwrap().last().copied().unwrap_or_default();
            let new = match &database {
                Database::Sqlite(pool) => {
                    let rows = sqlx::query(AFTER).bind(last).fetch_all(pool).await;
                    rows.map(|it| it.iter().map(|row| row.get(0)).collect::<Vec<i64>>())
                }
                Database::Postgres(pool) => {
                    let rows = sqlx::query(AFTER).bind(last).fetch_all(pool).await;
                    rows.map(|it| it.iter().map(|row| row.get(0)).collect::<Vec<i64>>())
                }
            };
            follower.lock().unwrap().extend(new.unwrap_or_default());
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    });
    (seen, following)
}

/// Everything that can be killed.
struct World {
    program: Program,
    start: Start,
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    folder: Folder,
    database: Database,
    node: Node,
    admin: String,
    anchor: String,
    seen: Arc<Mutex<Vec<i64>>>,
    following: tokio::task::JoinHandle<()>,
    checked: u64,
}

impl World {
    async fn on_sqlite() -> Self {
        let folder = Folder::new();
        let url = folder.sqlite();
        Self::start(folder, &url, None, None).await
    }

    async fn on_servers() -> Self {
        let (postgres, redis) = tokio::join!(Postgres::start(), Redis::start());
        let url = postgres.url();
        Self::start(Folder::new(), &url, Some(postgres), Some(redis)).await
    }

    async fn start(
        folder: Folder,
        url: &str,
        postgres: Option<Postgres>,
        redis: Option<Redis>,
    ) -> Self {
        let mut start = Start::on(url)
            .with("--keys", folder.file("keys"))
            .with("--messages", folder.file("messages"));
        if let Some(redis) = &redis {
            start = start.with("--redis", redis.url());
        }
        let program = start.run();
        let database = match &postgres {
            None => Database::Sqlite(SqlitePool::connect(url).await.unwrap()),
            Some(_) => Database::Postgres(PgPool::connect(url).await.unwrap()),
        };
        let node = Node::new(&program.origin);
        let (seen, following) = follow(database.clone());
        let (admin, anchor, checked) = (String::new(), String::new(), 0);
        Self {
            program,
            start,
            postgres,
            redis,
            folder,
            database,
            node,
            admin,
            anchor,
            seen,
            following,
            checked,
        }
    }

    fn messages(&self) -> PathBuf {
        self.folder.file("messages")
    }

    fn kill(&mut self, what: Killed) {
        let all = what == Killed::All;
        if what == Killed::Program || all {
            self.program.kill();
        }
        if let Some(postgres) = self.postgres.as_mut().filter(|_| what == Killed::Postgres || all) {
            postgres.kill();
        }
        if let Some(redis) = self.redis.as_mut().filter(|_| what == Killed::Redis || all) {
            redis.kill();
        }
    }

    async fn restart(&mut self, what: Killed) {
        let all = what == Killed::All;
        if let Some(postgres) = self.postgres.as_mut().filter(|_| what == Killed::Postgres || all) {
            postgres.restart().await;
        }
        if let Some(redis) = self.redis.as_mut().filter(|_| what == Killed::Redis || all) {
            redis.restart().await;
        }
        if what == Killed::Program || all {
            self.program = self.start.run();
            self.node = Node::new(&self.program.origin);
        }
        // A program that was not killed goes on by itself.
        assert!(self.program.is_running());
        let body = json!({ "username": "carol", "password": PASSWORD, "token": true });
        let signed_in = self.answer(Method::POST, "/account/sign-in", "", &body).await;
        self.admin = signed_in.expect(200).text("access_token");
        self.forget_attempts().await;
    }

    async fn forget_attempts(&self) {
        match &self.redis {
            Some(redis) => {
                let keys = "for _, it in ipairs(redis.call('KEYS', 'auth:t:*')) do redis.call('DEL', it) end";
                redis.ask(&["EVAL", keys, "0"]);
            }
            None => self.database.forget_attempts().await,
        }
    }

    /// The answer, once the stores are there again.
    async fn answer(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        let end = Instant::now() + BACK;
        loop {
            let answer = self.node.try_call(method.clone(), path, token, body).await;
            match answer {
                Some(answer) if answer.status != 503 => return answer,
                other => assert!(Instant::now() < end, "{method} {path}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn status(&mut self, path: &str, token: &str) -> u16 {
        self.checked += 1;
        self.answer(Method::GET, path, token, &Value::Null).await.status
    }

    /// What a sign-in is answered: 200 also where it asks for more.
    async fn first_step(&mut self, person: &Person, password: &str) -> Answer {
        self.checked += 1;
        let body = json!({ "username": person.name, "password": password, "token": true });
        self.answer(Method::POST, "/account/sign-in", "", &body).await
    }

    async fn second_step(&mut self, person: &Person, kind: &str, code: &str) -> u16 {
        let begun = self.first_step(person, person.password()).await.expect(200);
        let path = format!("/account/sign-in/{kind}");
        let token = begun.text("pending_token");
        self.answer(Method::POST, &path, &token, &json!({ "code": code })).await.status
    }

    /// Whether all that was acknowledged to this person is still so.
    async fn check(&mut self, person: &mut Person, after: Killed) {
        for token in &person.ended {
            let status = self.status("/notes", token).await;
            assert_eq!(status, 401, "a session that was ended is back after {after:?}");
        }
        for token in &person.live {
            assert_eq!(
                self.status("/notes", token).await,
                200,
                "a session is lost after {after:?}"
            );
        }
        for key in &person.revoked_keys {
            let status = self.status("/notes", key).await;
            assert_eq!(status, 401, "a key that was revoked is back after {after:?}");
        }
        for (_, key) in &person.live_keys {
            let expected: &[u16] = match person.is_locked {
                Some(true) => &[401],
                // It may be locked.
                None if person.is_admin.is_some() => &[200, 401],
                Some(false) | None => &[200],
            };
            let status = self.status("/notes", key).await;
            assert!(expected.contains(&status), "a key is answered {status} after {after:?}");
        }
        self.check_passwords(person, after).await;
        self.check_codes(person, after).await;
        for token in person.used_resets.clone() {
            let body = json!({ "token": token, "new": "a password that nobody has" });
            let path = "/account/password/reset/confirm";
            let status = self.answer(Method::POST, path, "", &body).await.status;
            assert_eq!(status, 400, "a token is used twice, after {after:?}");
        }
        if let (Some(is_admin), Some(token)) = (person.is_admin, person.live.first()) {
            let expected = if is_admin { 200 } else { 403 };
            let status = self.status("/account/admin/accounts", token).await;
            assert_eq!(status, expected, "a role is not as it was, after {after:?}");
        }
    }

    async fn check_passwords(&mut self, person: &mut Person, after: Killed) {
        if person.passwords.is_empty() || person.ended.is_empty() && person.live.is_empty() {
            // Whether there is such an account at all was never said.
            return;
        }
        let (last, before) = person.passwords.split_last().unwrap();
        for password in before {
            let status = self.first_step(person, password).await.status;
            assert_eq!(status, 401, "a password from before is valid after {after:?}");
        }
        let maybe = match &person.maybe_password {
            Some(maybe) => self.first_step(person, maybe).await.status == 200,
            None => false,
        };
        let is_locked = person.is_locked;
        let status = self.first_step(person, last).await.status;
        let is_fine = match is_locked {
            Some(true) => status == 401,
            None if !person.id.is_empty() => status == 200 || status == 401,
            _ => (status == 200) != maybe,
        };
        assert!(is_fine, "the password is answered {status}, {maybe}, after {after:?}");
        let maybe_password = person.maybe_password.take();
        if maybe {
            person.passwords.extend(maybe_password);
        }
    }

    async fn check_codes(&mut self, person: &mut Person, after: Killed) {
        if person.phone.is_none() {
            return;
        }
        self.forget_attempts().await;
        for code in person.used_codes.iter().rev().take(4) {
            let status = self.second_step(person, "recovery-code", code).await;
            assert_eq!(status, 401, "a recovery code is used twice, after {after:?}");
        }
        if let Some(code) = person.maybe_code.take() {
            let mut used = 0;
            for _ in 0..2 {
                let status = self.second_step(person, "recovery-code", &code).await;
                used += u32::from(status == 200);
            }
            assert!(used <= 1, "a recovery code is used twice, after {after:?}");
            person.used_codes.push(code);
        }
        let phone = person.phone.clone().unwrap();
        for step in person.used_steps.iter().rev().take(2).filter(|it| **it + 1 >= now() / STEP) {
            let status = self.second_step(person, "totp", &phone.code(*step)).await;
            assert_eq!(status, 401, "a code is used twice, after {after:?}");
        }
    }

    /// Whether what is stored fits together.
    async fn check_stores(&mut self, events: &BTreeMap<&'static str, i64>, after: Killed) {
        // No session without its account.
        let sessions = match &self.redis {
            None => self.database.texts("SELECT account FROM auth_session").await,
            Some(redis) => {
                let accounts = "local all = {} for _, it in ipairs(redis.call('KEYS', 'auth:s:*')) do \
                    all[#all + 1] = cjson.decode(redis.call('HGET', it, 'record')).account end return all";
                redis.ask(&["EVAL", accounts, "0"]).lines().map(str::to_owned).collect()
            }
        };
        let accounts = self.database.texts("SELECT id FROM auth_account").await;
        let strangers: Vec<_> =
            sessions.difference(&accounts).filter(|it| !it.is_empty()).collect();
        assert!(strangers.is_empty(), "sessions of no account after {after:?}: {strangers:?}");

        // Nothing has appeared in the feed behind what was read before.
        let all = self.database.numbers("SELECT position FROM auth_change ORDER BY position").await;
        let all = all.unwrap();
        let seen = self.seen.lock().unwrap().clone();
        let last = seen.last().copied().unwrap_or_default();
        let behind: Vec<_> = all.iter().copied().filter(|it| *it <= last).collect();
        assert_eq!(behind, seen, "the feed has changed behind a position, after {after:?}");

        // The trail is intact, and has everything.
        let path = format!("/account/admin/audit/chain?anchor={}", self.anchor);
        let report =
            self.answer(Method::GET, &path, &self.admin, &Value::Null).await.expect(200).json();
        assert!(report["broken"].is_null(), "after {after:?}: {report}");
        self.anchor = report["anchor"].as_str().unwrap().to_owned();
        for (event, number) in events {
            let written = self.database.events(event).await;
            assert!(written >= *number, "{event}: {number} acknowledged, {written} in the trail");
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.following.abort();
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |it| it.parse().unwrap())
}

/// Kills one of these as often, each time after some actions and some time.
async fn kill_again_and_again(mut world: World, kills: u64, targets: &[Killed]) {
    let seed = setting("CRASH_SEED", 12_345);
    let mut random = Random(seed);
    let mut people: Vec<Person> = Vec::new();
    let mut events = BTreeMap::new();
    let (mut acknowledged, mut killed) = (0, BTreeMap::<Killed, u64>::new());
    let begun = Instant::now();
    println!("seed {seed}, {kills} kills");
    for number in 0..kills {
        let target = targets[usize::try_from(random.below(targets.len() as u64)).unwrap()];
        *killed.entry(target).or_default() += 1;
        let lap = Lap {
            node: world.node.clone(),
            killed: target,
            messages: world.messages(),
            is_over: Arc::default(),
            count: Arc::default(),
            events: Arc::default(),
        };
        let person = |kind: &str| Person { name: format!("{kind}{number}"), ..Person::default() };
        let mut next = || Random(random.below(u64::MAX));
        let workers = [
            tokio::spawn(plain(lap.clone(), person("plain"), next())),
            tokio::spawn(careful(lap.clone(), person("careful"), next())),
            tokio::spawn(administered(lap.clone(), person("administered"), next())),
        ];
        // After so many actions, and then at any moment.
        let actions = 3 + random.below(24);
        let end = Instant::now() + Duration::from_secs(30);
        while lap.count.load(Ordering::Relaxed) < actions {
            assert!(Instant::now() < end, "nothing is done");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
        world.kill(target);
        lap.is_over.store(true, Ordering::Relaxed);
        let mut new = Vec::new();
        for worker in workers {
            new.push(worker.await.unwrap());
        }
        acknowledged += lap.count.load(Ordering::Relaxed);
        for (event, number) in &*lap.events.lock().unwrap() {
            *events.entry(*event).or_default() += number;
        }
        world.restart(target).await;
        for person in &mut new {
            world.check(person, target).await;
        }
        world.check_stores(&events, target).await;
        people.extend(new);
    }
    // All of it once more: what has survived one kill survives the others.
    for person in &mut people {
        world.check(person, Killed::All).await;
    }
    println!(
        "{killed:?}: {acknowledged} actions acknowledged, {} answers checked, {events:?}, in {:?}",
        world.checked,
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_on_sqlite_survives_kill_9_of_the_program() {
    let kills = setting("CRASH_KILLS", KILLS) / 3;
    kill_again_and_again(World::on_sqlite().await, kills, &[Killed::Program]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_of_the_program_postgresql_and_redis() {
    let total = setting("CRASH_KILLS", KILLS);
    let all = [Killed::Program, Killed::Postgres, Killed::Redis, Killed::All];
    kill_again_and_again(World::on_servers().await, total - total / 3, &all).await;
}
