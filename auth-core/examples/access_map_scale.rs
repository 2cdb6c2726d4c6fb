//! How building and rendering the access map grows: 100, 1,000 and 10,000 endpoints over 1,000
//! permissions and 100 roles.
//!
//! `cargo run --release -p auth-core --example access_map_scale`

use std::any::TypeId;
use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use auth_core::__private::{close, compose, hash};
use auth_core::access_map::AccessModel;
use auth_core::vocabulary::{AuthorityInfo, AuthorityRef, AuthorityTable, Implied};
use auth_core::{AuthorityKind, Requirement, Router};

const PERMISSIONS: usize = 1_000;
const ROLES: usize = 100;
const SCOPES: usize = 10;

/// The enums that a derive would have been written for.
struct Permission;
struct Role;
struct Scope;

/// A table as the derive writes it.
fn table<T: 'static, const CLOSURE: usize>(
    kind: AuthorityKind,
    rows: Vec<(String, Vec<u16>, Vec<u16>)>,
    implied: impl FnOnce(&'static [AuthorityInfo]) -> Option<Implied>,
) -> &'static AuthorityTable {
    let names: Vec<AuthorityInfo> = rows
        .into_iter()
        .map(|(name, includes, implies)| AuthorityInfo {
            name: name.leak(),
            variant: "Sample",
            doc: "One of very many.",
            includes: includes.leak(),
            implies: implies.leak(),
        })
        .collect();
    let mut by_hash: Vec<(u64, u16)> =
        names.iter().zip(0..).map(|(info, place)| (hash(info.name), place)).collect();
    by_hash.sort_unstable();
    let names: &'static [AuthorityInfo] = names.leak();
    Box::leak(Box::new(AuthorityTable {
        kind,
        id: TypeId::of::<T>,
        enum_name: "Sample",
        type_name: std::any::type_name::<T>,
        names,
        by_hash: by_hash.leak(),
        closure: Box::leak(Box::new(close::<CLOSURE>(names))),
        implied: implied(names),
    }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let number = |place: usize| u16::try_from(place).unwrap_or_default();
    let permissions = (0..PERMISSIONS).map(|it| (format!("thing{it}:do"), vec![], vec![]));
    let permission = table::<Permission, { PERMISSIONS * PERMISSIONS.div_ceil(64) }>(
        AuthorityKind::Permission,
        permissions.collect(),
        |_| None,
    );
    // Ten ladders of ten roles each; every step grants ten permissions more.
    let roles = (0..ROLES).map(|it| {
        let includes = if it % 10 == 0 { vec![] } else { vec![number(it - 1)] };
        (format!("role{it}"), includes, (it * 10..it * 10 + 10).map(number).collect())
    });
    let role = table::<Role, { ROLES * ROLES.div_ceil(64) }>(
        AuthorityKind::Role,
        roles.collect(),
        |names| {
            const ROWS: usize = ROLES * PERMISSIONS.div_ceil(64);
            let rows = compose::<ROWS>(names, permission);
            Some(Implied { table: permission, rows: Box::leak(Box::new(rows)) })
        },
    );
    let scopes = (0..SCOPES).map(|it| (format!("scope{it}"), vec![], vec![]));
    let scope = table::<Scope, { SCOPES * SCOPES.div_ceil(64) }>(
        AuthorityKind::Scope,
        scopes.collect(),
        |_| None,
    );
    let name =
        |table, place: usize| Requirement::Authority(AuthorityRef::new(table, number(place)));

    let service = axum::Router::<()>::new();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "| endpoints | model | JSON | JSON size | Markdown | CSV | HTML | read back | compared | lock |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|")?;
    for endpoints in [100, 1_000, 10_000] {
        let mut router = Router::<()>::new();
        for it in 0..endpoints {
            let (p, r, s) = (it % PERMISSIONS, it % ROLES, it % SCOPES);
            let either = [name(permission, p), name(role, r), Requirement::Acr("mfa")];
            let parts = [name(scope, s), Requirement::Any(either.to_vec().leak())];
            let requirement = match it % 3 {
                0 => Requirement::All(parts.to_vec().leak()),
                1 => Requirement::All(vec![name(permission, p), name(scope, s)].leak()),
                _ => name(role, r),
            };
            router = router.nest_service(&format!("/thing{it}"), service.clone(), requirement);
        }
        let map = router.access_map();
        let (model, building) = timed(|| map.model().clone());
        let (json, rendering) = timed(|| map.to_json());
        let (markdown, in_markdown) = timed(|| map.to_markdown());
        let (csv, in_csv) = timed(|| map.to_csv());
        let (html, in_html) = timed(|| map.to_html());
        black_box((markdown, csv, html));
        let (read, reading) = timed(|| AccessModel::from_json(&json));
        // The worst case: one role gains a permission, so that nothing is the same at first sight.
        let mut old = read?;
        if let Some(role) = old.vocabulary.roles.first_mut() {
            role.grants.pop();
        }
        let (comparison, comparing) = timed(|| old.compare(&model));
        let (lock, locking) = timed(|| map.lock_text());
        black_box((comparison, lock));
        let size = json.len() / 1_024;
        writeln!(
            out,
            "| {endpoints} | {building} ms | {rendering} ms | {size} KiB | {in_markdown} ms | {in_csv} ms | {in_html} ms | {reading} ms | {comparing} ms | {locking} ms |"
        )?;
    }
    Ok(())
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, u128) {
    let started = Instant::now();
    let result = black_box(run());
    (result, started.elapsed().as_millis())
}
