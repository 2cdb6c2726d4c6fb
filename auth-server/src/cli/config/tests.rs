//! Every key is read, and every mistake is named in one sentence.

use std::time::Duration;

use super::*;

/// The page that other programs are written against.
const CONTRACT: &str = r#"
listen = "127.0.0.1:4000"
issuer = "http://127.0.0.1:4000"
database = "sqlite::memory:"
redis = "redis://127.0.0.1:6379"
secret = "0123456789abcdef0123456789abcdef"

[lifetimes]
authorization_code = "60s"
access_token = "10m"
refresh_token_idle = "14d"
refresh_token = "90d"
refresh_retry_window = "0s"
session_idle = "30m"
session = "12h"
pushed_request = "60s"

[signing]
algorithms = ["ES256", "RS256"]
rotate_every = "30d"

[[resource]]
uri = "https://api.example.com"
scopes = ["read", "write", "admin"]
access_tokens = "jwt"

[[client]]
id = "spa"
redirect_uris = ["https://app.example.com/callback", "http://127.0.0.1/callback"]
post_logout_redirect_uris = ["https://app.example.com/"]
scopes = ["openid", "offline_access", "read", "write"]
resources = ["https://api.example.com"]
consent = "ask"

[[client]]
id = "worker"
secret = "worker-secret-0123456789abcdef0123456789"
authentication = "client_secret_basic"
grants = ["client_credentials"]
scopes = ["read"]
resources = ["https://api.example.com"]
roles = ["auditor"]
introspect = ["https://api.example.com"]
dpop_bound_access_tokens = false
require_pushed_authorization_requests = false

[[client]]
id = "bank"
authentication = "private_key_jwt"
jwks = { keys = [ { kty = "EC", crv = "P-256", x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", kid = "bank-1" } ] }

[[user]]
username = "alice"
password = "correct horse battery staple"
email = "alice@example.com"
roles = ["manager"]
groups = ["/staff"]
totp = "JBSWY3DPEHPK3PXP"

[client_id_metadata_documents]
enabled = true
allow_http_on_loopback = false
scopes = ["openid", "offline_access", "read"]

[dynamic_registration]
enabled = false
scopes = ["openid", "offline_access", "read"]

[limits]
sign_in_failures = "100/account"
client_failures = "20/minute"
registrations = "60/hour"

[device_authorization]
enabled = false

[passkeys]
enabled = false

[token_exchange]
enabled = false
"#;

/// What is wrong with this text: one sentence.
fn mistake(text: &str) -> String {
    let mistakes = Config::parse(text).expect_err(text);
    let [only] = mistakes.as_slice() else { panic!("{text}: {mistakes:?}") };
    let sentence = only.to_string();
    assert!(!sentence.contains('\n'), "{sentence}");
    sentence
}

#[test]
fn the_contract_is_read() {
    let config = Config::parse(CONTRACT).unwrap_or_else(|it| panic!("{it:?}"));
    assert_eq!(config.listen.unwrap().0.to_string(), "127.0.0.1:4000");
    assert_eq!(config.issuer.as_deref(), Some("http://127.0.0.1:4000"));
    assert_eq!(config.database, Some(Database::Memory));
    assert_eq!(config.redis.unwrap().0.expose(), "redis://127.0.0.1:6379");
    assert_eq!(config.secret.unwrap().0.expose().len(), 32);
    let times = &config.lifetimes;
    let secs = |it: Option<value::Time>| it.unwrap().0;
    assert_eq!(secs(times.authorization_code), Duration::from_mins(1));
    assert_eq!(secs(times.access_token), Duration::from_mins(10));
    assert_eq!(secs(times.refresh_token_idle), Duration::from_hours(14 * 24));
    assert_eq!(secs(times.refresh_token), Duration::from_hours(90 * 24));
    assert_eq!(secs(times.refresh_retry_window), Duration::ZERO);
    assert_eq!(secs(times.session_idle), Duration::from_mins(30));
    assert_eq!(secs(times.session), Duration::from_hours(12));
    assert_eq!(secs(times.pushed_request), Duration::from_mins(1));
    let algorithms = config.signing.algorithms.as_deref();
    assert_eq!(algorithms, Some(&[SigningAlgorithm::Es256, SigningAlgorithm::Rs256][..]));
    assert_eq!(secs(config.signing.rotate_every), Duration::from_hours(30 * 24));
    let [resource] = config.resource.as_slice() else { panic!() };
    assert_eq!(resource.scopes, ["read", "write", "admin"]);
    assert_eq!(resource.access_tokens, AccessTokens::Jwt);
    let [spa, worker, bank] = config.client.as_slice() else { panic!() };
    assert_eq!(spa.authentication(), Authentication::None);
    assert_eq!(spa.grants(), [Grant::AuthorizationCode, Grant::RefreshToken]);
    assert_eq!(spa.redirect_uris.len(), 2);
    assert_eq!(spa.post_logout_redirect_uris, ["https://app.example.com/"]);
    assert_eq!(spa.consent, ConsentChoice::Ask);
    assert_eq!(worker.authentication(), Authentication::ClientSecretBasic);
    assert_eq!(worker.grants(), [Grant::ClientCredentials]);
    assert_eq!(
        (worker.roles.as_slice(), worker.introspect.len()),
        (&["auditor".to_owned()][..], 1)
    );
    assert_eq!(bank.authentication(), Authentication::PrivateKeyJwt);
    assert_eq!(bank.grants(), []);
    let [alice] = config.user.as_slice() else { panic!() };
    assert_eq!(alice.password.0.expose(), "correct horse battery staple");
    assert_eq!((alice.roles.len(), alice.groups.len()), (1, 1));
    assert_eq!(alice.totp.as_ref().unwrap().0.expose(), "JBSWY3DPEHPK3PXP");
    assert!(config.client_id_metadata_documents.enabled);
    assert!(!config.dynamic_registration.enabled);
    assert_eq!(config.limits.sign_in_failures.unwrap().0, Some(100));
    assert_eq!(config.limits.client_failures.unwrap().0.unwrap().attempts, 20);
    assert_eq!(config.limits.registrations.unwrap().0.unwrap().window_seconds, 3_600);
}

#[test]
fn an_empty_file_is_a_server_on_loopback_in_memory() {
    let config = Config::parse("").unwrap();
    assert!(config.is_in_memory() && config.issuer.is_none());
}

#[test]
fn a_key_that_is_not_known_is_refused_and_the_nearest_is_named() {
    for (text, expected) in [
        (
            "lisen = \"a\"",
            "line 1: `lisen`: found a key that is not known here, expected `listen`, if that was meant",
        ),
        (
            "[lifetimes]\nacces_token = \"1m\"",
            "line 2: `lifetimes.acces_token`: found a key that is not known here, expected `access_token`, if that was meant",
        ),
        (
            "[[client]]\nid = \"a\"\nredirect_uri = [\"https://a.example\"]",
            "`client[0].redirect_uri`: found a key that is not known here, expected `redirect_uris`",
        ),
        (
            "[[user]]\nusername = \"a\"\npassword = \"b\"\nrole = [\"x\"]",
            "`user[0].role`: found a key that is not known here, expected `roles`",
        ),
        (
            "[token_exchange]\non = true",
            "`token_exchange.on`: found a key that is not known here, expected one of `enabled`",
        ),
        (
            "[[resource]]\nuri = \"https://a\"\nzzz = 1",
            "`resource[0].zzz`: found a key that is not known here, expected one of `uri`, `scopes`, `access_tokens`",
        ),
    ] {
        let said = mistake(text);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn each_mistake_is_a_sentence_with_the_path_what_was_found_and_what_was_expected() {
    const MEMORY: &str = "";
    let client = |rest: &str| {
        format!(
            "[[resource]]\nuri = \"https://a\"\nscopes = [\"read\"]\n[[client]]\nid = \"c\"\n{rest}"
        )
    };
    let user = |rest: &str| format!("[[user]]\nusername = \"a\"\n{rest}");
    let cases = [
        ("listen = 4000".to_owned(), "`listen`: found integer `4000`, expected a string such as `\"127.0.0.1:4000\"`"),
        ("listen = \"4000\"".to_owned(), "`listen`: found `4000`, expected an address and a port"),
        ("issuer = \"https://a.example/\"".to_owned(), "`issuer`: found `https://a.example/`, expected an `https` address"),
        ("issuer = \"http://a.example\"".to_owned(), "`issuer`: found `http://a.example`"),
        ("listen = \"0.0.0.0:4000\"".to_owned(), "`issuer`: found nothing, expected the address that clients"),
        ("issuer = \"https://a.example\"".to_owned(), "`database`: found nothing, expected where grants"),
        ("database = \"mysql://u:hunter2@h\"".to_owned(), "`database`: found another address, expected `sqlite::memory:`"),
        ("redis = \"http://u:hunter2@h\"".to_owned(), "`redis`: found another address, expected `redis://"),
        ("database = \"sqlite:a.db\"".to_owned(), "`secret`: found nothing, expected 32 bytes or more"),
        ("secret = \"hunter2\"".to_owned(), "`secret`: found 7 bytes, expected 32 bytes or more"),
        ("secret = \"env:AUTH_SERVER_NO_SUCH\"".to_owned(), "`secret`: found `env:AUTH_SERVER_NO_SUCH`, expected a variable of the environment that is set"),
        ("secret = \"file:/no/such\"".to_owned(), "`secret`: found `file:/no/such`, expected a file"),
        ("secret = 5551234".to_owned(), "`secret`: found integer, expected a string"),
        ("[lifetimes]\naccess_token = \"10\"".to_owned(), "line 2: `lifetimes.access_token`: found `10`, expected a number and `s`, `m`, `h` or `d`"),
        ("[lifetimes]\naccess_token = 10".to_owned(), "`lifetimes.access_token`: found integer `10`, expected a string such as `\"10m\"`"),
        ("[lifetimes]\naccess_token = \"0s\"".to_owned(), "`lifetimes.access_token`: found 0 seconds, expected 1 to 86400 seconds"),
        ("[lifetimes]\nauthorization_code = \"11m\"".to_owned(), "`lifetimes.authorization_code`: found 660 seconds, expected 1 to 600"),
        ("[lifetimes]\nrefresh_token = \"1h\"\nrefresh_token_idle = \"2h\"".to_owned(), "`lifetimes.refresh_token_idle`: found 7200 seconds, expected no more than `refresh_token`"),
        ("[lifetimes]\nsession = \"1h\"\nsession_idle = \"2h\"".to_owned(), "`lifetimes.session_idle`: found 7200 seconds, expected no more than `session`"),
        ("[lifetimes]\nsession = \"31d\"".to_owned(), "`lifetimes.session`: found"),
        ("[lifetimes]\nrefresh_retry_window = \"6m\"".to_owned(), "`lifetimes.refresh_retry_window`: found 360 seconds, expected 0 to 300"),
        ("[lifetimes]\npushed_request = \"0s\"".to_owned(), "`lifetimes.pushed_request`: found 0 seconds"),
        ("[signing]\nalgorithms = [\"HS256\"]".to_owned(), "`signing.algorithms[0]`: found `HS256`, expected one of `ES256`, `RS256`"),
        ("[signing]\nalgorithms = []".to_owned(), "`signing.algorithms`: found 0 of them"),
        ("[signing]\nalgorithms = [\"ES256\", \"ES256\"]".to_owned(), "`signing.algorithms`: found 2 of them"),
        ("[signing]\nrotate_every = \"0s\"".to_owned(), "`signing.rotate_every`: found `0s`"),
        ("[[resource]]\nscopes = []".to_owned(), "`resource[0].uri`: found nothing, expected the URI of the resource"),
        ("[[resource]]\nuri = \"api\"".to_owned(), "`resource[0].uri`: found `api`, expected an absolute URI"),
        ("[[resource]]\nuri = \"https://a#b\"".to_owned(), "`resource[0].uri`: found `https://a#b`"),
        ("[[resource]]\nuri = \"https://a\"\n[[resource]]\nuri = \"https://a\"".to_owned(), "`resource[1].uri`: found `https://a` a second time"),
        ("[[resource]]\nuri = \"https://a\"\nscopes = [\"a b\"]".to_owned(), "`resource[0].scopes[0]`: found `a b`"),
        ("[[resource]]\nuri = \"https://a\"\naccess_tokens = \"jwts\"".to_owned(), "`resource[0].access_tokens`: found `jwts`, expected `jwt`, if that was meant"),
        ("[[client]]\nsecret = \"x\"".to_owned(), "`client[0].id`: found nothing, expected the id of the client"),
        ("[[client]]\nid = \"\"".to_owned(), "`client[0].id`: found ``"),
        ("[[client]]\nid = \"a\"\n[[client]]\nid = \"a\"".to_owned(), "`client[1].id`: found `a` a second time"),
        (client("redirect_uris = [\"http://app.example/\"]"), "`client[0].redirect_uris[0]`: found `http://app.example/`"),
        (client("post_logout_redirect_uris = [\"javascript:1\"]"), "`client[0].post_logout_redirect_uris[0]`: found `javascript:1`"),
        (client("resources = [\"https://b\"]"), "`client[0].resources[0]`: found `https://b`"),
        (client("secret = \"0123456789abcdef0123456789abcdef\"\nintrospect = [\"https://b\"]"), "`client[0].introspect[0]`: found `https://b`"),
        (client("introspect = [\"https://a\"]"), "`client[0].introspect`: found resources, expected none"),
        (client("consent = \"never\""), "`client[0].consent`: found `never`, expected one of `ask`, `first_party`"),
        (client("authentication = \"client_secret_basic\""), "`client[0].secret`: found nothing"),
        (client("secret = \"hunter2\""), "`client[0].secret`: found 7 bytes, expected 32 random bytes"),
        (client("authentication = \"none\"\nsecret = \"0123456789abcdef0123456789abcdef\""), "`client[0].secret`: found a secret, expected none"),
        (client("authentication = \"tls_client_auth\""), "`client[0].authentication`: found `tls_client_auth`, expected another way"),
        (client("authentication = \"client_secret_jwt\""), "`client[0].authentication`: found `client_secret_jwt`"),
        (client("authentication = \"private_key_jwt\""), "`client[0].jwks`: found nothing"),
        (client("jwks = { keys = [] }"), "`client[0].jwks`: found"),
        (client("jwks = { keyz = 1 }"), "`client[0].jwks`: found what is no key set"),
        (client("jwks_uri = \"http://a.example/jwks\""), "`client[0].jwks_uri`: found `http://a.example/jwks`"),
        (client("grants = [\"implicit\"]"), "`client[0].grants[0]`: found `implicit`, expected one of `authorization_code`"),
        (client("grants = [\"authorization_code\"]"), "`client[0].grants[0]`: found `authorization_code`, expected `redirect_uris`"),
        (client("grants = [\"client_credentials\"]"), "`client[0].grants[0]`: found `client_credentials`, expected a client that authenticates"),
        (client("grants = [\"urn:ietf:params:oauth:grant-type:token-exchange\"]"), "this server has no token exchange yet"),
        (client("dpop_bound_access_tokens = \"no\""), "`client[0].dpop_bound_access_tokens`: found string \"no\", expected a boolean"),
        (client("require_pushed_authorization_requests = 1"), "`client[0].require_pushed_authorization_requests`: found integer `1`"),
        ("[[user]]\npassword = \"x\"".to_owned(), "`user[0].username`: found nothing"),
        (user(""), "`user[0].password`: found nothing"),
        (user("password = \"\""), "`user[0].password`: found nothing, expected a password"),
        (user("password = \"$2b$10$hunter2\""), "`user[0].password`: found a hash that cannot be checked"),
        (user("password = 5551234"), "`user[0].password`: found integer, expected a string"),
        ("[[user]]\nusername = \"a b\"\npassword = \"x\"".to_owned(), "`user[0].username`: found `a b`"),
        ("[[user]]\nusername = \"a\"\npassword = \"x\"\n[[user]]\nusername = \"A\"\npassword = \"x\"".to_owned(), "`user[1].username`: found `A` a second time"),
        (user("password = \"x\"\nemail = \"alice\""), "`user[0].email`: found `alice`"),
        (user("password = \"x\"\ntotp = \"hunter2!\""), "`user[0].totp`: found another text, expected 10 to 64 bytes in base 32"),
        (user("password = \"x\"\nroles = [\"\"]"), "`user[0].roles[0]`: found ``"),
        (user("password = \"x\"\ngroups = [\"\"]"), "`user[0].groups[0]`: found ``"),
        ("[client_id_metadata_documents]\nenabled = \"yes\"".to_owned(), "`client_id_metadata_documents.enabled`: found string \"yes\", expected a boolean"),
        ("[client_id_metadata_documents]\nscopes = [\"x\"]".to_owned(), "`client_id_metadata_documents.scopes[0]`: found `x`"),
        ("[dynamic_registration]\nenabled = true".to_owned(), "`dynamic_registration`: found neither"),
        ("[dynamic_registration]\nenabled = true\nopen = true\ninitial_access_token = \"0123456789abcdef0123456789abcdef\"".to_owned(), "`dynamic_registration`: found `initial_access_token` and `open`"),
        ("[dynamic_registration]\ninitial_access_token = \"hunter2\"".to_owned(), "`dynamic_registration.initial_access_token`: found 7 bytes"),
        ("[dynamic_registration]\nscopes = [\"x\"]".to_owned(), "`dynamic_registration.scopes[0]`: found `x`"),
        ("[limits]\nsign_in_failures = \"5\"".to_owned(), "`limits.sign_in_failures`: found `5`, expected 1 to 100 and `/account`"),
        ("[limits]\nclient_failures = \"20\"".to_owned(), "`limits.client_failures`: found `20`, expected a number and `/second`"),
        ("[limits]\nregistrations = \"x/hour\"".to_owned(), "`limits.registrations`: found `x/hour`"),
        ("[token_exchange]\nenabled = true".to_owned(), "`token_exchange.enabled`: found `true`, expected `false`"),
        ("[device_authorization]\nenabled = 1".to_owned(), "`device_authorization.enabled`: found integer `1`"),
        ("[passkeys]\nenabled = true".to_owned(), "`passkeys.enabled`: found `true`"),
        ("issuer = \"http://127.0.0.1:4000\"\n[passkeys]\nenabled = true".to_owned(), "`passkeys.enabled`: found `true`"),
        ("listen = ".to_owned(), "line 1: found what is no TOML: "),
        ("listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"".to_owned(), "line 2: found what is no TOML"),
    ];
    for (text, expected) in cases {
        let said = mistake(&format!("{MEMORY}{text}"));
        assert!(said.contains(expected), "{text}\n  said      {said}\n  expected  {expected}");
        assert!(!said.contains("hunter2") && !said.contains("5551234"), "{said}");
    }
}

#[test]
fn mistakes_about_proxies_and_about_texts_of_scopes_are_sentences_too() {
    let client = |rest: &str| {
        format!(
            "[[resource]]\nuri = \"https://a\"\nscopes = [\"read\"]\n[[client]]\nid = \"c\"\n{rest}"
        )
    };
    let cases = [
        ("trusted_proxies = [\"10.0.0.0/8\", \"10.0.0.1/8\"]".to_owned(), "`trusted_proxies[1]`: found `10.0.0.1/8`, expected the address of a proxy, or a network"),
        ("trusted_proxies = [\"0.0.0.0/0\"]".to_owned(), "`trusted_proxies[0]`: found `0.0.0.0/0`"),
        ("trusted_proxies = \"::1\"".to_owned(), "`trusted_proxies`: found string \"::1\", expected an array"),
        ("[[resource]]\nuri = \"https://a\"\nscopes = [\"orders:read\", \"write\"]\n[scopes]\n\"orders:raed\" = \"See your orders\"".to_owned(), "`scopes.orders:raed`: found a scope that no `[[resource]]` has, expected `orders:read`, if that was meant, or another one of `orders:read`, `write`"),
        (client("[scopes]\nopenid = \"Know you\""), "`scopes.openid`: found a scope that no `[[resource]]` has, expected one of `read`"),
        ("[scopes]\nread = \"See your orders\"".to_owned(), "`scopes.read`: found a scope, expected a `[[resource]]` that has it"),
        (client("[scopes]\nread = \" \""), "`scopes.read`: found nothing, expected its text on consent pages"),
        (client("[scopes]\nread = 1"), "`scopes.read`: found integer `1`, expected a string"),
        ("scopes = [\"read\"]".to_owned(), "`scopes`: found an array"),
        (client("scopes = [\"red\"]"), "`client[0].scopes[0]`: found `red`, expected a scope of a `[[resource]]`"),
    ];
    for (text, expected) in cases {
        let said = mistake(&text);
        assert!(said.contains(expected), "{text}\n  said      {said}\n  expected  {expected}");
    }
}

#[test]
fn documents_on_loopback_are_for_an_issuer_that_is_there_too() {
    let text = |issuer: &str| {
        format!(
            "issuer = \"{issuer}\"\ndatabase = \"sqlite:auth.db\"\nsecret = \"0123456789abcdef0123456789abcdef\"
            [client_id_metadata_documents]\nenabled = true\nallow_http_on_loopback = true"
        )
    };
    for issuer in ["http://127.0.0.1:4000", "http://localhost:4000", "https://localhost"] {
        assert!(Config::parse(&text(issuer)).is_ok(), "{issuer}");
    }
    for issuer in ["https://id.example.com", "https://192.0.2.1"] {
        let said = mistake(&text(issuer));
        let expected = "`client_id_metadata_documents.allow_http_on_loopback`: found `true`";
        assert!(said.contains(expected), "{issuer}: {said}");
    }
}

/// What users of another server write.
#[test]
fn a_pattern_a_name_of_another_server_and_another_type_are_named() {
    let client = |rest: &str| format!("[[client]]\nid = \"c\"\n{rest}");
    let cases = [
        (
            "[client]\nid = \"a\"".to_owned(),
            "`client`: found a table, expected an array: `[..]`, or `[[..]]`",
        ),
        (
            client("redirect_uris = [\"https://app.example/*\"]"),
            "`client[0].redirect_uris[0]`: found `https://app.example/*`, expected",
        ),
        (
            client("post_logout_redirect_uris = [\"https://app.example/*\"]"),
            "`client[0].post_logout_redirect_uris[0]`: found `https://app.example/*`",
        ),
        (
            client("redirect_uris = \"https://app.example/\""),
            "`client[0].redirect_uris`: found string \"https://app.example/\", expected an array",
        ),
        (
            client("consent = false"),
            "`client[0].consent`: found another kind of value, expected a string",
        ),
        (
            client("client_secret = \"x\""),
            "`client[0].client_secret`: found a key that is not known here, expected `secret`, if that was meant",
        ),
        (
            "listen = a".to_owned(),
            "line 1: found what is no TOML: string values must be quoted, expected literal string",
        ),
    ];
    for (text, expected) in cases {
        let said = mistake(&text);
        assert!(said.contains(expected), "{text}\n  said      {said}\n  expected  {expected}");
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let text = "issuer = \"ftp://a\"\nsecret = \"short\"\n[token_exchange]\nenabled = true";
    let paths: Vec<_> = Config::parse(text).unwrap_err().into_iter().map(|it| it.path).collect();
    assert_eq!(paths, ["issuer", "secret", "token_exchange.enabled"]);
}

#[test]
fn of_the_contract_one_client_is_there_to_be_read() {
    let warnings = Config::parse(CONTRACT).unwrap().warnings();
    let paths: Vec<_> = warnings.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["client[2].grants"]);
}
