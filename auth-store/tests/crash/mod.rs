//! A process that is killed between two statements: what was acknowledged to it is there, and nothing is half
//! done.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use auth_accounts::secret::Digest;
use auth_store::authorization::{
    AuthorizationStore, GrantId, Redeemed, RevocationReason, Revoked, Rotated,
};

use crate::authorization::{NOW, code, grant, redemption, rotation};

/// Where the process that is killed finds the database.
pub(crate) const DATABASE: &str = "AUTH_STORE_CRASH_DATABASE";

/// The test that is the process that is killed.
pub(crate) const KILLED: &str = "the_process_that_is_killed";

/// What breaks a promise, and is counted in the tables.
const BROKEN: [(&str, &str); 5] = [
    (
        "a code was redeemed for nothing",
        "SELECT count(*) FROM auth_code c WHERE redeemed_at IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM auth_refresh_token t WHERE t.grant_id = c.grant_id AND t.number = 1)",
    ),
    (
        "a token was issued and its code is good",
        "SELECT count(*) FROM auth_refresh_token t JOIN auth_code c ON c.grant_id = t.grant_id
            WHERE c.redeemed_at IS NULL",
    ),
    (
        "a token is spent if and only if it has a successor",
        "SELECT count(*) FROM auth_refresh_token t LEFT JOIN auth_refresh_token n
            ON n.grant_id = t.grant_id AND n.number = t.number + 1
            WHERE (t.spent_at IS NULL) <> (n.digest IS NULL)",
    ),
    (
        "a revoked grant is missing from the feed",
        "SELECT count(*) FROM auth_grant g WHERE revoked_at IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM auth_revocation r WHERE r.subject = g.id)",
    ),
    (
        "a position was given out and is not there",
        "SELECT (SELECT position FROM auth_revocation_feed) -
            (SELECT coalesce(max(position), 0) FROM auth_revocation)",
    ),
];

fn hex(digest: &Digest) -> String {
    digest.as_bytes().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> Digest {
    let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2).unwrap(), 16).unwrap();
    Digest::from_bytes(std::array::from_fn(byte))
}

/// Works until it is killed, and prints what was acknowledged.
pub(crate) async fn work(store: impl AuthorizationStore) {
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                for round in 0.. {
                    let grant = grant(&format!("user {number}"), "client");
                    let code = code(&grant);
                    store.authorize(&grant, &code, &[]).await.unwrap();
                    let redemption = redemption(&code);
                    assert_eq!(store.redeem_code(&redemption).await, Ok(Redeemed::First));
                    let mut token = redemption.refresh_token.unwrap();
                    say(&format!("redeemed {} {}", hex(&code.digest), hex(&token.digest)));
                    for _ in 0..4 {
                        let rotation = rotation(&token);
                        let rotated = store.rotate_refresh_token(&rotation).await;
                        assert_eq!(rotated, Ok(Rotated::First));
                        let successor = hex(&rotation.successor.digest);
                        say(&format!("rotated {} {successor}", hex(&token.digest)));
                        token = rotation.successor;
                    }
                    if round % 2 == 0 {
                        let reason = RevocationReason::SignedOut;
                        assert_eq!(store.revoke_grant(&grant.id, reason, NOW).await, Ok(true));
                        say(&format!("revoked {} -", grant.id));
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Not by `println!`, which a test keeps to itself.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

fn start(database: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", KILLED, "--ignored", "--nocapture"])
        .env(DATABASE, database)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills processes that work on this database, and looks what they leave.
pub(crate) async fn nothing_acknowledged_is_undone_by_a_kill<S, O, C>(
    database: &str,
    open: impl Fn() -> O,
    count: impl Fn(&'static str) -> C,
) where
    S: AuthorizationStore,
    O: Future<Output = S>,
    C: Future<Output = i64>,
{
    let mut acknowledged = 0;
    for round in 0..5 {
        let mut child = start(database);
        let mut output = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut said = String::new();
            output.read_to_string(&mut said).unwrap();
            said
        });
        tokio::time::sleep(Duration::from_millis(700 + round * 137)).await;
        // SIGKILL: it has no time for anything.
        child.kill().unwrap();
        child.wait().unwrap();
        let said = reader.join().unwrap();
        let said = said.rsplit_once('\n').map_or("", |(whole, _)| whole);

        let store = open().await;
        let mut told = Vec::new();
        let mut position = 0;
        loop {
            let batch = store.revoked_after(position, 1_000).await.unwrap();
            position = batch.position;
            told.extend(batch.revoked);
            if batch.complete {
                break;
            }
        }
        for line in said.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["redeemed", code, token] => {
                    let code = store.find_code(&unhex(code)).await.unwrap().unwrap();
                    assert!(code.redeemed_at.is_some(), "{line}");
                    let token = store.find_refresh_token(&unhex(token)).await.unwrap();
                    assert!(token.is_some(), "{line}");
                }
                ["rotated", before, after] => {
                    let before = store.find_refresh_token(&unhex(before)).await.unwrap();
                    assert!(before.unwrap().spent_at.is_some(), "{line}");
                    let after = store.find_refresh_token(&unhex(after)).await.unwrap();
                    assert!(after.is_some(), "{line}");
                }
                ["revoked", id, _] => {
                    let id = GrantId::parse(id).unwrap();
                    let grant = store.find_grant(&id).await.unwrap().unwrap();
                    assert!(grant.revoked.is_some(), "{line}");
                    assert!(told.contains(&Revoked::Grant { id, at: NOW }), "{line}");
                }
                // What the test harness says.
                _ => continue,
            }
            acknowledged += 1;
        }
        for (what, query) in BROKEN {
            assert_eq!(count(query).await, 0, "{what}");
        }
    }
    assert!(acknowledged > 100, "only {acknowledged} steps were acknowledged");
}
