//! From a configuration to a database, accounts and a server.

use std::sync::Arc;
use std::time::Duration;

use auth_accounts::factor::FactorSettings;
use auth_accounts::password::PasswordSettings;
use auth_accounts::provided::ProvidedAccount;
use auth_accounts::secret::{Digest, KeyRing};
use auth_accounts::session::SessionSettings;
use auth_accounts::store::{AttemptStore, Limit, OneTimeStore, Stores};
use auth_store::memory::MemoryStore;
use auth_store::postgres::PostgresStore;
use auth_store::redis::RedisStore;
use auth_store::sqlite::SqliteStore;

use super::Failure;
use super::config::{
    self, AccessTokens, Authentication, ClientSection, Config, ConsentChoice, Database, Grant,
    UserSection,
};
use crate::issuer::Issuer;
use crate::store::AuthorizationStore;
use crate::{
    AuthorizationServer, AuthorizationServerBuilder, Cimd, Client, ClientKeys, ClientSecret,
    DynamicRegistration, GrantType, Lifetimes, Limits, Resource, SigningAlgorithm, SigningKeys,
};

/// An opened database.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) stores: Stores,
    pub(crate) authorization: Arc<dyn AuthorizationStore>,
    pub(crate) one_time: Arc<dyn OneTimeStore>,
    pub(crate) attempts: Arc<dyn AttemptStore>,
    pub(crate) keys: KeyRing,
}

impl Opened {
    fn new(stores: Stores, authorization: Arc<dyn AuthorizationStore>, keys: KeyRing) -> Self {
        let (one_time, attempts) = (stores.one_time.clone(), stores.attempts.clone());
        Self { stores, authorization, one_time, attempts, keys }
    }

    /// Everything in the memory of the process.
    pub(crate) fn in_memory(keys: KeyRing) -> Self {
        let store = MemoryStore::new();
        Self::new(Stores::all_in(store.clone()), Arc::new(store), keys)
    }

    /// The database of a configuration, with its tables brought up to this version.
    pub(crate) async fn open(config: &Config) -> Result<Self, Failure> {
        let keys = key_ring(config)?;
        let mut opened = match &config.database {
            None | Some(Database::Memory) => Self::in_memory(keys),
            Some(Database::Sqlite(file)) => {
                let store = SqliteStore::open(&format!("sqlite:{file}")).await;
                let store = store.map_err(|error| at("database", file, &error))?;
                store.migrate().await.map_err(|error| named("database", &error))?;
                Self::new(Stores::all_in(store.clone()), Arc::new(store), keys)
            }
            Some(Database::Postgres(address)) => {
                let store = PostgresStore::connect(address.expose()).await;
                let place = place(address.expose());
                let store = store.map_err(|error| at("database", &place, &error))?;
                store.migrate().await.map_err(|error| named("database", &error))?;
                Self::new(Stores::all_in(store.clone()), Arc::new(store), keys)
            }
        };
        if let Some(address) = &config.redis {
            let store = RedisStore::connect(address.0.expose(), &opened.stores).await;
            let place = place(address.0.expose());
            let store = store.map_err(|error| at("redis", &place, &error))?;
            let store = Arc::new(store);
            // Sessions stay in the database: they must not be forgotten.
            opened.stores.one_time = store.clone();
            opened.stores.attempts = store.clone();
            opened.one_time = store.clone();
            opened.attempts = store;
        }
        Ok(opened)
    }
}

/// A failure at what a key of the file names.
fn named(key: &str, error: &dyn std::error::Error) -> Failure {
    format!("`{key}`: {error}").into()
}

/// The same, with the place that cannot be reached.
fn at(key: &str, place: &str, error: &dyn std::error::Error) -> Failure {
    format!("`{key}`: `{place}`: {error}").into()
}

/// Host and port of an address, without the name and the password in it.
fn place(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or("its address");
    match url.as_ref().and_then(url::Url::port) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Why no server can be made. If its keys cannot be opened, the secret is another one.
pub(crate) fn not_made(error: crate::ServerError) -> Failure {
    match error {
        crate::ServerError::Keys(why) => {
            format!("`secret`: expected the one that the database was made with: {why}").into()
        }
        other => other.into(),
    }
}

/// The keys that are derived from the secret of the file, or new ones for as long as the process lives.
///
/// The name of the key follows from the secret: with another secret, what was sealed is not opened with
/// the wrong key, and the error says so.
fn key_ring(config: &Config) -> Result<KeyRing, Failure> {
    let Some(secret) = &config.secret else { return Ok(KeyRing::ephemeral()) };
    let secret = secret.0.expose().as_bytes();
    let key = Digest::of(&[b"auth-server key ring", secret]);
    let name = Digest::of(&[b"auth-server key name", secret]);
    let [a, b, c, d, ..] = *name.as_bytes();
    let name = format!("{:08x}", u32::from_be_bytes([a, b, c, d]));
    Ok(KeyRing::new([(name, *key.as_bytes())])?)
}

/// The accounts of the server at this issuer.
pub(crate) fn accounts(
    config: &Config,
    issuer: &str,
    opened: &Opened,
) -> Result<auth_accounts::Accounts, Failure> {
    let issuer = Issuer::parse(issuer)?;
    let times = &config.lifetimes;
    let whole = times.session.map_or(Duration::from_hours(12), |it| it.0);
    let idle = times.session_idle.map_or(Duration::from_mins(30), |it| it.0).min(whole);
    let sessions = SessionSettings::default().idle(idle).absolute(whole).never_remember();
    let sessions = if issuer.is_https() { sessions } else { sessions.without_tls() };
    let passwords = PasswordSettings::default();
    let passwords = match config.limits.sign_in_failures.map(|it| it.0) {
        Some(None) => passwords.unlimited_attempts(),
        Some(Some(attempts)) => passwords
            .attempts(Limit { attempts, window_seconds: 15 * 60 })
            .consecutive_attempts(Limit { attempts, window_seconds: 30 * 24 * 3_600 }),
        None => passwords,
    };
    let factors = FactorSettings::default();
    let factors = if config.passkeys.enabled { factors } else { factors.without_passkeys() };
    Ok(auth_accounts::Accounts::builder(opened.stores.clone())
        .origin(issuer.origin())
        .factors(factors)
        .keys(opened.keys.clone())
        .sessions(sessions)
        .passwords(passwords)
        .trusted_proxies(&config.trusted_proxies)
        .without_pages()
        .build()?)
}

/// Puts the users of the file into the database.
pub(crate) async fn provide_users(
    config: &Config,
    accounts: &auth_accounts::Accounts,
) -> Result<(), Failure> {
    for (index, user) in config.user.iter().enumerate() {
        let provided = accounts.provide(&account(user)).await;
        provided.map_err(|error| named(&format!("user[{index}]"), &error))?;
    }
    Ok(())
}

fn account(user: &UserSection) -> ProvidedAccount {
    let account = ProvidedAccount::new(&user.username, user.password.0.clone())
        .roles(&user.roles)
        .groups(&user.groups);
    let account = match &user.email {
        Some(email) => account.email(email),
        None => account,
    };
    match &user.totp {
        Some(secret) => account.totp(secret.0.clone()),
        None => account,
    }
}

/// The server of a configuration, in the making.
pub(crate) fn server(
    config: &Config,
    issuer: &str,
    opened: &Opened,
    accounts: &auth_accounts::Accounts,
) -> Result<AuthorizationServerBuilder, Failure> {
    let mut builder = AuthorizationServer::builder(issuer)
        .stores(opened.authorization.clone(), opened.one_time.clone(), opened.attempts.clone())
        .secrets(opened.keys.clone())
        .accounts(accounts.clone())
        .login(accounts.clone())
        .lifetimes(lifetimes(config))
        .limits(limits(config))
        .signing_keys(signing_keys(config))
        .trusted_proxies(&config.trusted_proxies);
    for section in &config.resource {
        let resource = section.scopes.iter().fold(Resource::new(&section.uri), |it, scope| {
            it.scope(scope, config.scopes.get(scope).map(String::as_str))
        });
        builder = builder.resource(match section.access_tokens {
            AccessTokens::Jwt => resource,
            AccessTokens::Opaque => resource.opaque_access_tokens(),
        });
    }
    for section in &config.client {
        builder = builder.client(client(section)?);
    }
    if config.client_id_metadata_documents.enabled {
        builder = builder.client_id_metadata_documents(documents(config));
    }
    if config.dynamic_registration.enabled {
        builder = builder.dynamic_registration(registration(config));
    }
    if config.device_authorization.enabled {
        builder = builder.device_authorization();
    }
    Ok(builder)
}

fn documents(config: &Config) -> Cimd {
    let section = &config.client_id_metadata_documents;
    let documents = Cimd::any_host().max_scopes(&section.scopes);
    if section.allow_http_on_loopback { documents.allow_http_on_loopback() } else { documents }
}

fn registration(config: &Config) -> DynamicRegistration {
    let section = &config.dynamic_registration;
    let registration = match &section.initial_access_token {
        Some(token) => {
            DynamicRegistration::with_initial_access_token(ClientSecret::new(token.0.expose()))
        }
        None => DynamicRegistration::open(),
    };
    let registration = registration.max_scopes(&section.scopes);
    match config.limits.registrations {
        Some(rate) => registration.registrations(rate.0),
        None => registration,
    }
}

fn limits(config: &Config) -> Limits {
    match config.limits.client_failures {
        Some(rate) => Limits::default().client_failures(rate.0),
        None => Limits::default(),
    }
}

fn signing_keys(config: &Config) -> SigningKeys {
    let keys = SigningKeys::default();
    let keys = match &config.signing.algorithms {
        Some(algorithms) => keys.algorithms(algorithms.iter().map(|it| match it {
            config::SigningAlgorithm::Es256 => SigningAlgorithm::Es256,
            config::SigningAlgorithm::Rs256 => SigningAlgorithm::Rs256,
        })),
        None => keys,
    };
    match config.signing.rotate_every {
        Some(time) => keys.rotate_every(time.0),
        None => keys,
    }
}

fn lifetimes(config: &Config) -> Lifetimes {
    let times = &config.lifetimes;
    let mut lifetimes = Lifetimes::default();
    if let Some(time) = times.authorization_code {
        lifetimes = lifetimes.authorization_code(time.0);
    }
    if let Some(time) = times.access_token {
        lifetimes = lifetimes.access_token(time.0);
    }
    if let Some(time) = times.refresh_token {
        lifetimes = lifetimes.refresh_token(time.0);
        // The default idle time must not be longer than the whole life.
        let idle = Duration::from_secs(lifetimes.refresh_token_idle).min(time.0);
        lifetimes = lifetimes.refresh_token_idle(idle);
    }
    if let Some(time) = times.refresh_token_idle {
        lifetimes = lifetimes.refresh_token_idle(time.0);
    }
    if let Some(time) = times.refresh_retry_window {
        lifetimes = lifetimes.refresh_retry_window(time.0);
    }
    if let Some(time) = times.pushed_request {
        lifetimes = lifetimes.pushed_request(time.0);
    }
    lifetimes
}

fn client(section: &ClientSection) -> Result<Client, Failure> {
    let id = &section.id;
    let secret = || match &section.secret {
        Some(secret) => Ok(ClientSecret::new(secret.0.expose())),
        None => Err(format!("the client `{id}` has no secret")),
    };
    let client = match section.authentication() {
        Authentication::None => Client::public(id),
        Authentication::ClientSecretBasic => Client::confidential(id, secret()?),
        Authentication::ClientSecretPost => Client::confidential_post(id, secret()?),
        Authentication::PrivateKeyJwt => Client::with_keys(
            id,
            match &section.jwks_uri {
                Some(uri) => ClientKeys::At(uri.clone()),
                None => ClientKeys::Fixed(config::keys(section)?),
            },
        ),
        Authentication::TlsClientAuth => {
            return Err(format!("the client `{id}` authenticates by its certificate").into());
        }
    };
    let grants = section.grants();
    let grants = grants.iter().filter_map(|grant| match grant {
        Grant::AuthorizationCode => Some(GrantType::AuthorizationCode),
        Grant::RefreshToken => Some(GrantType::RefreshToken),
        Grant::ClientCredentials => Some(GrantType::ClientCredentials),
        Grant::DeviceCode => Some(GrantType::DeviceCode),
        Grant::TokenExchange => None,
    });
    let mut client = client
        .grant_types(grants)
        .scopes(&section.scopes)
        .resources(&section.resources)
        .roles(&section.roles)
        .introspects(&section.introspect);
    for uri in &section.redirect_uris {
        client = client.redirect_uri(uri);
    }
    for uri in &section.post_logout_redirect_uris {
        client = client.post_logout_redirect_uri(uri);
    }
    if let Some(name) = &section.name {
        client = client.name(name);
    }
    if section.consent == ConsentChoice::FirstParty {
        client = client.first_party();
    }
    if section.dpop_bound_access_tokens {
        client = client.dpop_bound_access_tokens();
    }
    if section.require_pushed_authorization_requests {
        client = client.require_pushed_authorization_requests();
    }
    if let Some(algorithm) = section.id_token_signed_response_alg {
        client = client.id_token_signed_response_alg(algorithm.as_str());
    }
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_no_password() {
        for (address, expected) in [
            ("postgres://u:hunter2@db.example.com:5432/auth", "db.example.com:5432"),
            ("redis://:hunter2@127.0.0.1:6379", "127.0.0.1:6379"),
            ("postgres://u:hunter2@db/auth", "db"),
            ("postgres://u:hunter2@", "its address"),
        ] {
            assert_eq!(place(address), expected, "{address}");
        }
    }
}
