//! Where an application begins.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use auth_core::AccessMap;
use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::time::{Clock, SystemClock};
use auth_core::vocabulary::{Vocabulary, VocabularySet};
use tokio::sync::Semaphore;

use crate::api_key::{ApiKeySettings, ApiKeys};
use crate::assignment::{Assigning, AssignmentSettings};
use crate::delivery::{Delivery, Outbox};
use crate::factor::FactorSettings;
use crate::password::{PasswordSettings, Passwords};
use crate::secret::{Digest, KeyRing};
use crate::session::{SessionScheme, SessionSettings, Sessions, Tags};
use crate::sign_in::{PendingScheme, TrustedProxies};
use crate::store::{StoreError, Stores};
use crate::web::pages::{Pages, StandardPages};

/// The accounts of an application: clones share everything.
///
/// ```no_run
/// # fn stores() -> auth_accounts::store::Stores { unreachable!() }
/// use auth_accounts::Accounts;
/// use auth_accounts::secret::KeyRing;
///
/// let accounts = Accounts::builder(stores())
///     .origin("https://notes.example.com")
///     .keys(KeyRing::new([("2026-11", [7; 32])])?)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Accounts(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) stores: Stores,
    pub(crate) origin: String,
    pub(crate) keys: KeyRing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) passwords: Passwords,
    /// Hashes that the program provides: they stay as they are, so that it finds them again.
    pub(crate) provided_hashes: Mutex<HashSet<Digest>>,
    pub(crate) sessions: Sessions,
    pub(crate) tags: Tags,
    pub(crate) api_keys: ApiKeys,
    pub(crate) factors: FactorSettings,
    #[cfg(feature = "passkey")]
    pub(crate) passkeys: Option<crate::factor::passkey::Passkeys>,
    pub(crate) assigning: Assigning,
    pub(crate) access_map: OnceLock<AccessMap>,
    pub(crate) delivery: Option<Arc<dyn Delivery>>,
    pub(crate) outbox: Outbox,
    pub(crate) proxies: TrustedProxies,
    pub(crate) path: String,
    pub(crate) pages: Option<Arc<dyn Pages>>,
    deadline: Duration,
    in_flight: Semaphore,
}

impl Accounts {
    /// Starts with the stores.
    pub fn builder(stores: Stores) -> AccountsBuilder {
        AccountsBuilder {
            stores,
            origin: None,
            keys: None,
            clock: Arc::new(SystemClock),
            vocabulary: VocabularySet::default(),
            passwords: PasswordSettings::default(),
            sessions: SessionSettings::default(),
            api_keys: ApiKeySettings::default(),
            factors: FactorSettings::default(),
            assignments: AssignmentSettings::default(),
            delivery: None,
            proxies: Vec::new(),
            path: "/account".to_owned(),
            pages: Some(Arc::new(StandardPages)),
            deadline: Duration::from_secs(2),
            in_flight: 256,
        }
    }

    /// The issuer of every caller whom these accounts vouch for: the origin of the application.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.origin
    }

    /// The stores, for what an application keeps itself.
    #[must_use]
    pub fn stores(&self) -> &Stores {
        &self.0.stores
    }

    /// Adds all that these accounts authenticate callers by to an authenticator, with the clock of the
    /// accounts and their origin as one that is trusted. It opens no endpoint: each names the methods
    /// that it accepts.
    ///
    /// ```no_run
    /// # fn accounts() -> auth_accounts::Accounts { unreachable!() }
    /// # #[derive(Clone, Copy, auth_core::Roles)] enum Role { Member }
    /// use auth_core::Authenticator;
    ///
    /// let builder = Authenticator::builder().vocabulary::<(Role,)>();
    /// let authenticator = accounts().schemes(builder).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn schemes(&self, builder: AuthenticatorBuilder) -> AuthenticatorBuilder {
        let builder = match self.0.sessions.sign_in_path() {
            Some(path) => builder.sign_in_path(path),
            None => builder,
        };
        builder
            .clock(Arc::clone(&self.0.clock))
            .trusted_origins([self.issuer()])
            .scheme(SessionScheme(self.clone()))
            .scheme(self.api_key_scheme())
            .pending(PendingScheme(self.clone()))
            .scheme(self.basic_scheme())
            .assignment_source(self.assignment_source())
            .assignment_cache(self.assignment_cache())
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// All queries to the stores go through here, with a time limit and a limit for how many wait.
    pub(crate) async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.attend();
        let Ok(_turn) = self.0.in_flight.try_acquire() else {
            tracing::warn!("too many questions wait for the store: rejected");
            return Err(StoreError::Full("too many questions wait for an answer"));
        };
        let answer = tokio::time::timeout(self.0.deadline, question).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(StoreError::NotReachable("it did not answer in time".to_owned()))
        });
        if let Err(error) = &answer
            && !matches!(error, StoreError::TooLong(_))
        {
            tracing::error!(%error, "the store of the accounts failed");
        }
        answer
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("origin", &self.0.origin).finish_non_exhaustive()
    }
}

/// Builds [`Accounts`].
#[must_use]
pub struct AccountsBuilder {
    stores: Stores,
    origin: Option<String>,
    keys: Option<KeyRing>,
    clock: Arc<dyn Clock>,
    vocabulary: VocabularySet,
    passwords: PasswordSettings,
    sessions: SessionSettings,
    api_keys: ApiKeySettings,
    factors: FactorSettings,
    assignments: AssignmentSettings,
    delivery: Option<Arc<dyn Delivery>>,
    proxies: Vec<String>,
    path: String,
    pages: Option<Arc<dyn Pages>>,
    deadline: Duration,
    in_flight: usize,
}

impl AccountsBuilder {
    /// Where the application is reached by its users, such as `https://notes.example.com`: links are
    /// made from it, passkeys belong to it, and pages of other origins may not use its cookies.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// The keys that are kept outside the store.
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Another clock than that of the operating system, for tests.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The names of the application, the same as those of its `Authenticator`. Without them no API key can
    /// be made, since it could do nothing.
    pub fn vocabulary<V: Vocabulary>(mut self) -> Self {
        self.vocabulary = V::TABLES;
        self
    }

    /// How passwords are checked and kept.
    pub fn passwords(mut self, settings: PasswordSettings) -> Self {
        self.passwords = settings;
        self
    }

    /// How sessions are carried, and how long they last.
    pub fn sessions(mut self, settings: SessionSettings) -> Self {
        self.sessions = settings;
        self
    }

    /// How API keys look, and how long they last.
    pub fn api_keys(mut self, settings: ApiKeySettings) -> Self {
        self.api_keys = settings;
        self
    }

    /// Which second factors there are.
    pub fn factors(mut self, settings: FactorSettings) -> Self {
        self.factors = settings;
        self
    }

    /// Which roles and groups are assigned by rules, and who may assign which by hand.
    pub fn assignments(mut self, settings: AssignmentSettings) -> Self {
        self.assignments = settings;
        self
    }

    /// How messages reach people: without it no password can be reset and no address verified.
    pub fn delivery(mut self, delivery: impl Delivery) -> Self {
        self.delivery = Some(Arc::new(delivery));
        self
    }

    /// The proxies that requests come through: addresses and networks, such as `10.0.0.0/8`. What they
    /// say in `X-Forwarded-For` counts, and what others say there does not.
    pub fn trusted_proxies<N: Into<String>>(
        mut self,
        proxies: impl IntoIterator<Item = N>,
    ) -> Self {
        self.proxies.extend(proxies.into_iter().map(Into::into));
        self
    }

    /// The path that the [router](Accounts::router) is mounted below; `/account`. Links in messages
    /// and on pages lead there.
    pub fn mounted_at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Other pages for people than those that the [router](Accounts::router) has: see
    /// [`Pages`].
    pub fn pages(mut self, pages: impl Pages) -> Self {
        self.pages = Some(Arc::new(pages));
        self
    }

    /// No pages for people: the application has its own, on the endpoints for programs. Links in
    /// messages then lead to pages of the application.
    pub fn without_pages(mut self) -> Self {
        self.pages = None;
        self
    }

    /// How long the store may take for an answer; 2 seconds. Later the request is answered with 503.
    pub fn store_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many questions may wait for the store; 256. One more is answered with 503 at once.
    pub fn store_questions(mut self, at_once: usize) -> Self {
        self.in_flight = at_once;
        self
    }

    /// The accounts.
    ///
    /// # Errors
    /// If a setting is missing or invalid; all that are wrong are named.
    pub fn build(self) -> Result<Accounts, AccountsError> {
        let mut problems = Vec::new();
        let origin = self.origin.unwrap_or_default();
        if origin.is_empty() {
            problems.push(
                "say `.origin(\"https://..\")`: where users reach the application".to_owned(),
            );
        }
        if self.keys.is_none() {
            problems.push("say `.keys(..)`: the keys that are kept outside the store".to_owned());
        }
        let path = self.path.trim_end_matches('/').to_owned();
        if !path.is_empty() && !path.starts_with('/') {
            problems.push("`.mounted_at(..)` is a path: it begins with `/`".to_owned());
        }
        let mut sessions = self.sessions;
        if self.pages.is_some() {
            sessions.sign_in_page.get_or_insert_with(|| format!("{path}/sign-in").into());
        }
        let sessions = Sessions::new(sessions, &origin, &mut problems);
        let passwords = Passwords::new(self.passwords, &mut problems);
        let api_keys = ApiKeys::new(self.api_keys, self.vocabulary, &mut problems);
        self.factors.check(&mut problems);
        #[cfg(feature = "passkey")]
        let passkeys = crate::factor::passkey::Passkeys::new(
            &self.factors.passkeys,
            &origin,
            self.factors.issuer_name.as_deref(),
            &mut problems,
        );
        #[cfg(feature = "passkey")]
        let passkeys = passkeys.filter(|_| !self.factors.without_passkeys);
        let assigning = Assigning::new(self.assignments, self.vocabulary, &mut problems);
        let proxies = TrustedProxies::parse(self.proxies)
            .map_err(|it| problems.extend(it))
            .unwrap_or_default();
        let (Some(keys), true) = (self.keys, problems.is_empty()) else {
            return Err(AccountsError { problems });
        };
        Ok(Accounts(Arc::new(Inner {
            stores: self.stores,
            origin,
            tags: Tags::new(&keys),
            keys,
            clock: self.clock,
            passwords,
            provided_hashes: Mutex::default(),
            sessions,
            api_keys,
            factors: self.factors,
            #[cfg(feature = "passkey")]
            passkeys,
            assigning,
            access_map: OnceLock::new(),
            delivery: self.delivery,
            outbox: Outbox::new(),
            proxies,
            path,
            pages: self.pages,
            deadline: self.deadline,
            in_flight: Semaphore::new(self.in_flight.clamp(1, Semaphore::MAX_PERMITS)),
        })))
    }
}

impl fmt::Debug for AccountsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountsBuilder").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Accounts cannot be made with these settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the accounts cannot be set up: {}", problems.join("; "))]
pub struct AccountsError {
    problems: Vec<String>,
}

impl AccountsError {
    /// Everything that is wrong, a sentence each.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}
