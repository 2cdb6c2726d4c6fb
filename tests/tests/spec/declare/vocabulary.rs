//! What the derives make of an enum: wire names, docs, inclusion, grants.

#![warn(
    clippy::pedantic,
    clippy::nursery,
    unreachable_pub,
    single_use_lifetimes,
    unused_qualifications,
    reason = "what the derives write must not trip a user's lints"
)]
#![expect(clippy::redundant_pub_crate, reason = "it demands what `unreachable_pub` forbids")]

use auth_core::vocabulary::{Authority, AuthorityRef, AuthorityTable, Vocabulary};
use auth_core::{AuthorityKind, AuthoritySet, Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
enum Permission {
    /// See any order.
    #[permission("orders:read")]
    OrdersRead,
    /// Cancel an order
    /// that has not shipped.
    ///
    ///   Two more spaces.
    #[permission("orders:cancel", includes(OrdersRead))]
    OrdersCancel,
    #[permission("ledger:read")]
    LedgerRead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
enum Role {
    Auditor,
    #[role("admin", includes(Manager, "auditor"))]
    Admin,
    #[role(includes(Clerk), grants(OrdersCancel))]
    Manager,
    #[role(grants("orders:read"))]
    Clerk,
    #[role(name = "Rechnungsprüfer", grants(Permission::LedgerRead))]
    Ledger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Groups)]
enum Group {
    #[group("/staff/counter", role = Clerk)]
    Counter,
    #[group("/staff/leads", role = Manager | "Rechnungsprüfer")]
    Leads,
    #[group("d1f5…", includes(Counter))]
    Everyone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
#[scopes(rename_all = "kebab-case")]
enum Scope {
    ReadOrders = 40,
    #[scope("orders:write", includes(ReadOrders))]
    Write = 2,
    r#Type,
    /// The derive names it, which is no use of it.
    #[deprecated = "ask for `orders:write`"]
    #[scope("write", includes(Write))]
    OldWrite,
    #[scope(includes(OldWrite))]
    All,
}

type Model = (Role, Permission, Scope, Group);

fn grants(kind: AuthorityKind, name: &str) -> AuthoritySet {
    Model::TABLES.intern([(kind, name)])
}

fn held(grants: &AuthoritySet, kind: AuthorityKind) -> Vec<&'static str> {
    grants.iter(kind).map(AuthorityRef::name).collect()
}

fn names(table: &'static AuthorityTable) -> Vec<&'static str> {
    table.iter().map(AuthorityRef::name).collect()
}

#[test]
fn names_are_the_variants_in_snake_case_unless_given() {
    assert_eq!(names(Role::TABLE), ["auditor", "admin", "manager", "clerk", "Rechnungsprüfer"]);
    assert_eq!(names(Scope::TABLE), ["read-orders", "orders:write", "type", "write", "all"]);
    assert_eq!(Role::Admin.name(), "admin");
    assert_eq!(Group::Leads.name(), "/staff/leads");
}

#[test]
fn the_table_says_which_enum_it_is_of() {
    assert_eq!(Role::TABLE.enum_name, "Role");
    assert_eq!(Role::KIND, AuthorityKind::Role);
    assert_eq!((Role::COUNT, Permission::COUNT, Scope::COUNT, Group::COUNT), (5, 3, 5, 3));
    assert!(Role::TABLE.is(Role::TABLE));
    assert!(!Role::TABLE.is(Permission::TABLE));
    assert_eq!(Scope::TABLE.names[2].variant, "Type");
}

#[test]
fn positions_follow_the_enum_and_not_its_discriminants() {
    assert_eq!(Scope::ReadOrders.index(), 0);
    assert_eq!(Scope::Write.index(), 1);
    assert_eq!(Role::Ledger.index(), 4);
    assert_eq!(const { Role::Clerk.__auth_index() }, 3);
    assert_eq!(Role::Clerk.__auth_name(), Role::Clerk.reference());
}

#[test]
fn doc_comments_are_kept() {
    let docs: Vec<&str> = Permission::TABLE.names.iter().map(|info| info.doc).collect();
    assert_eq!(
        docs,
        ["See any order.", "Cancel an order\nthat has not shipped.\n\n  Two more spaces.", ""]
    );
}

#[test]
fn every_name_is_found_by_its_hash() {
    for table in [Role::TABLE, Permission::TABLE, Scope::TABLE, Group::TABLE] {
        for name in table.iter() {
            assert_eq!(table.find(name.name()), Some(name.index()));
        }
        assert_eq!(table.find(""), None);
        assert_eq!(table.find("Admin"), None);
        for (hash, index) in table.by_hash {
            let name = table.names[usize::from(*index)].name;
            assert_eq!(*hash, auth_core::__private::hash(name));
        }
        assert!(table.by_hash.is_sorted());
    }
}

#[test]
fn roles_include_roles() {
    for (role, includes) in [
        ("auditor", &["auditor"][..]),
        ("admin", &["auditor", "admin", "manager", "clerk"]),
        ("manager", &["manager", "clerk"]),
        ("clerk", &["clerk"]),
        ("nobody", &[]),
    ] {
        assert_eq!(
            held(&grants(AuthorityKind::Role, role), AuthorityKind::Role),
            includes,
            "{role}"
        );
    }
}

#[test]
fn every_kind_has_inclusion() {
    let scopes = grants(AuthorityKind::Scope, "orders:write");
    assert_eq!(held(&scopes, AuthorityKind::Scope), ["read-orders", "orders:write"]);
    let permissions = grants(AuthorityKind::Permission, "orders:cancel");
    assert_eq!(held(&permissions, AuthorityKind::Permission), ["orders:read", "orders:cancel"]);
    let groups = grants(AuthorityKind::Group, "d1f5…");
    assert_eq!(held(&groups, AuthorityKind::Group), ["/staff/counter", "d1f5…"]);
}

#[test]
fn roles_grant_permissions_through_what_they_include() {
    for (role, permissions) in [
        ("auditor", &[][..]),
        ("clerk", &["orders:read"]),
        ("manager", &["orders:read", "orders:cancel"]),
        ("admin", &["orders:read", "orders:cancel"]),
        ("Rechnungsprüfer", &["ledger:read"]),
    ] {
        let grants = grants(AuthorityKind::Role, role);
        assert_eq!(held(&grants, AuthorityKind::Permission), permissions, "{role}");
    }
}

#[test]
fn groups_bring_roles_and_those_bring_permissions() {
    let leads = grants(AuthorityKind::Group, "/staff/leads");
    assert_eq!(held(&leads, AuthorityKind::Role), ["manager", "clerk", "Rechnungsprüfer"]);
    assert_eq!(
        held(&leads, AuthorityKind::Permission),
        ["orders:read", "orders:cancel", "ledger:read"]
    );
    let everyone = grants(AuthorityKind::Group, "d1f5…");
    assert_eq!(held(&everyone, AuthorityKind::Role), ["clerk"]);
    assert_eq!(held(&everyone, AuthorityKind::Permission), ["orders:read"]);
}

#[test]
fn kinds_do_not_mix() {
    let grants = grants(AuthorityKind::Scope, "admin");
    assert!(AuthorityKind::ALL.into_iter().all(|kind| held(&grants, kind).is_empty()));
}

#[test]
fn an_enum_may_be_local_to_a_function_and_name_others_by_path() {
    mod elsewhere {
        #[derive(Clone, Copy, auth_core::Permissions)]
        pub(super) enum Access {
            OrdersRead,
            OrdersCancel,
            LedgerRead,
        }
    }

    #[derive(Clone, Copy, Roles)]
    #[roles(permission = elsewhere::Access, rename_all = "SCREAMING_SNAKE_CASE")]
    enum Local {
        #[role(grants(LedgerRead, "orders_read"))]
        HttpAdmin,
    }
    assert_eq!(Local::HttpAdmin.name(), "HTTP_ADMIN");
    let implied = Local::TABLE.implied.unwrap();
    assert!(implied.table.is(elsewhere::Access::TABLE));
    assert_eq!(implied.rows, [0b101]);
    assert!(Local::TABLE.names[0].implies.contains(&2));
}

mod unusual {
    //! Nothing of what generated code needs has its usual name here.
    #![no_implicit_prelude]
    #![expect(
        dead_code,
        non_camel_case_types,
        reason = "names that generated code might trip over"
    )]

    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct u16;
    pub(crate) struct u64;
    pub(crate) struct usize;
    pub(crate) struct str;
    pub(crate) mod core {}
    pub(crate) mod std {}

    /// The framework under another name, as behind a re-export.
    pub(crate) mod renamed {
        pub(crate) use ::auth_core as auth;
    }

    #[derive(::std::clone::Clone, ::std::marker::Copy, ::auth_core::Permissions)]
    #[permissions(crate = renamed::auth)]
    pub(crate) enum Permission {
        Some,
        None,
    }

    #[derive(::std::clone::Clone, ::std::marker::Copy, ::auth_core::Roles)]
    #[roles(crate = self::renamed::auth)]
    pub(crate) enum Role {
        #[role(grants(Some))]
        Ok,
        #[role(includes(Ok), grants("none"))]
        Err,
    }
}

#[test]
fn generated_code_takes_nothing_for_granted() {
    let table = <unusual::Role as Authority>::TABLE;
    assert_eq!(names(table), ["ok", "err"]);
    assert_eq!(table.implied.unwrap().rows, [0b01, 0b11]);
}

mod thousand {
    //! 1,024 roles in a chain and as many permissions, written by the build script.
    include!(concat!(env!("OUT_DIR"), "/thousand.rs"));
}

#[test]
fn a_thousand_names_of_a_kind() {
    type Tables = (thousand::Role, thousand::Permission);
    assert_eq!(thousand::Role::COUNT, 1024);
    let last = Tables::TABLES.intern([(AuthorityKind::Role, "r0")]);
    assert_eq!(last.iter(AuthorityKind::Role).count(), 1024);
    assert_eq!(last.iter(AuthorityKind::Permission).count(), 1024);
    let middle = Tables::TABLES.intern([(AuthorityKind::Role, "r1000")]);
    assert_eq!(middle.iter(AuthorityKind::Role).count(), 24);
    assert_eq!(middle.iter(AuthorityKind::Permission).count(), 24);
}
