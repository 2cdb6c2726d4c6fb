//! Mistakes in schemes and methods are found before the first request, all of them at once.

use auth_core::authenticator::AuthenticatorError;
use auth_core::binding::{ClientCertificates, ClientCertificatesError};
use auth_core::routing::get;
use auth_core::scheme::{
    Challenge, Location, Locations, PresentedCredential, SchemeError, TokenLocation,
};
use auth_core::testing::TestIssuer;
use auth_core::{Authentication, AuthenticationScheme, Authenticator, Method, Router, requires};
use auth_tests::http::{Role, Scope, issuer};

use super::{Keys, Sessions, builder};

#[requires(method = Session)]
async fn web() -> &'static str {
    "web"
}

#[requires(method = "corporate-sso")]
async fn intranet() -> &'static str {
    "intranet"
}

#[requires(method = "corporate-so")]
async fn typo() -> &'static str {
    "intranet"
}

/// A scheme that is set up as the test wants it.
struct Odd {
    method: Method,
    locations: Locations,
    challenge: Challenge,
}

impl AuthenticationScheme for Odd {
    fn method(&self) -> Method {
        self.method
    }

    fn locations(&self) -> Locations {
        self.locations.clone()
    }

    async fn authenticate(&self, _: &PresentedCredential) -> Result<Authentication, SchemeError> {
        Err(SchemeError::Refused("odd"))
    }

    fn challenge(&self) -> Challenge {
        self.challenge.clone()
    }
}

fn odd(locations: Locations) -> Odd {
    Odd { method: Method::custom("odd"), locations, challenge: Challenge::new("Odd") }
}

fn plain(issuer: &TestIssuer) -> auth_core::authenticator::AuthenticatorBuilder {
    Authenticator::builder()
        .vocabulary::<(Role, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
}

#[test]
fn protect_reports_a_method_that_no_scheme_has() {
    let (issuer, _) = issuer();
    let sso = Odd { method: Method::custom("corporate-sso"), ..odd(Locations::cookie("sso")) };
    let routes = || {
        let app: Router = Router::new();
        app.route("/web", get(web)).route("/intranet", get(intranet)).route("/typo", get(typo))
    };
    let refused = routes().protect(plain(&issuer).build().unwrap()).unwrap_err();
    let text = refused.to_string();
    assert_eq!(refused.problems().len(), 3, "{text}");
    assert!(text.contains("accepts the method `session`, which no scheme"), "{text}");
    let with_sso = plain(&issuer).scheme(sso).scheme(Sessions::default()).build().unwrap();
    let text = routes().protect(with_sso).unwrap_err().to_string();
    assert!(
        text.contains("`corporate-so`") && text.contains("did you mean `corporate-sso`?"),
        "{text}"
    );
    assert!(!text.contains("`session`"), "{text}");
}

#[test]
fn protect_reports_a_route_of_the_query_that_there_is_not() {
    let (issuer, _) = issuer();
    let query = TokenLocation::query("access_token", "/live/{topik}");
    let authenticator = plain(&issuer).token_locations([query]).build().unwrap();
    let app: Router = Router::new();
    let app = app.route("/live/{topic}", get(by_default));
    let text = app.protect(authenticator).unwrap_err().to_string();
    assert!(text.contains("did you mean `/live/{topic}`?"), "{text}");
}

#[requires(authenticated)]
async fn by_default() -> &'static str {
    "live"
}

#[test]
fn an_authenticator_needs_a_verifier_or_a_scheme() {
    let none = Authenticator::builder().vocabulary::<(Role,)>().build().unwrap_err();
    assert_eq!(none, AuthenticatorError::MissingVerifier);
    assert!(Authenticator::builder().vocabulary::<(Role,)>().scheme(Keys).build().is_ok());
}

#[test]
fn every_mistake_of_a_builder_is_reported() {
    let (issuer, _) = issuer();
    let refused = Authenticator::builder()
        .verifier(issuer.verifier().build().unwrap())
        .realm("\"")
        .client_certificates(ClientCertificates::from_header("a b").trusted_peers(["ten"]))
        .trusted_origins(["app.shop.test"])
        .token_locations([TokenLocation::cookie("a b")])
        .scheme(Odd { challenge: Challenge::new("a b"), ..odd(Locations::cookie("odd")) })
        .methods([Method::Basic])
        .build()
        .unwrap_err();
    let mistakes = refused.problems();
    let certificates = AuthenticatorError::ClientCertificates;
    let expected = [
        AuthenticatorError::InvalidRealm("\"".to_owned()),
        certificates(ClientCertificatesError::InvalidHeader("a b".to_owned())),
        certificates(ClientCertificatesError::InvalidPeer("ten".to_owned())),
        AuthenticatorError::InvalidOrigin("app.shop.test".to_owned()),
        AuthenticatorError::MissingVocabulary,
        AuthenticatorError::InvalidChallenge(Method::custom("odd")),
        AuthenticatorError::MethodWithoutScheme(Method::Basic),
    ];
    for mistake in &expected {
        assert!(mistakes.contains(mistake), "{mistake:?} in {refused}");
    }
    assert_eq!(mistakes.len(), expected.len() + 1, "{refused}");
    assert_eq!(refused.to_string().matches("help:").count(), mistakes.len());
}

#[test]
fn two_schemes_have_no_place_in_common() {
    let (issuer, _) = issuer();
    let again = builder(&issuer).scheme(odd(Locations::cookie("sid"))).build().unwrap_err();
    let odd_method = Method::custom("odd");
    assert_eq!(again, AuthenticatorError::SchemesCollide(Method::Session, odd_method));
    let bearer = plain(&issuer).scheme(odd(Locations::authorization("bearer"))).build();
    let expected = AuthenticatorError::SchemesCollide(Method::Bearer, odd_method);
    assert_eq!(bearer.unwrap_err(), expected);
    let apart = plain(&issuer).scheme(odd(Locations::authorization("Negotiate"))).build();
    assert!(apart.is_ok());
}

#[test]
fn a_credential_is_where_one_can_be() {
    let (issuer, _) = issuer();
    for location in [
        Location::Target,
        Location::Cookie("a b".into()),
        Location::Header(http::header::AUTHORIZATION),
        Location::Authorization("".into()),
    ] {
        let refused = plain(&issuer).scheme(odd(Locations::at(location.clone()))).build();
        let expected = AuthenticatorError::InvalidSchemeLocation(Method::custom("odd"));
        assert_eq!(refused.unwrap_err(), expected, "{location:?}");
    }
}
