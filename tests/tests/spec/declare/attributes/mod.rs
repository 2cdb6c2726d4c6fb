//! The attributes together with everything else that people put on and around handlers.
#![deny(
    clippy::pedantic,
    clippy::nursery,
    missing_docs,
    private_interfaces,
    private_bounds,
    unreachable_pub,
    unused
)]

use auth_core::policy::{Access, Declaration};
use auth_core::routing::{get, post};
use auth_core::testing::TestIssuer;
use auth_core::vocabulary::Authority;
use auth_core::web::Declared;
use auth_core::{
    AuthError, Authenticator, Identity, Permissions, Requirement, Roles, Router, Scopes, check,
    public, requirement, requires,
};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use axum::response::IntoResponse;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
enum Permission {
    #[permission("orders:read")]
    OrdersRead,
    #[permission("orders:cancel")]
    OrdersCancel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
enum Role {
    #[role(grants(OrdersRead))]
    Clerk,
    #[role("admin", grants(OrdersCancel))]
    Admin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
enum Scope {
    Read,
    Write,
}

#[derive(Clone)]
struct App;

type Answer<T> = std::result::Result<T, StatusCode>;

mod shapes;

mod checks {
    use super::*;

    #[check("the caller placed the order")]
    pub(super) async fn placed_order(
        caller: &Identity,
        Path(id): Path<u64>,
        State(_app): State<App>,
    ) -> Answer<bool> {
        std::future::ready(Ok(caller.subject() == id.to_string())).await
    }

    #[check("the shop is open")]
    async fn shop_is_open() -> bool {
        std::future::ready(true).await
    }

    #[requires(any(permission = OrdersCancel, check = placed_order), check = shop_is_open | placed_order)]
    pub(super) async fn cancel(Path(_): Path<u64>, State(_): State<App>) -> StatusCode {
        std::future::ready(StatusCode::OK).await
    }
}

mod functions;

mod others {
    use super::*;

    #[requires(role = Admin)]
    #[tracing::instrument]
    pub(super) async fn instrumented_below(Path(id): Path<u64>) -> StatusCode {
        std::future::ready(id).await;
        StatusCode::OK
    }

    #[tracing::instrument]
    #[requires(role = Admin)]
    pub(super) async fn instrumented_above(Path(id): Path<u64>) -> StatusCode {
        std::future::ready(id).await;
        StatusCode::OK
    }

    #[requires(role = Admin)]
    #[axum::debug_handler]
    pub(super) async fn debugged(Path(_): Path<u64>, _body: String) -> StatusCode {
        std::future::ready(StatusCode::OK).await
    }
}

mod documented {
    use super::*;

    /// Lists orders.
    ///
    /// Newest first.
    #[requires(role = Admin)]
    #[utoipa::path(get, path = "/below/{id}", responses((status = 200)))]
    pub(super) async fn below(Path(_id): Path<u64>, _caller: Identity) -> StatusCode {
        std::future::ready(StatusCode::OK).await
    }

    #[utoipa::path(get, path = "/above/{id}", responses((status = 200)))]
    #[requires(role = Admin)]
    pub(super) async fn above(Path(_id): Path<u64>) -> StatusCode {
        std::future::ready(StatusCode::OK).await
    }

    #[requires(role = Admin)]
    #[utoipa::path(get, path = "/silent", responses((status = 200)))]
    pub(super) async fn silent() -> StatusCode {
        std::future::ready(StatusCode::OK).await
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(below, above, silent))]
    pub(super) struct Document;
}

mod generated;

/// Nothing is in scope but what is imported, and what the generated code may reach for is taken.
#[no_implicit_prelude]
mod bare;

mod renamed {
    /// A framework of one's own around `auth_core`.
    mod framework {
        pub(super) use auth_core as inner;
    }
    use super::*;

    #[requires(crate = framework::inner, role = "clerk", scope = "read")]
    pub(super) async fn guarded() -> &'static str {
        std::future::ready("").await
    }
    #[public(crate = self::framework::inner, reason = "a test")]
    pub(super) async fn open() -> &'static str {
        std::future::ready("").await
    }
    #[check("always", crate = framework::inner)]
    pub(super) async fn yes() -> bool {
        std::future::ready(true).await
    }
    pub(super) const VALUE: Requirement = requirement!(crate = framework::inner, role = Admin);
}

/// What the router reads of a handler.
fn declaration<H, T, S>(_: H) -> Declaration
where
    H: axum::handler::Handler<T, S>,
    T: Declared<H>,
{
    T::DECLARATION
}

fn requirement_of<H, T, S>(handler: H) -> Requirement
where
    H: axum::handler::Handler<T, S>,
    T: Declared<H>,
{
    match declaration(handler).access {
        Access::Requires(requirement) => requirement,
        // Met by no caller, and so equal to none of the expected ones.
        Access::Public { .. } | Access::Pending { .. } => Requirement::Any(&[]),
    }
}

#[test]
fn every_shape_is_a_route() {
    #[expect(deprecated, reason = "it is here to be deprecated")]
    let app: Router<App> = Router::new()
        .route("/a", get(shapes::bounded::<shapes::Memory>).with_state(shapes::Memory))
        .route("/b", get(shapes::alias))
        .route("/c", get(shapes::r#type))
        .route("/d", get(shapes::conditional))
        .route("/e", post(shapes::fifteen))
        .route("/f", get(shapes::seven))
        .route("/g", get(shapes::nested))
        .route("/h", get(shapes::open))
        .route("/i", get(shapes::health))
        .route("/j/{id}", get(checks::cancel))
        .route("/k/{id}", get(others::instrumented_below))
        .route("/l/{id}", get(others::instrumented_above))
        .route("/m/{id}", get(others::debugged))
        .route("/n/{id}", get(generated::made))
        .route("/o", get(bare::guarded))
        .route("/p", get(bare::open))
        .route("/q", get(renamed::guarded))
        .route("/r", get(renamed::open))
        .route("/s", get(shapes::generic::<shapes::Memory>).with_state(shapes::Memory))
        .route("/t", get(shapes::anything::<String, Method>))
        .route("/u/{id}", get(documented::below))
        .route("/v/{id}", get(documented::above))
        .route("/w", get(documented::silent));
    drop(app);
    drop(generated::routes());
}

#[test]
fn the_declaration_says_what_was_written() {
    let declared = declaration::<_, _, ()>(shapes::health);
    assert_eq!(declared.access, Access::Public { reason: "liveness probe" });
    assert_eq!(declared.handler.name, "health");
    assert_eq!(declared.handler.module, "spec::declare::attributes::shapes");
    assert!(declared.handler.file.ends_with("shapes.rs"));
    assert_eq!(declared.handler.doc, "Whether the process runs.\n\n- a list\n  - in a list");
    assert_eq!(declared.handler.line, 109);
    assert_eq!(declaration::<_, _, ()>(shapes::open).access, Access::Public { reason: "" });

    #[expect(deprecated, reason = "it is here to be deprecated")]
    let raw = requirement_of::<_, _, ()>(shapes::r#type);
    assert_eq!(raw, Requirement::Authenticated);
    #[expect(deprecated, reason = "it is here to be deprecated")]
    let raw = declaration::<_, _, ()>(shapes::r#type).handler;
    assert_eq!((raw.name, raw.doc), ("type", ""));
}

#[test]
fn the_grammar_becomes_the_tree() {
    let role = |role: Role| Requirement::Authority(role.reference());
    let scope = |scope: Scope| Requirement::Authority(scope.reference());
    let shown = |requirement: Requirement| format!("{requirement:?}");

    let expected = [
        Requirement::Any(&[
            const { requirement!(role = Admin) },
            const { requirement!(role = Clerk) },
        ]),
        scope(Scope::Read),
    ];
    let Requirement::All(parts) = requirement_of::<_, _, ()>(bounded_with_state) else {
        panic!("a comma list demands all");
    };
    assert_eq!(parts, expected);
    assert_eq!(requirement!(role = "admin"), role(Role::Admin));
    assert_eq!(requirement!(role = crate::declare::attributes::Role::Admin,), role(Role::Admin));
    assert_eq!(requirement!(any(all(not(role = Admin)))), requirement!(not(role = "admin")));
    assert_eq!(requirement!(max_age = "5m"), Requirement::MaxAge(300));
    assert_eq!(requirement!(max_age = 1_000), Requirement::MaxAge(1_000));
    assert_eq!(
        requirement!(acr = "mfa" | "hwk"),
        Requirement::Any(&[Requirement::Acr("mfa"), Requirement::Acr("hwk")])
    );
    assert_eq!(shown(bare::VALUE), shown(requirement!(any(role = Clerk, scope = "read"))));
    assert_eq!(renamed::VALUE, role(Role::Admin));
}

#[requires(role = Admin | "clerk", scope = "read")]
async fn bounded_with_state() -> StatusCode {
    std::future::ready(StatusCode::OK).await
}

#[test]
fn a_check_has_one_slot_however_often_it_is_named() {
    let requirement = requirement_of::<_, _, App>(checks::cancel);
    let checks: Vec<_> = requirement.checks().map(|(slot, check)| (slot, check.name)).collect();
    assert_eq!(checks.first(), Some(&(0, "placed_order")));
    assert!(checks.iter().all(|check| [(0, "placed_order"), (1, "shop_is_open")].contains(check)));
    let (_, info) = requirement.checks().next().expect("there are checks");
    assert_eq!(info.sentence, "the caller placed the order");
    assert_eq!(info.module, "spec::declare::attributes::checks");
    let _ = renamed::yes;
}

/// The section for rustdoc is not for the readers of the OpenAPI document.
#[test]
fn utoipa_sees_the_user_s_own_documentation() {
    let document = <documented::Document as utoipa::OpenApi>::openapi();
    let document = serde_json::to_value(document).expect("a document");
    let below = &document["paths"]["/below/{id}"]["get"];
    assert_eq!(below["summary"], "Lists orders.");
    assert_eq!(below["description"], "Newest first.");
    assert_eq!(below["parameters"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["paths"]["/above/{id}"]["get"]["parameters"][0]["name"], "id");
    assert!(document["paths"]["/silent"]["get"].get("summary").is_none());
}

/// A function is asked by a handler, with the identity that the guard let in.
#[tokio::test]
async fn functions_ask_for_themselves() {
    #[requires(authenticated)]
    async fn ask(caller: Identity) -> String {
        let mut answers = [
            functions::cancel_in_ledger(&caller, 21)
                .map_or_else(|error| error.to_string(), |id| id.to_string()),
            functions::Ledger(7)
                .balance::<u64>(&caller)
                .map_or_else(|error| error.to_string(), |id| id.to_string()),
            generated::asks(&caller)
                .map_or_else(|error| error.to_string(), |()| "asked".to_owned()),
            bare::function(&caller).map_or_else(|error| error.to_string(), |()| "clerk".to_owned()),
            functions::later(&caller)
                .await
                .map_or_else(|error| error.to_string(), |()| "later".to_owned()),
        ];
        for answer in &mut answers {
            if answer.starts_with("forbidden") {
                "no".clone_into(answer);
            }
        }
        answers.join(" ")
    }

    let issuer = TestIssuer::new("https://id.example.com", "tests").expect("an issuer");
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().expect("a verifier"))
        .build()
        .expect("an authenticator");
    let app = Router::new().route("/", get(ask)).protect(authenticator).expect("an app");
    for (role, expected) in [
        ("clerk", "no no no clerk no"),
        ("admin", "42 7 asked no later"),
        ("other", "no no no no no"),
    ] {
        let token = issuer.token("me").roles([role]).scopes(["read"]).sign().expect("a token");
        let request = Request::get("/")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .expect("a request");
        let response = app.clone().oneshot(request).await.expect("an answer");
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(String::from_utf8_lossy(&body), expected, "{role}");
    }
}
