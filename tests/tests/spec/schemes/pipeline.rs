//! What holds for tokens holds for every scheme: revocation, tenant, assignments, expiry, and that an
//! outcome lives no longer than what it was made from.

use std::sync::atomic::Ordering::SeqCst;

use auth_core::authenticator::AssignmentQuery;
use auth_core::revocation::{Revocation, RevocationList};
use auth_core::routing::get;
use auth_core::{AssignmentSource, Assignments, Authenticator, Identity, Method, Router, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer, serve};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::{REALM, Sessions, builder, send};

#[requires(method = Session, role = Clerk)]
async fn shelf(caller: Identity) -> String {
    let tenant = caller.tenant().unwrap_or("no tenant");
    format!("{} in {tenant}, {}", caller.subject(), caller.amr().join("+"))
}

#[requires(method = Session)]
async fn log_out(caller: Identity) -> String {
    caller.session_id().unwrap_or_default().to_owned()
}

fn routes() -> Router {
    Router::new().route("/shelf", get(shelf)).route("/me", get(log_out))
}

const ALICE: [(&str, &str); 1] = [("cookie", "sid=alice.clerk")];

#[tokio::test]
async fn what_a_scheme_says_is_what_a_requirement_reads() {
    let (issuer, clock) = issuer();
    let app =
        serve(routes().protect(builder(&issuer).clock(clock).build().unwrap()).unwrap()).await;
    assert_eq!(send(app, "GET", "/shelf", &ALICE).await.body, "alice in no tenant, pwd+otp");
    let unknown = send(app, "GET", "/shelf", &[("cookie", "sid=alice.visitor")]).await;
    assert_eq!(unknown.status, 403);
    assert_eq!(send(app, "GET", "/me", &ALICE).await.body, "alice.clerk");
}

#[tokio::test]
async fn each_refusal_of_a_scheme_has_its_status() {
    let (issuer, clock) = issuer();
    let app =
        serve(routes().protect(builder(&issuer).clock(clock).build().unwrap()).unwrap()).await;
    for (cookie, status, code) in [
        ("sid=nobody", 401, "invalid_credential"),
        ("sid=alice.old", 401, "invalid_credential"),
        ("sid=alice.down", 503, "unavailable"),
        ("sid=alice.odd", 500, "misconfigured_scheme"),
        // Another method than its own, and no one by name.
        ("sid=alice.foreign", 500, "misconfigured_scheme"),
        ("sid=.clerk", 500, "misconfigured_scheme"),
        ("sid=a.clerk; sid=b.clerk", 400, "invalid_request"),
    ] {
        let answer = send(app, "GET", "/shelf", &[("cookie", cookie)]).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (status, Some(code)),
            "{cookie}"
        );
        let challenge = r#"Session login="https://shop.test/login""#;
        let expected = if status < 500 { vec![challenge] } else { vec![] };
        assert_eq!(answer.all("www-authenticate"), expected, "{cookie}");
    }
}

#[tokio::test]
async fn a_session_is_revoked_by_its_id_its_subject_and_itself() {
    let (issuer, clock) = issuer();
    for revocation in
        [Revocation::session(REALM, "alice.clerk", NOW), Revocation::subject(REALM, "alice", NOW)]
    {
        let list = RevocationList::builder().clock(clock.clone()).build().unwrap();
        let authenticator = builder(&issuer).clock(clock.clone()).revocations(list.clone());
        let app = serve(routes().protect(authenticator.build().unwrap()).unwrap()).await;
        assert_eq!(send(app, "GET", "/shelf", &ALICE).await.status, 200);
        list.revoke(revocation).unwrap();
        let refused = send(app, "GET", "/shelf", &ALICE).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (401, Some("invalid_credential"))
        );
        let bob = [("cookie", "sid=bob.clerk")];
        assert_eq!(send(app, "GET", "/shelf", &bob).await.status, 200);
    }
}

/// The application's own roles.
struct Desk;

impl AssignmentSource for Desk {
    type Error = std::convert::Infallible;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, Self::Error> {
        assert_eq!((caller.method(), caller.issuer()), (Method::Session, REALM));
        Ok(match caller.tenant() {
            Some("north") => Assignments::none().roles(["clerk"]),
            _ => Assignments::none(),
        })
    }
}

#[tokio::test]
async fn roles_of_the_application_and_tenants_apply_to_every_scheme() {
    let (issuer, clock) = issuer();
    let authenticator = builder(&issuer)
        .clock(clock)
        .tenant_in_header(http::HeaderName::from_static("x-tenant"))
        .assignment_source(Desk)
        .build()
        .unwrap();
    let app = serve(routes().protect(authenticator).unwrap()).await;
    let visitor = ("cookie", "sid=alice.visitor");
    let north = send(app, "GET", "/shelf", &[visitor, ("x-tenant", "north")]).await;
    assert_eq!(north.body, "alice in north, pwd+otp");
    assert_eq!(send(app, "GET", "/shelf", &[visitor, ("x-tenant", "south")]).await.status, 403);
    let without = send(app, "GET", "/shelf", &[visitor]).await;
    assert_eq!((without.status, without.json()["code"].as_str()), (400, Some("invalid_request")));
}

/// Asks who calls before the endpoint does, and then may change what the request carries.
async fn middleware(caller: Option<Identity>, mut request: Request, next: Next) -> Response {
    let known = caller.map(|caller| caller.subject().to_owned());
    if let Some(instead) = request.headers_mut().remove("x-instead") {
        request.headers_mut().insert("cookie", instead);
    }
    let mut response = next.run(request).await;
    if let Some(known) = known {
        response.headers_mut().insert("x-known", known.parse().unwrap());
    }
    response
}

#[tokio::test]
async fn a_caller_lives_no_longer_than_the_credential() {
    let (issuer, clock) = issuer();
    let sessions = Sessions::default();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .scheme(sessions.clone())
        .methods([Method::Bearer, Method::Session])
        .clock(clock)
        .build()
        .unwrap();
    let app = routes().layer(from_fn(middleware));
    let app = serve(app.protect(authenticator).unwrap()).await;
    let once = send(app, "GET", "/me", &ALICE).await;
    assert_eq!((once.body.as_str(), once.header("x-known")), ("alice.clerk", "alice"));
    assert_eq!(sessions.asked.load(SeqCst), 1, "one request asks once");
    let replaced = send(app, "GET", "/me", &[ALICE[0], ("x-instead", "sid=bob.clerk")]).await;
    assert_eq!((replaced.body.as_str(), replaced.header("x-known")), ("bob.clerk", "alice"));
    let removed = send(app, "GET", "/me", &[ALICE[0], ("x-instead", "theme=dark")]).await;
    assert_eq!((removed.status, removed.header("x-known")), (401, "alice"));
}
