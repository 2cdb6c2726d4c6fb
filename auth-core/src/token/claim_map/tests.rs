//! What the map finds in claims.

use serde_json::{Value, json};

use super::*;
use crate::jose::json::Document;
use crate::vocabulary::testing_fixtures::shop;

fn document(claims: &Value) -> Document {
    Document::parse(claims.to_string().into()).unwrap()
}

fn extract(map: &ClaimMap, claims: &Value) -> TokenAuthorities {
    map.extract(document(claims).root())
}

#[test]
fn keycloak_counts_only_its_own_client() {
    let claims = json!({
        "realm_access": {"roles": ["user"]},
        "resource_access": {
            "orders-api": {"roles": ["clerk"]},
            "other": {"roles": ["admin"]},
            "a/b~c": {"roles": ["odd"]},
            "a": {"b~c": {"roles": ["nested"]}},
            "roles": ["admin"]
        },
        "roles": ["admin"],
        "scope": "openid orders",
        "groups": ["/staff"],
        "azp": "web"
    });
    let names = extract(&ClaimMap::keycloak("orders-api"), &claims);
    assert_eq!(names.roles, ["user", "clerk"]);
    assert_eq!(names.scopes, ["openid", "orders"]);
    assert_eq!(names.groups, ["/staff"]);
    assert_eq!(names.permissions, [""; 0]);
    let odd = extract(&ClaimMap::keycloak("a/b~c"), &claims);
    assert_eq!(odd.roles, ["user", "odd"]);
    let map = ClaimMap::keycloak("x");
    assert_eq!(map.find_client_id(document(&claims).root()), Some("web"));
}

#[test]
fn scopes_split_at_spaces_and_nowhere_else() {
    let scopes = |scope: Value| extract(&ClaimMap::rfc9068(), &json!({"scope": scope})).scopes;
    assert_eq!(scopes(json!("read write")), ["read", "write"]);
    assert_eq!(scopes(json!("  read   write ")), ["read", "write"]);
    assert_eq!(scopes(json!("write\tread")), ["write\tread"]);
    assert_eq!(scopes(json!("write\u{a0}read")), ["write\u{a0}read"]);
    assert_eq!(scopes(json!("a,b")), ["a,b"]);
    assert_eq!(scopes(json!(["write read", "x"])), ["write read", "x"]);
    for nothing in
        [json!(""), json!("  "), json!(1), json!(null), json!([["read"]]), json!({"read": 1})]
    {
        assert!(scopes(nothing.clone()).is_empty(), "{nothing}");
    }
}

#[test]
fn roles_never_split() {
    let roles = |roles: Value| extract(&ClaimMap::rfc9068(), &json!({"roles": roles})).roles;
    assert_eq!(roles(json!(["user", "admin"])), ["user", "admin"]);
    assert_eq!(roles(json!("admin")), ["admin"]);
    assert_eq!(roles(json!("user admin")), ["user admin"]);
    assert_eq!(roles(json!(["user admin", 1, null, ["x"], ""])), ["user admin"]);
    assert!(roles(json!({"admin": true})).is_empty());
}

#[test]
fn each_preset_reads_its_provider() {
    let entra = json!({"roles": ["Task.Write"], "scp": "a b", "groups": ["6e9a"], "appid": "c"});
    let names = extract(&ClaimMap::entra(), &entra);
    assert_eq!(
        (names.roles, names.scopes),
        (vec!["Task.Write".into()], vec!["a".into(), "b".into()])
    );
    assert_eq!(names.groups, ["6e9a"]);

    let okta = json!({"scp": ["a", "b"], "groups": ["Everyone"], "cid": "c"});
    let names = extract(&ClaimMap::okta(), &okta);
    assert_eq!((names.scopes.len(), names.groups.len()), (2, 1));

    let auth0 =
        json!({"permissions": ["read:x"], "scope": "openid", "https://e.com/roles": ["admin"]});
    let map = ClaimMap::auth0().roles("/https:~1~1e.com~1roles");
    let names = extract(&map, &auth0);
    assert_eq!((names.permissions.len(), names.scopes.len()), (1, 1));
    assert_eq!(names.roles, ["admin"]);

    let cognito = json!({"cognito:groups": ["staff"], "scope": "x/read"});
    let names = extract(&ClaimMap::cognito(), &cognito);
    assert_eq!((names.groups, names.scopes), (vec!["staff".into()], vec!["x/read".into()]));
}

#[test]
fn an_invalid_pointer_is_reported() {
    for text in ["", "a", "roles", "/a~", "/a~2b", "/", "/a/", "//a", "/https://a.example/roles"] {
        assert_eq!(ClaimMap::new().scopes(text).invalid_pointer(), Some(text));
        assert_eq!(
            ClaimMap::new().left_out_if(AuthorityKind::Role, text).invalid_pointer(),
            Some(text)
        );
    }
    assert_eq!(ClaimMap::keycloak("~/").invalid_pointer(), None);
}

/// Which names of the shop the claims leave open, by kind, and which they grant.
fn open(
    map: &ClaimMap,
    claims: &Value,
) -> (Vec<AuthorityKind>, Vec<(AuthorityKind, &'static str)>) {
    let grants = map.grants(document(claims).root(), &shop().tables(), |_, _, _| {});
    let held = AuthorityKind::ALL.into_iter().flat_map(|kind| {
        grants.iter(kind).map(move |name| (kind, name.name())).collect::<Vec<_>>()
    });
    (grants.unknown_kinds().iter().collect(), held.collect())
}

/// Values that do not say which names there are, or not all of them.
fn unclear() -> Vec<Value> {
    vec![
        json!({"suspended": true}),
        json!({}),
        json!(5),
        json!(-1.5),
        json!(null),
        json!(true),
        json!(false),
        json!([["x"]]),
        json!([null]),
        json!([{}]),
        json!([{"name": "x"}]),
        json!(["unheard", 5]),
        json!([""]),
        json!([" "]),
        json!(["x\n"]),
        json!(["x "]),
    ]
}

#[test]
fn what_is_no_name_leaves_its_kind_open_and_no_other() {
    for (claim, kind) in [
        ("roles", AuthorityKind::Role),
        ("permissions", AuthorityKind::Permission),
        ("entitlements", AuthorityKind::Permission),
        ("scope", AuthorityKind::Scope),
        ("groups", AuthorityKind::Group),
    ] {
        for value in unclear() {
            let (kinds, _) = open(&ClaimMap::rfc9068(), &json!({claim: value}));
            assert_eq!(kinds, [kind], "{claim}: {value}");
        }
        for value in [json!([]), json!(["unheard"]), json!("unheard")] {
            let (kinds, _) = open(&ClaimMap::rfc9068(), &json!({claim: value}));
            assert_eq!(kinds, [], "{claim}: {value}");
        }
    }
    assert_eq!(open(&ClaimMap::rfc9068(), &json!({})), (vec![], vec![]));
    assert_eq!(open(&ClaimMap::rfc9068(), &json!({"scope": ""})).0, []);
    // What no place is mapped to matters to no one.
    assert_eq!(open(&ClaimMap::rfc9068(), &json!({"realm_access": 5})).0, []);
}

#[test]
fn a_text_that_may_be_a_list_leaves_its_kind_open() {
    for text in [
        "",
        " clerk",
        "clerk ",
        "clerk suspended",
        "clerk,suspended",
        "clerk;suspended",
        "clerk|suspended",
        "clerk\tsuspended",
        "clerk\u{a0}suspended",
        "[\"suspended\"]",
        "{\"suspended\":1}",
    ] {
        for claim in ["roles", "permissions", "groups"] {
            let (kinds, held) = open(&ClaimMap::rfc9068(), &json!({claim: text}));
            assert_eq!((kinds.len(), held), (1, vec![]), "{claim}: {text:?}");
        }
    }
    for text in
        ["read,write", "read;write", "read\twrite", "read\u{a0}write", "[\"read\"]", "r\u{e9}ad"]
    {
        assert_eq!(
            open(&ClaimMap::rfc9068(), &json!({"scope": text})).0,
            [AuthorityKind::Scope],
            "{text:?}"
        );
    }
    for text in
        ["read patient/Observation.rs?category=a|laboratory", "{x}", "  ", "https://a.example/read"]
    {
        assert_eq!(open(&ClaimMap::rfc9068(), &json!({"scope": text})).0, [], "{text:?}");
    }
    // Within an array each element is one name, whatever separators it has.
    let names = json!({"groups": ["Domain Users", "CN=Staff,OU=Groups", "staff"]});
    assert_eq!(open(&ClaimMap::rfc9068(), &names).0, []);
    assert_eq!(
        open(&ClaimMap::rfc9068(), &json!({"scope": ["read write"]})).0,
        [AuthorityKind::Scope]
    );
    // What the vocabulary has is one name.
    let row = |name: &str| (name.to_owned(), Vec::new(), Vec::new());
    let table = crate::vocabulary::testing_fixtures::table(
        AuthorityKind::Group,
        &[row("Domain Users, all")],
        None,
    );
    let tables = VocabularySet::of(&[table]);
    let claims = document(&json!({"groups": "Domain Users, all"}));
    let grants = ClaimMap::rfc9068().grants(claims.root(), &tables, |_, _, _| {});
    assert!(grants.is_known() && grants.iter(AuthorityKind::Group).count() == 1);
}

#[test]
fn what_is_certain_is_held_although_others_are_open() {
    let claims = json!({"roles": ["clerk", 5], "scope": "read write"});
    let (kinds, held) = open(&ClaimMap::rfc9068(), &claims);
    assert_eq!(kinds, [AuthorityKind::Role]);
    let certain = [
        (AuthorityKind::Role, "clerk"),
        (AuthorityKind::Permission, "orders:read"),
        (AuthorityKind::Scope, "read"),
        (AuthorityKind::Scope, "write"),
    ];
    assert_eq!(held, certain);
}

#[test]
fn a_way_that_ends_too_early_leaves_its_kind_open() {
    let map = ClaimMap::keycloak("shop");
    for claims in [
        json!({"realm_access": 5}),
        json!({"realm_access": null}),
        json!({"realm_access": "clerk"}),
        json!({"realm_access": [5]}),
        json!({"realm_access": [{}]}),
        json!({"resource_access": {"shop": null}}),
        json!({"resource_access": {"shop": true}}),
    ] {
        assert_eq!(open(&map, &claims).0, [AuthorityKind::Role], "{claims}");
    }
    for claims in [
        json!({"realm_access": {}}),
        json!({"realm_access": []}),
        json!({"resource_access": {}}),
        json!({"resource_access": {"other": 5}}),
    ] {
        assert_eq!(open(&map, &claims).0, [], "{claims}");
    }
}

#[test]
fn an_issuer_says_that_it_left_names_out() {
    let elsewhere = json!({
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x/getMemberObjects"}},
    });
    for map in [ClaimMap::entra(), ClaimMap::rfc9068(), ClaimMap::new().groups("/groups/x")] {
        assert_eq!(open(&map, &elsewhere).0, [AuthorityKind::Group]);
    }
    let both = json!({"_claim_names": {"groups": "src1"}, "groups": ["staff"], "roles": []});
    let (kinds, held) = open(&ClaimMap::entra(), &both);
    assert_eq!(kinds, [AuthorityKind::Group]);
    assert!(held.contains(&(AuthorityKind::Group, "staff")));
    let all = [AuthorityKind::Role, AuthorityKind::Scope, AuthorityKind::Group];
    for odd in [json!(null), json!(5), json!(["groups"]), json!("groups")] {
        assert_eq!(open(&ClaimMap::entra(), &json!({"_claim_names": odd})).0, all);
    }
    assert_eq!(open(&ClaimMap::entra(), &json!({"_claim_names": {"photo": "src1"}})).0, []);
    for mark in [json!(true), json!("true"), json!(1), json!(null)] {
        assert_eq!(open(&ClaimMap::entra(), &json!({"hasgroups": mark})).0, [AuthorityKind::Group]);
        assert_eq!(open(&ClaimMap::okta(), &json!({"hasgroups": mark})).0, []);
    }
    assert_eq!(open(&ClaimMap::entra(), &json!({"hasgroups": false})).0, []);
    let own = ClaimMap::new().roles("/roles").left_out_if(AuthorityKind::Role, "/more/roles");
    assert_eq!(
        open(&own, &json!({"roles": ["clerk"], "more": {"roles": 3}})).0,
        [AuthorityKind::Role]
    );
    assert_eq!(open(&own, &json!({"roles": ["clerk"], "more": {}})).0, []);
}

#[test]
fn names_are_keys() {
    // As Zitadel sends them.
    let claims = json!({"urn:zitadel:iam:org:project:roles": {
        "clerk": {"234": "shop.example"},
        "manager": {"234": "shop.example"},
    }});
    let map = ClaimMap::new().roles(ClaimPlace::claim("urn:zitadel:iam:org:project:roles").keys());
    let (kinds, held) = open(&map, &claims);
    assert_eq!(kinds, []);
    assert!(
        held.contains(&(AuthorityKind::Role, "clerk"))
            && held.contains(&(AuthorityKind::Role, "manager"))
    );
    let map = ClaimMap::new().roles(ClaimPlace::pointer("/my/roles").keys());
    for value in [json!({"clerk": true}), json!({"clerk": {}}), json!({})] {
        assert_eq!(open(&map, &json!({"my": {"roles": value}})).0, [], "{value}");
    }
    for value in [
        json!({"clerk": false}),
        json!({"clerk": null}),
        json!({"clerk": 0}),
        json!({"clerk": "no"}),
        json!({"clerk": []}),
        json!({"": {}}),
        json!(["clerk"]),
        json!("clerk"),
        json!(null),
    ] {
        let (kinds, held) = open(&map, &json!({"my": {"roles": value}}));
        assert_eq!((kinds, held), (vec![AuthorityKind::Role], vec![]), "{value}");
    }
}

#[test]
fn a_place_leads_through_arrays() {
    // As Spring sends them.
    let claims = json!({"authorities": [{"authority": "clerk"}, {"authority": "auditor"}]});
    for pointer in ["/authorities/authority", "/authorities/*/authority"] {
        let map = ClaimMap::new().roles(pointer);
        assert_eq!(extract(&map, &claims).roles, ["clerk", "auditor"]);
        assert_eq!(open(&map, &claims).0, []);
        for odd in [
            json!([{"authority": "clerk"}, {}]),
            json!([5]),
            json!([{"authority": 5}]),
            json!([null]),
        ] {
            assert_eq!(open(&map, &json!({"authorities": odd})).0, [AuthorityKind::Role], "{odd}");
        }
        assert_eq!(open(&map, &json!({"authorities": []})).0, []);
    }
    let second = ClaimMap::new().roles("/authorities/1/authority");
    assert_eq!(extract(&second, &claims).roles, ["auditor"]);
    let plain = ClaimMap::new().groups("/groups/*");
    assert_eq!(extract(&plain, &json!({"groups": ["Domain Users"]})).groups, ["Domain Users"]);
    assert_eq!(open(&plain, &json!({"groups": ["Domain Users"]})).0, []);
    let deep = ClaimMap::new().roles("/orgs/roles");
    let claims = json!({"orgs": [{"roles": ["clerk"]}, {"roles": ["auditor", "x"]}]});
    assert_eq!(extract(&deep, &claims).roles, ["clerk", "auditor", "x"]);
}

#[test]
fn the_name_of_a_claim_is_taken_as_it_is() {
    for name in
        ["https://shop.example/roles", "a~b", "a/b~1c", "cognito:groups", "/roles", "*", "0"]
    {
        let claims = json!({name: ["x"]});
        let map = ClaimMap::new()
            .roles_in_claim(name)
            .permissions_in_claim(name)
            .scopes_in_claim(name)
            .groups_in_claim(name)
            .client_id_in_claim(name);
        assert_eq!(map.invalid_pointer(), None);
        let names = extract(&map, &claims);
        assert_eq!([names.roles, names.permissions, names.scopes, names.groups], [["x"]; 4]);
        assert_eq!(map.find_client_id(document(&json!({name: "web"})).root()), Some("web"));
    }
    assert_eq!(ClaimMap::new().roles_in_claim("").invalid_pointer(), Some("/"));
}

#[test]
fn names_are_renamed_before_the_vocabulary_looks() {
    let map = ClaimMap::rfc9068()
        .rename_groups([("3f2a", "staff"), ("77b0", "board"), ("staff", "elsewhere")])
        .rename_roles(vec![("ROLE_CLERK".to_owned(), "clerk"), ("clerk".to_owned(), "auditor")]);
    assert_eq!(map.rename_problem(), None);
    let claims = json!({"groups": ["3f2a", "other"], "roles": ["ROLE_CLERK"], "scope": "3f2a"});
    let names = extract(&map, &claims);
    assert_eq!(
        (names.groups, names.roles),
        (vec!["staff".into(), "other".into()], vec!["clerk".into()])
    );
    assert_eq!(names.scopes, ["3f2a"], "each kind by itself");
    let (kinds, held) = open(&map, &claims);
    assert_eq!(kinds, []);
    assert!(held.contains(&(AuthorityKind::Group, "staff")));
    // All at once: what was renamed is not renamed again.
    assert_eq!(extract(&map, &json!({"groups": "staff"})).groups, ["elsewhere"]);
    assert_eq!(extract(&map, &json!({"roles": "clerk"})).roles, ["auditor"]);
    // A text that looks like a list is one name if it is renamed to one.
    let dn = ClaimMap::rfc9068().rename_groups([("CN=Staff,OU=Groups", "staff")]);
    let (kinds, held) = open(&dn, &json!({"groups": "CN=Staff,OU=Groups"}));
    assert_eq!((kinds, held.contains(&(AuthorityKind::Group, "staff"))), (vec![], true));
}

#[test]
fn a_rename_that_cannot_be_is_refused_with_help() {
    let map = ClaimMap::new().rename_groups([("a", "staff"), ("b", "staff"), ("a", "staff")]);
    assert_eq!(map.rename_problem(), None);
    assert_eq!(map.rename_to_unknown(&shop().tables()), None);
    let twice = map.clone().rename_groups([("a", "board")]);
    let problem = twice.rename_problem().unwrap();
    assert!(
        problem.starts_with("the group `a` is renamed to both `staff` and `board`"),
        "{problem}"
    );
    for (from, to) in [("", "staff"), ("c", ""), ("c", " staff")] {
        assert!(map.clone().rename_groups([(from, to)]).rename_problem().is_some(), "{from} {to}");
    }
    let unknown = map.rename_groups([("c", "stuff")]).rename_to_unknown(&shop().tables()).unwrap();
    assert!(
        unknown.contains("the group `stuff`") && unknown.contains("did you mean `staff`?"),
        "{unknown}"
    );
    let of_kind =
        ClaimMap::new().rename_roles([("c", "staff")]).rename_to_unknown(&shop().tables());
    assert!(of_kind.is_some());
}

#[test]
fn each_preset_of_a_provider_reads_what_it_sends() {
    let zitadel = json!({
        "client_id": "web",
        "urn:zitadel:iam:org:project:roles": {"admin": {"1": "a.example"}, "user": {"1": "a.example"}},
    });
    let names = extract(&ClaimMap::zitadel(), &zitadel);
    assert_eq!(names.roles, ["admin", "user"]);
    assert_eq!(ClaimMap::zitadel().find_client_id(document(&zitadel).root()), Some("web"));
    let groups = json!({"groups": ["a:staff"], "at_hash": "x", "nonce": "y"});
    assert_eq!(extract(&ClaimMap::dex(), &groups).groups, ["a:staff"]);
    assert_eq!(extract(&ClaimMap::authentik(), &groups).groups, ["a:staff"]);
    let duende = json!({"scope": ["read", "write"], "role": "admin", "client_id": "machine"});
    let names = extract(&ClaimMap::duende(), &duende);
    assert_eq!((names.scopes.len(), names.roles.len()), (2, 1));
    let two = json!({"v": 2, "azp": "https://a.example", "o": {"id": "org_1", "rol": "admin", "slg": "a"}});
    let one = json!({"org_role": "org:admin", "org_permissions": ["org:invoices:create"]});
    assert_eq!(extract(&ClaimMap::clerk(), &two).roles, ["admin"]);
    let names = extract(&ClaimMap::clerk(), &one);
    assert_eq!((names.roles, names.permissions.len()), (vec!["org:admin".into()], 1));
    let supabase = json!({"role": "authenticated", "user_role": "moderator"});
    assert_eq!(extract(&ClaimMap::supabase(), &supabase).roles, ["moderator"]);
    let adfs = json!({"scp": "openid read", "appid": "c"});
    assert_eq!(extract(&ClaimMap::adfs(), &adfs).scopes, ["openid", "read"]);
    let spring = json!({"scope": ["read"], "authorities": [{"authority": "orders:read"}]});
    let map = ClaimMap::spring().permissions("/authorities/authority");
    let names = extract(&map, &spring);
    assert_eq!(
        (names.scopes, names.permissions),
        (vec!["read".into()], vec!["orders:read".into()])
    );
    let hasura = json!({"https://hasura.io/jwt/claims": {
        "x-hasura-allowed-roles": ["user", "editor"], "x-hasura-default-role": "user",
    }});
    assert_eq!(extract(&ClaimMap::hasura(), &hasura).roles, ["user", "editor"]);
    for map in [
        ClaimMap::zitadel(),
        ClaimMap::dex(),
        ClaimMap::authentik(),
        ClaimMap::duende(),
        ClaimMap::clerk(),
        ClaimMap::supabase(),
        ClaimMap::adfs(),
        ClaimMap::spring(),
        ClaimMap::hasura(),
    ] {
        assert_eq!(map.invalid_pointer(), None);
        assert_eq!(open(&map, &json!({})), (vec![], vec![]));
    }
}
