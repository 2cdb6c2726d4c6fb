//! What the service prints when it is ready: tokens and lines to try them with.

use std::fmt::Write;
use std::net::SocketAddr;

use auth_accounts::secret::SecretText;
use auth_core::access_map::ResourceMetadata;
use auth_server::{DevelopmentServer, ServerError};

use crate::accounts::{CLIENT, PASSWORD};
use crate::error::StartError;
use crate::issuer::Issuer;
use crate::settings::Settings;

/// One line to try: what it shows, as whom, the request and what will be answered.
struct Try {
    shows: &'static str,
    token: Option<&'static str>,
    request: &'static str,
    answer: &'static str,
}

const TRIES: &[Try] = &[
    Try { shows: "public", token: None, request: "{url}/health", answer: "200 ok" },
    Try { shows: "no token", token: None, request: "{url}/orders", answer: "401, Bearer" },
    Try { shows: "the clerk lists", token: Some("CLERK"), request: "{url}/orders", answer: "200" },
    Try {
        shows: "and places an order",
        token: Some("CLERK"),
        request: "-X POST {url}/orders -H 'content-type: application/json' -d '{\"item\":\"a kettle\"}'",
        answer: "201",
    },
    Try {
        shows: "she may cancel an order of her own",
        token: Some("CLERK"),
        request: "-X DELETE {url}/orders/3",
        answer: "204",
    },
    Try {
        shows: "and one of somebody else",
        token: Some("CLERK"),
        request: "-X DELETE {url}/orders/2",
        answer: "403",
    },
    Try {
        shows: "the manager may",
        token: Some("MANAGER"),
        request: "-X DELETE {url}/orders/2",
        answer: "204",
    },
    Try {
        shows: "a refund wants a fresh second factor",
        token: Some("MANAGER"),
        request: "-X POST {url}/orders/2/refund",
        answer: "401, insufficient_user_authentication",
    },
    Try {
        shows: "and is given within five minutes of one",
        token: Some("MANAGER_MFA"),
        request: "-X POST {url}/orders/2/refund",
        answer: "204",
    },
    Try {
        shows: "who may not is refused before the broken body is read",
        token: Some("ADMIN"),
        request: "-X POST {url}/orders -H 'content-type: application/json' -d '{'",
        answer: "403, insufficient_scope: the admin's client may only read",
    },
    Try {
        shows: "the admin reads the audit trail",
        token: Some("ADMIN"),
        request: "{url}/admin/audit",
        answer: "200",
    },
    Try {
        shows: "nobody else does",
        token: Some("MANAGER"),
        request: "{url}/admin/audit",
        answer: "403",
    },
    Try {
        shows: "staff see who may call what",
        token: Some("CLERK"),
        request: "{url}/access/access-map.md",
        answer: "200",
    },
    Try {
        shows: "the clerk's client gets the next tokens",
        token: None,
        request: "{url}/token -d grant_type=refresh_token -d client_id=development -d refresh_token=$REFRESH",
        answer: "200, access_token",
    },
    Try {
        shows: "and everybody where to get a token",
        token: None,
        request: "{url}/.well-known/oauth-protected-resource",
        answer: "200",
    },
];

/// Who is listened to, how callers get their tokens, and what to do with them.
pub async fn text(
    address: SocketAddr,
    settings: &Settings,
    issuer: &Issuer,
    metadata: &ResourceMetadata,
) -> Result<String, StartError> {
    let mut text = String::new();
    write_text(&mut text, address, settings, issuer, metadata).await?;
    Ok(text)
}

async fn write_text(
    text: &mut String,
    address: SocketAddr,
    settings: &Settings,
    issuer: &Issuer,
    metadata: &ResourceMetadata,
) -> Result<(), StartError> {
    let url = format!("http://{address}");
    line(text, format_args!("orders-api listens on {url}"));
    match issuer {
        Issuer::Development(_) => line(
            text,
            format_args!(
                "  accepts    tokens of its own authorization server: {}/.well-known/oauth-authorization-server",
                issuer.name()
            ),
        ),
        Issuer::Own { .. } => {
            line(text, format_args!("  accepts    tokens of {}", issuer.name()));
        }
    }
    line(text, format_args!("  keeps      its orders in {}", settings.database));
    if cfg!(feature = "documents") {
        line(
            text,
            format_args!("  documents  its operations at {url}/docs/ and {url}/openapi.json"),
        );
    }
    let with = if matches!(issuer, Issuer::Development(_)) { "$CLERK" } else { "a token" };
    line(
        text,
        format_args!("  shows      who may call what: open in a browser: {url}/access with {with}"),
    );
    line(text, format_args!("  publishes  where to get a token at {}", metadata.url()));
    if settings.explain {
        line(text, format_args!("  explains   a token: curl --data \"$TOKEN\" {url}/docs/explain"));
    }
    if let Issuer::Development(issuer) = issuer {
        line(
            text,
            format_args!(
                "\nTwo of the staff sign in by name and password; the answer has a bearer token. Copy these lines into a shell:\n"
            ),
        );
        for (name, user) in [("CLERK", "carla"), ("MANAGER", "maurice")] {
            line(text, format_args!("{name}=$({})", sign_in(&url, user)));
        }
        line(
            text,
            format_args!(
                "\nTwo callers with tokens of the development issuer, for eight hours: the manager right after a second factor, and the admin; and a token that brings the clerk's next tokens, once:\n"
            ),
        );
        for (name, token) in tokens(issuer).await? {
            line(text, format_args!("{name}='{token}'"));
        }
        line(
            text,
            format_args!(
                "\nSign in with a browser, as carla, maurice or ada with the password `{PASSWORD}`:\n\n{}",
                issuer.sign_in_link(CLIENT, &["openid", "offline_access", "read", "write"])
            ),
        );
        line(text, format_args!("\nThen try:\n"));
        for attempt in TRIES {
            let token = attempt
                .token
                .map(|name| format!("-H \"Authorization: Bearer ${name}\" "))
                .unwrap_or_default();
            let request = attempt.request.replace("{url}", &url);
            line(text, format_args!("# {}: {}", attempt.shows, attempt.answer));
            line(text, format_args!("curl -i {token}{request}"));
        }
    }
    line(text, format_args!("\nStop with Ctrl-C."));
    Ok(())
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}

/// The line that signs a user in, and writes the token of the answer.
fn sign_in(url: &str, user: &str) -> String {
    let body = format!(r#"{{"username":"{user}","password":"{PASSWORD}","token":true}}"#);
    format!(
        r#"curl -s {url}/account/sign-in -H 'content-type: application/json' -d '{body}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/'"#
    )
}

async fn tokens(issuer: &DevelopmentServer) -> Result<[(&'static str, String); 3], StartError> {
    let failed = |error: ServerError| StartError::Issuer(error.into());
    let second_factor = ["pwd", "otp", "mfa"];
    let manager = issuer.tokens("maurice", CLIENT, &["read", "write"], &second_factor);
    let admin = issuer.tokens("ada", CLIENT, &["read"], &["pwd"]);
    let clerk = issuer.tokens("carla", CLIENT, &["read", "write"], &["pwd"]);
    let clerk = clerk.await.map_err(failed)?.refresh_token;
    let text = |token: SecretText| token.expose().to_owned();
    Ok([
        ("MANAGER_MFA", text(manager.await.map_err(failed)?.access_token)),
        ("ADMIN", text(admin.await.map_err(failed)?.access_token)),
        ("REFRESH", clerk.map(text).unwrap_or_default()),
    ])
}
