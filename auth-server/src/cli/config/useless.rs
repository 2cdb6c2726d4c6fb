//! What a file says to no effect. The server can start with it: these are warnings, where the mistakes of
//! [`check`](super::check) are what it can never do.

use super::Mistake;
use super::file::{AccessTokens, ClientSection, Config, ConsentChoice, Grant};
use crate::builder::OPENID_SCOPES;

impl Config {
    /// What has no effect, one sentence each.
    pub(crate) fn warnings(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        self.find_unused_resources(&mut found);
        for (index, client) in self.client.iter().enumerate() {
            let mut of_client =
                Useless { path: format!("client[{index}]"), client, found: Vec::new() };
            of_client.find_grants(self);
            of_client.find_settings();
            of_client.find_scopes(self);
            found.append(&mut of_client.found);
        }
        let has_device_client = self.client.iter().any(|it| it.may(Grant::DeviceCode));
        if self.device_authorization.enabled && !has_device_client {
            found.push(Mistake::new(
                "device_authorization.enabled",
                "`true`",
                "a client that has the grant `urn:ietf:params:oauth:grant-type:device_code`",
            ));
        }
        found
    }

    fn find_unused_resources(&self, found: &mut Vec<Mistake>) {
        let has_unknown_clients =
            self.client_id_metadata_documents.enabled || self.dynamic_registration.enabled;
        for (index, resource) in self.resource.iter().enumerate() {
            let is_opaque = resource.access_tokens == AccessTokens::Opaque;
            if is_opaque && !self.client.iter().any(|it| it.introspect.contains(&resource.uri)) {
                found.push(Mistake::new(
                    format!("resource[{index}].access_tokens"),
                    "`opaque`",
                    "a client with this resource in `introspect`: nothing else can read such tokens",
                ));
            }
            let asks = |it: &ClientSection| {
                !it.grants().is_empty()
                    && (it.resources.is_empty() || it.resources.contains(&resource.uri))
            };
            if !has_unknown_clients && !self.client.iter().any(asks) {
                found.push(Mistake::new(
                    format!("resource[{index}].uri"),
                    format!("`{}`", resource.uri),
                    "a client that can get tokens for it",
                ));
            }
        }
    }
}

/// What one client says to no effect.
struct Useless<'a> {
    path: String,
    client: &'a ClientSection,
    found: Vec<Mistake>,
}

impl Useless<'_> {
    fn note(&mut self, key: &str, what: impl Into<String>, expected: impl Into<String>) {
        self.found.push(Mistake::new(format!("{}.{key}", self.path), what, expected));
    }

    /// Whether users allow it something.
    fn has_users(&self) -> bool {
        self.client.may(Grant::AuthorizationCode) || self.client.may(Grant::DeviceCode)
    }

    fn find_grants(&mut self, config: &Config) {
        if self.client.grants().is_empty() && self.client.introspect.is_empty() {
            self.note("grants", "none", "a grant, or `introspect`: it can do nothing");
        }
        for (place, grant) in self.client.grants.iter().flatten().enumerate() {
            let key = format!("grants[{place}]");
            match grant {
                Grant::DeviceCode if !config.device_authorization.enabled => self.note(
                    &key,
                    format!("`{}`", grant.as_str()),
                    "`enabled = true` in `[device_authorization]`",
                ),
                Grant::RefreshToken if !self.has_users() => self.note(
                    &key,
                    "`refresh_token`",
                    "`authorization_code` beside it, or another grant that refresh tokens come from",
                ),
                _ => {}
            }
        }
    }

    fn find_settings(&mut self) {
        const CODES: &str = "`authorization_code` in `grants`: it has no effect without";
        let client = self.client;
        if client.grants().is_empty() {
            return;
        }
        if !client.may(Grant::AuthorizationCode) {
            if !client.redirect_uris.is_empty() {
                self.note("redirect_uris", "addresses", CODES);
            }
            if client.require_pushed_authorization_requests {
                self.note("require_pushed_authorization_requests", "`true`", CODES);
            }
            if client.consent == ConsentChoice::FirstParty {
                self.note("consent", "`first_party`", CODES);
            }
        }
        if !client.may(Grant::ClientCredentials) && !client.roles.is_empty() {
            self.note(
                "roles",
                "roles",
                "`client_credentials` in `grants`: they are in the tokens of the client itself alone, and tokens of users have those of the user",
            );
        }
        if client.id_token_signed_response_alg.is_some()
            && !client.scopes.iter().any(|it| it == "openid")
        {
            self.note(
                "id_token_signed_response_alg",
                "an algorithm",
                "`openid` in `scopes`: there are no ID tokens without",
            );
        }
    }

    fn find_scopes(&mut self, config: &Config) {
        let client = self.client;
        if client.grants().is_empty() {
            return;
        }
        for (place, scope) in client.scopes.iter().enumerate() {
            let has_it = |uri: &String| {
                config.resource.iter().any(|it| it.uri == *uri && it.scopes.contains(scope))
            };
            let expected = if OPENID_SCOPES.contains(&scope.as_str()) {
                if !self.has_users() {
                    "scopes of resources: it has no grant of users"
                } else if scope == "offline_access" && !client.may(Grant::RefreshToken) {
                    "`refresh_token` in `grants`"
                } else {
                    continue;
                }
            } else if client.resources.is_empty() || client.resources.iter().any(has_it) {
                continue;
            } else {
                "a scope of one of its `resources`"
            };
            self.note(&format!("scopes[{place}]"), format!("`{scope}`"), expected);
        }
    }
}
