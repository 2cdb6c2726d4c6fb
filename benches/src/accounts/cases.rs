//! What a request costs whose session or key the node keeps, and one that is refused without asking.
//!
//! The limit of each row is auth-core at the same handler: with a known token, or with nothing.

use auth_accounts::model::Carrier;
use auth_accounts::session::SessionMode;
use auth_accounts::store::Stores;
use auth_core::__private::CompiledRequirement;
use auth_core::Factor;
use auth_core::policy::{CheckAnswers, EvaluationContext, ProvedFactors, Verdict};
use auth_core::scheme::TrustedOrigins;
use auth_core::vocabulary::Vocabulary;
use auth_core::{AuthorityKind, Method, Requirement, requirement};
use auth_store::memory::MemoryStore;
use axum::Router;
use http::StatusCode;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;

use super::application::{self, Node, accounts, sessions};
use super::people::Person;
use super::waiting::runtime;
use crate::access::{Role, Scope};
use crate::case::Case;
use crate::material::{Algorithm, Material};
use crate::service::exchange::{Exchange, bearer, without_credential};
use crate::service::ours;

/// T1: a session in a cookie.
pub const KEPT_COOKIE: &str = "accounts: kept session, cookie";
/// T1: a session as a bearer token.
pub const KEPT_TOKEN: &str = "accounts: kept session, token";
/// T1: a key.
pub const KEPT_KEY: &str = "accounts: kept API key";
/// T3: a session with the tag of another.
pub const WRONG_TAG: &str = "accounts: cookie with a wrong tag";
/// T3: a mistyped key.
pub const WRONG_CHECKSUM: &str = "accounts: key with a wrong checksum";
/// T8: two factors and one of them lately, beside a role.
pub const FACTORS: &str = "accounts: role, mfa, factor";
/// T9: may this request have been made by another site?
pub const CROSS_SITE: &str = "accounts: cross-site check";

/// How many sessions and keys are used in turn: as many as tokens.
const MANY: u64 = 16;

/// A node that keeps 16 sessions and keys, and requests with them.
pub struct Kept {
    /// The node.
    pub node: Node,
    /// Its store.
    pub store: MemoryStore,
    /// The people.
    pub people: Vec<Person>,
    /// Their keys.
    pub keys: Vec<String>,
}

impl Kept {
    /// A node in this mode.
    ///
    /// # Panics
    /// If anything fails.
    pub fn new(mode: SessionMode, carrier: Carrier) -> Self {
        let store = MemoryStore::new();
        let node = Node::new(accounts(Stores::all_in(store.clone())).sessions(sessions(mode)));
        let (people, keys) = runtime().block_on(async {
            let (mut people, mut keys) = (Vec::new(), Vec::new());
            for number in 0..MANY {
                let person = Person::new(number, carrier, now());
                person.join(&store).await.expect("a store in memory");
                keys.push(node.key(&person.account.id).await);
                people.push(person);
            }
            (people, keys)
        });
        let kept = Self { node, store, people, keys };
        if mode == SessionMode::Feed {
            kept.hear();
        }
        kept
    }

    /// Waits until the feed is heard, and what is asked for once is kept.
    fn hear(&self) {
        let faults = self.store.faults();
        let ask = || {
            for request in self.with_keys() {
                request.send(&self.node.router, StatusCode::OK);
            }
        };
        runtime().block_on(async {
            loop {
                ask();
                let before = faults.calls("ApiKeyStore::key");
                ask();
                if faults.calls("ApiKeyStore::key") == before {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
    }

    /// Requests with the sessions.
    #[must_use]
    pub fn with_sessions(&self) -> Vec<Exchange> {
        let secrets = self.people.iter().map(|it| (it.session.carrier, it.secret.as_str()));
        secrets.map(|(carrier, secret)| of_session(carrier, secret)).collect()
    }

    /// Requests with the keys.
    #[must_use]
    pub fn with_keys(&self) -> Vec<Exchange> {
        bearer(&self.keys)
    }
}

/// A request with this session.
#[must_use]
pub fn of_session(carrier: Carrier, secret: &str) -> Exchange {
    match carrier {
        Carrier::Cookie => {
            Exchange::with(COOKIE, &format!("theme=dark; {}={secret}", application::COOKIE))
        }
        _ => Exchange::with(AUTHORIZATION, &format!("Bearer ses_{secret}")),
    }
}

/// The time now, in seconds since 1970.
///
/// # Panics
/// Before 1970.
#[must_use]
pub fn now() -> u64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = kept_sessions();
    cases.extend(kept_keys());
    cases.extend(refused());
    cases.extend(factors());
    cases.push(cross_site());
    cases
}

/// The cases of this row, with none of the others made.
#[must_use]
pub fn of(row: &str) -> Vec<Case> {
    match row {
        KEPT_COOKIE | KEPT_TOKEN => kept_sessions(),
        KEPT_KEY => kept_keys(),
        FACTORS => factors(),
        CROSS_SITE => vec![cross_site()],
        _ => refused(),
    }
}

fn requests(
    row: &'static str,
    who: &'static str,
    router: Router,
    requests: Vec<Exchange>,
    expected: StatusCode,
) -> Case {
    Case::over(row, who, requests, move |request| {
        let _in = runtime().enter();
        request.send(&router, expected);
    })
}

/// The limit of a row: a token that is known.
fn known_token(row: &'static str) -> Case {
    let tokens = Material::read(Algorithm::Rs256).tokens;
    requests(row, "limit", ours::router(None), bearer(&tokens), StatusCode::OK)
}

fn kept_sessions() -> Vec<Case> {
    let mut cases = Vec::new();
    for (row, carrier) in [(KEPT_COOKIE, Carrier::Cookie), (KEPT_TOKEN, Carrier::Token)] {
        let kept = Kept::new(SessionMode::Feed, carrier);
        let with_sessions = kept.with_sessions();
        cases.push(known_token(row));
        cases.push(requests(row, "auth-core", kept.node.router, with_sessions, StatusCode::OK));
    }
    cases
}

fn kept_keys() -> Vec<Case> {
    let kept = Kept::new(SessionMode::Feed, Carrier::Cookie);
    let with_keys = kept.with_keys();
    let ours = requests(KEPT_KEY, "auth-core", kept.node.router, with_keys, StatusCode::OK);
    vec![known_token(KEPT_KEY), ours]
}

/// Credentials that are no one's; the limit is the same endpoint without any.
fn refused() -> Vec<Case> {
    let kept = Kept::new(SessionMode::Feed, Carrier::Cookie);
    let forged = kept.people.iter().map(|it| of_session(Carrier::Cookie, &it.forged())).collect();
    let mistyped = kept.keys.iter().map(|key| {
        let other = if key.ends_with('0') { "1" } else { "0" };
        format!("{}{other}", &key[..key.len() - 1])
    });
    let mistyped = bearer(&mistyped.collect::<Vec<_>>());
    let case = |row, who, exchanges| {
        let router = kept.node.router.clone();
        requests(row, who, router, exchanges, StatusCode::UNAUTHORIZED)
    };
    vec![
        case(WRONG_TAG, "limit", without_credential()),
        case(WRONG_TAG, "auth-core", forged),
        case(WRONG_CHECKSUM, "limit", without_credential()),
        case(WRONG_CHECKSUM, "auth-core", mistyped),
    ]
}

/// A decision by role and scope, and the same with factors beside it.
fn factors() -> Vec<Case> {
    let tables = <(Role, Scope)>::TABLES;
    let names = [(AuthorityKind::Role, "manager"), (AuthorityKind::Scope, "read")];
    let grants = tables.intern(names);
    let proved = |at| ProvedFactors::NONE.with(Factor::Password, at).with(Factor::Totp, at);
    let callers =
        vec![(900, Verdict::Met), (100, Verdict::Unmet), (950, Verdict::Met), (0, Verdict::Unmet)];
    let case = |who, requirement: Requirement, asks: bool| {
        let compiled = CompiledRequirement::new(requirement, &tables);
        let grants = grants.clone();
        let callers = callers.iter().map(|(at, verdict)| (proved(*at), *verdict)).collect();
        Case::over(FACTORS, who, callers, move |(factors, verdict): &(ProvedFactors, Verdict)| {
            let context = EvaluationContext {
                grants: &grants,
                method: Method::Session,
                acr: None,
                auth_time: None,
                factors,
                now: 1_000,
                checks: CheckAnswers::default(),
            };
            let compiled = std::hint::black_box(&compiled);
            let found = compiled.by_names(&grants).unwrap_or_else(|| compiled.evaluate(&context));
            assert_eq!(found, if asks { *verdict } else { Verdict::Met });
        })
    };
    vec![
        case("limit", requirement!(role = Manager, scope = Read), false),
        case(
            "auth-core",
            requirement!(role = Manager, scope = Read, mfa, factor(Totp, within = "5m")),
            true,
        ),
    ]
}

fn cross_site() -> Case {
    let origins = TrustedOrigins::new([application::ORIGIN]).expect("an origin");
    let request = |name: &str, value: &str| -> Parts {
        let request = http::Request::post("/orders").header("cookie", "a=b").header(name, value);
        request.body(()).expect("a request").into_parts().0
    };
    let requests = vec![
        (request("sec-fetch-site", "same-origin"), true),
        (request("origin", application::ORIGIN), true),
        (request("sec-fetch-site", "cross-site"), false),
        (request("accept", "text/html"), false),
    ];
    Case::over(CROSS_SITE, "auth-core", requests, move |(request, passes)| {
        assert_eq!(origins.check(request).is_ok(), *passes);
    })
}
