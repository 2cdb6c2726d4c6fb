//! Messages by mail, through a server that speaks SMTP
//! ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321)).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Delivery, DeliveryError, EnglishTexts, Message, MessageTexts};
use crate::model::Email;
use crate::secret::{SecretText, random_base62};

/// How often a message is tried that the server does not take for now, and for how long is waited
/// before.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encryption {
    /// From its first byte on ([RFC 8314 §3](https://www.rfc-editor.org/rfc/rfc8314#section-3)).
    Implicit,
    /// By `STARTTLS` ([RFC 3207](https://www.rfc-editor.org/rfc/rfc3207)), and not at all if the server
    /// does not offer it.
    StartTls,
    /// Not: to a server on this machine alone.
    None,
}

/// Sends messages by mail, each as plain text to one recipient. It is called in a task of the outbox,
/// where no more wait than there are places.
///
/// TLS is demanded, and the certificate of the server is checked by the roots of the operating system. A
/// message that the server does not take for now is tried three times.
///
/// ```no_run
/// use auth_accounts::delivery::SmtpDelivery;
/// use auth_accounts::secret::SecretText;
///
/// let password = SecretText::from("from a secret of the deployment");
/// let delivery = SmtpDelivery::builder("smtp.example.com", "Notes <accounts@example.com>")
///     .credentials("accounts", &password)
///     .build()?;
/// # drop(delivery);
/// # Ok::<(), auth_accounts::delivery::SmtpError>(())
/// ```
pub struct SmtpDelivery {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    texts: Arc<dyn MessageTexts>,
    deadline: Duration,
}

/// No mail can be sent with these settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpError {
    /// The sender is no address, such as `accounts@example.com` or `Notes <accounts@example.com>`.
    #[error("the sender is no address such as `Notes <accounts@example.com>`")]
    From,
    /// Without TLS the server has to be on this machine.
    #[error("a server that is not on this machine is not spoken to without TLS")]
    WithoutTls,
    /// A certificate cannot be read, or the roots of the operating system cannot.
    #[error("the certificates to check the server by cannot be read")]
    Certificates,
    /// There is no tokio runtime to hold its connections.
    #[error("build the delivery inside of a tokio runtime")]
    NoRuntime,
}

impl SmtpDelivery {
    /// Sends through this server, from this address.
    pub fn builder(host: impl Into<String>, from: impl Into<String>) -> SmtpBuilder {
        SmtpBuilder {
            host: host.into(),
            from: from.into(),
            port: None,
            encryption: Encryption::Implicit,
            credentials: None,
            roots: Vec::new(),
            texts: Arc::new(EnglishTexts),
            timeout: Duration::from_secs(10),
            connections: 4,
        }
    }
}

impl fmt::Debug for SmtpDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpDelivery").finish_non_exhaustive()
    }
}

/// [`SmtpDelivery`] in the making.
#[must_use]
pub struct SmtpBuilder {
    host: String,
    from: String,
    port: Option<u16>,
    encryption: Encryption,
    credentials: Option<Credentials>,
    roots: Vec<Vec<u8>>,
    texts: Arc<dyn MessageTexts>,
    timeout: Duration,
    connections: u32,
}

impl SmtpBuilder {
    /// Another port than 465, or 587 with [`starttls`](Self::starttls).
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The connection is encrypted by `STARTTLS`. A server that does not offer it gets nothing.
    pub fn starttls(mut self) -> Self {
        self.encryption = Encryption::StartTls;
        self
    }

    /// **To a server on this machine alone**: the connection is not encrypted.
    pub fn without_tls(mut self) -> Self {
        self.encryption = Encryption::None;
        self
    }

    /// How the application signs in to the server.
    pub fn credentials(mut self, username: impl Into<String>, password: &SecretText) -> Self {
        self.credentials = Some(Credentials::new(username.into(), password.expose().to_owned()));
        self
    }

    /// A root certificate in PEM that the server's is checked by, too.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Other words than the English ones.
    pub fn texts(mut self, texts: impl MessageTexts) -> Self {
        self.texts = Arc::new(texts);
        self
    }

    /// How long the server may take for each of its answers; 10 seconds. A message takes six times as
    /// long at most.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many connections are open at once; 4.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// The delivery. The server is not spoken to yet.
    ///
    /// # Errors
    /// If the sender is no address, a certificate cannot be read, or TLS is left out for a server
    /// elsewhere; or outside of a tokio runtime, which holds the connections.
    pub fn build(self) -> Result<SmtpDelivery, SmtpError> {
        let from: Mailbox = self.from.parse().map_err(|_| SmtpError::From)?;
        let (tls, port) = match self.encryption {
            Encryption::None if !is_this_machine(&self.host) => return Err(SmtpError::WithoutTls),
            Encryption::None => (Tls::None, 25),
            Encryption::Implicit => (Tls::Wrapper(self.tls_parameters()?), 465),
            Encryption::StartTls => (Tls::Required(self.tls_parameters()?), 587),
        };
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(SmtpError::NoRuntime);
        }
        let name = ClientId::Domain(from.email.domain().to_owned());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port.unwrap_or(port))
            .tls(tls)
            .hello_name(name)
            .timeout(Some(self.timeout))
            .pool_config(PoolConfig::new().max_size(self.connections));
        if let Some(credentials) = self.credentials {
            builder = builder.credentials(credentials);
        }
        let deadline = self.timeout.saturating_mul(6);
        Ok(SmtpDelivery { transport: builder.build(), from, texts: self.texts, deadline })
    }

    fn tls_parameters(&self) -> Result<TlsParameters, SmtpError> {
        let mut parameters = TlsParameters::builder(self.host.clone());
        for pem in &self.roots {
            let root = Certificate::from_pem(pem).map_err(|_| SmtpError::Certificates)?;
            parameters = parameters.add_root_certificate(root);
        }
        parameters.build_rustls().map_err(|_| SmtpError::Certificates)
    }
}

impl fmt::Debug for SmtpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpBuilder").field("host", &self.host).finish_non_exhaustive()
    }
}

fn is_this_machine(host: &str) -> bool {
    let is_loopback = |it: std::net::IpAddr| it.is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

#[async_trait]
impl Delivery for SmtpDelivery {
    async fn deliver(&self, to: &Email, message: Message) -> Result<(), DeliveryError> {
        let mail = self.mail(to, &message)?;
        let sent = tokio::time::timeout(self.deadline, self.send(mail)).await;
        sent.unwrap_or_else(|_| Err(failed("the server takes too long")))
    }
}

impl SmtpDelivery {
    /// The message as it is sent. No text of another person is in its head but the recipient's address.
    fn mail(&self, to: &Email, message: &Message) -> Result<Mail, DeliveryError> {
        let to: Address = to.as_str().parse().map_err(|_| failed("mail has no such recipients"))?;
        let subject: String = self.texts.subject(message).chars().map(one_line).collect();
        let id = format!("<{}@{}>", random_base62(32), self.from.email.domain());
        let mut mail = Mail::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN)
            .body(self.texts.text(message))
            .map_err(|_| failed("the message cannot be written"))?;
        // No vacation replies to it (RFC 3834 §5).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        mail.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(mail)
    }

    async fn send(&self, mail: Mail) -> Result<(), DeliveryError> {
        let mut waits = WAITS.into_iter();
        loop {
            let Err(error) = self.transport.send(mail.clone()).await else { return Ok(()) };
            let wait = waits.next().filter(|_| !error.is_permanent());
            let Some(wait) = wait else { return Err(failed(&reason(&error))) };
            tokio::time::sleep(wait).await;
        }
    }
}

/// A character of a subject: one that begins a line begins none.
fn one_line(letter: char) -> char {
    if crate::model::is_plain(letter) { letter } else { ' ' }
}

/// What went wrong, without what the server says of it: it may repeat the address.
fn reason(error: &lettre::transport::smtp::Error) -> String {
    let kind = match () {
        () if error.is_permanent() => "the server does not take it",
        () if error.is_transient() => "the server does not take it for now",
        () if error.is_timeout() => "the server takes too long",
        () if error.is_tls() => "there is no encrypted connection to the server",
        () => "the server cannot be reached",
    };
    match error.status() {
        Some(code) => format!("{kind} ({code})"),
        None => kind.to_owned(),
    }
}

fn failed(why: &str) -> DeliveryError {
    DeliveryError(why.to_owned())
}
