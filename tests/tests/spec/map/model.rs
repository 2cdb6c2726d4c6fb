//! The model of a router: its JSON, what follows from the requirements, what looks like a mistake.

use auth_core::access_map::{AccessModel, EndpointModel, ModelError, RequirementModel, SCHEMA};
use auth_core::routing::{get, post};
use auth_core::{
    AccessMap, Groups, Identity, Permissions, Roles, Router, Scopes, check, public, requirement,
    requires,
};
use sha2::{Digest, Sha256};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
enum Permission {
    /// See any order.
    #[permission("orders:read")]
    OrdersRead,
    #[permission("orders:cancel")]
    OrdersCancel,
    Ledger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
enum Role {
    /// Works the counter.
    #[role(grants(OrdersRead))]
    Clerk,
    #[role(includes(Clerk), grants(OrdersCancel))]
    Manager,
    #[role("admin", includes(Manager))]
    Admin,
    #[role(grants(Ledger))]
    Auditor,
    Suspended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
enum Scope {
    Read,
    Write,
    #[scope(includes(Read, Write))]
    All,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Groups)]
enum Group {
    #[group("/staff", role = Clerk)]
    Staff,
    #[group("/guests")]
    Guests,
}

#[check("the caller placed the order")]
async fn placed_order(caller: &Identity) -> bool {
    std::future::ready(caller.subject() == "alice").await
}

/// Cancels an order.
#[requires(scope = Write, any(permission = OrdersCancel, check = placed_order))]
async fn cancel() {}

#[requires(role = Manager, scope = Write, acr = "mfa", max_age = "5m")]
async fn refund() {}

#[requires(permission = OrdersRead, not(role = Suspended), not(acr = "pwd"))]
async fn show() {}

#[requires(role = Clerk | Auditor, check = placed_order)]
async fn export() {}

#[requires(any(group = "/staff", not(max_age = "1h")))]
async fn old_login() {}

#[requires(authenticated)]
async fn me() {}

#[public(reason = "liveness probe")]
async fn health() {}

fn app() -> Router {
    let admin = Router::new().route("/audit", get(me)).require(requirement!(role = "admin"));
    Router::new()
        .route("/orders/{id}", get(show).delete(cancel))
        .route("/orders/{id}/refund", post(refund))
        .route("/export", get(export))
        .route("/old", get(old_login))
        .route("/me", get(me))
        .route("/health", get(health))
        .nest("/admin", admin)
        .merge_axum(
            axum::Router::new().route("/plain", axum::routing::get(async || ())),
            requirement!(role = Role::Admin, not(role = Role::Suspended)),
        )
}

fn map() -> AccessMap {
    app().access_map()
}

fn find<'a>(model: &'a AccessModel, label: &str) -> &'a EndpointModel {
    model.endpoints.iter().find(|it| it.to_string() == label).unwrap_or_else(|| {
        panic!(
            "no {label} in {:?}",
            model.endpoints.iter().map(ToString::to_string).collect::<Vec<_>>()
        )
    })
}

fn validate(json: &str) {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let map: serde_json::Value = serde_json::from_str(json).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&map)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_json_fits_its_schema_and_reads_back() {
    let map = map();
    validate(&map.to_json());
    validate(&Router::<()>::new().access_map().to_json());
    let whole = map.with_vocabulary::<(Role, Permission, Scope, Group)>();
    validate(&whole.to_json());
    assert_eq!(&AccessModel::from_json(&whole.to_json()).unwrap(), whole.model());
    assert_eq!(
        whole.to_json(),
        app().access_map().with_vocabulary::<(Group, Scope, Role, Permission)>().to_json()
    );
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let good: serde_json::Value = serde_json::from_str(&map().to_json()).unwrap();
    let spoil: [(&str, serde_json::Value); 6] = [
        ("/version", 3.into()),
        ("/hash", "sha256:0".into()),
        ("/endpoints/0/requirement", serde_json::json!({"role": "a", "scope": "b"})),
        ("/endpoints/0/kind", "page".into()),
        ("/endpoints/0/minimal_sets", serde_json::json!([{}])),
        ("/findings", serde_json::json!({})),
    ];
    for (place, value) in spoil {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap() = value;
        assert!(!validator.is_valid(&bad), "{place}");
        assert!(AccessModel::from_json(&bad.to_string()).is_err(), "{place}");
    }
}

#[test]
fn a_map_that_was_changed_by_hand_is_refused() {
    let json = map().to_json();
    let error = AccessModel::from_json(&json.replace("liveness", "readiness")).unwrap_err();
    assert!(matches!(error, ModelError::Hash { .. }), "{error}");
    let newer = json.replace("\"version\": 2", "\"version\": 9");
    assert_eq!(
        AccessModel::from_json(&newer).unwrap_err().to_string(),
        "an access map of version 9, but this is a reader of version 2"
    );
}

/// `JSON.stringify` over the document without `hash`, hashed: what any other tool would do.
#[test]
fn the_hash_is_of_the_compact_json_of_the_rest() {
    let map = map();
    let model = map.model();
    let compact = serde_json::to_string(model).unwrap();
    let rest = compact.replace(&format!("\"hash\":\"{}\",", model.hash), "");
    let digest = Sha256::digest(rest.as_bytes());
    let digest: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(model.hash, format!("sha256:{}", digest.concat()));
}

#[test]
fn the_least_that_a_token_must_carry() {
    let map = map();
    let model = map.model();
    let minimal = |label: &str| serde_json::to_value(&find(model, label).minimal_sets).unwrap();
    assert_eq!(
        minimal("DELETE /orders/{id}"),
        serde_json::json!([
            {"grants": {"permissions": ["orders:cancel"], "scopes": ["write"]}},
            {"grants": {"scopes": ["write"]}, "checks": ["placed_order"]},
        ])
    );
    assert_eq!(
        minimal("POST /orders/{id}/refund"),
        serde_json::json!([
            {"grants": {"roles": ["manager"], "scopes": ["write"]}, "acr": "mfa", "max_age": 300},
        ])
    );
    assert_eq!(
        minimal("GET /orders/{id}"),
        serde_json::json!([{
            "grants": {"permissions": ["orders:read"]},
            "acr_other_than": ["pwd"],
            "without": {"roles": ["suspended"]},
        }])
    );
    assert_eq!(
        minimal("GET /old"),
        serde_json::json!([
            {"grants": {}, "older_than": 3600},
            {"grants": {"groups": ["/staff"]}},
        ])
    );
    assert_eq!(minimal("GET /me"), serde_json::json!([{"grants": {}}]));
    assert_eq!(minimal("GET /health"), serde_json::json!([]));
    assert_eq!(minimal("GET /admin/audit"), serde_json::json!([{"grants": {"roles": ["admin"]}}]));
}

#[test]
fn roles_that_are_enough() {
    let map = map();
    let roles = |label: &str| {
        let it = find(map.model(), label);
        (it.sufficient_roles.join(" "), it.conditional_roles.join(" "), it.minimum_role.clone())
    };
    let least = |role: &str| Some(role.to_owned());
    let all = "clerk manager admin auditor suspended";
    assert_eq!(
        roles("DELETE /orders/{id}"),
        ("manager admin".into(), "clerk auditor suspended".into(), least("manager"))
    );
    assert_eq!(
        roles("POST /orders/{id}/refund"),
        ("manager admin".into(), String::new(), least("manager"))
    );
    assert_eq!(
        roles("GET /orders/{id}"),
        ("clerk manager admin".into(), String::new(), least("clerk"))
    );
    // Neither clerk nor auditor is less than the other.
    assert_eq!(roles("GET /export"), (String::new(), "clerk manager admin auditor".into(), None));
    assert_eq!(roles("GET /me"), (all.into(), String::new(), None));
    assert_eq!(roles("GET /health"), (String::new(), String::new(), None));
}

#[test]
fn the_rest_of_an_endpoint() {
    let map = map();
    let model = map.model();
    let cancel = find(model, "DELETE /orders/{id}");
    assert_eq!(
        cancel.text,
        "scope = \"write\", any(permission = \"orders:cancel\", check = placed_order)"
    );
    assert_eq!(cancel.text.parse().ok().as_ref(), cancel.requirement.as_ref());
    let handler = cancel.handler.as_ref().unwrap();
    assert_eq!((handler.name.as_str(), handler.doc.as_str()), ("cancel", "Cancels an order."));
    assert!(handler.file.ends_with("map/model.rs") && handler.line > 0);
    assert_eq!(cancel.checks[0].sentence, "the caller placed the order");
    let refund = find(model, "POST /orders/{id}/refund");
    assert_eq!(
        (refund.acr_values.as_slice(), refund.max_age),
        (&["mfa".to_owned()][..], Some(300))
    );
    let show = find(model, "GET /orders/{id}");
    assert!(show.acr_values.is_empty(), "a class under `not` is not asked for");
    let health = find(model, "GET /health");
    assert_eq!(health.public_reason.as_deref(), Some("liveness probe"));
    assert!(health.is_public() && health.text.is_empty());
    let merged = find(model, "ANY /… (axum router)");
    assert!(merged.handler.is_none());
}

#[test]
fn the_vocabulary_and_what_no_endpoint_uses() {
    let partial = map();
    let names = |list: &[auth_core::access_map::AuthorityModel]| {
        list.iter().map(|it| it.name.clone()).collect::<Vec<_>>().join(" ")
    };
    // Roles bring permissions and groups bring roles, so one requirement may name three enums.
    let vocabulary = &partial.model().vocabulary;
    assert_eq!(names(&vocabulary.roles), "clerk manager admin auditor suspended");
    assert_eq!(names(&vocabulary.permissions), "orders:read orders:cancel ledger");
    assert_eq!(vocabulary.roles[1].includes, ["clerk"]);
    assert_eq!(vocabulary.roles[1].grants, ["orders:cancel"]);
    assert_eq!(vocabulary.groups[0].roles, ["clerk"]);
    assert_eq!(vocabulary.permissions[0].doc, "See any order.");
    let findings = &partial.model().findings;
    assert_eq!(findings.unused_permissions, ["ledger"]);
    assert!(findings.unused_roles.is_empty());
    assert_eq!(findings.unused_scopes, ["read", "nothing"]);
    assert_eq!(findings.unused_groups, ["/guests"]);

    let empty = Router::<()>::new().access_map();
    assert!(empty.model().vocabulary.roles.is_empty());
    let whole = empty.with_vocabulary::<(Role, Permission)>();
    assert_eq!(whole.model().findings.unused_roles.len(), 5);
    assert!(whole.model().vocabulary.scopes.is_empty());
}

mod elsewhere {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, auth_core::Roles)]
    pub(super) enum Role {
        Clerk,
    }
}

#[requires(any(role = elsewhere::Role::Clerk, scope = Read))]
async fn foreign() {}

#[test]
fn an_endpoint_that_requires_a_foreign_enum_cannot_be_called() {
    let map = Router::<()>::new().route("/foreign", get(foreign)).access_map();
    let whole = map.with_vocabulary::<(Role, Permission, Scope)>();
    let endpoint = &whole.model().endpoints[0];
    assert_eq!(whole.model().findings.unreachable_endpoints, ["GET /foreign"]);
    assert!(endpoint.minimal_sets.is_empty() && endpoint.sufficient_roles.is_empty());
    assert_eq!(
        endpoint.text,
        "role = \"clerk\"".replace("role", "any(role") + ", scope = \"read\")"
    );
    let nobody = RequirementModel::Any(vec![]);
    let expected = RequirementModel::Any(vec![nobody, RequirementModel::Scope("read".into())]);
    assert_eq!(endpoint.requirement, Some(expected));
}
