//! What the service prints when it is ready: tokens and lines to try them with.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use auth_core::testing::{TestIssuer, TestIssuerError};

/// Long enough for an afternoon, short enough to be forgotten in a shell history.
const LIFETIME: Duration = Duration::from_hours(8);

const CALLERS: &str = "
olga owns the tenant acme, emil is an editor there, vera looks on; globex is vera's own.
nina is new here. Their tokens are good for eight hours.
";

/// What it shows, as whom, the request, and what is answered.
const TRIES: &[(&str, &str, &str, u16)] = &[
    ("vera, a viewer at acme, lists its projects", "VERA", "{url}/t/acme/projects", 200),
    ("she may not start one", "VERA", "{json} '{\"name\":\"tea\"}' {url}/t/acme/projects", 403),
    (
        "at globex she is the owner",
        "VERA",
        "{json} '{\"name\":\"tea\"}' {url}/t/globex/projects",
        201,
    ),
    ("emil has no role there", "EMIL", "{url}/t/globex/projects", 403),
    (
        "the owner of acme makes vera an editor",
        "OLGA",
        "-X PUT {json} '{\"role\":\"editor\"}' {url}/t/acme/members/3",
        204,
    ),
    ("which counts at once", "VERA", "{json} '{\"name\":\"tea\"}' {url}/t/acme/projects", 201),
    ("the owner takes that back", "OLGA", "-X DELETE {url}/t/acme/members/3", 204),
    ("which counts at once, too", "VERA", "{url}/t/acme/projects", 403),
    (
        "no role that the program does not know gets into the database",
        "OLGA",
        "-X PUT {json} '{\"role\":\"king\"}' {url}/t/acme/members/3",
        422,
    ),
    ("an editor deletes what he started", "EMIL", "-X DELETE {url}/t/acme/projects/1", 204),
    ("and nothing else", "EMIL", "-X DELETE {url}/t/acme/projects/2", 403),
    (
        "a client that may only read changes nothing, even for an owner",
        "OLGA_READS",
        "-X DELETE {url}/t/acme/projects/2",
        403,
    ),
    (
        "nina's token calls her an owner, which is not for it to say",
        "NINA",
        "{url}/t/acme/projects",
        403,
    ),
    ("nina has no account yet", "NINA", "{url}/me", 403),
    ("she gets one, with the e-mail address in her token", "NINA", "-X POST {url}/signup", 201),
    ("now she is known", "NINA", "{url}/me", 200),
];

/// Four callers and what to do with their tokens.
pub fn text(address: SocketAddr, issuer: &TestIssuer) -> Result<String, TestIssuerError> {
    let url = format!("http://{address}");
    let mut text =
        format!("tenants listens on {url}\n{CALLERS}\nCopy these lines into a shell:\n\n");
    for (name, token) in tokens(issuer)? {
        line(&mut text, format_args!("{name}='{token}'"));
    }
    line(&mut text, format_args!("\nThen try, one after the other:\n"));
    for (shows, token, request, status) in TRIES {
        let request = request.replace("{url}", &url);
        let request = request.replace("{json}", "-H 'content-type: application/json' -d");
        line(&mut text, format_args!("# {shows}: {status}"));
        line(&mut text, format_args!("curl -i -H \"Authorization: Bearer ${token}\" {request}"));
    }
    line(&mut text, format_args!("\nStop with Ctrl-C."));
    Ok(text)
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}

fn tokens(issuer: &TestIssuer) -> Result<[(&'static str, String); 5], TestIssuerError> {
    let of = |subject: &str, scopes: &[&str]| {
        issuer.token(subject).scopes(scopes.iter().copied()).lifetime(LIFETIME)
    };
    let all = ["read", "write"];
    let nina = of("nina", &all).roles(["owner"]).claim("email", "nina@home.test");
    Ok([
        ("OLGA", of("olga", &all).sign()?),
        ("OLGA_READS", of("olga", &["read"]).sign()?),
        ("EMIL", of("emil", &all).sign()?),
        ("VERA", of("vera", &all).sign()?),
        ("NINA", nina.sign()?),
    ])
}
