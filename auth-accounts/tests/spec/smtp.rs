//! Messages by mail: what a server of the test hears.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_accounts::delivery::{
    Delivery as _, DeliveryError, EnglishTexts, Message, MessageTexts, Notice, SmtpBuilder,
    SmtpDelivery, SmtpError,
};
use auth_accounts::model::Email;
use auth_accounts::secret::SecretText;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What the server says to `MAIL`, one answer after the other; then `250`.
type Answers = &'static [&'static str];

/// How the server of a test is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    Never,
    FromTheStart,
    WhenAsked,
}

/// A server that speaks just enough of RFC 5321, and what it has heard, each line with whether it came
/// over TLS.
struct Server {
    port: u16,
    heard: mpsc::UnboundedReceiver<(bool, String)>,
}

impl Server {
    async fn start(answers: Answers) -> Self {
        Self::with_tls(Tls::Never, answers).await
    }

    async fn with_tls(tls: Tls, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard_by_server, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut talk = Talk { answers: answers.iter(), heard: heard_by_server };
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let plain = if tls == Tls::FromTheStart {
                    Some(stream)
                } else {
                    let stream = BufReader::new(stream);
                    talk.with(stream, Some("220 ready"), tls == Tls::WhenAsked, false).await
                };
                let greeting = (tls == Tls::FromTheStart).then_some("220 ready");
                let Some(stream) = plain else { continue };
                let Ok(stream) = acceptor().accept(stream).await else { continue };
                talk.with(BufReader::new(stream), greeting, false, true).await;
            }
        });
        Self { port, heard }
    }

    fn delivery(&self) -> SmtpBuilder {
        SmtpDelivery::builder("127.0.0.1", "Notes <accounts@notes.example.com>")
            .port(self.port)
            .without_tls()
    }

    /// With the credentials of the application, to a server that has a certificate.
    fn encrypted(&self) -> SmtpBuilder {
        SmtpDelivery::builder("localhost", "accounts@notes.example.com")
            .port(self.port)
            .credentials("accounts", &SecretText::from("hunter2"))
            .timeout(Duration::from_secs(5))
    }

    /// The lines that were heard until now.
    fn lines(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).map(|(_, line)| line).collect()
    }

    /// Those that came in the clear, and those over TLS.
    fn lines_by_tls(&mut self) -> (Vec<String>, Vec<String>) {
        let heard: Vec<_> = std::iter::from_fn(|| self.heard.try_recv().ok()).collect();
        let of = |tls: bool| heard.iter().filter(|it| it.0 == tls).map(|it| it.1.clone()).collect();
        (of(false), of(true))
    }
}

fn acceptor() -> TlsAcceptor {
    let certificates = CertificateDer::pem_slice_iter(include_bytes!("../smtp/server.pem"));
    let certificates = certificates.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../smtp/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(certificates, key).unwrap()))
}

struct Talk {
    answers: std::slice::Iter<'static, &'static str>,
    heard: mpsc::UnboundedSender<(bool, String)>,
}

impl Talk {
    /// Talks until the client ends it; or wants to go on over TLS, with the stream for that.
    async fn with<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        mut stream: BufReader<S>,
        greeting: Option<&str>,
        offers_tls: bool,
        is_tls: bool,
    ) -> Option<S> {
        let mut answer = greeting.map(str::to_owned);
        let mut is_data = false;
        loop {
            if let Some(answer) = answer.take() {
                let answer = format!("{answer}\r\n");
                stream.get_mut().write_all(answer.as_bytes()).await.ok()?;
                stream.get_mut().flush().await.ok()?;
                if answer.starts_with("220 begin") {
                    return Some(stream.into_inner());
                }
            }
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            let line = line.trim_end_matches("\r\n").to_owned();
            answer = match line.split(' ').next().unwrap_or_default() {
                "." if is_data => {
                    is_data = false;
                    Some("250 taken".to_owned())
                }
                _ if is_data => None,
                "EHLO" if offers_tls => Some("250-fine\r\n250 STARTTLS".to_owned()),
                "EHLO" => Some("250-fine\r\n250 AUTH PLAIN".to_owned()),
                "STARTTLS" => Some("220 begin".to_owned()),
                "AUTH" => Some("235 welcome".to_owned()),
                "MAIL" => Some((*self.answers.next().unwrap_or(&"250 go on")).to_owned()),
                "DATA" => {
                    is_data = true;
                    Some("354 go on".to_owned())
                }
                "QUIT" => Some("221 bye".to_owned()),
                _ => Some("250 fine".to_owned()),
            };
            self.heard.send((is_tls, line)).unwrap();
        }
    }
}

fn to() -> Email {
    Email::parse("alice@mail.test").unwrap()
}

fn verification(username: &str) -> Message {
    let token = SecretText::from("tokentokentoken");
    let link = "https://notes.example.com/account/email/verify?token=tokentokentoken";
    Message::EmailVerification {
        username: username.to_owned(),
        token,
        link: link.into(),
        valid_seconds: 86_400,
    }
}

/// The text of quoted-printable (RFC 2045 §6.7), or as it is.
fn decoded(lines: &[String]) -> String {
    let text = lines.join("\n").replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let escaped = (*byte == b'=').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|it| std::str::from_utf8(it).ok());
        if let Some(value) = escaped.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            bytes.push(value);
            rest = &after[2..];
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_message_is_a_mail_of_plain_text_to_one_recipient() {
    let mut server = Server::start(&[]).await;
    let delivery = server.delivery().build().unwrap();
    delivery.deliver(&to(), verification("alice")).await.unwrap();
    let lines = server.lines();
    let has = |line: &str| lines.iter().any(|it| it == line);
    assert_eq!(lines[0], "EHLO notes.example.com");
    assert!(lines.iter().any(|it| it.starts_with("MAIL FROM:<accounts@notes.example.com>")));
    assert!(has("RCPT TO:<alice@mail.test>"));
    assert!(has("From: Notes <accounts@notes.example.com>"), "{lines:#?}");
    assert!(has("To: alice@mail.test"));
    assert!(has("Subject: Confirm your address"));
    assert!(has("Auto-Submitted: auto-generated"));
    assert!(has("Content-Type: text/plain; charset=utf-8"));
    assert!(
        lines
            .iter()
            .any(|it| it.starts_with("Message-ID: <") && it.ends_with("@notes.example.com>"))
    );
    let text = decoded(&lines);
    assert!(text.contains("https://notes.example.com/account/email/verify?token=tokentokentoken"));
    assert!(text.contains("with the user name “alice”"), "{text}");
}

/// Texts of an application that has not thought of lines.
struct Careless;

impl MessageTexts for Careless {
    fn subject(&self, _: &Message) -> String {
        "hello\r\nBcc: victim@mail.test\r\n\r\nbody".to_owned()
    }

    fn text(&self, message: &Message) -> String {
        let text = EnglishTexts.text(message);
        format!("{text}\n.\nMAIL FROM:<evil@mail.test>\r\n.\r\nRCPT TO:<victim@mail.test>\r\n")
    }
}

#[tokio::test]
async fn no_text_is_a_header_or_a_command() {
    let mut server = Server::start(&[]).await;
    let delivery = server.delivery().texts(Careless).build().unwrap();
    let hostile = "mallory\r\nBcc: victim@mail.test\r\n.\r\nRCPT TO:<victim@mail.test>\u{202e}";
    delivery.deliver(&to(), verification(hostile)).await.unwrap();
    let lines = server.lines();
    let head_ends = lines.iter().position(String::is_empty).unwrap();
    let (head, body) = lines.split_at(head_ends);
    let recipients = head.iter().filter(|it| it.starts_with("RCPT")).count();
    assert_eq!(recipients, 1, "{head:#?}");
    assert!(!head.iter().any(|it| it.starts_with("Bcc") || it.starts_with("MAIL FROM:<evil")));
    // A single dot would end the message: everything after it would be a command.
    let end = body.iter().position(|it| it == ".").unwrap();
    assert!(body[end + 1..].iter().all(|it| it == "QUIT"), "{body:#?}");
    assert!(!decoded(body).contains('\u{202e}'));
    assert!(Email::parse("alice@mail.test\r\nRCPT TO:<victim@mail.test>").is_none());
    assert!(Email::parse("alice@mail.test>").is_none());
}

#[tokio::test]
async fn nothing_is_sent_without_tls_but_to_this_machine() {
    let elsewhere = SmtpDelivery::builder("smtp.example.com", "a@b.test").without_tls().build();
    assert_eq!(elsewhere.unwrap_err(), SmtpError::WithoutTls);
    assert_eq!(SmtpDelivery::builder("h", "no address").build().unwrap_err(), SmtpError::From);
    // A server that offers no TLS, or has been kept from offering it.
    let mut server = Server::start(&[]).await;
    let builder = SmtpDelivery::builder("127.0.0.1", "a@b.test").port(server.port);
    let delivery = builder.starttls().timeout(Duration::from_millis(200)).build().unwrap();
    assert!(delivery.deliver(&to(), verification("alice")).await.is_err());
    let lines = server.lines();
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|it| it.starts_with("EHLO") || it == "QUIT"), "{lines:?}");
}

#[tokio::test]
async fn over_tls_a_message_and_the_password_of_the_application_are_sent() {
    let root = include_bytes!("../smtp/root.pem");
    for (tls, in_the_clear) in
        [(Tls::FromTheStart, &[][..]), (Tls::WhenAsked, &["EHLO notes.example.com", "STARTTLS"])]
    {
        let mut server = Server::with_tls(tls, &[]).await;
        let builder = server.encrypted().root_certificate(root);
        let builder = if tls == Tls::WhenAsked { builder.starttls() } else { builder };
        builder.build().unwrap().deliver(&to(), verification("alice")).await.unwrap();
        let (clear, encrypted) = server.lines_by_tls();
        assert_eq!(clear, in_the_clear, "{tls:?}");
        assert!(encrypted.iter().any(|it| it.starts_with("AUTH PLAIN ")), "{encrypted:?}");
        assert!(encrypted.iter().any(|it| it == "RCPT TO:<alice@mail.test>"));
    }
}

#[tokio::test]
async fn a_server_whose_certificate_has_an_unknown_root_gets_nothing() {
    for tls in [Tls::FromTheStart, Tls::WhenAsked] {
        let mut server = Server::with_tls(tls, &[]).await;
        let builder = server.encrypted().timeout(Duration::from_millis(300));
        let builder = if tls == Tls::WhenAsked { builder.starttls() } else { builder };
        assert!(builder.build().unwrap().deliver(&to(), verification("alice")).await.is_err());
        let (clear, encrypted) = server.lines_by_tls();
        assert!(clear.iter().all(|it| it.starts_with("EHLO") || it == "STARTTLS"), "{clear:?}");
        assert_eq!(encrypted, Vec::<String>::new(), "{tls:?}");
    }
}

#[tokio::test]
async fn what_is_not_taken_for_now_is_tried_again_and_what_is_refused_is_not() {
    let mut server = Server::start(&["451 later, alice@mail.test"]).await;
    let delivery = server.delivery().build().unwrap();
    let notice = || Message::Notice(Notice::PasswordChanged);
    delivery.deliver(&to(), notice()).await.unwrap();
    let tries = |lines: Vec<String>| lines.iter().filter(|it| it.starts_with("MAIL")).count();
    assert_eq!(tries(server.lines()), 2);
    let mut server = Server::start(&["550 no such mailbox as alice@mail.test"]).await;
    let delivery = server.delivery().build().unwrap();
    let DeliveryError(why) = delivery.deliver(&to(), notice()).await.unwrap_err();
    assert_eq!(why, "the server does not take it (550)", "and nothing that the server repeats");
    assert_eq!(tries(server.lines()), 1);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let builder = SmtpDelivery::builder("localhost", "a@b.test").port(port).without_tls();
    let delivery = builder.timeout(Duration::from_millis(100)).build().unwrap();
    let begun = Instant::now();
    assert!(delivery.deliver(&to(), verification("alice")).await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn no_secret_is_shown() {
    let password = SecretText::from("hunter2");
    let builder = SmtpDelivery::builder("127.0.0.1", "a@b.test").credentials("me", &password);
    assert!(!format!("{builder:?}").contains("hunter2"));
    assert!(!format!("{:?}", builder.build().unwrap()).contains("hunter2"));
}

#[test]
fn a_delivery_that_is_built_outside_of_a_runtime_is_an_error() {
    let built = SmtpDelivery::builder("smtp.example.com", "accounts@example.com").build();
    assert_eq!(built.unwrap_err(), SmtpError::NoRuntime);
}
