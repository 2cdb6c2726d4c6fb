//! Levels of logins: named by an enum, ordered like roles.

use auth_core::access_map::{AccessModel, Change};
use auth_core::policy::{CheckAnswers, Decision, EvaluationContext};
use auth_core::routing::get;
use auth_core::testing::{AccessMatrix, TestIssuer, identity};
use auth_core::{
    AuthLevels, Authenticator, Identity, Requirement, Roles, Router, requirement, requires,
};
use auth_tests::challenge;
use auth_tests::http::{NOW, issuer, send_as, serve};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
enum Role {
    Admin,
}

/// How callers log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AuthLevels)]
enum Level {
    /// A password.
    Password,
    #[level("urn:mfa", includes(Password))]
    Mfa,
    #[level("urn:hardware", includes("urn:mfa"))]
    Hardware,
    /// Looks around.
    Visit,
}

#[requires(acr = Password)]
async fn read() {}

#[requires(role = Admin, acr = Mfa, max_age = "5m")]
async fn refund() {}

#[requires(acr = Password, not(acr = "urn:hardware"))]
async fn weak() {}

/// What has no enum in scope is ordered by the vocabulary all the same.
mod elsewhere {
    #[auth_core::requires(acr = "urn:mfa")]
    pub(super) async fn by_text() {}

    #[auth_core::requires(acr = "phr" | "urn:mfa")]
    pub(super) async fn or_another() {}
}

fn routes() -> Router {
    Router::new()
        .route("/read", get(read))
        .route("/refund", get(refund))
        .route("/weak", get(weak))
        .route("/text", get(elsewhere::by_text))
        .route("/another", get(elsewhere::or_another))
}

fn authenticator(issuer: &TestIssuer) -> Authenticator {
    Authenticator::builder()
        .vocabulary::<(Role, Level)>()
        .verifier(issuer.verifier().build().unwrap())
        .build()
        .unwrap()
}

/// Which endpoints a login of each class gets into.
const LOGINS: [(Option<&str>, &[&str]); 7] = [
    (Some("password"), &["/read", "/weak"]),
    (Some("urn:mfa"), &["/read", "/refund", "/weak", "/text", "/another"]),
    (Some("urn:hardware"), &["/read", "/refund", "/text", "/another"]),
    (Some("visit"), &[]),
    // No one knows how strong a class is that is none of the levels.
    (Some("urn:other"), &[]),
    (Some("phr"), &["/another"]),
    (None, &[]),
];

#[tokio::test]
async fn a_login_of_a_level_that_includes_the_one_asked_for_is_enough() {
    let (issuer, _) = issuer();
    let app = serve(routes().protect(authenticator(&issuer)).unwrap()).await;
    for (acr, open) in LOGINS {
        let token = issuer.token("ada").roles(["admin"]).auth_time(NOW - 10);
        let token = match acr {
            Some(acr) => token.acr(acr),
            None => token,
        };
        let token = token.sign().unwrap();
        for path in ["/read", "/refund", "/weak", "/text", "/another"] {
            let answer = send_as(app, "GET", path, &token).await;
            let expected = if open.contains(&path) {
                200
            } else if path == "/weak" && acr != Some("visit") {
                // A `not` that is not met today is no remedy: the login is too strong, or no one knows how
                // strong it is.
                403
            } else {
                401
            };
            assert_eq!(answer.status, expected, "{acr:?} {path} {}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_challenge_lists_every_level_that_is_enough() {
    let (issuer, _) = issuer();
    let app = serve(routes().protect(authenticator(&issuer)).unwrap()).await;
    let token = issuer.token("ada").roles(["admin"]).acr("visit").auth_time(NOW - 10);
    let token = token.sign().unwrap();
    for (path, expected) in [
        ("/read", "password urn:mfa urn:hardware"),
        ("/refund", "urn:mfa urn:hardware"),
        // Not the one that is ruled out.
        ("/weak", "password urn:mfa"),
        ("/text", "urn:mfa urn:hardware"),
        ("/another", "phr urn:mfa urn:hardware"),
    ] {
        let answer = send_as(app, "GET", path, &token).await;
        let told = challenge::parse(answer.header("www-authenticate")).unwrap();
        assert_eq!(told["error"], "insufficient_user_authentication", "{path}");
        assert_eq!(told["acr_values"], expected, "{path}");
    }
}

#[test]
fn each_way_to_write_a_level_is_the_same_requirement() {
    const VARIANT: Requirement = requirement!(acr = Mfa);
    const PATH: Requirement = requirement!(acr = self::Level::Mfa);
    const TEXT: Requirement = requirement!(acr = "urn:mfa");
    assert_eq!(VARIANT, PATH);
    assert_eq!(VARIANT, TEXT);
    assert_eq!(VARIANT.to_string(), r#"acr = "urn:mfa""#);
    assert!(matches!(VARIANT, Requirement::Level(_)));
    assert_eq!(requirement!(acr = Password).to_string(), r#"acr = "password""#);
}

fn decide(caller: &Identity, requirement: Requirement) -> Decision {
    let context = EvaluationContext {
        grants: caller.authorities(),
        method: caller.method(),
        acr: caller.acr(),
        auth_time: caller.auth_time(),
        factors: caller.factors(),
        now: NOW,
        checks: CheckAnswers::default(),
    };
    Decision::of(requirement, &context)
}

#[test]
fn an_identity_for_a_test_has_a_level() {
    const MFA: Requirement = requirement!(acr = Mfa);
    let at =
        |acr: &str| -> Identity { identity("ada").vocabulary::<(Role, Level)>().acr(acr).build() };
    assert!(decide(&at("urn:hardware"), MFA).is_allowed());
    let weak = decide(&at("password"), MFA);
    assert!(!weak.is_allowed());
    assert_eq!(weak.missing().unwrap().to_string(), "acr urn:mfa");
    assert_eq!(weak.to_string(), "✗ acr urn:mfa");
    // Without the enum no caller meets it.
    let foreign = identity("ada").vocabulary::<(Role,)>().acr("urn:mfa").build();
    let decision = decide(&foreign, MFA);
    assert!(!decision.is_allowed() && decision.explanation().is_foreign());
}

#[test]
fn a_level_that_the_authenticator_does_not_know_is_reported_at_once() {
    let (issuer, _) = issuer();
    let without = Authenticator::builder()
        .vocabulary::<(Role,)>()
        .verifier(issuer.verifier().build().unwrap())
        .build()
        .unwrap();
    let text = routes().protect(without).unwrap_err().to_string();
    assert!(text.contains("Level"), "{text}");
    // By text it is a class like any other, as without an enum.
    assert!(!text.contains("by_text"), "{text}");
}

#[test]
fn the_lock_lists_the_levels_and_reads_back() {
    let map = routes().access_map().with_vocabulary::<(Role, Level)>();
    let lock = map.lock_text();
    assert!(lock.contains("[levels]\n\"password\" = {}\n"), "{lock}");
    assert!(lock.contains("\"urn:mfa\" = { includes = [\"password\"] }\n"), "{lock}");
    assert!(
        lock.contains("requires = 'role = \"admin\", acr = \"urn:mfa\", max_age = \"5m\"'"),
        "{lock}"
    );
    let read = AccessModel::from_lock(&lock).unwrap();
    assert_eq!(read.vocabulary.levels.len(), 4);
    assert!(read.compare(map.model()).endpoints.iter().all(|it| it.change == Change::Equivalent));
    let json = AccessModel::from_json(&map.to_json()).unwrap();
    assert_eq!(&json, map.model());
    let read = map.model().endpoints.iter().find(|it| it.path == "/read").unwrap();
    // The weakest level that is enough.
    assert_eq!(read.minimal_sets.len(), 1);
    assert_eq!(read.minimal_sets[0].acr.as_deref(), Some("password"));
    let markdown = map.to_markdown();
    assert!(markdown.contains("## The levels"), "{markdown}");
}

#[test]
fn a_level_that_includes_more_than_before_widens_what_asks_for_it() {
    let model = |visit: &str, requires: &str| {
        let text = format!(
            "version = 1\n[levels]\npassword = {{}}\nvisit = {{{visit}}}\n[[endpoint]]\npath = \"/x\"\nmethod = \"GET\"\nrequires = '{requires}'\n"
        );
        AccessModel::from_lock(&text).unwrap()
    };
    let includes = " includes = [\"password\"] ";
    let password = r#"acr = "password""#;
    let comparison = model("", password).compare(&model(includes, password));
    let [change] = comparison.endpoints.as_slice() else { panic!("{comparison}") };
    assert_eq!(change.change, Change::Widened);
    assert_eq!(change.opened.as_ref().unwrap().acr.as_deref(), Some("visit"));
    assert_eq!(comparison.vocabulary, [r#"level "visit" now brings level "password""#]);
    let back = model(includes, password).compare(&model("", password));
    assert_eq!(back.endpoints[0].change, Change::Narrowed);
    // What is asked for is weaker than before.
    let weaker = model(includes, r#"acr = "visit""#).compare(&model(includes, password));
    assert_eq!(weaker.endpoints[0].change, Change::Widened);
    let stronger = model(includes, password).compare(&model(includes, r#"acr = "visit""#));
    assert_eq!(stronger.endpoints[0].change, Change::Narrowed);
    assert_eq!(stronger.endpoints[0].closed.as_ref().unwrap().acr.as_deref(), Some("password"));
}

#[tokio::test]
async fn the_matrix_tries_levels() {
    let report = AccessMatrix::of(routes()).run().await;
    assert_eq!(report.skipped().collect::<Vec<_>>(), []);
}
