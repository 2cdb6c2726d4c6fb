//! Which methods an endpoint accepts decides what is looked at, and what a 401 offers.

use std::sync::atomic::Ordering::SeqCst;

use auth_core::routing::get;
use auth_core::{Identity, Method, Router, public, requirement, requires};
use auth_tests::http::{Answer, issuer, serve};

use super::{Sessions, builder, send};

fn name(caller: &Identity) -> String {
    format!("{} by {}", caller.subject(), caller.method())
}

#[requires(authenticated)]
async fn by_default(caller: Identity) -> String {
    name(&caller)
}

#[requires(method = Session | ApiKey)]
async fn sessions_and_keys(caller: Identity) -> String {
    name(&caller)
}

#[requires(method = Session)]
async fn sessions(caller: Identity) -> String {
    name(&caller)
}

#[requires(method = Mtls)]
async fn bound(caller: Identity) -> String {
    name(&caller)
}

#[public]
async fn greeting(caller: Option<Identity>) -> String {
    match caller {
        Some(caller) => name(&caller),
        None => "a stranger".to_owned(),
    }
}

fn routes() -> Router {
    Router::new()
        .route("/default", get(by_default))
        .route("/web", get(sessions_and_keys))
        .route("/session", get(sessions))
        .route("/greeting", get(greeting))
}

fn challenges(answer: &Answer) -> Vec<&str> {
    answer.all("www-authenticate")
}

/// Holds P-26.
#[tokio::test]
async fn adding_a_scheme_opens_nothing() {
    let (issuer, _) = issuer();
    let app = serve(routes().protect(builder(&issuer).build().unwrap()).unwrap()).await;
    for headers in [[("cookie", "sid=alice.clerk")], [("x-api-key", "key-of-reports")]] {
        let answer = send(app, "GET", "/default", &headers).await;
        assert_eq!(answer.status, 401, "{headers:?}");
        assert_eq!(challenges(&answer), ["Bearer"]);
        assert_eq!(send(app, "GET", "/greeting", &headers).await.body, "a stranger");
    }
}

/// Holds P-26.
#[tokio::test]
async fn an_endpoint_accepts_the_methods_that_it_names() {
    let (issuer, _) = issuer();
    let app = serve(routes().protect(builder(&issuer).build().unwrap()).unwrap()).await;
    let session = send(app, "GET", "/web", &[("cookie", "sid=alice.clerk")]).await;
    assert_eq!(session.body, "alice by session");
    let key = send(app, "GET", "/web", &[("x-api-key", "key-of-reports")]).await;
    assert_eq!(key.body, "reports by api-key");
    let token = issuer.token("alice").sign().unwrap();
    let bearer = format!("Bearer {token}");
    let refused = send(app, "GET", "/web", &[("authorization", &bearer)]).await;
    assert_eq!(refused.status, 401);
    let accepted = send(app, "GET", "/default", &[("authorization", &bearer)]).await;
    assert_eq!(accepted.body, "alice by bearer");
}

/// Holds P-26.
#[tokio::test]
async fn a_service_accepts_the_methods_that_its_requirement_names() {
    async fn files(request: axum::extract::Request) -> String {
        request.extensions().get::<Identity>().map(name).unwrap_or_default()
    }
    let (issuer, _) = issuer();
    let service = axum::Router::new().route("/{name}", axum::routing::get(files));
    let merged = axum::Router::new().route("/merged", axum::routing::get(files));
    let app = Router::new()
        .nest_service("/files", service, requirement!(method = Session))
        .merge_axum(merged, requirement!(method = Session));
    let app = serve(app.protect(builder(&issuer).build().unwrap()).unwrap()).await;
    let token = issuer.token("alice").sign().unwrap();
    let bearer = format!("Bearer {token}");
    for path in ["/files/a", "/merged"] {
        let session = send(app, "GET", path, &[("cookie", "sid=alice.clerk")]).await;
        assert_eq!((session.status, &*session.body), (200, "alice by session"), "{path}");
        let refused = send(app, "GET", path, &[("authorization", &bearer)]).await;
        assert_eq!(refused.status, 401, "{path}");
        assert_eq!(challenges(&refused), [r#"Session login="https://shop.test/login""#], "{path}");
    }
}

#[tokio::test]
async fn a_401_offers_what_is_accepted_and_nothing_else() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer).realm("shop").build().unwrap();
    let app = serve(routes().protect(authenticator).unwrap()).await;
    let none = send(app, "GET", "/web", &[]).await;
    assert_eq!((none.status, none.json()["code"].as_str()), (401, Some("unauthenticated")));
    assert_eq!(
        challenges(&none),
        [r#"Session realm="shop", login="https://shop.test/login""#, r#"ApiKey realm="shop""#]
    );
    let one = send(app, "GET", "/session", &[]).await;
    assert_eq!(challenges(&one), [r#"Session realm="shop", login="https://shop.test/login""#]);
    let default = send(app, "GET", "/default", &[]).await;
    assert_eq!(challenges(&default), [r#"Bearer realm="shop""#]);
}

/// Holds P-26.
#[tokio::test]
async fn a_credential_that_is_not_accepted_is_not_looked_at() {
    let (issuer, _) = issuer();
    let sessions = Sessions::default();
    let authenticator = builder(&issuer).build().unwrap();
    drop(authenticator);
    let authenticator = auth_core::Authenticator::builder()
        .vocabulary::<(auth_tests::http::Role,)>()
        .verifier(issuer.verifier().build().unwrap())
        .scheme(sessions.clone())
        .build()
        .unwrap();
    let app =
        Router::new().route("/default", get(by_default)).route("/session", get(self::sessions));
    let app = serve(app.protect(authenticator).unwrap()).await;
    let token = issuer.token("alice").sign().unwrap();
    let bearer = format!("Bearer {token}");
    // A single-page application sends its cookies along.
    let both = [("authorization", bearer.as_str()), ("cookie", "sid=bob.clerk")];
    assert_eq!(send(app, "GET", "/default", &both).await.body, "alice by bearer");
    assert_eq!(sessions.asked.load(SeqCst), 0);
    // A staging site is behind the `Basic` of a proxy; malformed is none of our business.
    for foreign in ["Basic eDp5", "Bearer a b", "Bearer x"] {
        let both = [("authorization", foreign), ("cookie", "sid=bob.clerk")];
        assert_eq!(send(app, "GET", "/session", &both).await.body, "bob by session", "{foreign}");
    }
}

#[tokio::test]
async fn two_credentials_that_are_accepted_are_refused() {
    let (issuer, _) = issuer();
    let app = serve(routes().protect(builder(&issuer).build().unwrap()).unwrap()).await;
    let both = [("cookie", "sid=alice.clerk"), ("x-api-key", "key-of-reports")];
    let refused = send(app, "GET", "/web", &both).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (400, Some("invalid_request")));
    assert_eq!(send(app, "GET", "/session", &both).await.body, "alice by session");
}

#[tokio::test]
async fn the_default_list_is_what_the_application_says() {
    let (issuer, _) = issuer();
    let methods = Method::DEFAULT.into_iter().chain([Method::Session]);
    let authenticator = builder(&issuer).methods(methods).build().unwrap();
    let app = serve(routes().protect(authenticator).unwrap()).await;
    let session = [("cookie", "sid=alice.clerk")];
    assert_eq!(send(app, "GET", "/default", &session).await.body, "alice by session");
    assert_eq!(send(app, "GET", "/greeting", &session).await.body, "alice by session");
    let token = issuer.token("bob").sign().unwrap();
    let bearer = [("authorization", format!("Bearer {token}"))];
    let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(send(app, "GET", "/default", &bearer).await.body, "bob by bearer");
}

#[tokio::test]
async fn a_part_of_an_api_names_its_methods_once() {
    let (issuer, _) = issuer();
    let web =
        Router::new().route("/orders", get(by_default)).require(requirement!(method = Session));
    let app = Router::new().nest("/web", web).route("/api", get(by_default));
    let app = serve(app.protect(builder(&issuer).build().unwrap()).unwrap()).await;
    let session = [("cookie", "sid=alice.clerk")];
    assert_eq!(send(app, "GET", "/web/orders", &session).await.body, "alice by session");
    assert_eq!(send(app, "GET", "/api", &session).await.status, 401);
}

#[tokio::test]
async fn a_token_without_binding_is_refused_where_only_bound_ones_are_accepted() {
    let (issuer, _) = issuer();
    let certificates = auth_core::binding::ClientCertificates::from_header("client-cert")
        .trusted_peers(["127.0.0.1/32"]);
    let authenticator = builder(&issuer).client_certificates(certificates).build().unwrap();
    let app = Router::new().route("/bound", get(bound));
    let app = serve(app.protect(authenticator).unwrap()).await;
    let token = issuer.token("alice").sign().unwrap();
    let bearer = format!("Bearer {token}");
    let refused = send(app, "GET", "/bound", &[("authorization", &bearer)]).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (401, Some("invalid_token")));
}
