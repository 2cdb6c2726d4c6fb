//! Limits for messages that anyone can cause: a client could fill a mailbox with them.

use std::net::IpAddr;

use crate::accounts::Accounts;
use crate::model::{AuditOutcome, Email};
use crate::secret::Digest;
use crate::sign_in::{Client, Network};
use crate::store::{Limit, StoreError};

/// To one mailbox, for each kind of message on its own.
const IN_AN_HOUR: Limit = Limit { attempts: 5, window_seconds: 3_600 };
const IN_A_DAY: Limit = Limit { attempts: 20, window_seconds: 86_400 };

/// By one client, to all mailboxes.
const BY_A_CLIENT: Limit = Limit { attempts: 60, window_seconds: 3_600 };

/// The messages that anyone can cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnRequest {
    /// A link to verify an address.
    EmailVerification,
    /// That a name is taken.
    AlreadySignedUp,
    /// A link to set a password.
    PasswordReset,
}

impl OnRequest {
    /// How many of them a mailbox gets. A user who gets five links to set a password has five that work for an hour;
    /// with a limit for the day, an attacker could keep the user from getting one for the rest of it.
    const fn limits(self) -> &'static [Limit] {
        match self {
            Self::PasswordReset => &[IN_AN_HOUR],
            Self::EmailVerification | Self::AlreadySignedUp => &[IN_AN_HOUR, IN_A_DAY],
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::EmailVerification => "email_verification",
            Self::AlreadySignedUp => "already_signed_up",
            Self::PasswordReset => "password_reset",
        }
    }
}

impl Accounts {
    /// Counts a message that a client asks for, and says whether it may be sent. What may not is in the
    /// audit trail; the answer does not depend on it. Called after the answer.
    ///
    /// # Errors
    /// If the store fails: then the message is not to be sent.
    pub(crate) async fn may_send(
        &self,
        message: OnRequest,
        to: &Email,
        client: &Client,
    ) -> Result<bool, StoreError> {
        // A client that causes too many does not use up the limit of a mailbox.
        let by_client = client.address.filter(|it| !it.is_loopback()).map(|it| self.key_of(it));
        if let Some(key) = by_client
            && self.count(&key, BY_A_CLIENT).await?.is_err()
        {
            self.note_unsent(message, client).await?;
            return Ok(false);
        }
        for &limit in message.limits() {
            let key = self.key_of_mailbox(message, to, limit);
            if self.count(&key, limit).await?.is_err() {
                self.note_unsent(message, client).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn key_of(&self, address: IpAddr) -> Digest {
        // An IPv6 network of one client has 2^64 addresses.
        let network = Network::around(address, 64).to_bytes();
        self.0.keys.current_mac("messages by a client", &network)
    }

    fn key_of_mailbox(&self, message: OnRequest, to: &Email, limit: Limit) -> Digest {
        let window = limit.window_seconds.to_be_bytes();
        let text = [message.as_str().as_bytes(), &window, mailbox(to).as_bytes()].concat();
        self.0.keys.current_mac("messages to a mailbox", &text)
    }

    async fn note_unsent(&self, message: OnRequest, client: &Client) -> Result<(), StoreError> {
        let entry = client
            .entry(self.now(), "message_not_sent")
            .outcome(AuditOutcome::Refused)
            .with("reason", "too_many_messages")
            .with("message", message.as_str());
        self.ask(self.0.stores.audit.append(&entry)).await
    }
}

/// What addresses have in common that end in the same mailbox, at most providers: case, and what is
/// behind a `+`.
fn mailbox(email: &Email) -> String {
    let text = email.as_str().to_lowercase();
    let (local, domain) = text.rsplit_once('@').unwrap_or((&text, ""));
    let (local, _) = local.split_once('+').unwrap_or((local, ""));
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_mailbox_are_counted_together() {
        let of = |text: &str| mailbox(&Email::parse(text).unwrap());
        assert_eq!(of("Alice+a@Mail.test"), "alice@mail.test");
        assert_eq!(of("alice+a+b@mail.test"), "alice@mail.test");
        assert_ne!(of("bob@mail.test"), of("alice@mail.test"));
    }
}
