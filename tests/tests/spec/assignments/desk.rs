//! A database of assignments that tests can change, hold up and break.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use auth_core::authenticator::{AssignmentQuery, AuthenticatorBuilder};
use auth_core::testing::TestIssuer;
use auth_core::vocabulary::AuthorityRef;
use auth_core::{AssignmentSource, Assignments, Authenticator, AuthorityKind, Groups, Identity};
use auth_tests::http::{Permission, Role, Scope};
use http::{HeaderMap, HeaderValue};
use tokio::sync::RwLock;

/// Sets of callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Groups)]
pub(crate) enum Group {
    /// Anyone who runs the shop.
    #[group("/leads", role = Manager)]
    Leads,
}

/// What a clerk holds.
pub(crate) const CLERK: [&str; 4] = ["trainee", "clerk", "orders:read", "orders:place"];
/// What a manager holds.
pub(crate) const MANAGER: [&str; 10] = [
    "trainee",
    "clerk",
    "librarian",
    "manager",
    "orders:read",
    "orders:place",
    "orders:cancel",
    "orders:refund",
    "stock:write",
    "catalogue:write",
];

/// Who holds what, by tenant (empty outside of all) and subject.
#[derive(Clone, Default)]
pub(crate) struct Desk {
    assigned: Arc<Mutex<HashMap<(String, String), Assignments>>>,
    asked: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
    /// Anyone who holds it for writing holds up every answer that is on its way.
    pub(crate) held_up: Arc<RwLock<()>>,
}

/// Says more than it should, as errors of databases do.
#[derive(Debug)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the desk is closed{}", "!".repeat(1000))
    }
}

impl std::error::Error for Broken {}

impl Desk {
    pub(crate) fn assign(&self, tenant: &str, subject: &str, granted: Assignments) {
        let place = (tenant.to_owned(), subject.to_owned());
        self.assigned.lock().unwrap().insert(place, granted);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }

    pub(crate) fn break_down(&self, broken: bool) {
        self.broken.store(broken, SeqCst);
    }
}

impl AssignmentSource for Desk {
    type Error = Broken;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, Broken> {
        let place = (caller.tenant().unwrap_or_default().to_owned(), caller.subject().to_owned());
        // What a query sees is fixed when it starts, however long its answer takes.
        let granted = self.assigned.lock().unwrap().get(&place).cloned();
        self.asked.fetch_add(1, SeqCst);
        let _turn = self.held_up.read().await;
        if self.broken.load(SeqCst) { Err(Broken) } else { Ok(granted.unwrap_or_default()) }
    }
}

/// An authenticator in the making, whose callers hold what the desk says besides their tokens.
pub(crate) fn builder(issuer: &TestIssuer, desk: &Desk) -> AuthenticatorBuilder {
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope, Group)>()
        .verifier(issuer.verifier().build().unwrap())
        .assignment_source(desk.clone())
}

pub(crate) fn bearer(token: &str) -> HeaderMap {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])
}

/// Every name that a caller holds.
pub(crate) fn names(caller: &Identity) -> Vec<&'static str> {
    AuthorityKind::ALL
        .into_iter()
        .flat_map(|kind| caller.names(kind))
        .map(AuthorityRef::name)
        .collect()
}
