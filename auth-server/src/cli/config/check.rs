//! What a file must say beyond its form.

use std::collections::BTreeSet;

use auth_accounts::model::{Email, LoginKey};
use auth_accounts::provided::{is_password_hash, is_totp_secret};
use auth_accounts::sign_in::Network;
use auth_core::Jwks;

use super::file::{Authentication, ClientSection, Config, Grant, LifetimesSection};
use super::mistake::one_of;
use super::{Database, Mistake};
use crate::builder::OPENID_SCOPES;
use crate::client::{is_loopback_uri, is_redirect_uri};
use crate::issuer::Issuer;
use crate::resource::is_scope;

/// How many bytes the secret of the server, and that of a client, has at least.
const SECRET_BYTES: usize = 32;

/// What a client's redirect URI is.
const REDIRECT_URI: &str = "`https`, `http` on a loopback address, or a scheme of an application with a dot in it, such as `com.example.app`, without a fragment, a user name or `*`";

/// The mistakes that were found so far.
type Found<'a> = &'a mut Vec<Mistake>;

impl Config {
    pub(super) fn check(&self, found: Found<'_>) {
        self.check_address(found);
        self.check_secret(found);
        self.check_proxies(found);
        check_lifetimes(&self.lifetimes, found);
        self.check_signing(found);
        self.check_resources(found);
        self.check_texts(found);
        let mut ids = BTreeSet::new();
        for (index, client) in self.client.iter().enumerate() {
            let path = format!("client[{index}]");
            if !ids.insert(client.id.as_str()) {
                found.push(Mistake::new(
                    format!("{path}.id"),
                    format!("`{}` a second time", client.id),
                    "another id for each client",
                ));
            }
            self.check_client(&path, client, found);
        }
        self.check_users(found);
        self.check_registration(found);
        self.check_passkeys(found);
        self.check_documents(found);
        if self.token_exchange.enabled {
            found.push(Mistake::new(
                "token_exchange.enabled",
                "`true`",
                "`false`: this server has no token exchange yet",
            ));
        }
    }

    fn check_address(&self, found: Found<'_>) {
        let on_loopback = match (&self.issuer, self.listen) {
            (Some(issuer), _) => {
                if Issuer::parse(issuer).is_err() {
                    found.push(Mistake::new(
                        "issuer",
                        format!("`{issuer}`"),
                        "an `https` address, or one of `http` on a loopback address, without query, fragment and a slash at its end",
                    ));
                    return;
                }
                is_loopback_uri(issuer)
            }
            (None, Some(listen)) if !listen.0.ip().is_loopback() => {
                found.push(Mistake::new(
                    "issuer",
                    "nothing",
                    "the address that clients reach the server by, since it listens on more than loopback",
                ));
                return;
            }
            (None, _) => true,
        };
        if self.database.is_none() && !on_loopback {
            found.push(Mistake::new(
                "database",
                "nothing",
                "where grants and keys are kept, such as `sqlite:auth.db`",
            ));
        }
    }

    /// On a machine that is not that of a developer, an address on loopback belongs to some other program: a client
    /// could make the server send requests to it.
    fn check_documents(&self, found: Found<'_>) {
        let documents = &self.client_id_metadata_documents;
        let issuer = self.issuer.as_deref().and_then(|it| url::Url::parse(it).ok());
        let is_elsewhere = issuer.is_some_and(|it| match it.host() {
            Some(url::Host::Domain(name)) => name != "localhost",
            Some(url::Host::Ipv4(address)) => !address.is_loopback(),
            Some(url::Host::Ipv6(address)) => !address.is_loopback(),
            None => false,
        });
        if documents.enabled && documents.allow_http_on_loopback && is_elsewhere {
            found.push(Mistake::new(
                "client_id_metadata_documents.allow_http_on_loopback",
                "`true`",
                "`false`, unless `issuer` is on loopback, too: it is for tests",
            ));
        }
    }

    /// Passkeys belong to a domain ([WebAuthn §5.1.3](https://www.w3.org/TR/webauthn-3/#rp-id)).
    fn check_passkeys(&self, found: Found<'_>) {
        let issuer = self.issuer.as_deref().and_then(|it| url::Url::parse(it).ok());
        if self.passkeys.enabled && issuer.is_none_or(|it| it.domain().is_none()) {
            found.push(Mistake::new(
                "passkeys.enabled",
                "`true`",
                "`false`, unless `issuer` has a name such as `localhost` in the place of an IP address",
            ));
        }
    }

    /// Whether everything is gone with the process.
    pub(crate) fn is_in_memory(&self) -> bool {
        matches!(self.database, None | Some(Database::Memory))
    }

    fn check_secret(&self, found: Found<'_>) {
        match &self.secret {
            Some(secret) if secret.0.expose().len() < SECRET_BYTES => found.push(Mistake::new(
                "secret",
                format!("{} bytes", secret.0.expose().len()),
                "32 bytes or more, drawn by a random generator",
            )),
            None if !self.is_in_memory() => found.push(Mistake::new(
                "secret",
                "nothing",
                "32 bytes or more that the keys are derived from, such as `env:AUTH_SECRET`, since the database lasts",
            )),
            _ => {}
        }
    }

    fn check_proxies(&self, found: Found<'_>) {
        for (place, proxy) in self.trusted_proxies.iter().enumerate() {
            if Network::parse(proxy).is_none() {
                found.push(Mistake::new(
                    format!("trusted_proxies[{place}]"),
                    format!("`{proxy}`"),
                    "the address of a proxy, or a network such as `10.0.0.0/8`",
                ));
            }
        }
    }

    fn check_signing(&self, found: Found<'_>) {
        if let Some(algorithms) = &self.signing.algorithms {
            let names: BTreeSet<_> = algorithms.iter().map(|it| it.as_str()).collect();
            if names.is_empty() || names.len() < algorithms.len() {
                found.push(Mistake::new(
                    "signing.algorithms",
                    format!("{} of them", algorithms.len()),
                    "`ES256`, `RS256` or both, each once",
                ));
            }
        }
        if self.signing.rotate_every.is_some_and(|it| it.0.is_zero()) {
            found.push(Mistake::new("signing.rotate_every", "`0s`", "one second or more"));
        }
    }

    fn check_resources(&self, found: Found<'_>) {
        let mut uris = BTreeSet::new();
        for (index, resource) in self.resource.iter().enumerate() {
            let path = format!("resource[{index}]");
            let uri = &resource.uri;
            if url::Url::parse(uri).is_err() || uri.contains('#') {
                found.push(Mistake::new(
                    format!("{path}.uri"),
                    format!("`{uri}`"),
                    "an absolute URI without a fragment",
                ));
            }
            if !uris.insert(uri.as_str()) {
                found.push(Mistake::new(
                    format!("{path}.uri"),
                    format!("`{uri}` a second time"),
                    "each resource once",
                ));
            }
            for (place, scope) in resource.scopes.iter().enumerate() {
                if !is_scope(scope) {
                    found.push(Mistake::new(
                        format!("{path}.scopes[{place}]"),
                        format!("`{scope}`"),
                        "visible ASCII without spaces, `\"` and `\\`",
                    ));
                }
            }
        }
    }

    /// The texts of scopes on consent pages: those of OpenID Connect have theirs.
    fn check_texts(&self, found: Found<'_>) {
        let known: BTreeSet<&str> =
            self.resource.iter().flat_map(|it| &it.scopes).map(String::as_str).collect();
        let known: Vec<_> = known.into_iter().collect();
        for (scope, text) in &self.scopes {
            let path = format!("scopes.{scope}");
            if known.is_empty() {
                found.push(Mistake::new(path, "a scope", "a `[[resource]]` that has it"));
            } else if !known.contains(&scope.as_str()) {
                let expected = one_of(scope, &known, 0.8);
                found.push(Mistake::new(path, "a scope that no `[[resource]]` has", expected));
            } else if text.trim().is_empty() {
                found.push(Mistake::new(path, "nothing", "its text on consent pages"));
            }
        }
    }

    /// Says which of these scopes no resource has.
    fn check_scopes(&self, path: &str, scopes: &[String], found: Found<'_>) {
        for (place, scope) in scopes.iter().enumerate() {
            let is_known = OPENID_SCOPES.contains(&scope.as_str())
                || self.resource.iter().any(|it| it.scopes.contains(scope));
            if !is_known {
                found.push(Mistake::new(
                    format!("{path}[{place}]"),
                    format!("`{scope}`"),
                    "a scope of a `[[resource]]`, or one of `openid`, `offline_access`, `profile`, `email`",
                ));
            }
        }
    }

    /// Says which of these URIs no resource has.
    fn check_uris(&self, path: &str, uris: &[String], found: Found<'_>) {
        for (place, uri) in uris.iter().enumerate() {
            if !self.resource.iter().any(|it| it.uri == *uri) {
                found.push(Mistake::new(
                    format!("{path}[{place}]"),
                    format!("`{uri}`"),
                    "the `uri` of a `[[resource]]`",
                ));
            }
        }
    }

    fn check_client(&self, path: &str, client: &ClientSection, found: Found<'_>) {
        let is_id = |byte: u8| (0x20..=0x7e).contains(&byte);
        let id = &client.id;
        if id.is_empty() || id.len() > 255 || !id.bytes().all(is_id) {
            found.push(Mistake::new(
                format!("{path}.id"),
                format!("`{id}`"),
                "1 to 255 printable ASCII characters",
            ));
        }
        for (key, uris) in [
            ("redirect_uris", &client.redirect_uris),
            ("post_logout_redirect_uris", &client.post_logout_redirect_uris),
        ] {
            // They are compared letter by letter: what looks like a pattern would match nothing.
            let is_fine = |uri: &str| is_redirect_uri(uri) && !uri.contains('*');
            for (place, uri) in uris.iter().enumerate().filter(|(_, it)| !is_fine(it)) {
                let path = format!("{path}.{key}[{place}]");
                found.push(Mistake::new(path, format!("`{uri}`"), REDIRECT_URI));
            }
        }
        self.check_scopes(&format!("{path}.scopes"), &client.scopes, found);
        self.check_uris(&format!("{path}.resources"), &client.resources, found);
        self.check_uris(&format!("{path}.introspect"), &client.introspect, found);
        check_authentication(path, client, found);
        check_grants(path, client, found);
        let is_for_itself = client.may(Grant::ClientCredentials);
        if is_for_itself && client.resources.is_empty() && self.resource.len() > 1 {
            found.push(Mistake::new(
                format!("{path}.resources"),
                "nothing",
                format!("which of the {} resources its tokens are for", self.resource.len()),
            ));
        }
    }

    fn check_users(&self, found: Found<'_>) {
        let mut names = BTreeSet::new();
        for (index, user) in self.user.iter().enumerate() {
            let path = format!("user[{index}]");
            match LoginKey::prepare(&user.username) {
                None => found.push(Mistake::new(
                    format!("{path}.username"),
                    format!("`{}`", user.username),
                    "1 to 254 bytes of letters, digits and punctuation, without spaces and colons",
                )),
                Some(name) if !names.insert(name.clone()) => found.push(Mistake::new(
                    format!("{path}.username"),
                    format!("`{}` a second time", user.username),
                    "another name for each user",
                )),
                Some(_) => {}
            }
            let password = &user.password.0;
            if password.expose().is_empty() {
                found.push(Mistake::new(format!("{path}.password"), "nothing", "a password"));
            } else if password.expose().starts_with('$') && !is_password_hash(password) {
                found.push(Mistake::new(
                    format!("{path}.password"),
                    "a hash that cannot be checked",
                    "a PHC string of argon2id, version 19, with at most 256 MiB, 16 passes and 16 lanes",
                ));
            }
            if let Some(email) = user.email.as_ref().filter(|it| Email::parse(it).is_none()) {
                found.push(Mistake::new(
                    format!("{path}.email"),
                    format!("`{email}`"),
                    "an address such as `alice@example.com`",
                ));
            }
            if user.totp.as_ref().is_some_and(|it| !is_totp_secret(&it.0)) {
                found.push(Mistake::new(
                    format!("{path}.totp"),
                    "another text",
                    "10 to 64 bytes in base 32 (RFC 4648), such as `JBSWY3DPEHPK3PXP`",
                ));
            }
            for (key, names) in [("roles", &user.roles), ("groups", &user.groups)] {
                for (place, name) in names.iter().enumerate().filter(|(_, it)| it.is_empty()) {
                    let path = format!("{path}.{key}[{place}]");
                    found.push(Mistake::new(path, format!("`{name}`"), "a name"));
                }
            }
        }
    }

    fn check_registration(&self, found: Found<'_>) {
        let documents = &self.client_id_metadata_documents;
        self.check_scopes("client_id_metadata_documents.scopes", &documents.scopes, found);
        let registration = &self.dynamic_registration;
        self.check_scopes("dynamic_registration.scopes", &registration.scopes, found);
        match (&registration.initial_access_token, registration.open) {
            (None, false) if registration.enabled => found.push(Mistake::new(
                "dynamic_registration",
                "neither `initial_access_token` nor `open`",
                "one of them: who may register a client",
            )),
            (Some(_), true) => found.push(Mistake::new(
                "dynamic_registration",
                "`initial_access_token` and `open`",
                "one of them: who may register a client",
            )),
            (Some(token), false) if token.0.expose().len() < SECRET_BYTES => {
                found.push(Mistake::new(
                    "dynamic_registration.initial_access_token",
                    format!("{} bytes", token.0.expose().len()),
                    "32 random bytes or more",
                ));
            }
            _ => {}
        }
    }
}

impl ClientSection {
    /// How the client authenticates: as `authentication` says, or else by whether it has a secret or keys.
    pub(crate) fn authentication(&self) -> Authentication {
        self.authentication.unwrap_or(if self.secret.is_some() {
            Authentication::ClientSecretBasic
        } else if self.jwks.is_some() || self.jwks_uri.is_some() {
            Authentication::PrivateKeyJwt
        } else {
            Authentication::None
        })
    }

    /// How it obtains tokens: as `grants` says, or by codes and refresh tokens if it has a redirect URI.
    pub(crate) fn grants(&self) -> Vec<Grant> {
        match &self.grants {
            Some(grants) => grants.clone(),
            None if self.redirect_uris.is_empty() => Vec::new(),
            None => vec![Grant::AuthorizationCode, Grant::RefreshToken],
        }
    }

    pub(super) fn may(&self, grant: Grant) -> bool {
        self.grants().contains(&grant)
    }
}

fn check_authentication(path: &str, client: &ClientSection, found: Found<'_>) {
    let mut wrong = |key: &str, what: &str, expected: &str| {
        found.push(Mistake::new(format!("{path}.{key}"), what, expected));
    };
    let has_keys = client.jwks.is_some() || client.jwks_uri.is_some();
    match client.authentication() {
        Authentication::TlsClientAuth => wrong(
            "authentication",
            "`tls_client_auth`",
            "another way: this server authenticates no client by its certificate yet",
        ),
        Authentication::None => {
            if client.secret.is_some() {
                wrong("secret", "a secret", "none, since `authentication` is `none`");
            }
            if has_keys {
                wrong("jwks", "keys", "none, since `authentication` is `none`");
            }
            if !client.introspect.is_empty() {
                wrong(
                    "introspect",
                    "resources",
                    "none, since a client without a secret or keys may not introspect tokens",
                );
            }
        }
        Authentication::ClientSecretBasic | Authentication::ClientSecretPost => {
            match &client.secret {
                None => wrong("secret", "nothing", "the secret that it authenticates by"),
                Some(secret) if secret.0.expose().len() < SECRET_BYTES => wrong(
                    "secret",
                    &format!("{} bytes", secret.0.expose().len()),
                    "32 random bytes or more",
                ),
                Some(_) => {}
            }
            if has_keys {
                wrong("jwks", "keys", "none, since it authenticates by its secret");
            }
        }
        Authentication::PrivateKeyJwt => {
            if client.secret.is_some() {
                wrong("secret", "a secret", "none, since it authenticates by its keys");
            }
            match (&client.jwks, &client.jwks_uri) {
                (None, None) => {
                    wrong("jwks", "nothing", "the keys that it signs with, or `jwks_uri`");
                }
                (Some(_), Some(_)) => {
                    wrong("jwks_uri", "an address beside `jwks`", "one of the two");
                }
                (Some(_), None) => match keys(client) {
                    Err(why) => wrong("jwks", "what is no key set", &why),
                    Ok(keys) if keys.is_empty() => {
                        wrong("jwks", "no key that can be used", "public keys of EC, RSA or OKP");
                    }
                    Ok(_) => {}
                },
                (None, Some(uri)) => {
                    let is_fine = uri.starts_with("https://") || is_loopback_uri(uri);
                    if url::Url::parse(uri).is_err() || !is_fine {
                        wrong(
                            "jwks_uri",
                            &format!("`{uri}`"),
                            "an `https` address, or one of `http` on a loopback address",
                        );
                    }
                }
            }
        }
    }
}

fn check_grants(path: &str, client: &ClientSection, found: Found<'_>) {
    for (place, grant) in client.grants.iter().flatten().enumerate() {
        let path = format!("{path}.grants[{place}]");
        match grant {
            Grant::AuthorizationCode if client.redirect_uris.is_empty() => {
                found.push(Mistake::new(
                    path,
                    "`authorization_code`",
                    "`redirect_uris` beside it: where codes are sent to",
                ));
            }
            Grant::ClientCredentials if client.authentication() == Authentication::None => {
                found.push(Mistake::new(
                    path,
                    "`client_credentials`",
                    "a client that authenticates: say `secret` or `jwks`",
                ));
            }
            Grant::TokenExchange => found.push(Mistake::new(
                path,
                "`urn:ietf:params:oauth:grant-type:token-exchange`",
                "another grant: this server has no token exchange yet",
            )),
            _ => {}
        }
    }
}

/// The keys of a client, or why they are invalid.
pub(crate) fn keys(client: &ClientSection) -> Result<Jwks, String> {
    let json = serde_json::to_string(&client.jwks).map_err(|it| it.to_string())?;
    let why = |error: auth_core::jose::JwksError| {
        let text = error.to_string();
        format!("a JWK set (RFC 7517): {}", text.lines().next().unwrap_or_default())
    };
    Jwks::from_json(&json).map_err(why)
}

fn check_lifetimes(lifetimes: &LifetimesSection, found: Found<'_>) {
    const DAY: u64 = 24 * 3_600;
    let named = [
        ("authorization_code", lifetimes.authorization_code, 1, 600),
        ("access_token", lifetimes.access_token, 1, DAY),
        ("refresh_token_idle", lifetimes.refresh_token_idle, 1, 3_650 * DAY),
        ("refresh_token", lifetimes.refresh_token, 1, 3_650 * DAY),
        ("refresh_retry_window", lifetimes.refresh_retry_window, 0, 300),
        ("session_idle", lifetimes.session_idle, 1, 30 * DAY),
        ("session", lifetimes.session, 1, 30 * DAY),
        ("pushed_request", lifetimes.pushed_request, 1, 600),
    ];
    for (key, time, least, most) in named {
        let Some(seconds) = time.map(|it| it.0.as_secs()) else { continue };
        if !(least..=most).contains(&seconds) {
            found.push(Mistake::new(
                format!("lifetimes.{key}"),
                format!("{seconds} seconds"),
                format!("{least} to {most} seconds"),
            ));
        }
    }
    let longer = [
        (
            "refresh_token_idle",
            lifetimes.refresh_token_idle,
            "refresh_token",
            lifetimes.refresh_token,
        ),
        ("session_idle", lifetimes.session_idle, "session", lifetimes.session),
    ];
    for (key, idle, whole_key, whole) in longer {
        if let (Some(idle), Some(whole)) = (idle, whole)
            && idle.0 > whole.0
        {
            found.push(Mistake::new(
                format!("lifetimes.{key}"),
                format!("{} seconds", idle.0.as_secs()),
                format!("no more than `{whole_key}`, which is {} seconds", whole.0.as_secs()),
            ));
        }
    }
}
