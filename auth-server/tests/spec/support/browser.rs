//! A server with accounts, and browsers with cookies in which people sign in.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use auth_accounts::Accounts;
use auth_accounts::model::AccountId;
use auth_accounts::provided::ProvidedAccount;
use auth_accounts::secret::{KeyRing, SecretText};
use auth_accounts::session::SessionSettings;
use auth_accounts::store::Stores;
use auth_core::Authenticator;
use auth_core::time::FixedClock;
use auth_server::{AuthorizationServerBuilder, Client};
use auth_store::memory::MemoryStore;
use aws_lc_rs::hmac;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{Method, Request};
use serde_json::Value;

use super::{Answer, CALLBACK, ISSUER, NOW, Scope, World, form, new_store};

/// What every account here has.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The secret of the phone of `bob`, in base 32.
const TOTP: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const TOTP_BYTES: &[u8] = b"Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef";
const FORM: &str = "application/x-www-form-urlencoded";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The server, and the endpoints of its accounts below `/account`.
fn app(world: &World, accounts: &Accounts) -> axum::Router {
    let authenticator = accounts.schemes(Authenticator::builder().vocabulary::<(Scope,)>());
    let routes = world.server.router().merge(accounts.router_at("/account"));
    routes.protect(authenticator.build().unwrap()).unwrap()
}

/// A server whose users are `alice` and `bob`, who has a second factor.
pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) accounts: Accounts,
    pub(crate) store: MemoryStore,
    pub(crate) clock: FixedClock,
    pub(crate) alice: AccountId,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(
        change: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        Self::at(ISSUER, change).await
    }

    pub(crate) async fn at(
        issuer: &str,
        change: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        let (store, clock) = (new_store().await, FixedClock::new(NOW));
        let sessions = SessionSettings::default();
        let is_plain = issuer.starts_with("http:");
        let sessions = if is_plain { sessions.without_tls() } else { sessions };
        let accounts = Accounts::builder(Stores::all_in(store.clone()))
            .origin(url::Url::parse(issuer).unwrap().origin().ascii_serialization())
            .keys(KeyRing::ephemeral())
            .clock(clock.clone())
            .sessions(sessions)
            .build()
            .unwrap();
        let mut ids = Vec::new();
        for (name, totp) in [("alice", None), ("bob", Some(TOTP))] {
            let account = ProvidedAccount::new(name, SecretText::from(PASSWORD));
            let account = match totp {
                Some(secret) => account.totp(SecretText::from(secret)),
                None => account,
            };
            ids.push(accounts.provide(&account).await.unwrap());
        }
        let mut world = World::on(store.clone(), clock.clone(), issuer, |builder| {
            let builder = builder
                .accounts(accounts.clone())
                .login(accounts.clone())
                .client(
                    Client::public("ours")
                        .redirect_uri(CALLBACK)
                        .scopes(["openid", "read"])
                        .first_party(),
                )
                .client(
                    Client::public("single")
                        .name("<b>Single</b> & \"Co\"")
                        .redirect_uri("https://one.example.com/cb?tenant=a%2Fb")
                        .post_logout_redirect_uri("https://one.example.com/bye?a=b")
                        .scopes(["openid", "offline_access", "read", "write"]),
                );
            change(builder)
        })
        .await;
        world.app = app(&world, &accounts);
        Self { world, accounts, store, clock, alice: ids.swap_remove(0) }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { house: self, cookies: BTreeMap::new(), headers: Vec::new(), peer: None }
    }

    /// A browser in which this user has signed in for the client of who runs the server.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let page = browser.authorize(&[("client_id", "ours")]).await;
        let answer = browser.sign_in(&page, name).await;
        assert!(answer.code().is_some(), "{answer:?}");
        browser
    }

    /// What the phone of `bob` shows now.
    pub(crate) fn totp(&self) -> String {
        use auth_core::time::Clock as _;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOTP_BYTES);
        let tag = hmac::sign(&key, &(self.clock.now() / 30).to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// The query of a good request of the client `spa`, with these changes; an empty value removes one.
pub(crate) fn request(changes: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("client_id", "spa"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid read"),
        ("state", "state 1"),
        ("nonce", "nonce-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(it, _)| it != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    form(&pairs)
}

/// A browser: cookies, and what it says of its requests.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    pub(crate) house: &'a House,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What every request has.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// Where it connects from, if the application is to know it.
    pub(crate) peer: Option<SocketAddr>,
}

impl Browser<'_> {
    /// Opens the authorization endpoint with a good request and these changes.
    pub(crate) async fn authorize(&mut self, changes: &[(&str, &str)]) -> Answer {
        self.get(&format!("/authorize?{}", request(changes))).await
    }

    /// Sends the form of a page of the sign-in, and follows.
    pub(crate) async fn sign_in(&mut self, page: &Answer, name: &str) -> Answer {
        let answer = self.submit(page, &[("username", name), ("password", PASSWORD)]).await;
        self.follow(answer).await
    }

    /// Sends the form of a page with these fields.
    pub(crate) async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let (action, hidden) = page.form();
        let mut pairs = vec![("interaction", hidden.as_str())];
        pairs.extend(fields);
        self.post(&action, &form(&pairs)).await
    }

    /// Follows redirects to the server itself.
    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        while let Some(path) = answer.location().strip_prefix(self.house.world.server.issuer()) {
            let path = path.to_owned();
            assert_eq!(answer.status, 303);
            answer = self.get(&path).await;
        }
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, address: &str, body: &str) -> Answer {
        let path = address.strip_prefix(self.house.world.server.issuer()).unwrap_or(address);
        self.send(Method::POST, path, Some((FORM, body))).await
    }

    /// Sends JSON to an endpoint of the accounts, from a page of the same origin.
    pub(crate) async fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        let own = [("sec-fetch-site", "same-origin")].into();
        let headers = std::mem::replace(&mut self.headers, own);
        let body = body.to_string();
        let answer = self.send(Method::POST, path, Some(("application/json", &body))).await;
        self.headers = headers;
        answer
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<(&str, &str)>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, cookies.collect::<Vec<_>>().join("; "));
        }
        if let Some((media_type, _)) = body {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let body = Body::from(body.unwrap_or_default().1.to_owned());
        let answer = self.house.world.send(request.body(body).unwrap()).await;
        for line in answer.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The parameters that a client gets by a redirect to its callback.
    #[track_caller]
    pub(crate) fn parameters(&self) -> BTreeMap<String, String> {
        assert_eq!(self.status, 303, "{}", self.text());
        let (_, query) = self.location().split_once('?').unwrap();
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The code that a client gets.
    pub(crate) fn code(&self) -> Option<String> {
        let is_to_client = self.status == 303 && !self.location().starts_with(ISSUER);
        is_to_client.then(|| self.parameters().remove("code")).flatten()
    }

    /// The error that a client gets.
    #[track_caller]
    pub(crate) fn sent_error(&self) -> String {
        self.parameters().remove("error").unwrap_or_else(|| panic!("{}", self.location()))
    }

    /// Where the form of a page goes, and its hidden field.
    #[track_caller]
    pub(crate) fn form(&self) -> (String, String) {
        let text = self.text();
        let between = |from: &str| {
            let rest = text.split_once(from).unwrap_or_else(|| panic!("no form: {text}")).1;
            rest.split_once('"').unwrap().0.to_owned()
        };
        let action = between("<form method=\"post\" action=\"");
        (action, between("name=\"interaction\" value=\""))
    }

    /// Whether this is the page for a name and a password.
    pub(crate) fn is_sign_in(&self) -> bool {
        self.text().contains("name=\"password\"")
    }

    /// Whether this is the question for consent.
    pub(crate) fn is_consent(&self) -> bool {
        self.status == 200 && self.text().contains("name=\"decision\"")
    }

    /// Whether this is a page about an error, that leads nowhere.
    pub(crate) fn is_error_page(&self) -> bool {
        self.status == 400 && self.location().is_empty() && self.text().contains("role=\"alert\"")
    }
}
