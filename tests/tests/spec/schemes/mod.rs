//! Authentication schemes: an endpoint looks at the credentials that it accepts, and at no others.

mod bearer_prefix;
mod by_hand;
mod ceilings;
mod cross_site;
mod factors;
mod methods;
mod misconfigured;
mod not_cross_site;
mod pending;
mod pipeline;
mod token_locations;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::scheme::{Challenge, Locations, PresentedCredential, SchemeError};
use auth_core::testing::TestIssuer;
use auth_core::{Authentication, AuthenticationScheme, Authenticator, Method};
use auth_tests::http::{Answer, Permission, Role, Scope};
use http::HeaderName;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const REALM: &str = "https://shop.test";

/// Sessions of browsers: the cookie `sid` names a user and their roles, as in `alice.clerk`.
#[derive(Clone, Default)]
struct Sessions {
    asked: Arc<AtomicUsize>,
}

impl AuthenticationScheme for Sessions {
    fn method(&self) -> Method {
        Method::Session
    }

    fn locations(&self) -> Locations {
        Locations::cookie("sid")
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        self.asked.fetch_add(1, SeqCst);
        let cookie = credential.cookie("sid")?;
        let (user, role) =
            cookie.split_once('.').ok_or(SchemeError::Refused("there is no such session"))?;
        match role {
            "down" => Err(SchemeError::Unavailable { retry_after: 9 }),
            "odd" => Err(SchemeError::Misconfigured("the store is of another version")),
            "foreign" => Ok(Authentication::vouched_by_scheme(Method::ApiKey, REALM, user).build()),
            "old" => Ok(Authentication::vouched_by_scheme(Method::Session, REALM, user)
                .expires_at(auth_tests::http::NOW)
                .build()),
            role => Ok(Authentication::vouched_by_scheme(Method::Session, REALM, user)
                .roles([role])
                .session_id(cookie)
                .issued_at(auth_tests::http::NOW - 60)
                .auth_time(auth_tests::http::NOW - 60)
                .amr(["pwd", "otp"])
                .build()),
        }
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Session").param("login", "https://shop.test/login")
    }
}

/// Keys of programs: the header names the program.
#[derive(Clone, Default)]
struct Keys;

impl AuthenticationScheme for Keys {
    fn method(&self) -> Method {
        Method::ApiKey
    }

    fn locations(&self) -> Locations {
        Locations::header(API_KEY)
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        match credential.header(&API_KEY)?.strip_prefix("key-of-") {
            Some(program) => Ok(Authentication::vouched_by_scheme(self.method(), "keys", program)
                .scopes(["read"])
                .token_id(program)
                .build()),
            None => Err(SchemeError::Refused("there is no such key")),
        }
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("ApiKey")
    }
}

/// An authenticator for tokens, sessions and keys.
fn builder(issuer: &TestIssuer) -> AuthenticatorBuilder {
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .scheme(Sessions::default())
        .scheme(Keys)
}

/// Sends a request with these headers.
async fn send(
    app: std::net::SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    auth_tests::http::send(app, method, path, &lines).await
}
