//! The settings of an authorization server.

use std::fmt;
use std::sync::{Arc, OnceLock};

use auth_accounts::secret::KeyRing;
use auth_accounts::sign_in::TrustedProxies;
use auth_accounts::store::{AttemptStore, OneTimeStore};
use auth_core::time::{Clock, SystemClock};

use crate::accounts::Accounts;
#[cfg(feature = "http_client")]
use crate::client::{Cimd, Documents, RemoteKeys};
use crate::client::{Client, Clients};
use crate::consent::{Consent, StandardConsent};
use crate::consistency::{check_clients, check_resources, check_scopes};
use crate::error::ServerError;
#[cfg(feature = "http_client")]
use crate::fetch::Fetcher;
use crate::issuer::Issuer;
use crate::keys::{Kept, Keys, SigningKeys};
use crate::lifetimes::Lifetimes;
use crate::limits::Limits;
use crate::login::{AcrValues, Login};
use crate::pages::{Pages, PagesOfHost};
use crate::registration::{DynamicRegistration, Registration};
use crate::resource::Resource;
use crate::resource_server::followed;
use crate::server::{AuthorizationServer, Inner};
use crate::store::AuthorizationStore;
use crate::token::{GoodTokens, Owners};

/// The scopes that belong to no resource: those of OpenID Connect.
pub(crate) const OPENID_SCOPES: [&str; 4] = ["openid", "offline_access", "profile", "email"];

/// The settings of an [`AuthorizationServer`].
#[must_use]
pub struct AuthorizationServerBuilder {
    pub(crate) issuer: String,
    clock: Arc<dyn Clock>,
    secrets: Option<KeyRing>,
    store: Option<Arc<dyn AuthorizationStore>>,
    transient: Option<(Arc<dyn OneTimeStore>, Arc<dyn AttemptStore>)>,
    accounts: Option<Arc<dyn Accounts>>,
    pub(crate) clients: Vec<Client>,
    pub(crate) resources: Vec<Resource>,
    lifetimes: Lifetimes,
    limits: Limits,
    trusted_proxies: Vec<String>,
    require_dpop_nonces: bool,
    acr_values: Vec<(String, Vec<String>)>,
    login: Option<Arc<dyn Login>>,
    consent: Arc<dyn Consent>,
    pages: Option<Arc<dyn Pages>>,
    signing_keys: SigningKeys,
    registration: Option<DynamicRegistration>,
    device_authorization: bool,
    #[cfg(feature = "http_client")]
    documents: Option<Cimd>,
}

impl AuthorizationServer {
    /// Starts with the issuer, such as `https://id.example.com`. It is the `iss` of tokens, byte for byte, and
    /// the addresses of all endpoints begin with it.
    pub fn builder(issuer: impl Into<String>) -> AuthorizationServerBuilder {
        AuthorizationServerBuilder {
            issuer: issuer.into(),
            clock: Arc::new(SystemClock),
            secrets: None,
            store: None,
            transient: None,
            accounts: None,
            clients: Vec::new(),
            resources: Vec::new(),
            lifetimes: Lifetimes::default(),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            require_dpop_nonces: false,
            acr_values: Vec::new(),
            login: None,
            consent: Arc::new(StandardConsent),
            pages: None,
            signing_keys: SigningKeys::default(),
            registration: None,
            device_authorization: false,
            #[cfg(feature = "http_client")]
            documents: None,
        }
    }
}

impl AuthorizationServerBuilder {
    /// The store for everything.
    pub fn store<S>(mut self, store: S) -> Self
    where
        S: AuthorizationStore + OneTimeStore + AttemptStore,
    {
        let store = Arc::new(store);
        self.store = Some(store.clone());
        self.transient.get_or_insert((store.clone(), store));
        self
    }

    /// Another store for what may be lost: pushed requests, replay marks, attempts.
    pub fn transient(mut self, store: impl OneTimeStore + AttemptStore) -> Self {
        let store = Arc::new(store);
        self.transient = Some((store.clone(), store));
        self
    }

    /// The keys that are kept outside of the store. All other keys are derived from them.
    pub fn secrets(mut self, keys: KeyRing) -> Self {
        self.secrets = Some(keys);
        self
    }

    /// Another clock than that of the operating system, for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The users, for the claims of tokens.
    pub fn accounts(mut self, accounts: impl Accounts) -> Self {
        self.accounts = Some(Arc::new(accounts));
        self
    }

    /// A resource that access tokens are issued for.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// A client.
    pub fn client(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// How long codes, tokens and grants last.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// How many failed attempts are accepted.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The proxies that requests come through: addresses and networks, such as `10.0.0.0/8`. The limits count the
    /// network of a client by what they say in `X-Forwarded-For`, and what others say there does not count. Nothing
    /// else is read from headers of proxies: all addresses are made from the issuer.
    ///
    /// Say the same to the [accounts](auth_accounts::AccountsBuilder::trusted_proxies), which limit sign-ins.
    pub fn trusted_proxies<N: Into<String>>(
        mut self,
        proxies: impl IntoIterator<Item = N>,
    ) -> Self {
        self.trusted_proxies.extend(proxies.into_iter().map(Into::into));
        self
    }

    /// Demands a nonce of this server in every DPoP proof
    /// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)), so that a proof cannot be made in
    /// advance. Clients need a second request now and then.
    pub fn require_dpop_nonces(mut self) -> Self {
        self.require_dpop_nonces = true;
        self
    }

    /// The stores, if their types are known only at run time.
    pub fn stores(
        mut self,
        store: Arc<dyn AuthorizationStore>,
        one_time: Arc<dyn OneTimeStore>,
        attempts: Arc<dyn AttemptStore>,
    ) -> Self {
        self.store = Some(store);
        self.transient = Some((one_time, attempts));
        self
    }

    /// How users sign in: [`auth_accounts::Accounts`], or a [`Login`] of the application. Without it no user can
    /// sign in.
    pub fn login(mut self, login: impl Login) -> Self {
        self.login = Some(Arc::new(login));
        self
    }

    /// When users are asked for consent; [`StandardConsent`] by default.
    pub fn consent(mut self, consent: impl Consent) -> Self {
        self.consent = Arc::new(consent);
        self
    }

    /// The pages; by default those of this crate, with the host of the issuer as their title.
    pub fn pages(mut self, pages: impl Pages) -> Self {
        self.pages = Some(Arc::new(pages));
        self
    }

    /// A class of sign-ins (`acr`), the weakest first, and the methods (`amr`,
    /// [RFC 8176](https://www.rfc-editor.org/rfc/rfc8176)) that a sign-in needs to reach it. By default: `pwd` for
    /// every sign-in, `mfa` with `mfa`, `phr` with `pop` (a passkey).
    pub fn acr_value<N: Into<String>>(
        mut self,
        name: impl Into<String>,
        amr: impl IntoIterator<Item = N>,
    ) -> Self {
        self.acr_values.push((name.into(), amr.into_iter().map(Into::into).collect()));
        self
    }

    /// The algorithms of the signing keys, and when the keys are rotated.
    pub fn signing_keys(mut self, keys: SigningKeys) -> Self {
        self.signing_keys = keys;
        self
    }

    /// Devices without a browser may obtain tokens ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)), for
    /// clients that have the grant [`DeviceCode`](crate::GrantType::DeviceCode). Off by default: an attacker who
    /// talks a user into typing a code gets access to the account.
    pub fn device_authorization(mut self) -> Self {
        self.device_authorization = true;
        self
    }

    /// Clients may register themselves. Off by default.
    pub fn dynamic_registration(mut self, registration: DynamicRegistration) -> Self {
        self.registration = Some(registration);
        self
    }

    /// The id of a client may be the address of a document that describes it (Client ID Metadata Documents). Off
    /// by default.
    #[cfg(feature = "http_client")]
    pub fn client_id_metadata_documents(mut self, documents: Cimd) -> Self {
        self.documents = Some(documents);
        self
    }

    /// Builds the server. If the store has no signing keys, they are generated.
    ///
    /// # Errors
    /// If settings are missing or invalid (the error names all of them), or the store fails.
    pub async fn build(self) -> Result<AuthorizationServer, ServerError> {
        let mut problems = Vec::new();
        let issuer = Issuer::parse(&self.issuer).map_err(|it| problems.push(it)).ok();
        if self.store.is_none() {
            problems.push("say `.store(..)`: the store for grants and keys".to_owned());
        }
        if self.secrets.is_none() {
            problems
                .push("say `.secrets(..)`: the keys that are kept outside of the store".to_owned());
        }
        if self.accounts.is_none() {
            problems.push("say `.accounts(..)`: the users".to_owned());
        }
        self.lifetimes.check(&mut problems);
        self.limits.check(&mut problems);
        let proxies = TrustedProxies::parse(self.trusted_proxies);
        let trusted_proxies = proxies.map_err(|it| problems.extend(it)).unwrap_or_default();
        self.signing_keys.check(&mut problems);
        for client in &self.clients {
            self.signing_keys.check_client(client, &mut problems);
        }
        check_resources(&self.resources, &mut problems);
        check_clients(&self.clients, &self.resources, &mut problems);
        let acr_values = AcrValues::new(self.acr_values, &mut problems);
        if let Some(registration) = &self.registration {
            registration.check(&mut problems);
            let clients = "clients that register themselves";
            check_scopes(clients, &registration.scopes, &self.resources, &mut problems);
        }
        #[cfg(feature = "http_client")]
        if let Some(documents) = &self.documents {
            let clients = "clients with a metadata document";
            check_scopes(clients, &documents.scopes, &self.resources, &mut problems);
        }
        let clients = Clients::new(self.clients, &mut problems);
        #[cfg(feature = "http_client")]
        let fetcher = {
            let fetch = self.documents.as_ref().map(|it| it.fetch_for(issuer.as_ref()));
            Fetcher::new(&fetch.unwrap_or_default()).map_err(|it| problems.push(it)).ok()
        };
        let (
            Some(issuer),
            Some(store),
            Some((one_time, attempts)),
            Some(secrets),
            Some(accounts),
            true,
        ) = (issuer, self.store, self.transient, self.secrets, self.accounts, problems.is_empty())
        else {
            return Err(ServerError::Settings(problems));
        };
        let kept = Kept { store: &*store, secrets: &secrets, now: self.clock.now() };
        let keys = Keys::open(self.signing_keys, kept).await?;
        let revocations =
            followed(Arc::clone(&store), Arc::clone(&self.clock), issuer.as_str()).await?;
        let dpop = crate::dpop::settings(&issuer, &secrets, &one_time, self.require_dpop_nonces);
        let dpop = dpop.map_err(|problem| ServerError::Settings(vec![problem]))?;
        let own_resource = Resource::new(issuer.as_str());
        let pages = self.pages.unwrap_or_else(|| Arc::new(PagesOfHost::of(issuer.origin())));
        #[cfg(feature = "http_client")]
        let Some(fetcher) = fetcher else { return Err(ServerError::Settings(problems)) };
        let server = AuthorizationServer(Arc::new(Inner {
            device_authorization: self.device_authorization,
            registration: self.registration.map(|it| Registration::new(it, &self.resources)),
            #[cfg(feature = "http_client")]
            documents: self
                .documents
                .map(|it| Documents::new(it, &self.resources, fetcher.clone())),
            #[cfg(feature = "http_client")]
            remote_keys: RemoteKeys::new(fetcher),
            issuer,
            clock: self.clock,
            secrets,
            store,
            one_time,
            attempts,
            accounts,
            clients,
            resources: self.resources,
            lifetimes: self.lifetimes,
            limits: self.limits,
            trusted_proxies,
            dpop,
            own_resource,
            acr_values,
            login: self.login.unwrap_or_else(|| Arc::new(crate::login::NoLogin)),
            consent: self.consent,
            pages,
            keys,
            revocations,
            own_tokens: OnceLock::new(),
            good_tokens: GoodTokens::default(),
            owners: Owners::default(),
            userinfo: OnceLock::new(),
            documents_of_metadata: OnceLock::new(),
        }));
        server.keep_signing_keys();
        server.keep_sweeping();
        Ok(server)
    }
}

impl fmt::Debug for AuthorizationServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServerBuilder")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
