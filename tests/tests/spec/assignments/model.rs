//! Property: a caller holds the closure of the token's names and the source's, as a naive model
//! has it.

use std::collections::BTreeSet;

use auth_core::Assignments;
use auth_tests::http::issuer;
use proptest::collection::vec;
use proptest::prelude::*;

use super::desk::{Desk, builder, names};

/// What one name brings directly.
const BRINGS: [(&str, &str); 11] = [
    ("role admin", "role manager"),
    ("role manager", "role clerk"),
    ("role manager", "role librarian"),
    ("role manager", "permission orders:cancel"),
    ("role manager", "permission orders:refund"),
    ("role librarian", "permission stock:write"),
    ("role librarian", "permission catalogue:write"),
    ("role clerk", "role trainee"),
    ("role clerk", "permission orders:read"),
    ("role clerk", "permission orders:place"),
    ("group /leads", "role manager"),
];

const KNOWN: [&str; 9] = [
    "role librarian",
    "role clerk",
    "role manager",
    "role admin",
    "permission orders:read",
    "permission orders:cancel",
    "scope read",
    "scope write",
    "group /leads",
];

/// Adds what is brought until nothing is new.
fn closure(mut held: BTreeSet<String>) -> BTreeSet<String> {
    held.retain(|name| KNOWN.contains(&name.as_str()));
    loop {
        let brought = BRINGS.iter().filter(|(from, _)| held.contains(*from));
        let more: Vec<_> = brought.map(|(_, to)| (*to).to_owned()).collect();
        let before = held.len();
        held.extend(more);
        if held.len() == before {
            return held;
        }
    }
}

fn of_kind(kind: &str, names: &[String]) -> impl Iterator<Item = String> {
    names.iter().map(move |name| format!("{kind} {name}"))
}

#[derive(Clone, Debug)]
struct Names {
    roles: Vec<String>,
    permissions: Vec<String>,
    groups: Vec<String>,
}

fn some_names() -> impl Strategy<Value = Names> {
    let list = |names: &'static [&'static str]| {
        vec(prop::sample::select(names).prop_map(str::to_owned), 0..3)
    };
    let roles = list(&["clerk", "librarian", "manager", "admin", "guest", "read"]);
    let permissions = list(&["orders:read", "orders:cancel", "admin"]);
    let groups = list(&["/leads", "leads", "write"]);
    (roles, permissions, groups).prop_map(|(roles, permissions, groups)| Names {
        roles,
        permissions,
        groups,
    })
}

impl Names {
    fn with_kinds(&self) -> impl Iterator<Item = String> {
        of_kind("role", &self.roles)
            .chain(of_kind("permission", &self.permissions))
            .chain(of_kind("group", &self.groups))
    }
}

proptest! {
    #[test]
    fn a_caller_holds_the_closure_of_both(
        token in some_names(),
        scopes in vec(prop::sample::select(&["read", "write", "admin"][..]).prop_map(str::to_owned), 0..3),
        source in some_names(),
        replaces: bool,
    ) {
        let (issuer, _) = issuer();
        let desk = Desk::default();
        let granted = Assignments::none()
            .roles(source.roles.clone())
            .permissions(source.permissions.clone())
            .groups(source.groups.clone());
        desk.assign("", "alice", if replaces { granted.replace_token_authorities() } else { granted });
        let signed = issuer
            .token("alice")
            .roles(token.roles.clone())
            .permissions(token.permissions.clone())
            .groups(token.groups.clone())
            .scopes(scopes.clone())
            .sign()
            .unwrap();
        let mut expected: BTreeSet<String> = source.with_kinds().collect();
        expected.extend(of_kind("scope", &scopes));
        if !replaces {
            expected.extend(token.with_kinds());
        }
        let authenticator = builder(&issuer, &desk).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        // Once asked for, once kept.
        for _ in 0..2 {
            let caller = runtime.block_on(authenticator.authenticate_bearer(&signed)).unwrap();
            let held: BTreeSet<String> = auth_core::AuthorityKind::ALL
                .into_iter()
                .flat_map(|kind| caller.names(kind).map(move |name| format!("{kind} {}", name.name())))
                .collect();
            prop_assert_eq!(&held, &closure(expected.clone()));
            prop_assert_eq!(held.len(), names(&caller).len());
        }
        prop_assert_eq!(desk.asked(), 1);
    }
}
