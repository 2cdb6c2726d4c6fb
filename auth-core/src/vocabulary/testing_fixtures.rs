//! Vocabularies for tests, made at run time and without the code under test.

use std::any::TypeId;
use std::collections::BTreeSet;

use super::lookup::hash;
use super::{AuthorityInfo, AuthorityKind, AuthorityTable, Implied, VocabularySet, words};

/// What stands for the enums of [`table`], by kind, and for those of another application.
pub(crate) struct Own<const KIND: u8>;
pub(crate) struct Foreign<const KIND: u8>;

pub(crate) fn id(kind: AuthorityKind, foreign: bool) -> fn() -> TypeId {
    match (kind, foreign) {
        (AuthorityKind::Role, false) => TypeId::of::<Own<0>>,
        (AuthorityKind::Permission, false) => TypeId::of::<Own<1>>,
        (AuthorityKind::Scope, false) => TypeId::of::<Own<2>>,
        (AuthorityKind::Group, false) => TypeId::of::<Own<3>>,
        (AuthorityKind::Level, false) => TypeId::of::<Own<4>>,
        (AuthorityKind::Role, true) => TypeId::of::<Foreign<0>>,
        (AuthorityKind::Permission, true) => TypeId::of::<Foreign<1>>,
        (AuthorityKind::Scope, true) => TypeId::of::<Foreign<2>>,
        (AuthorityKind::Group, true) => TypeId::of::<Foreign<3>>,
        (AuthorityKind::Level, true) => TypeId::of::<Foreign<4>>,
    }
}

/// One name: on the wire, what it includes, what it brings of another kind.
pub(crate) type Row = (String, Vec<u16>, Vec<u16>);

/// A table of `rows`, with the closure written down by following each name on its own.
pub(crate) fn table(
    kind: AuthorityKind,
    rows: &[Row],
    implied: Option<&'static AuthorityTable>,
) -> &'static AuthorityTable {
    let names: Vec<AuthorityInfo> = rows
        .iter()
        .map(|(name, includes, implies)| AuthorityInfo {
            name: name.clone().leak(),
            variant: format!("V{name}").leak(),
            doc: "",
            includes: includes.clone().leak(),
            implies: implies.clone().leak(),
        })
        .collect();
    let mut by_hash: Vec<(u64, u16)> = (0..).zip(rows).map(|(i, row)| (hash(&row.0), i)).collect();
    by_hash.sort_unstable();
    let closure = matrix(rows.len(), rows.len(), |row| reach(rows, row));
    let implied = implied.map(|table| Implied {
        table,
        rows: matrix(rows.len(), table.len(), |row| {
            let direct = reach(rows, row).into_iter().flat_map(|held| &rows[held].2);
            let target = |name: usize| table.names[name].includes;
            let mut all: Vec<usize> = direct.flat_map(|i| walk(target, usize::from(*i))).collect();
            all.sort_unstable();
            all.dedup();
            all
        }),
    });
    Box::leak(Box::new(AuthorityTable {
        kind,
        id: id(kind, false),
        enum_name: "Sample",
        type_name: || "shop::Sample",
        names: names.leak(),
        by_hash: by_hash.leak(),
        closure,
        implied,
    }))
}

/// The same names as another enum.
pub(crate) fn foreign(table: &AuthorityTable) -> &'static AuthorityTable {
    let id = id(table.kind, true);
    Box::leak(Box::new(AuthorityTable {
        id,
        enum_name: "Elsewhere",
        type_name: || "other::Elsewhere",
        ..*table
    }))
}

/// Other names in their place, of another enum: `other:clerk`.
pub(crate) fn renamed(table: &AuthorityTable) -> &'static AuthorityTable {
    let names = table.names.iter();
    let names = names.map(|it| AuthorityInfo { name: format!("other:{}", it.name).leak(), ..*it });
    let names: &'static [AuthorityInfo] = names.collect::<Vec<_>>().leak();
    let mut by_hash: Vec<_> =
        names.iter().zip(0..).map(|(it, place)| (hash(it.name), place)).collect();
    by_hash.sort_unstable();
    Box::leak(Box::new(AuthorityTable { names, by_hash: by_hash.leak(), ..*foreign(table) }))
}

/// All that a name includes, itself among it.
pub(crate) fn reach(rows: &[Row], from: usize) -> Vec<usize> {
    walk(|name| &rows[name].1, from)
}

fn walk<'a>(includes: impl Fn(usize) -> &'a [u16], from: usize) -> Vec<usize> {
    let (mut order, mut seen) = (vec![from], BTreeSet::from([from]));
    let mut next = 0;
    while let Some(name) = order.get(next).copied() {
        order
            .extend(includes(name).iter().map(|to| usize::from(*to)).filter(|to| seen.insert(*to)));
        next += 1;
    }
    order
}

fn matrix(rows: usize, columns: usize, ones: impl Fn(usize) -> Vec<usize>) -> &'static [u64] {
    let width = words(columns);
    let mut bits = vec![0_u64; rows * width];
    for row in 0..rows {
        for column in ones(row) {
            bits[row * width + column / 64] |= 1 << (column % 64);
        }
    }
    bits.leak()
}

fn row(name: &str, includes: &[u16], implies: &[u16]) -> Row {
    (name.to_owned(), includes.to_vec(), implies.to_vec())
}

/// A small shop: groups bring roles, roles include roles and bring permissions.
///
/// - permissions `orders:read`, `orders:cancel`, `ledger`
/// - roles `clerk` (`orders:read`), `manager` (`clerk`, `orders:cancel`), `admin` (`manager`),
///   `auditor` (`ledger`)
/// - groups `staff` (`clerk`), `board` (`admin`)
/// - scopes `read`, `write`, `all` (includes both)
/// - levels `pwd`, `mfa` (`pwd`), `hwk` (`mfa`), `visit`
#[derive(Clone, Copy)]
pub(crate) struct Shop {
    pub(crate) permission: &'static AuthorityTable,
    pub(crate) role: &'static AuthorityTable,
    pub(crate) group: &'static AuthorityTable,
    pub(crate) scope: &'static AuthorityTable,
    pub(crate) level: &'static AuthorityTable,
}

pub(crate) fn shop() -> Shop {
    static SHOP: std::sync::LazyLock<Shop> = std::sync::LazyLock::new(|| {
        let permission = table(
            AuthorityKind::Permission,
            &[
                row("orders:read", &[], &[]),
                row("orders:cancel", &[], &[]),
                row("ledger", &[], &[]),
            ],
            None,
        );
        let roles = [
            row("clerk", &[], &[0]),
            row("manager", &[0], &[1]),
            row("admin", &[1], &[]),
            row("auditor", &[], &[2]),
        ];
        let role = table(AuthorityKind::Role, &roles, Some(permission));
        let groups = [row("staff", &[], &[0]), row("board", &[], &[2])];
        let group = table(AuthorityKind::Group, &groups, Some(role));
        let scopes = [row("read", &[], &[]), row("write", &[], &[]), row("all", &[0, 1], &[])];
        let scope = table(AuthorityKind::Scope, &scopes, None);
        let levels = [
            row("pwd", &[], &[]),
            row("mfa", &[0], &[]),
            row("hwk", &[1], &[]),
            row("visit", &[], &[]),
        ];
        let level = table(AuthorityKind::Level, &levels, None);
        Shop { permission, role, group, scope, level }
    });
    *SHOP
}

impl Shop {
    pub(crate) fn tables(self) -> VocabularySet {
        VocabularySet::of(&[self.group, self.role, self.permission, self.scope, self.level])
    }
}
