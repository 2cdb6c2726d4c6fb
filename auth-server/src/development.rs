//! A server for development: one line, on loopback, in memory.

use std::fmt;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use auth_accounts::model::LoginKey;
use auth_accounts::provided::ProvidedAccount;
use auth_accounts::secret::{KeyRing, SecretText, random_base62};
use auth_accounts::session::SessionSettings;
use auth_accounts::store::Stores;
use auth_accounts::{Accounts, AccountsBuilder};
use auth_core::routing::get;
use auth_core::{Authenticator, Router};
use auth_store::memory::MemoryStore;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::authorize::{AuthorizationRequest, GivenConsent, Prompt, ReturnTo};
use crate::builder::OPENID_SCOPES;
use crate::client::is_loopback_uri;
use crate::login::LoginSession;
use crate::store::CodeChallenge;
use crate::token::TokenRequest;
use crate::wire::{Form, OAuthError, no_store};
use crate::{
    AuthorizationServer, AuthorizationServerBuilder, Client, ClientSecret, GrantType, Lifetimes,
    Resource, ServerError,
};

/// The public client, unless the program defines clients.
const CLIENT: &str = "development";

/// The client with a secret, unless the program defines clients.
const SERVICE: &str = "development-service";

/// The redirect URI: a page that shows the code, and the line that redeems it.
const CALLBACK: &str = "/development/callback";

/// The verifier of the link that is printed. It is public: the link is for this machine.
const VERIFIER: &str = "development-verifier-that-is-not-secret-00000";

/// The settings of a server for development: see [`AuthorizationServer::development`].
#[must_use]
pub struct Development {
    server: AuthorizationServerBuilder,
    users: Vec<(ProvidedAccount, String, String)>,
    accounts: Box<dyn FnOnce(AccountsBuilder) -> AccountsBuilder + Send>,
}

impl AuthorizationServer {
    /// A server for development and tests: only on loopback, everything in memory, with users in the code. By
    /// default there is a public client `development`, a client `development-service` with a secret, and a
    /// resource at the issuer with the scopes `read` and `write`.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), auth_server::ServerError> {
    /// use auth_server::AuthorizationServer;
    ///
    /// let server = AuthorizationServer::development("http://127.0.0.1:3000")
    ///     .user("alice", "secret")
    ///     .start()
    ///     .await?;
    /// eprintln!("{}", server.greeting().await?);
    /// # Ok(()) }
    /// ```
    pub fn development(issuer: impl Into<String>) -> Development {
        Development {
            server: AuthorizationServer::builder(issuer),
            users: Vec::new(),
            accounts: Box::new(|builder| builder),
        }
    }
}

impl Development {
    /// A user with this name and password, of any length. Both are in the greeting.
    pub fn user(self, username: &str, password: &str) -> Self {
        self.user_with_roles::<&str>(username, password, [])
    }

    /// The same with roles.
    pub fn user_with_roles<R: Into<String>>(
        mut self,
        username: &str,
        password: &str,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        let account = ProvidedAccount::new(username, SecretText::from(password)).roles(roles);
        self.users.push((account, username.to_owned(), password.to_owned()));
        self
    }

    /// A resource that access tokens are issued for. The first is that of the greeting.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.server = self.server.resource(resource);
        self
    }

    /// A client, instead of the default ones.
    pub fn client(mut self, client: Client) -> Self {
        self.server = self.server.client(client);
        self
    }

    /// How long codes, tokens and grants last.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.server = self.server.lifetimes(lifetimes);
        self
    }

    /// More settings of the accounts, such as the vocabulary of the application.
    pub fn accounts(
        mut self,
        settings: impl FnOnce(AccountsBuilder) -> AccountsBuilder + Send + 'static,
    ) -> Self {
        self.accounts = Box::new(settings);
        self
    }

    /// The server, to be merged into an application that listens at the issuer.
    ///
    /// # Errors
    /// If the issuer is not of `http` on a loopback address, or a setting is wrong.
    pub async fn build(self) -> Result<DevelopmentServer, ServerError> {
        let mut server = self.server;
        let issuer = server.issuer.clone();
        if !is_loopback_uri(&issuer) {
            return Err(wrong(format!(
                "a server for development is at an `http` address on loopback, not at `{issuer}`"
            )));
        }
        let (store, keys) = (MemoryStore::new(), KeyRing::ephemeral());
        let accounts = Accounts::builder(Stores::all_in(store.clone()))
            .origin(&issuer)
            .keys(keys.clone())
            .sessions(SessionSettings::default().without_tls())
            .without_pages();
        let accounts = (self.accounts)(accounts).build().map_err(|it| wrong(it.to_string()))?;
        for (user, name, _) in &self.users {
            let provided = accounts.provide(user).await;
            provided.map_err(|error| wrong(format!("the user `{name}`: {error}")))?;
        }
        if server.resources.is_empty() {
            let resource = Resource::new(&issuer);
            let resource = resource.scope("read", Some("Read")).scope("write", Some("Write"));
            server = server.resource(resource);
        }
        let secret = server.clients.is_empty().then(|| random_base62(43));
        if let Some(secret) = &secret {
            server = with_clients(server, &issuer, secret);
        }
        let server =
            server.store(store).secrets(keys).accounts(accounts.clone()).login(accounts.clone());
        Ok(DevelopmentServer {
            server: server.build().await?,
            accounts,
            users: self.users.into_iter().map(|(_, name, password)| (name, password)).collect(),
            secret: secret.map(SecretText::new),
            listening: None,
        })
    }

    /// Listens at the issuer, in a task of this program, until the server is dropped. With port 0 the issuer
    /// is the address that it got.
    ///
    /// # Errors
    /// As [`build`](Self::build), and if the address is taken.
    pub async fn start(mut self) -> Result<DevelopmentServer, ServerError> {
        let failed = |error: &dyn fmt::Display, issuer: &str| {
            wrong(format!("cannot listen at `{issuer}`: {error}"))
        };
        let issuer = &mut self.server.issuer;
        let authority = issuer.strip_prefix("http://").unwrap_or(issuer).to_owned();
        let bound = TcpListener::bind(&authority).await;
        let listener = bound.map_err(|error| failed(&error, issuer))?;
        if authority.ends_with(":0") {
            let address = listener.local_addr().map_err(|error| failed(&error, issuer))?;
            *issuer = format!("http://{address}");
        }
        let mut started = self.build().await?;
        let app = started.app()?;
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "the server for development has stopped");
            }
        });
        started.listening = Some(Arc::new(Listening(serving.abort_handle())));
        Ok(started)
    }
}

/// Adds the default clients.
fn with_clients(
    server: AuthorizationServerBuilder,
    issuer: &str,
    secret: &str,
) -> AuthorizationServerBuilder {
    let uris: Vec<String> = server.resources.iter().map(|it| it.uri.clone()).collect();
    let scopes = server.resources.iter().flat_map(|it| &it.scopes);
    let scopes: Vec<String> = scopes.map(|it| it.name().to_owned()).collect();
    let client = Client::public(CLIENT)
        .redirect_uri(format!("{issuer}{CALLBACK}"))
        .redirect_uri("http://127.0.0.1/callback")
        .redirect_uri("http://localhost/callback")
        .scopes(OPENID_SCOPES)
        .scopes(scopes.clone())
        .resources(uris.clone());
    let service = Client::confidential(SERVICE, ClientSecret::new(secret))
        .grant_types([GrantType::ClientCredentials])
        .scopes(scopes)
        .resources(uris.clone())
        .introspects(uris);
    server.client(client).client(service)
}

impl fmt::Debug for Development {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Development").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Listens until it is dropped.
struct Listening(AbortHandle);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A server for development: see [`AuthorizationServer::development`].
#[derive(Clone)]
pub struct DevelopmentServer {
    server: AuthorizationServer,
    accounts: Accounts,
    users: Vec<(String, String)>,
    /// The secret of the default client.
    secret: Option<SecretText>,
    listening: Option<Arc<Listening>>,
}

/// The tokens of a user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DevelopmentTokens {
    /// The access token, for the first resource of the client.
    pub access_token: SecretText,
    /// The refresh token, if the client may have one.
    pub refresh_token: Option<SecretText>,
}

impl DevelopmentServer {
    /// The server.
    #[must_use]
    pub const fn server(&self) -> &AuthorizationServer {
        &self.server
    }

    /// The accounts of its users.
    #[must_use]
    pub const fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The issuer: where it listens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.server.issuer()
    }

    /// The routes of the server, and the page that shows a code.
    pub fn router(&self) -> Router {
        let callback = Router::new()
            .route(CALLBACK, get(callback))
            .with_state(Callback { issuer: self.issuer().into() });
        self.server.router().merge(callback)
    }

    /// Everything that it serves.
    pub(crate) fn app(&self) -> Result<axum::Router, ServerError> {
        app(self.router(), &self.accounts)
    }

    /// The address where a browser signs in for this client and these scopes. Afterwards a page shows the code. The
    /// client needs `{issuer}/development/callback` among its redirect URIs.
    #[must_use]
    pub fn sign_in_link(&self, client: &str, scopes: &[&str]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(challenge());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", &format!("{}{CALLBACK}", self.issuer())),
            ("scope", &scopes.join(" ")),
            ("state", client),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        format!("{}?{}", self.server.0.issuer.url("/authorize"), query.finish())
    }

    /// Tokens of this user, as after a sign-in by these methods
    /// ([RFC 8176](https://www.rfc-editor.org/rfc/rfc8176)), such as `["pwd"]` or `["pwd", "otp", "mfa"]`, and a
    /// consent to these scopes.
    ///
    /// # Errors
    /// If there is no such user or client, or the client has no resource.
    pub async fn tokens(
        &self,
        username: &str,
        client: &str,
        scopes: &[&str],
        means: &[&str],
    ) -> Result<DevelopmentTokens, ServerError> {
        let (server, inner) = (&self.server, &self.server.0);
        let found = inner.configured_client(client);
        let client = found.ok_or_else(|| wrong(format!("there is no client `{client}`")))?;
        let login = LoginKey::prepare(username);
        let account = match login {
            Some(login) => self.accounts.stores().accounts.find(&login).await?,
            None => None,
        };
        let unknown_user = || wrong(format!("there is no user `{username}`"));
        let subject = account.ok_or_else(unknown_user)?.id.to_string();
        let asked = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
        let resources = server.targets(&client, &[]).map_err(|error| oauth(&error))?;
        let request = AuthorizationRequest {
            back: ReturnTo { redirect_uri: format!("{}{CALLBACK}", self.issuer()), state: None },
            scopes: asked(scopes),
            resources: resources.iter().map(|it| it.uri.clone()).collect(),
            challenge: CodeChallenge::from_bytes(challenge()),
            nonce: None,
            prompt: Prompt::default(),
            max_age: None,
            acr_values: Vec::new(),
            id_token_hint: None,
            jkt: None,
            client: Arc::clone(&client),
        };
        let now = server.now();
        // No browser has this session.
        let session = LoginSession::new(subject, random_base62(22), now).amr(means.iter().copied());
        let stored = server.store_grant(&request, &session, GivenConsent::NotNeeded).await?;
        let (code, _) = stored.ok_or_else(unknown_user)?;
        let form: Form = [("code", code.expose()), ("code_verifier", VERIFIER)]
            .map(|(name, value)| (name, value.into()))
            .into_iter()
            .collect();
        let request = TokenRequest { client: &client, form: &form, proved: None, now };
        let tokens = server.redeem_code(&request).await.map_err(|error| oauth(&error))?;
        Ok(DevelopmentTokens {
            access_token: tokens.access_token.into(),
            refresh_token: tokens.refresh_token.map(Into::into),
        })
    }

    /// The users and clients, and lines to try in a shell. It contains passwords and tokens.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn greeting(&self) -> Result<String, ServerError> {
        let issuer = self.issuer();
        let mut text = format!("The authorization server for development is {issuer}\n");
        for (username, password) in &self.users {
            let _ = writeln!(text, "  user      {username} with the password {password}");
        }
        let inner = &self.server.0;
        let mut clients: Vec<_> = inner.clients.iter().collect();
        clients.sort_by(|one, other| one.id.cmp(&other.id));
        for client in clients {
            let method = match client.authentication.name() {
                "none" => "public, without a secret",
                method => method,
            };
            let _ = writeln!(text, "  client    {} ({method})", client.id);
            for uri in &client.redirect_uris {
                let _ = writeln!(text, "              redirect URI {uri}");
            }
        }
        for resource in &inner.resources {
            let scopes: Vec<_> = resource.scopes.iter().map(|it| it.name.as_str()).collect();
            let _ =
                writeln!(text, "  resource  {} with the scopes {}", resource.uri, scopes.join(" "));
        }
        let _ = writeln!(
            text,
            "On loopback addresses the port of a redirect URI may be any. Your own client: `serve --config`, or `.client(..)`."
        );
        let _ = writeln!(
            text,
            "\nThe issuer is {issuer}; client libraries find the rest in its metadata:\ncurl -s {issuer}/.well-known/openid-configuration"
        );
        let token = inner.issuer.url("/token");
        if let Some(secret) = &self.secret {
            let _ = writeln!(
                text,
                "\nA token for a service:\ncurl -s {token} -u '{SERVICE}:{}' -d grant_type=client_credentials",
                secret.expose()
            );
            let scopes = ["openid", "offline_access", "read"];
            let scopes = scopes.map(|it| if self.has_scope(it) { it } else { "openid" });
            let _ =
                writeln!(text, "\nSign in with a browser:\n{}", self.sign_in_link(CLIENT, &scopes));
            if let Some((user, _)) = self.users.first() {
                let tokens = self.tokens(user, CLIENT, &scopes, &["pwd"]).await?;
                if let Some(refresh_token) = tokens.refresh_token {
                    let _ = writeln!(
                        text,
                        "\nTokens of {user}, by a refresh token that works once:\ncurl -s {token} -d grant_type=refresh_token -d client_id={CLIENT} -d refresh_token={}",
                        refresh_token.expose()
                    );
                }
            }
        }
        Ok(text)
    }

    fn has_scope(&self, name: &str) -> bool {
        let inner = &self.server.0;
        inner.configured_client(CLIENT).is_some_and(|it| it.may_have_scope(name))
    }
}

impl fmt::Debug for DevelopmentServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevelopmentServer")
            .field("issuer", &self.issuer())
            .field("is_listening", &self.listening.is_some())
            .finish_non_exhaustive()
    }
}

fn wrong(problem: String) -> ServerError {
    ServerError::Settings(vec![problem])
}

fn oauth(error: &OAuthError) -> ServerError {
    wrong(error.description())
}

/// The challenge of [`VERIFIER`].
fn challenge() -> [u8; 32] {
    let mut challenge = [0; 32];
    challenge.copy_from_slice(digest(&SHA256, VERIFIER.as_bytes()).as_ref());
    challenge
}

/// The routes of a server alone, with the sessions of its accounts.
pub(crate) fn app(routes: Router, accounts: &Accounts) -> Result<axum::Router, ServerError> {
    let builder = Authenticator::builder().vocabulary::<(Scope,)>();
    let authenticator = accounts.schemes(builder).build().map_err(|it| wrong(it.to_string()))?;
    routes.protect(authenticator).map_err(|it| wrong(it.to_string()))
}

/// A vocabulary for the authenticator. The endpoints of the server need none.
#[derive(Clone, Copy, auth_core::Scopes)]
enum Scope {
    /// Sign in.
    #[scope("openid")]
    OpenId,
}

/// The state of the page for codes.
#[derive(Clone)]
struct Callback {
    issuer: Arc<str>,
}

/// Shows a code, with the line that redeems it.
#[auth_core::public(reason = "shows the parameters of the request, for development")]
async fn callback(State(state): State<Callback>, RawQuery(query): RawQuery) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    // The line is copied into a shell, so nothing in it may have a meaning there.
    let plain = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        form.get(name).filter(|it| it.bytes().all(fits))
    };
    let issuer = &*state.issuer;
    let text = match (plain("code"), plain("state")) {
        (Some(code), Some(client)) => format!(
            "You are signed in. This line obtains the tokens, once:\n\ncurl -s {issuer}/token -d grant_type=authorization_code -d client_id={client} -d code={code} -d code_verifier={VERIFIER}\n"
        ),
        _ => match plain("error") {
            Some(error) => format!("The server answered with the error {error}.\n"),
            None => "There is no code.\n".to_owned(),
        },
    };
    let mut response = no_store(text);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
