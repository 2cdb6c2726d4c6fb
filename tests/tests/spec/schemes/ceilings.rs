//! A credential that lends a part of its owner's rights: also if more is assigned to its owner, the caller holds
//! no more than the credential's ceiling.

use std::convert::Infallible;

use auth_core::authenticator::AssignmentQuery;
use auth_core::routing::get;
use auth_core::scheme::{Challenge, Locations, PresentedCredential, SchemeError};
use auth_core::testing::TestIssuer;
use auth_core::{
    AssignmentSource, Assignments, Authentication, AuthenticationScheme, Authenticator,
    AuthorityKind, Identity, Method, Permissions, Roles, Router, requires,
};
use auth_tests::http::serve;
use http::HeaderName;

use super::send;

#[derive(Clone, Copy, Permissions)]
enum Permission {
    ReadNotes,
    WriteNotes,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role(grants(ReadNotes))]
    Guest,
    #[role(includes(Guest), grants(WriteNotes))]
    Member,
}

const KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Keys of the form `owner:role+role:permission+permission`: what is lent.
struct Keys;

impl AuthenticationScheme for Keys {
    fn method(&self) -> Method {
        Method::ApiKey
    }

    fn locations(&self) -> Locations {
        Locations::header(KEY)
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let mut parts = credential.header(&KEY)?.split(':');
        let owner = parts.next().unwrap_or_default();
        let mut lent = || parts.next().unwrap_or_default().split('+').filter(|it| !it.is_empty());
        Ok(Authentication::vouched_by_scheme(self.method(), "https://notes.test", owner)
            .at_most(AuthorityKind::Role, lent())
            .at_most(AuthorityKind::Permission, lent())
            .build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("ApiKey")
    }
}

/// Alice is a member, Bob a guest.
struct Stored;

impl AssignmentSource for Stored {
    type Error = Infallible;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, Infallible> {
        Ok(Assignments::none().roles(match caller.subject() {
            "alice" => Some("member"),
            "bob" => Some("guest"),
            _ => None,
        }))
    }
}

#[requires(method = ApiKey, permission = ReadNotes)]
async fn read() {}

#[requires(method = ApiKey, permission = WriteNotes)]
async fn write() {}

#[requires(method = ApiKey, role = Member)]
async fn members() {}

#[requires(method = ApiKey)]
async fn held(caller: Identity) -> String {
    format!("{:?}", caller.authorities())
}

#[tokio::test]
async fn a_caller_holds_what_the_owner_holds_and_the_credential_lends() {
    let issuer = TestIssuer::new("https://id.test", "notes").unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission)>()
        .verifier(issuer.verifier().build().unwrap())
        .scheme(Keys)
        .assignment_source(Stored)
        .build()
        .unwrap();
    let routes = Router::new()
        .route("/read", get(read))
        .route("/write", get(write))
        .route("/members", get(members))
        .route("/held", get(held));
    let app = serve(routes.protect(authenticator).unwrap()).await;
    for (key, [read, write, members], held) in [
        // Nothing is lent: no role, and nothing that a role would bring.
        ("alice::", [403, 403, 403], r#"{"roles": [], "permissions": []}"#),
        // A permission without the role that brings it.
        ("alice::read_notes", [200, 403, 403], r#"{"roles": [], "permissions": ["read_notes"]}"#),
        // A role without its permissions.
        ("alice:member:", [403, 403, 200], r#"{"roles": ["guest", "member"], "permissions": []}"#),
        // More than the owner has is not there to be lent.
        (
            "bob:member:write_notes+read_notes",
            [200, 403, 403],
            r#"{"roles": ["guest"], "permissions": ["read_notes"]}"#,
        ),
        ("carol:member:read_notes", [403, 403, 403], r#"{"roles": [], "permissions": []}"#),
        // A name that there is not lends nothing.
        ("alice:admin:everything", [403, 403, 403], r#"{"roles": [], "permissions": []}"#),
    ] {
        // Twice: what is kept of the assignments is under the ceiling too.
        for _ in 0..2 {
            for (path, status) in [("/read", read), ("/write", write), ("/members", members)] {
                let answer = send(app, "GET", path, &[("x-api-key", key)]).await;
                assert_eq!(answer.status, status, "{path} with {key}");
            }
        }
        assert_eq!(send(app, "GET", "/held", &[("x-api-key", key)]).await.body, held, "{key}");
    }
}
