//! What the tests of passwords have in common: accounts over a store in memory, a clock that does not move,
//! and a mailbox.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use auth_accounts::delivery::{Delivery, DeliveryError, Message};
use auth_accounts::model::{Account, AuditRecord, Email, LoginKey};
use auth_accounts::password::PasswordSettings;
use auth_accounts::secret::{KeyRing, SecretText};
use auth_accounts::sign_in::{Client, SignInError};
use auth_accounts::store::{AccountStore as _, AuditStore as _, Stores};
use auth_accounts::{Accounts, AccountsBuilder};
use auth_core::time::FixedClock;
use auth_store::memory::MemoryStore;
use tokio::sync::mpsc;

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const ANOTHER: &str = "four other words entirely";

/// Messages, each with the address that it is for.
pub(crate) type Messages = mpsc::UnboundedReceiver<(String, Message)>;

/// Where messages arrive.
pub(crate) struct Mailbox(mpsc::UnboundedSender<(String, Message)>);

#[async_trait]
impl Delivery for Mailbox {
    async fn deliver(&self, to: &Email, message: Message) -> Result<(), DeliveryError> {
        self.0.send((to.as_str().to_owned(), message)).unwrap();
        Ok(())
    }
}

impl Mailbox {
    pub(crate) fn new() -> (Self, Messages) {
        let (sender, messages) = mpsc::unbounded_channel();
        (Self(sender), messages)
    }
}

/// Accounts and all around them.
pub(crate) struct World {
    pub(crate) accounts: Accounts,
    pub(crate) store: MemoryStore,
    pub(crate) clock: FixedClock,
    messages: Messages,
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new([("test", [7; 32])]).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with_passwords(settings: PasswordSettings) -> Self {
        Self::with(|builder| builder.passwords(settings))
    }

    pub(crate) fn with(set: impl FnOnce(AccountsBuilder) -> AccountsBuilder) -> Self {
        let (mailbox, messages) = Mailbox::new();
        let clock = FixedClock::new(NOW);
        let store = MemoryStore::new();
        let builder = Accounts::builder(Stores::all_in(store.clone()))
            .origin("https://notes.example.com")
            .keys(keys())
            .clock(clock.clone())
            .delivery(mailbox);
        let accounts = set(builder).build().unwrap();
        Self { accounts, store, clock, messages }
    }

    /// An account with the usual password, and no messages in the box.
    pub(crate) async fn has_account(&mut self, name: &str) -> Account {
        let email = format!("{name}@mail.test");
        let client = Client::default();
        let signed_up = self.accounts.sign_up(name, &PASSWORD.into(), Some(&email), &client).await;
        signed_up.unwrap();
        self.message().await;
        self.account(name).await
    }

    pub(crate) async fn account(&self, name: &str) -> Account {
        let found = self.store.find(&LoginKey::prepare(name).unwrap()).await.unwrap();
        found.expect("there is such an account")
    }

    /// The next message.
    pub(crate) async fn message(&mut self) -> (String, Message) {
        next_message(&mut self.messages).await
    }

    /// Waits until the work after the answers has ended; no message has come meanwhile.
    pub(crate) async fn no_message(&mut self) {
        let next = tokio::time::timeout(Duration::from_millis(300), self.messages.recv());
        assert!(next.await.is_err(), "a message was sent");
    }

    pub(crate) async fn check(&self, name: &str, password: &str) -> Result<Account, SignInError> {
        self.check_from(name, password, &Client::default()).await
    }

    pub(crate) async fn check_from(
        &self,
        name: &str,
        password: &str,
        client: &Client,
    ) -> Result<Account, SignInError> {
        self.accounts.check_password(name, &SecretText::from(password), client).await
    }

    pub(crate) async fn audit(&self) -> Vec<AuditRecord> {
        self.store.records(0, None, 1_000).await.unwrap()
    }

    /// What the last record says.
    pub(crate) async fn last_audit(&self) -> AuditRecord {
        self.audit().await.pop().expect("something was audited")
    }
}

/// The next message of a mailbox.
pub(crate) async fn next_message(messages: &mut Messages) -> (String, Message) {
    let next = tokio::time::timeout(Duration::from_secs(20), messages.recv());
    next.await.expect("a message is sent").expect("the mailbox is there")
}

pub(crate) fn client_at(address: &str) -> Client {
    Client::at(address.parse::<IpAddr>().unwrap())
}

/// The token of a message.
pub(crate) fn token_of(message: &Message) -> SecretText {
    match message {
        Message::PasswordReset { token, link, .. }
        | Message::EmailVerification { token, link, .. } => {
            assert!(link.expose().ends_with(token.expose()));
            token.clone()
        }
        other => panic!("it has no token: {other:?}"),
    }
}
