//! Messages are sent beside the request.

use super::{Message, Notice};
use crate::accounts::Accounts;
use crate::model::{AccountId, Email};

impl Accounts {
    /// Sends a message in a task of its own: how long that takes tells the client nothing, and its
    /// failure is for the log. Without a [`Delivery`](super::Delivery) nothing is sent.
    pub(crate) fn send(&self, to: Email, message: Message) {
        let Some(delivery) = self.0.delivery.clone() else { return };
        Self::beside_the_request(async move {
            if let Err(error) = delivery.deliver(&to, message).await {
                tracing::error!(%error, "a message was not delivered");
            }
        });
    }

    /// Tells the owner of an account something, if they have an address.
    pub(crate) fn tell_owner(&self, account: &AccountId, notice: Notice) {
        let Some(delivery) = self.0.delivery.clone() else { return };
        let (accounts, account) = (self.clone(), account.clone());
        Self::beside_the_request(async move {
            let found = accounts.ask(accounts.0.stores.accounts.load(&account)).await;
            let Some(to) = found.ok().flatten().and_then(|it| it.email) else { return };
            if let Err(error) = delivery.deliver(&to, Message::Notice(notice)).await {
                tracing::error!(%error, "the owner of an account was not told");
            }
        });
    }

    fn beside_the_request(task: impl Future<Output = ()> + Send + 'static) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(task);
        } else {
            tracing::error!("a message was not delivered: there is no runtime");
        }
    }
}
