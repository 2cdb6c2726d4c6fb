//! Where names are in the tokens of providers, and what the vocabulary calls them.

use auth_core::ClaimMap;
use auth_core::authenticator::AuthenticatorError;
use auth_core::routing::get;
use auth_core::token::{ClaimPlace, JwtVerifierError};
use auth_core::{Authenticator, Groups, Roles, Router, Scopes, requires};
use auth_tests::http::{issuer, send_as, serve};
use auth_tests::introspection::Endpoint;
use serde_json::{Value, json};

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
    Admin,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("staff", role = Clerk)]
    Staff,
}

type Names = (Role, Scope, Group);

#[requires(role = Admin)]
async fn admin() {}

#[requires(not(role = Admin))]
async fn no_admin() {}

#[requires(group = Staff)]
async fn staff() {}

fn routes() -> Router {
    Router::new()
        .route("/admin", get(admin))
        .route("/no-admin", get(no_admin))
        .route("/staff", get(staff))
}

/// What the routes answer to a token with these claims.
async fn answers(map: ClaimMap, claims: &Value) -> [u16; 3] {
    let (issuer, _) = issuer();
    let verifier = issuer.verifier().claims(map).build().unwrap();
    let authenticator = Authenticator::builder().vocabulary::<Names>().verifier(verifier).build();
    let address = serve(routes().protect(authenticator.unwrap()).unwrap()).await;
    let claims = claims.as_object().unwrap().iter();
    let token =
        claims.fold(issuer.token("alice"), |it, (name, value)| it.claim(name, value.clone()));
    let token = token.sign().unwrap();
    let mut answers = [0; 3];
    for (answer, path) in answers.iter_mut().zip(["/admin", "/no-admin", "/staff"]) {
        *answer = send_as(address, "GET", path, &token).await.status;
    }
    answers
}

#[tokio::test]
async fn names_are_found_where_providers_put_them() {
    let admin = [200, 403, 403];
    let nobody = [403, 200, 403];
    let unknown = [403, 403, 403];
    let zitadel = |roles: Value| json!({"urn:zitadel:iam:org:project:roles": roles});
    let roles = json!({"admin": {"234": "shop.example"}, "user": {"234": "shop.example"}});
    assert_eq!(answers(ClaimMap::zitadel(), &zitadel(roles)).await, admin);
    assert_eq!(answers(ClaimMap::zitadel(), &zitadel(json!({}))).await, nobody);
    assert_eq!(answers(ClaimMap::zitadel(), &zitadel(json!(["admin"]))).await, unknown);
    let spring = || ClaimMap::new().roles("/authorities/authority");
    let of_spring = json!({"authorities": [{"authority": "admin"}]});
    assert_eq!(answers(spring(), &of_spring).await, admin);
    assert_eq!(answers(spring(), &json!({"authorities": [{"name": "admin"}]})).await, unknown);
    let of_auth0 = json!({"https://shop.example/roles": ["admin"]});
    let auth0 = ClaimMap::auth0().roles_in_claim("https://shop.example/roles");
    assert_eq!(answers(auth0, &of_auth0).await, admin);
    let keys = ClaimPlace::claim("https://shop.example/roles").keys();
    let of_keys = json!({"https://shop.example/roles": {"admin": true}});
    assert_eq!(answers(ClaimMap::new().roles(keys), &of_keys).await, admin);
}

#[tokio::test]
async fn ids_of_an_environment_are_called_by_the_names_of_the_vocabulary() {
    // From configuration, so owned.
    let configured = vec![("3f2a4c1e-0b7d".to_owned(), "staff".to_owned())];
    let map = ClaimMap::entra().rename_groups(configured).rename_roles([("Task.Admin", "admin")]);
    let claims = json!({"groups": ["3f2a4c1e-0b7d", "77"], "roles": ["Task.Admin"]});
    assert_eq!(answers(map.clone(), &claims).await, [200, 403, 200]);
    assert_eq!(answers(map, &json!({"groups": ["77"], "roles": []})).await, [403, 200, 403]);
    // With any ids, the map and the lock name the vocabulary.
    let listed = routes().access_map().to_markdown();
    assert!(listed.contains("staff") && !listed.contains("3f2a"), "{listed}");
}

#[tokio::test]
async fn what_could_never_be_found_or_meant_does_not_build() {
    let (issuer, _) = issuer();
    let endpoint = Endpoint::start().await;
    let error = |map: ClaimMap| issuer.verifier().claims(map).build().unwrap_err();
    let dead = error(ClaimMap::new().roles("/https://shop.example/roles"));
    assert_eq!(dead, JwtVerifierError::ClaimPointer("/https://shop.example/roles".into()));
    let help =
        "help: take the name as it is, with `roles_in_claim(\"https://shop.example/roles\")`";
    assert!(dead.to_string().contains(help), "{dead}");
    let of_answers = endpoint.verifier().claims(ClaimMap::new().groups("/a//b")).build();
    assert!(of_answers.unwrap_err().to_string().contains("help: write `/a/b`"));
    let twice = ClaimMap::new().rename_groups([("a", "staff"), ("a", "board")]);
    assert!(matches!(error(twice.clone()), JwtVerifierError::ClaimRename(_)));
    assert!(endpoint.verifier().claims(twice).build().is_err());

    let unknown = || ClaimMap::entra().rename_groups([("a", "stuff")]);
    let builder = || Authenticator::builder().vocabulary::<Names>();
    let jwt = builder().verifier(issuer.verifier().claims(unknown()).build().unwrap()).build();
    let opaque = builder().verifier(endpoint.verifier().claims(unknown()).build().unwrap()).build();
    for refused in [jwt, opaque] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, AuthenticatorError::RenameToUnknown(_)), "{refused}");
        assert!(refused.to_string().ends_with("help: did you mean `staff`?"), "{refused}");
    }
}
