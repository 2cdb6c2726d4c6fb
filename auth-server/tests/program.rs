//! The program as an administrator, a client and a user meet it: it is started with a configuration, and
//! everything goes over HTTP and its commands.

#![cfg(test)]
#![expect(
    clippy::string_slice,
    clippy::format_push_string,
    reason = "a test may panic, and need not be fast"
)]

#[path = "program/browser.rs"]
mod browser;
#[path = "program/support.rs"]
mod support;

use std::time::{Duration, Instant};

use browser::{Answer, Browser, form};
use support::{Directory, Program, Server, auth_server, claims_of, header_of};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The configuration of most tests, with this database.
fn config(database: &str) -> String {
    config_at(&format!("database = \"{database}\""))
}

/// The same, with these lines about where everything is kept.
fn config_at(place: &str) -> String {
    format!(
        r#"
listen = "127.0.0.1:0"
{place}
secret = "0123456789abcdef0123456789abcdef"
[lifetimes]
refresh_retry_window = "0s"
[[resource]]
uri = "https://api.example.com"
scopes = ["read", "write"]
[[client]]
id = "spa"
redirect_uris = ["http://127.0.0.1/callback"]
scopes = ["openid", "offline_access", "read", "write"]
resources = ["https://api.example.com"]
[[client]]
id = "worker"
secret = "worker-secret-0123456789abcdef0123456789"
grants = ["client_credentials"]
scopes = ["read"]
resources = ["https://api.example.com"]
roles = ["auditor"]
[[user]]
username = "alice"
password = "secret"
email = "alice@example.com"
roles = ["manager"]
groups = ["/staff"]
[[user]]
username = "bob"
password = "secret"
totp = "JBSWY3DPEHPK3PXP"
[[user]]
username = "carol"
password = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$oVLnFW4Vdd+KZaNyuHNZYDlTeeRDSkyoACLFGAAhgLc"
"#
    )
}

/// The authorization request of the client `spa`.
fn request(server: &Server) -> String {
    let parameters = form(&[
        ("response_type", "code"),
        ("client_id", "spa"),
        ("redirect_uri", "http://127.0.0.1:4321/callback"),
        ("scope", "openid offline_access read"),
        ("state", "a state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    format!("{}?{parameters}", server.endpoint("authorization_endpoint"))
}

/// From the authorization request to the address that the browser is sent back to.
fn sign_in(server: &Server, username: &str, password: &str) -> String {
    let mut browser = Browser::default();
    let page = browser.get(&request(server));
    assert_eq!(page.status, 200, "{page:?}");
    let answer = browser.submit(&page, &[("username", username), ("password", password)]);
    consent(&mut browser, answer)
}

/// Allows what the page asks, if it asks: where the browser is sent to.
fn consent(browser: &mut Browser, answer: Answer) -> String {
    let answer = browser.follow_within(answer);
    let answer = if answer.body.contains("name=\"decision\"") {
        let answer = browser.submit(&answer, &[("decision", "allow")]);
        browser.follow_within(answer)
    } else {
        answer
    };
    answer.location().unwrap_or_else(|| panic!("no redirect: {answer:?}"))
}

fn code_of(location: &str) -> String {
    let (_, query) = location.split_once('?').expect("the redirect has a query");
    let found = browser::parse(query).into_iter().find(|(name, _)| name == "code");
    found.unwrap_or_else(|| panic!("no code: {location}")).1
}

fn redeem(server: &Server, code: &str) -> Answer {
    redeem_as(server, "spa", code)
}

fn redeem_as(server: &Server, client_id: &str, code: &str) -> Answer {
    Browser::default().post(
        &server.endpoint("token_endpoint"),
        &[
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", "http://127.0.0.1:4321/callback"),
        ],
    )
}

fn refresh(server: &Server, token: &str) -> Answer {
    Browser::default().post(
        &server.endpoint("token_endpoint"),
        &[("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", token)],
    )
}

/// The tokens of a sign-in.
fn tokens(server: &Server, username: &str, password: &str) -> serde_json::Value {
    let answer = redeem(server, &code_of(&sign_in(server, username, password)));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Waits until this is so.
fn within(time: Duration, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < time, "it is not so in time");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn text<'a>(json: &'a serde_json::Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("no {name}: {json}"))
}

/// Tests that are the same wherever the server keeps what it has.
macro_rules! on_every_database {
    ($($test:ident)*) => {
        mod on_sqlite {
            $(
                #[test]
                fn $test() {
                    let directory = crate::Directory::new();
                    super::$test(&directory, &super::config_at(&directory.database()));
                }
            )*
        }

        #[cfg(feature = "server-tests")]
        mod on_postgresql_and_redis {
            $(
                #[test]
                fn $test() {
                    let place = crate::support::servers();
                    super::$test(&crate::Directory::new(), &super::config_at(&place));
                }
            )*
        }
    };
}

on_every_database! {
    a_code_is_obtained_without_a_browser_and_its_tokens_say_who_the_user_is
    a_restart_keeps_keys_users_and_grants
    users_are_administered_while_the_server_runs
    a_user_is_removed_with_all_grants_while_the_server_runs
    grants_and_keys_are_administered_while_the_server_runs
    clients_that_registered_themselves_are_listed_and_removed
    a_key_that_has_leaked_is_replaced_and_removed_while_the_server_runs
    what_one_node_has_ended_is_over_on_the_other
}

#[test]
fn an_address_that_there_is_not_is_a_page_for_browsers_and_json_for_programs() {
    let directory = Directory::new();
    let served = [
        Server::start(&directory, &config("sqlite::memory:")),
        Program::spawn(&["serve", "--dev", "--listen", "127.0.0.1:0"]).ready(),
    ];
    for server in served {
        let issuer = server.issuer();
        let metadata = format!("{issuer}/.well-known/oauth-authorization-server");
        let mut browser = Browser::default();
        for (path, status, said) in [
            ("/", 200, metadata.as_str()),
            ("/wp-login.php", 404, "not_found"),
            ("/account/%3Cscript%3E", 404, "not_found"),
        ] {
            let address = format!("{issuer}{path}");
            let page = browser.get_html(&address);
            assert_eq!(page.status, status, "{page:?}");
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            assert!(page.body.contains(said), "{page:?}");
            assert!(!page.body.contains("<script"), "{page:?}");
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none';"), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            for (name, value) in [
                ("cache-control", "no-store"),
                ("referrer-policy", "no-referrer"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(page.header(name), Some(value), "{name}");
            }
            let answer = browser.get(&address);
            assert_eq!(
                (answer.status, &answer.json()["metadata"]),
                (status, &metadata.as_str().into())
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            for answer in [&page, &answer] {
                assert!(!answer.body.contains(env!("CARGO_PKG_VERSION")), "{answer:?}");
            }
        }
        let posted = browser.post(&format!("{issuer}/nowhere"), &[("a", "b")]);
        assert_eq!((posted.status, &posted.json()["error"]), (404, &"not_found".into()));
        assert_eq!(browser.get(&metadata).json()["issuer"], issuer);
    }
}

#[test]
fn the_front_page_of_an_issuer_with_a_path_is_at_the_path() {
    let directory = Directory::new();
    let port = support::free_port();
    let issuer = format!("http://127.0.0.1:{port}/tenant");
    let config = config("sqlite::memory:")
        .replace("127.0.0.1:0\"", &format!("127.0.0.1:{port}\"\nissuer = \"{issuer}\""));
    let _server = Server::start(&directory, &config);
    let mut browser = Browser::default();
    for address in [&issuer, &format!("http://127.0.0.1:{port}/")] {
        let said = browser.get(address).json();
        assert_eq!(said["issuer"], *issuer, "{address}");
        assert_eq!(browser.get(text(&said, "metadata")).json()["issuer"], *issuer, "{address}");
    }
}

#[test]
fn it_says_where_it_listens_in_one_line_and_is_healthy() {
    let directory = Directory::new();
    let server = Server::start(&directory, &config("sqlite::memory:"));
    assert_eq!(server.ready["ready"], true);
    assert_eq!(text(&server.ready, "issuer"), format!("http://{}", text(&server.ready, "listen")));
    let issuer = server.issuer();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(Browser::default().get(&format!("{issuer}{path}")).status, 200, "{path}");
    }
    assert_eq!(server.metadata()["issuer"], issuer);
}

fn a_code_is_obtained_without_a_browser_and_its_tokens_say_who_the_user_is(
    directory: &Directory,
    config: &str,
) {
    let server = Server::start(directory, config);
    let location = sign_in(&server, "alice", "secret");
    assert!(location.starts_with("http://127.0.0.1:4321/callback?"), "{location}");
    assert!(
        browser::parse(location.split_once('?').unwrap().1)
            .contains(&("state".to_owned(), "a state".to_owned()))
    );
    let answer = redeem(&server, &code_of(&location)).json();
    let claims = claims_of(text(&answer, "access_token"));
    assert_eq!(claims["aud"], "https://api.example.com");
    assert_eq!(claims["roles"], serde_json::json!(["manager"]));
    assert_eq!(claims["groups"], serde_json::json!(["/staff"]));
    assert!(claims_of(text(&answer, "id_token"))["sub"].is_string());
    let next = refresh(&server, text(&answer, "refresh_token"));
    assert_eq!(next.status, 200, "{next:?}");
}

#[test]
fn the_page_of_a_consent_says_of_each_scope_what_the_file_says() {
    let directory = Directory::new();
    let texts = "[scopes]\nread = \"See <your> orders\"\n";
    let config = config("sqlite::memory:")
        .replace("[[client]]\nid = \"spa\"", &format!("{texts}[[client]]\nid = \"spa\""));
    let server = Server::start(&directory, &config);
    let mut browser = Browser::default();
    let page = browser.get(&request(&server).replace("+read", "+read+write"));
    let page = browser.submit(&page, &[("username", "alice"), ("password", "secret")]);
    let page = browser.follow_within(page);
    assert!(page.body.contains("See &lt;your&gt; orders"), "{page:?}");
    assert!(page.body.contains(">write<"), "a scope without a text is named: {page:?}");
}

#[test]
fn a_user_of_the_file_may_have_a_hash_or_a_second_factor() {
    let directory = Directory::new();
    let server = Server::start(&directory, &config("sqlite::memory:"));
    // `correct horse`, hashed by another program.
    tokens(&server, "carol", "correct horse");
    let mut browser = Browser::default();
    let page = browser.get(&request(&server));
    let page = browser.submit(&page, &[("username", "bob"), ("password", "secret")]);
    let page = browser.follow_within(page);
    assert!(page.body.contains("name=\"code\""), "a second factor is asked for: {page:?}");
    let wrong = browser.submit(&page, &[("code", "000000")]);
    assert!(wrong.location().is_none() && wrong.body.contains("name=\"code\""), "{wrong:?}");
    let location = {
        let answer = browser.submit(&page, &[("code", &support::totp("JBSWY3DPEHPK3PXP"))]);
        consent(&mut browser, answer)
    };
    let answer = redeem(&server, &code_of(&location)).json();
    let claims = claims_of(text(&answer, "access_token"));
    assert!(claims["amr"].as_array().unwrap().contains(&"mfa".into()), "{claims}");
}

fn a_restart_keeps_keys_users_and_grants(directory: &Directory, config: &str) {
    // The issuer is the same, so the port is.
    let port = support::free_port();
    let config = config.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
    let first = Server::start(directory, &config);
    let keys = Browser::default().get(&first.endpoint("jwks_uri")).json();
    let answer = tokens(&first, "alice", "secret");
    let subject = claims_of(text(&answer, "access_token"))["sub"].clone();
    assert_eq!(first.stop(), Some(0));
    let second = Server::start(directory, &config);
    assert_eq!(Browser::default().get(&second.endpoint("jwks_uri")).json(), keys);
    let next = refresh(&second, text(&answer, "refresh_token"));
    assert_eq!(next.status, 200, "{next:?}");
    assert_eq!(claims_of(text(&next.json(), "access_token"))["sub"], subject);
    // What was spent before the restart is spent: the grant ends.
    assert_eq!(refresh(&second, text(&answer, "refresh_token")).status, 400);
    assert_eq!(refresh(&second, text(&next.json(), "refresh_token")).status, 400);
    assert_eq!(
        claims_of(text(&tokens(&second, "alice", "secret"), "access_token"))["sub"],
        subject
    );
}

#[test]
fn another_secret_does_not_open_the_keys_and_the_error_says_so() {
    let directory = Directory::new();
    let config = config(&format!("sqlite:{}", directory.path("auth.db").display()));
    assert_eq!(Server::start(&directory, &config).stop(), Some(0));
    let other =
        config.replace("0123456789abcdef0123456789abcdef", "another-secret-of-the-same-server");
    let output = auth_server(&["serve", "--config", &directory.write("other.toml", &other)], "");
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("`secret`: expected the one that"), "{}", output.stderr);
    assert!(output.stderr.contains("key ring"), "{}", output.stderr);
    assert!(!output.stderr.contains("another-secret"), "{}", output.stderr);
}

#[test]
fn sigterm_ends_it_with_0_and_finishes_what_runs() {
    let directory = Directory::new();
    let server = Server::start(&directory, &config("sqlite::memory:"));
    let idle = std::net::TcpStream::connect(text(&server.ready, "listen")).unwrap();
    let begun = Instant::now();
    assert_eq!(server.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(12), "an idle connection keeps it from ending");
    drop(idle);
}

#[test]
fn ctrl_c_ends_it_with_0_too() {
    let directory = Directory::new();
    let server = Server::start(&directory, &config("sqlite::memory:"));
    assert_eq!(server.stop_by("INT"), Some(0));
    let server = Program::spawn(&["serve", "--dev", "--listen", "127.0.0.1:0"]).ready();
    assert_eq!(server.stop_by("INT"), Some(0));
}

#[test]
fn mistakes_are_one_sentence_each_with_exit_code_1() {
    let directory = Directory::new();
    for (text, sentence) in [
        (
            "listen = \"nowhere\"",
            "line 1: `listen`: found `nowhere`, expected an address and a port",
        ),
        ("[lifetime]\n", "`lifetime`: found a key that is not known here, expected `lifetimes`"),
        (
            "[[client]]\nid = \"a\"\nscopes = [\"reed\"]",
            "`client[0].scopes[0]`: found `reed`, expected a scope",
        ),
        ("[lifetimes]\naccess_token = \"25h\"", "`lifetimes.access_token`: found 90000 seconds"),
    ] {
        let file = directory.write("wrong.toml", text);
        for command in ["check", "serve"] {
            let output = auth_server(&[command, "--config", &file], "");
            assert_eq!(output.code, Some(1), "{text}");
            assert_eq!(output.stdout, "");
            assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
            assert!(output.stderr.contains(sentence), "{}", output.stderr);
        }
    }
    for (arguments, sentence) in [
        (&["serve"][..], "<--config <FILE>|--dev>"),
        (&["serve", "--dev", "--listen", "8080"], "found `8080`, expected an address and a port"),
        (&["grant", "revoke", "--config", "server.toml", "id", "--user", "alice"], "--user"),
    ] {
        let output = auth_server(arguments, "");
        assert_eq!(output.code, Some(1), "{arguments:?}");
        assert!(output.stderr.contains(sentence), "{}", output.stderr);
    }
    let missing = auth_server(&["check", "--config", "/no/such/file.toml"], "");
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("/no/such/file.toml"), "{}", missing.stderr);
    let fine = directory.write("fine.toml", &config("sqlite:never-made.db"));
    assert_eq!(auth_server(&["check", "--config", &fine], "").code, Some(0));
    assert!(!std::path::Path::new("never-made.db").exists(), "`check` opens nothing");
}

#[test]
fn what_has_no_effect_is_a_warning_and_the_server_starts() {
    let directory = Directory::new();
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let text = config("sqlite::memory:").replace(
        "[[user]]\nusername = \"alice\"",
        &format!("[[client]]\nid = \"tv\"\ngrants = [\"{grant}\"]\n[[user]]\nusername = \"alice\""),
    );
    let file = directory.write("tv.toml", &text);
    let said = format!(
        "`client[2].grants[0]`: found `{grant}`, expected `enabled = true` in `[device_authorization]`"
    );
    let output = auth_server(&["check", "--config", &file], "");
    assert_eq!(output.code, Some(0));
    assert_eq!(output.stdout, format!("{file}: no mistake, warnings: 1\n"));
    assert_eq!(output.stderr, format!("{file}: warning: {said}\n"));
    let mut server = Server::start(&directory, &text);
    assert!(server.stop_and_read().contains(&said));
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let directory = Directory::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = config("sqlite::memory:").replace("127.0.0.1:0", &address);
    let output = auth_server(&["serve", "--config", &directory.write("server.toml", &config)], "");
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains(&format!("cannot listen on {address}")), "{}", output.stderr);
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let directory = Directory::new();
    let file = directory.write("server.toml", &config("sqlite:/no/such/directory/auth.db"));
    let output = auth_server(&["serve", "--config", &file], "");
    assert_eq!(output.code, Some(1));
    assert!(
        output.stderr.contains("`database`: `/no/such/directory/auth.db`: "),
        "{}",
        output.stderr
    );
}

fn users_are_administered_while_the_server_runs(directory: &Directory, config: &str) {
    let server = Server::start(directory, config);
    let run = |arguments: &[&str], input: &str| server.administer(arguments, input);
    let added = run(
        &["user", "add", "dora", "--role", "clerk", "--email", "dora@example.com"],
        "its a long walk\n",
    );
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    let again = run(&["user", "add", "Dora"], "another\n");
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("there is a user"), "{}", again.stderr);
    assert_eq!(run(&["user", "add", "eve"], "").code, Some(1), "no password, no user");

    let first = tokens(&server, "dora", "its a long walk");
    assert_eq!(claims_of(text(&first, "access_token"))["roles"], serde_json::json!(["clerk"]));
    let role = run(&["user", "role", "dora", "manager"], "");
    assert_eq!(role.json()["roles"], serde_json::json!(["clerk", "manager"]));
    let role = run(&["user", "role", "dora", "clerk", "--remove"], "");
    assert_eq!(role.json()["roles"], serde_json::json!(["manager"]));
    let second = refresh(&server, text(&first, "refresh_token")).json();
    assert_eq!(claims_of(text(&second, "access_token"))["roles"], serde_json::json!(["manager"]));

    let listed = run(&["user", "list"], "").json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|it| text(it, "username")).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.contains(&"dora"));

    assert_eq!(run(&["user", "lock", "dora"], "").json()["revoked_grants"], 1);
    assert_eq!(refresh(&server, text(&second, "refresh_token")).status, 400);
    let mut browser = Browser::default();
    let page = browser.get(&request(&server));
    let refused = browser.submit(&page, &[("username", "dora"), ("password", "its a long walk")]);
    assert!(refused.location().is_none(), "{refused:?}");
    assert_eq!(run(&["user", "unlock", "dora"], "").code, Some(0));
    assert_eq!(run(&["user", "password", "dora"], "another long walk\n").code, Some(0));
    let third = tokens(&server, "dora", "another long walk");
    let password = run(&["user", "password", "dora"], "a third long walk\n");
    assert_eq!(password.json()["revoked_grants"], 1, "who knew the old password has nothing left");
    assert_eq!(refresh(&server, text(&third, "refresh_token")).status, 400);

    let unknown = run(&["user", "lock", "nobody"], "");
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("there is no user `nobody`"), "{}", unknown.stderr);
}

fn a_user_is_removed_with_all_grants_while_the_server_runs(directory: &Directory, config: &str) {
    let server = Server::start(directory, config);
    let run = |arguments: &[&str], input: &str| server.administer(arguments, input);
    assert_eq!(run(&["user", "add", "dora"], "its a long walk\n").code, Some(0));
    let given = tokens(&server, "dora", "its a long walk");
    // The name is compared as at a sign-in.
    let removed = run(&["user", "remove", "Dora"], "");
    assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    assert_eq!(
        (&removed.json()["removed"], &removed.json()["revoked_grants"]),
        (&true.into(), &1.into())
    );
    assert_eq!(refresh(&server, text(&given, "refresh_token")).status, 400);
    let userinfo = server.endpoint("userinfo_endpoint");
    assert_eq!(Browser::default().get_as(&userinfo, text(&given, "access_token")).status, 401);
    let names = run(&["user", "list"], "").stdout;
    assert!(!names.contains("dora") && names.contains("alice"), "{names}");
    let mut browser = Browser::default();
    let page = browser.get(&request(&server));
    let refused = browser.submit(&page, &[("username", "dora"), ("password", "its a long walk")]);
    assert!(refused.location().is_none(), "{refused:?}");
    let again = run(&["user", "remove", "dora"], "");
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("there is no user `dora`"), "{}", again.stderr);

    let of_the_file = run(&["user", "remove", "ALICE"], "");
    assert_eq!(of_the_file.code, Some(1));
    let said = "`ALICE` is a `[[user]]` of the file, so the next start would add it again: remove it there first";
    assert!(of_the_file.stderr.contains(said), "{}", of_the_file.stderr);
    tokens(&server, "alice", "secret");
    // Without it in the file the user is one of the database alone, and can be removed.
    let lines = config.split_once("[[user]]\n").unwrap().0;
    let without = directory.write("without.toml", lines);
    let removed = auth_server(&["user", "remove", "alice", "--config", &without], "");
    assert_eq!(removed.stdout, "`alice` is removed; 1 grants are revoked\n", "{}", removed.stderr);
}

fn grants_and_keys_are_administered_while_the_server_runs(directory: &Directory, config: &str) {
    let server = Server::start(directory, config);
    let run = |arguments: &[&str]| server.administer(arguments, "");
    let answer = tokens(&server, "alice", "secret");
    let listed = run(&["grant", "list", "--user", "alice"]).json();
    let grant = listed[0].clone();
    assert_eq!(text(&grant, "client_id"), "spa");
    assert_eq!(claims_of(text(&answer, "access_token"))["sid"], grant["id"]);
    assert_eq!(run(&["grant", "revoke", text(&grant, "id")]).json()["revoked"], 1);
    assert_eq!(
        run(&["grant", "revoke", text(&grant, "id")]).code,
        Some(1),
        "it is revoked already"
    );
    assert_eq!(refresh(&server, text(&answer, "refresh_token")).status, 400);
    tokens(&server, "alice", "secret");
    assert_eq!(run(&["grant", "revoke", "--client", "spa"]).json()["revoked"], 1);
    tokens(&server, "alice", "secret");
    let is_asked = || {
        let mut browser = Browser::default();
        let page = browser.get(&request(&server));
        let page = browser.submit(&page, &[("username", "alice"), ("password", "secret")]);
        browser.follow_within(page).body.contains("name=\"decision\"")
    };
    assert!(!is_asked(), "the consent of the sign-in before is remembered");
    let both = ["grant", "revoke", "--user", "alice", "--client", "spa"];
    assert_eq!(run(&both).json()["revoked"], 2);
    assert!(is_asked(), "it is withdrawn with the grants");
    assert_eq!(run(&["grant", "list", "--client", "spa"]).json(), serde_json::json!([]));
    assert_eq!(run(&["grant", "list"]).code, Some(1), "whose grants must be said");

    let keys = run(&["key", "list"]).json();
    assert_eq!(keys.as_array().unwrap().len(), 2, "{keys}");
    assert_eq!(run(&["key", "rotate"]).code, Some(0));
    let keys = run(&["key", "list"]).json();
    let next = keys.as_array().unwrap().iter().filter(|it| it["state"] == "next").count();
    assert_eq!((keys.as_array().unwrap().len(), next), (4, 2), "{keys}");

    let clients = run(&["client", "list"]).json();
    assert_eq!(clients[1]["authentication"], "client_secret_basic");
    assert!(!clients.to_string().contains("worker-secret"), "{clients}");
    let table = auth_server(&["client", "list", "--config", &server.config], "").stdout;
    assert!(table.starts_with("id ") && table.contains("worker"), "{table}");
    let secret = auth_server(&["client", "secret"], "").stdout;
    assert_eq!(secret.trim().len(), 43, "{secret}");
}

fn clients_that_registered_themselves_are_listed_and_removed(directory: &Directory, config: &str) {
    let config = config.to_owned()
        + "[dynamic_registration]\nenabled = true\nopen = true\nscopes = [\"openid\", \"offline_access\", \"read\"]\n";
    let server = Server::start(directory, &config);
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--config", &server.config, "--json"]);
        auth_server(&all, "")
    };
    let listed = || {
        let listed = run(&["client", "list"]);
        assert_eq!(listed.code, Some(0), "{}", listed.stderr);
        let mut listed = listed.json().as_array().unwrap().clone();
        listed.retain(|it| it["origin"] == "registered");
        listed
    };
    assert_eq!(listed().len(), 0);
    let metadata = serde_json::json!({
        "client_name": "Editor",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
    });
    let answer = Browser::default()
        .post_json(&server.endpoint("registration_endpoint"), &metadata.to_string());
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = text(&answer.json(), "client_id").to_owned();
    let [client] = listed().try_into().unwrap();
    assert_eq!((text(&client, "id"), text(&client, "name")), (id.as_str(), "Editor"));
    assert_eq!(client["authentication"], "none");
    assert_eq!(client["last_used_at"], serde_json::Value::Null);
    let lasts = |it: &serde_json::Value| {
        it["expires_at"].as_u64().unwrap() - it["registered_at"].as_u64().unwrap()
    };
    assert_eq!(lasts(&client), 3_600);

    let mut browser = Browser::default();
    let page = browser.get(&request(&server).replace("client_id=spa", &format!("client_id={id}")));
    let page = browser.submit(&page, &[("username", "alice"), ("password", "secret")]);
    let code = code_of(&consent(&mut browser, page));
    let answer = redeem_as(&server, &id, &code);
    assert_eq!(answer.status, 200, "{answer:?}");
    let [client] = listed().try_into().unwrap();
    assert!(client["last_used_at"].is_u64() && lasts(&client) >= 30 * 24 * 3_600, "{client}");

    let of_file = run(&["client", "remove", "spa"]);
    assert_eq!(of_file.code, Some(1));
    assert!(of_file.stderr.contains("a client of the file"), "{}", of_file.stderr);
    let removed = run(&["client", "remove", &id]);
    assert_eq!(removed.json()["revoked_grants"], 1, "{}", removed.stderr);
    assert_eq!(run(&["client", "remove", &id]).code, Some(1));
    assert_eq!(listed().len(), 0);
    let page = Browser::default()
        .get(&request(&server).replace("client_id=spa", &format!("client_id={id}")));
    assert_eq!(page.status, 400, "{page:?}");
}

fn a_key_that_has_leaked_is_replaced_and_removed_while_the_server_runs(
    directory: &Directory,
    config: &str,
) {
    let server = Server::start(directory, config);
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--config", &server.config, "--json"]);
        auth_server(&all, "")
    };
    let answer = tokens(&server, "alice", "secret");
    let knows = || {
        let answer = Browser::default()
            .get_as(&server.endpoint("userinfo_endpoint"), text(&answer, "access_token"));
        assert!([200, 401].contains(&answer.status), "{answer:?}");
        answer.status == 200
    };
    let published =
        |kid: &str| Browser::default().get(&server.endpoint("jwks_uri")).body.contains(kid);
    assert!(knows());
    let leaked = header_of(text(&answer, "access_token"))["kid"].as_str().unwrap().to_owned();
    let refused = run(&["key", "remove", &leaked]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("key rotate --at-once"), "{}", refused.stderr);
    assert_eq!(run(&["key", "remove", "unknown"]).code, Some(1));

    assert_eq!(run(&["key", "rotate", "--at-once"]).code, Some(0));
    // The next second begins, and the server has looked.
    let signs = || {
        let next = tokens(&server, "carol", "correct horse");
        header_of(text(&next, "access_token"))["kid"].as_str().unwrap().to_owned()
    };
    within(Duration::from_secs(5), || signs() != leaked);
    assert!(knows() && published(&leaked), "it is published until it is removed");
    let removed = run(&["key", "remove", &leaked]);
    assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    within(Duration::from_secs(5), || !published(&leaked));
    assert!(!knows());
    assert_eq!(run(&["key", "remove", &leaked]).code, Some(1), "it is gone");
}

fn what_one_node_has_ended_is_over_on_the_other(directory: &Directory, config: &str) {
    let issuer = format!("http://127.0.0.1:{}", support::free_port());
    let of_both = config.replacen("secret =", &format!("issuer = \"{issuer}\"\nsecret ="), 1);
    let own = issuer.trim_start_matches("http://");
    let one = Server::start(directory, &of_both.replacen("127.0.0.1:0", own, 1));
    let other = Server::start(directory, &of_both);
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--config", &one.config, "--json"]);
        auth_server(&all, "")
    };
    let address = |path: &str| format!("http://{}{path}", text(&other.ready, "listen"));
    let takes = |tokens: &serde_json::Value| {
        let token = text(tokens, "access_token");
        let answer = Browser::default().get_as(&address("/userinfo"), token);
        assert!([200, 401].contains(&answer.status), "{answer:?}");
        answer.status == 200
    };
    let refresh_at_other = |tokens: &serde_json::Value| {
        let token = text(tokens, "refresh_token");
        Browser::default().post(
            &address("/token"),
            &[("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", token)],
        )
    };
    let first = tokens(&one, "alice", "secret");
    assert!(takes(&first));
    let second = refresh_at_other(&first);
    assert_eq!(second.status, 200, "{second:?}");
    // The first one was spent there: who uses it here ends the grant.
    assert_eq!(refresh(&one, text(&first, "refresh_token")).status, 400);
    assert!(!takes(&first) && !takes(&second.json()));

    let third = tokens(&one, "alice", "secret");
    assert!(takes(&third));
    assert_eq!(run(&["user", "lock", "alice"]).json()["revoked_grants"], 1);
    assert!(!takes(&third));
    assert_eq!(refresh_at_other(&third).status, 400);
}

#[test]
fn a_database_in_memory_is_not_administered() {
    let directory = Directory::new();
    let file = directory.write("server.toml", &config("sqlite::memory:"));
    let output = auth_server(&["user", "list", "--config", &file], "");
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("`database`"), "{}", output.stderr);
}

/// Holds P-33.
#[test]
fn the_database_has_no_token_and_no_password_in_clear() {
    let directory = Directory::new();
    let database = format!("sqlite:{}", directory.path("auth.db").display());
    let server = Server::start(&directory, &config(&database));
    let code = code_of(&sign_in(&server, "alice", "secret"));
    let first = redeem(&server, &code).json();
    let second = refresh(&server, text(&first, "refresh_token")).json();
    assert_eq!(server.stop(), Some(0));
    let mut kept = Vec::new();
    for file in std::fs::read_dir(directory.path("")).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("auth.db") {
            kept.extend(std::fs::read(path).unwrap());
        }
    }
    let has = |text: &str| kept.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(has("alice@example.com"), "it is the database");
    for secret in [
        code.as_str(),
        text(&first, "access_token"),
        text(&first, "refresh_token"),
        text(&second, "refresh_token"),
        "JBSWY3DPEHPK3PXP",
        "worker-secret",
    ] {
        assert!(!has(secret));
    }
}

/// Holds P-33.
#[test]
fn no_secret_is_in_the_log() {
    let directory = Directory::new();
    let mut server = Server::start(&directory, &config("sqlite::memory:"));
    let answer = tokens(&server, "alice", "secret");
    let mut browser = Browser::default();
    let page = browser.get(&request(&server));
    browser.submit(&page, &[("username", "alice"), ("password", "a wrong one 4711")]);
    let log = server.stop_and_read();
    for secret in [
        "0123456789abcdef0123456789abcdef",
        "worker-secret",
        "JBSWY3DPEHPK3PXP",
        "a wrong one 4711",
        text(&answer, "access_token"),
        text(&answer, "refresh_token"),
    ] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// Client libraries hide what they are answered: the log has it.
#[test]
fn a_refused_request_is_in_the_log_with_what_was_found_and_what_is_registered() {
    let directory = Directory::new();
    let mut server = Server::start(&directory, &config("sqlite::memory:"));
    let mut browser = Browser::default();
    let asked = request(&server);
    for (from, to) in [
        ("4321%2Fcallback", "4321%2Fother"),
        ("client_id=spa", "client_id=spb"),
        ("openid+offline_access+read", "openid+admin"),
        (CHALLENGE, "short"),
    ] {
        assert!(asked.contains(from), "{asked}");
        browser.get(&asked.replace(from, to));
    }
    let worker = "worker-secret-0123456789abcdef0123456789";
    for (id, secret) in [("worker", worker), ("worke", worker)] {
        let form =
            [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
        let answer = browser.post(&server.endpoint("token_endpoint"), &form);
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    let log = server.stop_and_read();
    for said in [
        "`http://127.0.0.1:4321/other`, where the client `spa` has registered `http://127.0.0.1/callback`",
        "there is no client with this `client_id`\" found=\"spb\"",
        "error=\"invalid_scope\" description=\"the resource does not have the scope `admin`\"",
        "`code_challenge` is not 43 characters of base64url",
        "client=\"worker\" why=\"it authenticates by `client_secret_post`, and is registered with `client_secret_basic`\"",
        "client=\"worke\" why=\"no client has this id\"",
    ] {
        assert!(log.contains(said), "{said}\n{log}");
    }
    assert!(!log.contains(worker), "{log}");
}

#[test]
fn a_server_for_development_is_one_command() {
    let server = Program::spawn(&["serve", "--dev", "--listen", "127.0.0.1:0"]).ready();
    let greeting = server.greeting();
    for word in
        ["alice", "curl ", "/authorize?", "/development/callback", "with the scopes read write"]
    {
        assert!(greeting.contains(word), "{word}: {greeting}");
    }
    for line in greeting.lines().filter(|it| it.trim_start().starts_with("curl ")) {
        let output = support::shell(line);
        assert!(output.contains("access_token") || output.contains("issuer"), "{line}\n{output}");
    }
}
