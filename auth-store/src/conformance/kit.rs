//! What the cases are made of.

use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, ApiKeyId, ApiKeyRecord, AuditEntry,
    AuditRecord, Carrier, Change, ChangeKind, SessionId, SessionRecord,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError, Stores};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// When the cases happen, in seconds since 1970.
pub(super) const NOW: u64 = 1_800_000_000;

/// Texts that a careless store cuts, changes or runs.
pub(super) const TEXTS: [&str; 10] = [
    "",
    "'; DROP TABLE account; --",
    "\" \\ ` $1 ? :a %s {0}",
    "nul\0inside",
    "\0",
    "\u{feff}\u{202e}\u{200d} \t\r\n",
    "äöü ÄÖÜ ß ſ İ ı",
    "a\u{308} e\u{301} \u{fdfa}",
    "日本語 👩\u{200d}🚀 \u{10ffff}",
    " spaces at both ends ",
];

/// Why a store does not pass a case.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(format!("the store failed where it should not: {error}"))
    }
}

/// How much a store is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How many tasks do the same at once.
    pub racers: usize,
    /// How many random operations are compared with the store in memory.
    pub steps: u64,
    /// What they are made from.
    pub seed: u64,
}

impl Default for Settings {
    /// What the variables `AUTH_STORE_RACERS`, `AUTH_STORE_STEPS` and `AUTH_STORE_SEED` say: without
    /// them 64, 10,000 and 1.
    fn default() -> Self {
        let variable = |name, otherwise| {
            std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
        };
        Self {
            racers: usize::try_from(variable("AUTH_STORE_RACERS", 64)).unwrap_or(64),
            steps: variable("AUTH_STORE_STEPS", 10_000),
            seed: variable("AUTH_STORE_SEED", 1),
        }
    }
}

impl Settings {
    /// The same with so many tasks.
    #[must_use]
    pub const fn racers(mut self, racers: usize) -> Self {
        self.racers = racers;
        self
    }

    /// The same with so many random operations.
    #[must_use]
    pub const fn steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// The same with other random operations.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// Fails the case unless this holds.
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::conformance::kit::Failure::new(format!($($text)+)));
        }
    };
}

/// Fails the case unless both are the same.
macro_rules! same {
    ($is:expr, $expected:expr) => {
        $crate::conformance::kit::compare(stringify!($is), &$is, &$expected)?
    };
}

pub(super) use {ensure, same};

pub(super) fn compare<T: PartialEq<U> + Debug, U: Debug>(
    what: &str,
    is: &T,
    expected: &U,
) -> Result<(), Failure> {
    if is == expected {
        return Ok(());
    }
    Err(Failure(format!("{what} is {is:?}, expected {expected:?}")))
}

/// A store that is empty, and how much it is asked.
#[derive(Clone)]
pub(super) struct Kit {
    pub(super) stores: Stores,
    pub(super) settings: Settings,
}

impl Kit {
    pub(super) fn new(stores: Stores, settings: Settings) -> Self {
        Self { stores, settings }
    }

    /// Adds an account with this name.
    pub(super) async fn account(&self, name: &str) -> Result<Account, Failure> {
        let account = account(name);
        let created = self.stores.accounts.create(&account, &entry(&account.id)).await?;
        same!(created, Created::Created);
        Ok(account)
    }

    /// Adds a session of this account that can be used for a day, and unused for an hour.
    pub(super) async fn session(&self, account: &AccountId) -> Result<SessionRecord, Failure> {
        let session = session(account);
        self.stores.sessions.create(&session, &entry(account)).await?;
        Ok(session)
    }

    /// Does the same in many tasks at once; what each of them got.
    pub(super) async fn race<T, F>(&self, act: impl Fn(usize) -> F) -> Result<Vec<T>, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        race(self.settings.racers, act).await
    }

    /// All records of the trail after this position.
    pub(super) async fn trail(
        &self,
        mut after: u64,
        account: Option<&AccountId>,
    ) -> Result<Vec<AuditRecord>, Failure> {
        let mut all = Vec::new();
        loop {
            let records = self.stores.audit.records(after, account, 500).await?;
            let Some(last) = records.last() else { return Ok(all) };
            ensure!(last.position > after, "the trail goes back to {}", last.position);
            after = last.position;
            all.extend(records);
        }
    }

    /// The trail from the first record on, which has no gap and is intact.
    pub(super) async fn intact_trail(&self) -> Result<Vec<AuditRecord>, Failure> {
        let records = self.trail(0, None).await?;
        let mut previous = (0, Digest::ZERO);
        for record in &records {
            ensure!(
                record.position == previous.0 + 1,
                "the record after {} is at {}",
                previous.0,
                record.position
            );
            ensure!(record.previous == previous.1, "record {} follows another", record.position);
            ensure!(record.is_intact(), "record {} is not what its hash says", record.position);
            previous = (record.position, record.hash);
        }
        Ok(records)
    }

    /// Announces a change of its own, so that the feed can be read up to it without
    /// waiting at its end.
    async fn mark(&self) -> Result<ChangeKind, Failure> {
        let mark = ChangeKind::Session(SessionId::random());
        self.stores.changes.announce(std::slice::from_ref(&mark)).await?;
        Ok(mark)
    }

    /// The changes after this position that were announced before, and the position behind them.
    pub(super) async fn changes(&self, mut after: u64) -> Result<(Vec<Change>, u64), Failure> {
        let mark = self.mark().await?;
        let mut all: Vec<Change> = Vec::new();
        loop {
            let batch = self.stores.changes.changes_after(after, 500).await?;
            for change in batch.changes {
                ensure!(
                    change.position > after,
                    "position {} comes after {after}",
                    change.position
                );
                after = change.position;
                if change.kind == mark {
                    return Ok((all, after));
                }
                all.push(change);
            }
            same!(batch.position, after);
        }
    }

    /// The position behind all changes so far.
    pub(super) async fn end_of_feed(&self) -> Result<u64, Failure> {
        self.changes(0).await.map(|(_, end)| end)
    }
}

/// Does the same in so many tasks at once; what each of them got.
pub(super) async fn race<T, F>(racers: usize, act: impl Fn(usize) -> F) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(racers));
    let mut tasks = JoinSet::new();
    for number in 0..racers {
        let (start, act) = (start.clone(), act(number));
        tasks.spawn(async move {
            start.wait().await;
            act.await
        });
    }
    let mut answers = Vec::new();
    while let Some(answer) = tasks.join_next().await {
        answers.push(answer.map_err(|_| Failure::new("a task panicked"))??);
    }
    Ok(answers)
}

pub(super) fn account(name: &str) -> Account {
    Account {
        id: AccountId::random(),
        kind: AccountKind::Person,
        login: auth_accounts::model::LoginKey::from_prepared(name),
        username: name.to_owned(),
        email: None,
        email_verified_at: None,
        status: AccountStatus::Active,
        password: None,
        password_at: None,
        epoch: 0,
        created_at: NOW,
    }
}

pub(super) fn api_key(owner: &AccountId) -> ApiKeyRecord {
    ApiKeyRecord {
        id: ApiKeyId::random(),
        owner: owner.clone(),
        name: "build".to_owned(),
        ring_key: "key".to_owned(),
        digest: secret(),
        previous: None,
        scopes: Vec::new(),
        roles: Vec::new(),
        created_at: NOW,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        networks: Vec::new(),
    }
}

pub(super) fn session(account: &AccountId) -> SessionRecord {
    SessionRecord {
        digest: secret(),
        id: SessionId::random(),
        account: account.clone(),
        epoch: 0,
        carrier: Carrier::Cookie,
        factors: Vec::new(),
        started_at: NOW,
        authenticated_at: NOW,
        seen_at: NOW,
        idle_seconds: 3_600,
        ends_at: NOW + 86_400,
        device: "a device".to_owned(),
    }
}

/// An entry about this account.
pub(super) fn entry(account: &AccountId) -> AuditEntry {
    AuditEntry::new(NOW, "test").by(account).about(account)
}

/// The digest of a new secret.
pub(super) fn secret() -> Digest {
    Digest::from_bytes(auth_accounts::secret::random_bytes())
}

/// How many of the answers are this one.
pub(super) fn number_of<T: PartialEq>(answers: &[T], answer: &T) -> usize {
    answers.iter().filter(|it| *it == answer).count()
}

/// A future that is dropped when it was polled so often.
pub(super) struct UpTo<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    polls: u32,
}

impl<'a, T> UpTo<'a, T> {
    pub(super) fn new(polls: u32, future: impl Future<Output = T> + Send + 'a) -> Self {
        Self { future: Box::pin(future), polls }
    }
}

impl<T> Future for UpTo<'_, T> {
    /// `None`: it would have needed more.
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.polls = self.polls.saturating_sub(1);
        match self.future.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if self.polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}
