//! How long credentials are valid, and whose pages may send them, is locked like who may call.

use std::path::PathBuf;

use auth_core::access_map::{AccessModel, LockError};
use auth_core::routing::get;
use auth_core::scheme::{
    Challenge, Locations, PresentedCredential, SchemeError, Validity, ValidityMode,
};
use auth_core::{
    AccessMap, Authentication, AuthenticationScheme, Authenticator, Method, Router, Scopes,
    requires,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
enum Scope {
    Read,
}

#[requires(method = Session)]
async fn page() {}

/// A session as the lock sees it.
struct Sessions(Validity);

impl AuthenticationScheme for Sessions {
    fn method(&self) -> Method {
        Method::Session
    }

    fn locations(&self) -> Locations {
        Locations::cookie("__Host-sid")
    }

    async fn authenticate(&self, _: &PresentedCredential) -> Result<Authentication, SchemeError> {
        Err(SchemeError::Refused("no session"))
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Cookie")
    }

    fn validity(&self) -> Validity {
        self.0
    }
}

fn map(validity: Validity, origins: &[&str]) -> AccessMap {
    let builder = Authenticator::builder()
        .vocabulary::<(Scope,)>()
        .trusted_origins(origins)
        .scheme(Sessions(validity));
    let authenticator = builder.build().unwrap();
    Router::<()>::new().route("/", get(page)).access_map().with_authenticator(&authenticator)
}

fn strict() -> Validity {
    Validity::default().mode(ValidityMode::Strict).idle(3_600).absolute(86_400)
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

const ORIGIN: &str = "https://shop.example.com";

#[test]
fn the_lock_has_a_line_for_each() {
    let map = map(strict(), &[ORIGIN]);
    let text = map.lock_text();
    let head = "trusted_origins = [\"https://shop.example.com\"]\n\n[[credential]]\nmethod = \"session\"\n\
                mode = \"strict\"\nidle = 3600\nabsolute = 86400\n";
    assert!(text.contains(head), "{text}");
    let read = AccessModel::from_lock(&text).unwrap();
    assert_eq!(read.credentials, map.model().credentials);
    assert!(map.to_markdown().contains("`session: strict, idle 1h, absolute 1d`"));
    let again = AccessModel::from_json(&map.to_json()).unwrap();
    assert_eq!(&again, map.model());
}

#[test]
fn what_makes_more_of_a_credential_is_a_widening() {
    let path = file("credentials_wider.lock");
    map(strict(), &[ORIGIN]).write_lock(&path).unwrap();
    map(strict(), &[ORIGIN]).check_lock(&path).unwrap();
    for (other, said) in [
        (
            map(strict().mode(ValidityMode::Feed), &[ORIGIN]),
            "strict, idle 1h, absolute 1d → session: feed",
        ),
        (map(strict().idle(7_200), &[ORIGIN]), "idle 1h, absolute 1d → session: strict, idle 2h"),
        (
            map(strict(), &[ORIGIN, "https://evil.example"]),
            "pages of https://evil.example are trusted",
        ),
    ] {
        let LockError::Drift { comparison, .. } = other.check_lock(&path).unwrap_err() else {
            panic!("it is another one");
        };
        assert!(comparison.is_widening());
        let error = other.check_lock(&path).unwrap_err().to_string();
        assert!(error.starts_with("CREDENTIALS THAT WERE REFUSED MAY BE ACCEPTED"), "{error}");
        assert!(error.contains("widened: credentials: ") && error.contains(said), "{error}");
    }
}

#[test]
fn what_makes_less_of_it_or_is_written_down_first_is_none() {
    let path = file("credentials_narrower.lock");
    let shorter = map(strict().idle(60), &[ORIGIN]);
    map(strict(), &[ORIGIN]).write_lock(&path).unwrap();
    let error = shorter.check_lock(&path).unwrap_err().to_string();
    assert!(error.contains("no caller gains access"), "{error}");
    Router::<()>::new().route("/", get(page)).access_map().write_lock(&path).unwrap();
    let error = shorter.check_lock(&path).unwrap_err().to_string();
    assert!(error.contains("no caller gains access") && error.contains("new: session"), "{error}");
}

#[test]
fn a_lock_that_says_something_else_of_a_credential_is_none() {
    let text = map(strict(), &[ORIGIN]).lock_text();
    for (line, problem) in [
        ("mode = \"perhaps\"", "unknown mode `perhaps`"),
        ("idle = \"long\"", "`idle` is not known of a credential"),
    ] {
        let changed = text.replace("mode = \"strict\"", line);
        let error = AccessModel::from_lock(&changed).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn a_credential_is_written_once_and_with_its_method() {
    let text = map(strict(), &[ORIGIN]).lock_text();
    for (from, to, problem) in [
        ("idle = 3600", "idle = 3600\nidle = 7200", "a second `idle`"),
        ("method = \"session\"", "", "a credential has a `method`"),
        ("trusted_origins = [", "trusted_origins = []\ntrusted_origins = [", "`trusted_origins`"),
    ] {
        let error = AccessModel::from_lock(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}
