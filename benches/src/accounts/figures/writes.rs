//! T4: that a session or key is used is written once a minute at most, and never by a request.

use auth_accounts::model::{Carrier, SessionRecord};
use auth_accounts::session::SessionMode;
use auth_accounts::store::Stores;
use auth_core::time::FixedClock;
use auth_store::memory::MemoryStore;
use http::StatusCode;

use super::Figure;
use crate::accounts::application::{Node, accounts, sessions};
use crate::accounts::cases::of_session;
use crate::accounts::people::Person;
use crate::accounts::waiting::runtime;
use crate::service::exchange::bearer;

const START: u64 = 1_800_000_000;
/// For how many seconds a request a second is sent.
const SECONDS: u64 = 600;

/// T4.
///
/// # Panics
/// If anything fails.
#[must_use]
pub fn lines() -> Vec<Figure> {
    let store = MemoryStore::new();
    let clock = FixedClock::new(START);
    let builder = accounts(Stores::all_in(store.clone())).clock(clock.clone());
    let node = Node::new(builder.sessions(sessions(SessionMode::Strict)));
    let person = Person::new(0, Carrier::Cookie, START);
    // As long as by default: the idle time says how often is written.
    let session = SessionRecord { idle_seconds: 3_600, ..person.session.clone() };
    let person = Person { session, ..person };
    let key = runtime().block_on(async {
        person.join(&store).await.expect("it is added");
        node.key(&person.account.id).await
    });
    let requests =
        [of_session(Carrier::Cookie, &person.secret), bearer(&[key]).pop().expect("a request")];
    let is_write = |method: &&&str| ["touch", "touch_keys"].iter().any(|it| method.ends_with(it));
    let mut on_the_path = 0;
    let faults = store.faults();
    faults.reset();
    runtime().block_on(async {
        for second in 1..=SECONDS {
            clock.set(START + second);
            faults.start_sequence();
            for request in &requests {
                request.send(&node.router, StatusCode::OK);
            }
            on_the_path += faults.end_sequence().iter().filter(is_write).count();
            // What a server does each minute.
            if second % 60 == 0 {
                node.accounts.flush().await.expect("a store in memory");
            }
        }
    });
    let (of_session, of_key) =
        (faults.calls("SessionStore::touch"), faults.calls("ApiKeyStore::touch_keys"));
    let most = SECONDS / 60;
    vec![Figure::new(
        "T4",
        format!("writes in {SECONDS} requests of a session and of a key, a second apart"),
        format!("{of_session} and {of_key}; {on_the_path} of them by a request"),
        "≤ 1 each 60 s, 0 by requests",
        of_session <= most && of_key <= most && on_the_path == 0,
    )]
}
