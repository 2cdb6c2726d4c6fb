//! 100,000 accounts and 1,000,000 sessions: what a request or an endpoint asks for takes as long as
//! among a thousand.

use std::future::Future;
use std::time::Instant;

use auth_accounts::model::{AccountId, ApiKeyId, AssignmentKind, Carrier, Email, LoginKey};
use auth_accounts::secret::Digest;
use auth_accounts::store::{Limit, OneTimeKind, StoreError};

use super::databases::{File, Shared, fill, postgres};
use super::{Effort, Figure, nanoseconds, percentile, server, time};
use crate::accounts::cases::now;
use crate::accounts::people::Person;

const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;

/// How much longer a look-up may take among a thousand times as many: an index gets one or two levels
/// deeper, and less of it is in the caches.
const MOST: f64 = 3.0;

/// A table of look-ups, on SQLite and PostgreSQL.
#[must_use]
pub fn lines(effort: Effort) -> Vec<Figure> {
    server().block_on(async {
        let (small, large) = (File::new().await, File::new().await);
        fill(&small.url(), FEW, now()).await;
        fill(&large.url(), MANY, now()).await;
        let size = format!("a file of {} MiB", large.mebibytes());
        let mut lines =
            vec![Figure::note("size", "SQLite: 1,000,000 sessions, 100,000 accounts", size)];
        lines.extend(both("SQLite", small.store().await, large.store().await, effort).await);
        match (postgres().await, postgres().await) {
            (Some((small, of_small)), Some((large, of_large))) => {
                fill(&of_small, FEW, now()).await;
                fill(&of_large, MANY, now()).await;
                lines.extend(both("PostgreSQL", small, large, effort).await);
            }
            _ => lines.push(Figure::missing("size", "PostgreSQL", "run by `tests/stores/run`")),
        }
        lines
    })
}

/// The names of the look-ups, and whether one is promised to be one.
const LOOK_UPS: [(&str, bool); 17] = [
    ("session by its digest", true),
    ("session that there is not", true),
    ("sessions of an account", true),
    ("account by its name", true),
    ("name that there is not", true),
    ("account by its address", true),
    ("account by its id", true),
    ("state of an account", true),
    ("assignments of an account", true),
    ("the first 100 holders of a role", true),
    ("API key by its id", true),
    ("API keys of an account", true),
    ("factors of an account", true),
    ("one-time secret", true),
    ("attempt (a write)", true),
    ("50 audit records of an account", true),
    ("administrators' search, a text that no account has", false),
];

async fn both<S: Shared>(name: &str, small: S, large: S, effort: Effort) -> Vec<Figure> {
    let known = Person::new(0, Carrier::Cookie, now());
    for store in [&small, &large] {
        known.join(store).await.expect("it is added");
        store.changes_after(0, 10).await.expect("the feed");
    }
    let mut lines = Vec::new();
    for (place, (what, is_promised)) in LOOK_UPS.into_iter().enumerate() {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        let start = Instant::now();
        let mut turn = 0;
        while start.elapsed() < effort.round / 2 || turn < 10 {
            few.push(timed(look_up(&small, place, turn, FEW / 10)).await);
            many.push(timed(look_up(&large, place, turn, MANY / 10)).await);
            turn += 1;
        }
        // What disturbs the machine disturbs most of them by as much as they take.
        let (few, many) = (percentile(&few, 10), percentile(&many, 10));
        let measured = format!("{:.2}× ({} against {})", many / few, time(many), time(few));
        let what = format!("{name}: {what}, among 1,000,000 sessions against 1,000");
        lines.push(if is_promised {
            Figure::new("size", what, measured, "≤ 3×", many / few <= MOST)
        } else {
            Figure::note("size", what, measured)
        });
    }
    lines
}

async fn timed(work: impl Future<Output = Result<(), StoreError>>) -> f64 {
    let start = Instant::now();
    work.await.expect("it answers");
    nanoseconds(start.elapsed())
}

/// One of the look-ups, about another record each time.
async fn look_up(
    store: &impl Shared,
    place: usize,
    turn: u64,
    accounts: u64,
) -> Result<(), StoreError> {
    let number = 1_000 + turn.wrapping_mul(7_919) % accounts;
    let id = AccountId::parse(&format!("{number:022}")).expect("an identifier");
    let at = now();
    let digest = Digest::of(&[b"a look-up", &turn.to_be_bytes()]);
    let entries = 50;
    match place {
        0 => {
            let known = Person::new(0, Carrier::Cookie, at).session.digest;
            assert!(auth_accounts::store::SessionStore::load(store, &known, at).await?.is_some());
        }
        1 => drop(auth_accounts::store::SessionStore::load(store, &digest, at).await?),
        2 => assert!(!store.list(&id, at).await?.is_empty()),
        3 => {
            let login = LoginKey::from_prepared(format!("someone{number}"));
            assert!(store.find(&login).await?.is_some());
        }
        4 => drop(store.find(&LoginKey::from_prepared(format!("nobody{turn}"))).await?),
        5 => {
            let email = Email::parse(&format!("someone{number}@example.com")).expect("an address");
            assert!(store.find_by_email(&email).await?.is_some());
        }
        6 => assert!(auth_accounts::store::AccountStore::load(store, &id).await?.is_some()),
        7 => assert!(store.state(&id).await?.is_some()),
        8 => assert!(!store.assignments(&id, at).await?.is_empty()),
        9 => drop(store.holders(AssignmentKind::Role, "clerk", at, None, 100).await?),
        10 => {
            let key = ApiKeyId::parse(&format!("{number:012}")).expect("an identifier");
            assert!(store.key(&key).await?.is_some());
        }
        11 => assert!(!store.keys(&id).await?.is_empty()),
        12 => drop(store.factors(&id).await?),
        13 => drop(store.peek(OneTimeKind::PasswordReset, &digest, at).await?),
        14 => {
            let limit = Limit { attempts: 10, window_seconds: 60 };
            let _ = store.hit(&digest, limit, at).await?;
        }
        15 => assert!(!store.records(0, Some(&id), entries).await?.is_empty()),
        _ => drop(store.search(&format!("absent{turn}"), None, entries).await?),
    }
    Ok(())
}
