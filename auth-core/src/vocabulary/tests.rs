//! Tables, look-up and grants held against the obvious way of doing the same.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::inclusion::{close, compose};
use super::lookup::hash;
use super::testing_fixtures::{Row, foreign, id, reach, renamed, shop, table};
use super::text::Text;
use super::{
    AuthorityInfo, AuthorityKind, AuthorityRef, AuthoritySet, AuthorityTable, VocabularySet,
    lookup, message, nearest, words,
};

fn rows(names: impl IntoIterator<Item = (Vec<usize>, Vec<usize>)>, targets: usize) -> Vec<Row> {
    let names: Vec<_> = names.into_iter().collect();
    let count = names.len();
    let within = |places: Vec<usize>, size: usize| -> Vec<u16> {
        places.into_iter().filter(|_| size > 0).map(|p| u16::try_from(p % size).unwrap()).collect()
    };
    names
        .into_iter()
        .enumerate()
        .map(|(i, (includes, implies))| {
            (format!("name:{i}"), within(includes, count), within(implies, targets))
        })
        .collect()
}

/// Up to `most` names, each with a few that it includes (cycles too: the derive rejects those, the
/// closure must end all the same) and a few that it brings.
fn graph(most: usize) -> impl Strategy<Value = Vec<(Vec<usize>, Vec<usize>)>> {
    vec((vec(0_usize..1_000, 0..3), vec(0_usize..1_000, 0..3)), 1..most)
}

fn infos(rows: &[Row]) -> Vec<AuthorityInfo> {
    let info = |(name, includes, implies): &Row| AuthorityInfo {
        name: name.clone().leak(),
        variant: "V",
        doc: "",
        includes: includes.clone().leak(),
        implies: implies.clone().leak(),
    };
    rows.iter().map(info).collect()
}

/// Three tables that bring one another, and their rows.
struct Three {
    groups: Vec<Row>,
    roles: Vec<Row>,
    permissions: Vec<Row>,
    group: &'static AuthorityTable,
    role: &'static AuthorityTable,
    permission: &'static AuthorityTable,
}

// One size for all tables: rows beyond the names stay empty.
const CLOSURE: usize = 150 * words(150);
const COMPOSED: usize = 140 * words(140);

type Graph = Vec<(Vec<usize>, Vec<usize>)>;

fn three(groups: Graph, roles: Graph, permissions: Graph) -> Three {
    let permissions = rows(permissions, 0);
    let permission = table(AuthorityKind::Permission, &permissions, None);
    let roles = rows(roles, permissions.len());
    let role = table(AuthorityKind::Role, &roles, Some(permission));
    let groups = rows(groups, roles.len());
    let group = table(AuthorityKind::Group, &groups, Some(role));
    Three { groups, roles, permissions, group, role, permission }
}

impl Three {
    /// All that the held names bring, by following every arrow until there is nothing new.
    fn naive(&self, held: &BTreeSet<(AuthorityKind, usize)>) -> BTreeSet<(AuthorityKind, usize)> {
        let mut all = held.clone();
        loop {
            let before = all.len();
            for (kind, index) in all.clone() {
                let (own, next) = match kind {
                    AuthorityKind::Group => (&self.groups, Some(AuthorityKind::Role)),
                    AuthorityKind::Role => (&self.roles, Some(AuthorityKind::Permission)),
                    _ => (&self.permissions, None),
                };
                all.extend(own[index].1.iter().map(|to| (kind, usize::from(*to))));
                if let Some(next) = next {
                    all.extend(own[index].2.iter().map(|to| (next, usize::from(*to))));
                }
            }
            if all.len() == before {
                return all;
            }
        }
    }
}

fn held(grants: &AuthoritySet) -> BTreeSet<(AuthorityKind, usize)> {
    AuthorityKind::ALL
        .into_iter()
        .flat_map(|kind| grants.iter(kind).map(move |name| (kind, usize::from(name.index()))))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_closure_is_what_walking_finds(names in graph(150)) {
        let rows = rows(names, 0);
        let infos = infos(&rows);
        let closure = close::<CLOSURE>(&infos);
        let width = words(rows.len());
        for index in 0..rows.len() {
            let found: BTreeSet<usize> = (0..width * 64)
                .filter(|to| closure[index * width + to / 64] >> (to % 64) & 1 == 1)
                .collect();
            prop_assert_eq!(found, reach(&rows, index).into_iter().collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn names_grant_what_walking_finds(
        groups in graph(70),
        roles in graph(140),
        permissions in graph(140),
    ) {
        let three = three(groups, roles, permissions);
        let composed = compose::<COMPOSED>(&infos(&three.roles), three.permission);
        let width = words(three.permissions.len());
        for index in 0..three.roles.len() {
            let expected = three.naive(&BTreeSet::from([(AuthorityKind::Role, index)]));
            for to in 0..three.permissions.len() {
                let bit = composed[index * width + to / 64] >> (to % 64) & 1 == 1;
                prop_assert_eq!(bit, expected.contains(&(AuthorityKind::Permission, to)));
            }
        }
    }

    #[test]
    fn interning_grants_what_walking_finds(
        groups in graph(70),
        roles in graph(140),
        permissions in graph(140),
        token in vec((0_usize..3, 0_usize..200), 0..6),
    ) {
        let three = three(groups, roles, permissions);
        let tables = VocabularySet::of(&[three.permission, three.group, three.role]);
        let kinds = [AuthorityKind::Group, AuthorityKind::Role, AuthorityKind::Permission];
        let token: Vec<_> = token.iter().map(|(k, i)| (kinds[*k], *i, format!("name:{i}"))).collect();
        let grants = tables.intern(token.iter().map(|(kind, _, name)| (*kind, name.as_str())));
        let known = token.iter().map(|(kind, index, _)| (*kind, *index)).filter(|(kind, index)| {
            *index < tables.of_kind(*kind).next().unwrap().len()
        });
        let expected = three.naive(&known.collect());
        prop_assert_eq!(held(&grants), expected.clone());
        for (kind, own) in [(AuthorityKind::Group, three.group), (AuthorityKind::Role, three.role)] {
            for name in own.iter() {
                let holds = expected.contains(&(kind, usize::from(name.index())));
                prop_assert_eq!(grants.holds(name), holds);
                prop_assert_eq!(grants.look_up(name), Some(holds));
                // The same place in another enum of the kind.
                let elsewhere = AuthorityRef::new(foreign(own), name.index());
                prop_assert_eq!(grants.look_up(elsewhere), None);
            }
        }
    }

    /// Two enums of a kind are as good as one that has the names of both.
    #[test]
    fn two_enums_of_a_kind_are_as_one(
        graphs in (graph(70), graph(70), graph(70), graph(70)),
        token in vec((any::<bool>(), any::<bool>(), 0_usize..70), 0..6),
        unknown in proptest::option::of(any::<bool>()),
    ) {
        let kind = |is_role| if is_role { AuthorityKind::Role } else { AuthorityKind::Permission };
        let permissions = [rows(graphs.0, 0), named_other(rows(graphs.1, 0))];
        let roles = [
            rows(graphs.2, permissions[0].len()),
            named_other(rows(graphs.3, permissions[1].len())),
        ];
        let merged = merge(&permissions, [0, 0]);
        let merged = table(AuthorityKind::Permission, &merged, None);
        let merged_roles = merge(&roles, [0, permissions[0].len()]);
        let one = VocabularySet::of(&[table(AuthorityKind::Role, &merged_roles, Some(merged)), merged]);

        let [first, second] = &permissions;
        let first = table(AuthorityKind::Permission, first, None);
        let second = elsewhere(table(AuthorityKind::Permission, second, None));
        let first_role = table(AuthorityKind::Role, &roles[0], Some(first));
        let second_role = elsewhere(table(AuthorityKind::Role, &roles[1], Some(second)));
        let two = VocabularySet::of(&[second, first_role, second_role, first]);
        prop_assert_eq!(two.check(), Ok(()));

        let token: Vec<_> = token
            .iter()
            .map(|(is_role, other, i)| {
                (kind(*is_role), format!("{}:{i}", if *other { "other" } else { "name" }))
            })
            .collect();
        let said = |tables: &VocabularySet| {
            let grants = tables.intern(token.iter().map(|(kind, name)| (*kind, name.as_str())));
            let grants = match unknown {
                Some(is_role) => grants.with_unknown(kind(is_role)),
                None => grants,
            };
            let again = AuthoritySet::empty(tables).union(&grants);
            let names = tables.iter().flat_map(AuthorityTable::iter);
            names
                .map(|name| ((name.kind(), name.name()), (grants.look_up(name), again.look_up(name))))
                .collect::<BTreeMap<_, _>>()
        };
        prop_assert_eq!(said(&two), said(&one));
    }
}

fn named_other(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().map(|(name, a, b)| (name.replace("name", "other"), a, b)).collect()
}

/// The same table of another enum.
fn elsewhere(table: &AuthorityTable) -> &'static AuthorityTable {
    Box::leak(Box::new(AuthorityTable { id: id(table.kind, true), ..*table }))
}

/// The rows of two enums as those of one, given where what they bring begins.
fn merge([first, second]: &[Vec<Row>; 2], targets: [usize; 2]) -> Vec<Row> {
    let moved = |places: &[u16], by: usize| -> Vec<u16> {
        places.iter().map(|place| place + u16::try_from(by).unwrap()).collect()
    };
    let first_rows = first.iter().map(|(name, includes, implies)| {
        (name.clone(), includes.clone(), moved(implies, targets[0]))
    });
    let second_rows = second.iter().map(|(name, includes, implies)| {
        (name.clone(), moved(includes, first.len()), moved(implies, targets[1]))
    });
    first_rows.chain(second_rows).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_name_is_found_at_its_index(names in proptest::collection::btree_set("[a-c]{0,4}", 0..60), other in "[a-d]{0,5}") {
        let names: Vec<_> = names.into_iter().collect();
        let rows: Vec<Row> = names.iter().map(|n| (n.clone(), vec![], vec![])).collect();
        let table = table(AuthorityKind::Scope, &rows, None);
        let place: BTreeMap<_, _> = names.iter().zip(0_u16..).collect();
        for name in &names {
            prop_assert_eq!(table.find(name), place.get(name).copied());
        }
        prop_assert_eq!(table.find(&other), place.get(&other).copied());
    }

    /// With any hashes, a name is found only by its own text.
    #[test]
    fn names_with_one_hash_are_distinguished(
        hashes in vec(0_u64..4, 1..30),
        wanted in 0_usize..40,
        probe in 0_u64..5,
    ) {
        let rows: Vec<Row> = (0..hashes.len()).map(|i| (format!("n{i}"), vec![], vec![])).collect();
        let mut by_hash: Vec<_> = hashes.iter().copied().zip(0_u16..).collect();
        by_hash.sort_unstable();
        let table = AuthorityTable { by_hash: by_hash.leak(), ..*table(AuthorityKind::Scope, &rows, None) };
        let expected = (hashes.get(wanted) == Some(&probe)).then(|| u16::try_from(wanted).unwrap());
        prop_assert_eq!(lookup::find(&table, &format!("n{wanted}"), probe), expected);
    }

    #[test]
    fn one_typo_is_understood(name in "[a-z:]{4,20}", at in 0_usize..20, letter in "[a-z]") {
        let rows: Vec<Row> =
            ["some:thing:else:entirely".to_owned(), name.clone()].map(|n| (n, vec![], vec![])).into();
        let table = table(AuthorityKind::Scope, &rows, None);
        let at = at % name.len();
        let (before, from) = name.split_at(at);
        let (_, after) = from.split_at(1);
        let replaced = format!("{before}{letter}{after}");
        let dropped = format!("{before}{after}");
        let added = format!("{before}{letter}{from}");
        for typo in [replaced, dropped, added, name.to_uppercase()] {
            prop_assert_eq!(nearest(table, &typo), Some(rows[1].0.as_str()), "{}", typo);
        }
    }

    /// No text makes a message panic or empty.
    #[test]
    fn every_message_is_text(wanted in "\\PC{0,900}") {
        let shop = shop();
        let text = message::no_such_name(shop.scope, &wanted, &[shop.group]);
        prop_assert!(text.as_str().starts_with("no scope named `"));
    }
}

#[test]
fn a_thousand_names_of_a_kind() {
    const MANY: usize = 1_024;
    const SIZE: usize = MANY * words(MANY);
    // A chain: each name includes the one before it, and brings the permission of its number.
    let chain: Graph =
        (0..MANY).map(|i| (i.checked_sub(1).into_iter().collect(), vec![i])).collect();
    let three = three(vec![(vec![], vec![MANY - 1])], chain, vec![(vec![], vec![]); MANY]);
    let closure = close::<SIZE>(&infos(&three.roles));
    assert_eq!(closure.as_slice(), three.role.closure);
    let tables = VocabularySet::of(&[three.group, three.role, three.permission]);
    let grants = tables.intern([(AuthorityKind::Group, "name:0")]);
    assert_eq!(grants.iter(AuthorityKind::Role).count(), MANY);
    assert_eq!(grants.iter(AuthorityKind::Permission).count(), MANY);
    let grants = tables.intern([(AuthorityKind::Role, "name:500")]);
    let last = grants.iter(AuthorityKind::Permission).last().unwrap();
    assert_eq!((grants.iter(AuthorityKind::Role).count(), last.name()), (501, "name:500"));
    for index in 0..MANY {
        let found = three.role.find(&format!("name:{index}"));
        assert_eq!(found, u16::try_from(index).ok());
    }
}

#[test]
fn what_is_not_in_the_vocabulary_grants_nothing() {
    let shop = shop();
    let grants = shop.tables().intern([
        (AuthorityKind::Role, "Admin"),
        (AuthorityKind::Role, " admin"),
        (AuthorityKind::Role, ""),
        (AuthorityKind::Scope, "admin"),
    ]);
    assert!(held(&grants).is_empty());
    let only_scopes = VocabularySet::of(&[shop.scope]);
    let grants =
        only_scopes.intern([(AuthorityKind::Role, "admin"), (AuthorityKind::Scope, "all")]);
    assert_eq!(held(&grants).len(), 3);
    assert_eq!(grants.look_up(AuthorityRef::new(shop.role, 0)), None);
    assert_eq!(grants.look_up(AuthorityRef::new(shop.scope, 3)), None);
    assert_eq!(AuthorityRef::new(shop.scope, 3).name(), "");
}

#[test]
fn bits_beyond_a_kind_of_another_size_are_dropped() {
    // The role table brings permissions of an enum that is not the vocabulary's own.
    let shop = shop();
    let other = foreign(shop.permission);
    let tables = VocabularySet::of(&[shop.role, other]);
    let grants = tables.intern([(AuthorityKind::Role, "admin")]);
    assert_eq!(grants.iter(AuthorityKind::Permission).count(), 0);
    assert_eq!(grants.iter(AuthorityKind::Role).count(), 3);
}

/// Of each enum of scopes, those of the other set, and nothing else of it.
#[test]
fn scopes_of_another_set_are_those_of_every_enum() {
    let shop = shop();
    let tables = VocabularySet::of(&[
        shop.scope,
        renamed(shop.role),
        shop.role,
        renamed(shop.scope),
        shop.permission,
    ]);
    let (role, scope) = (AuthorityKind::Role, AuthorityKind::Scope);
    let own = tables.intern([(scope, "read"), (scope, "other:write"), (role, "other:clerk")]);
    let token = tables.intern([(scope, "write"), (scope, "other:read"), (role, "auditor")]);
    let names =
        |grants: &AuthoritySet, kind| grants.iter(kind).map(AuthorityRef::name).collect::<Vec<_>>();
    let mixed = own.with_scopes_of(&token);
    assert_eq!(names(&mixed, scope), ["write", "other:read"]);
    assert_eq!(names(&mixed, role), ["other:clerk"]);
    let union = own.union(&token);
    assert_eq!(names(&union, scope), ["read", "write", "other:read", "other:write"]);
    assert_eq!(names(&union, role), ["other:clerk", "auditor"]);
    assert_eq!(
        format!("{mixed:?}"),
        r#"{"roles": ["other:clerk"], "permissions": ["orders:read"], "scopes": ["write", "other:read"]}"#
    );
    // Over other tables of the same enums, in another order.
    let fewer = VocabularySet::of(&[renamed(shop.scope), shop.role]);
    let other = fewer.intern([(scope, "other:all"), (role, "manager")]);
    assert_eq!(names(&own.union(&other), role), ["other:clerk", "clerk", "manager"]);
    assert_eq!(
        names(&own.with_scopes_of(&other), scope),
        ["other:read", "other:write", "other:all"]
    );
}

#[test]
fn two_enums_with_a_name_in_common_are_refused() {
    let shop = shop();
    let twice = VocabularySet::of(&[shop.role, foreign(shop.role)]);
    assert_eq!(
        twice.check().unwrap_err().to_string(),
        "the role `clerk` is in two enums of the vocabulary: `shop::Sample` and `other::Elsewhere`\n\
         help: a token does not say which of them is meant: rename one, as in `#[role(\"..\")]`, or \
         give `.vocabulary::<(..)>()` one of the enums only"
    );
    let same = VocabularySet::of(&[shop.role, shop.scope, shop.role]);
    assert_eq!(
        same.check().unwrap_err().to_string(),
        "the vocabulary has `shop::Sample` twice\nhelp: list it once in `.vocabulary::<(..)>()`"
    );
    // A scope may be called what a role is called.
    let scope = AuthorityTable {
        kind: AuthorityKind::Scope,
        id: id(AuthorityKind::Scope, true),
        ..*shop.role
    };
    let kinds = VocabularySet::of(&[shop.role, Box::leak(scope.into())]);
    assert_eq!(kinds.check(), Ok(()));
    assert_eq!(shop.tables().check(), Ok(()));
}

#[test]
fn the_hash_is_fnv_1a() {
    // From the reference of the authors: http://www.isthe.com/chongo/tech/comp/fnv/
    assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
}

#[test]
fn nothing_near_is_not_guessed() {
    let shop = shop();
    assert_eq!(nearest(shop.role, "zzz"), None);
    assert_eq!(nearest(shop.role, ""), None);
    assert_eq!(nearest(shop.role, "c"), None);
    assert_eq!(nearest(shop.role, &"clerk".repeat(100)), None);
    let of = |names: &[&str]| -> &'static AuthorityTable {
        let rows: Vec<Row> = names.iter().map(|n| ((*n).to_owned(), vec![], vec![])).collect();
        table(AuthorityKind::Scope, &rows, None)
    };
    // Nothing of a name is left if every letter of it changes; of two equally near, the first.
    assert_eq!(nearest(of(&["a"]), "b"), None);
    assert_eq!(nearest(of(&["read", "reed"]), "reid"), Some("read"));
    assert_eq!(nearest(of(&["reed", "read"]), "reid"), Some("reed"));
    assert_eq!(nearest(shop.role, "amdin"), Some("admin"));
    assert_eq!(nearest(shop.permission, "orders:raed"), Some("orders:read"));
    // However many names there are, there is an end to the search.
    let long = |n: usize| format!("{n:05}{}", "x".repeat(55));
    let many: Vec<String> = (0..20_000).map(long).collect();
    let many = of(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(nearest(many, &format!("O0000{}", "x".repeat(55))), Some(long(0).as_str()));
    assert_eq!(nearest(many, &format!("OOOOO{}", "x".repeat(55))), None);
}

fn said(text: &Text) -> &str {
    text.as_str()
}

#[test]
fn an_unknown_name_is_explained() {
    let shop = shop();
    for (table, wanted, known, expected) in [
        (shop.scope, "raed", vec![], "no scope named `raed`; did you mean `read`?"),
        (shop.scope, "Vwrite", vec![], "no scope named `Vwrite`; did you mean `write`?"),
        (
            shop.scope,
            "admin",
            vec![shop.role],
            "no scope named `admin`; `admin` is a role: write `role = \"admin\"`",
        ),
        // Known by way of what the table itself or a known one brings.
        (
            shop.role,
            "ledger",
            vec![],
            "no role named `ledger`; `ledger` is a permission: write `permission = \"ledger\"`",
        ),
        (
            shop.scope,
            "ledger",
            vec![shop.scope, shop.group],
            "no scope named `ledger`; `ledger` is a permission: write `permission = \"ledger\"`",
        ),
        (
            shop.role,
            "zzz",
            vec![shop.scope],
            "no role named `zzz`; the roles are `clerk`, `manager`, `admin`, `auditor`",
        ),
        (shop.role, "ROLE_ADMIN", vec![], "no role named `ROLE_ADMIN`; did you mean `admin`?"),
        (
            shop.role,
            "clerk, käse,x",
            vec![],
            "no role named `clerk, käse,x`\nhelp: write `role = \"clerk\" | \"käse\" | \"x\"` to accept either",
        ),
    ] {
        assert_eq!(said(&message::no_such_name(table, wanted, &known)), expected);
    }
    let empty = table(AuthorityKind::Group, &[], None);
    let empty = said(&message::no_such_name(empty, "staff", &[])).to_owned();
    assert_eq!(empty, "no group named `staff`; `Sample` has no names");
    let many = rows((0..40).map(|_| (vec![], vec![])), 0);
    let many = table(AuthorityKind::Role, &many, None);
    assert!(said(&message::no_such_name(many, "clerk", &[])).ends_with("`name:5`, …"));
}

#[test]
fn a_name_of_another_kind_is_explained() {
    let read = shop().permission.get(0).unwrap();
    crate::__private::is_of_kind(read, AuthorityKind::Permission);
    assert_eq!(
        said(&message::wrong_kind(read, AuthorityKind::Role)),
        "expected a role, but `orders:read` is a permission\n\
         help: write `permission = Vorders:read`"
    );
}

#[test]
fn names_are_equal_within_one_enum_only() {
    let table = shop().role;
    let (one, again, other) =
        (table.get(0).unwrap(), AuthorityRef::new(table, 0), table.get(1).unwrap());
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert_ne!(one, AuthorityRef::new(foreign(table), 0));
    assert_eq!((id(AuthorityKind::Role, false))(), (table.id)());
}
