//! The state of an authorization between two pages. It is sealed into forms and addresses, so that nothing is
//! stored before a user consents.

use auth_accounts::secret::{Digest, Sealed, random_base62};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Parameters;
use crate::login::LoginSession;
use crate::server::AuthorizationServer;

const PURPOSE: &str = "authorization-interaction";
const OWNER: &str = "authorize";

/// How many letters and digits are in the cookie of a browser: 256 bits.
const LETTERS: usize = 43;

/// What a sealed interaction can be used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// To show the next page, by `GET`.
    Resume {
        /// Whether the page before had expired, or belonged to another browser.
        stale: bool,
    },
    /// To sign in.
    SignIn {
        /// The state of the request for a passkey, if the page has one.
        passkey: Option<String>,
    },
    /// To allow or deny what was shown.
    Consent {
        /// A digest of what was shown: client, scopes and resources.
        shown: String,
    },
}

/// The session in which the user has signed in for this request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignedInAs {
    /// The id of the session; empty if any session will do.
    id: String,
    /// The earliest time of its sign-in.
    since: u64,
}

impl SignedInAs {
    pub(crate) fn this(session: &LoginSession) -> Self {
        Self { id: session.id.clone(), since: session.auth_time }
    }

    /// Any session with a sign-in at or after this time.
    pub(crate) const fn after(since: u64) -> Self {
        Self { id: String::new(), since }
    }

    pub(crate) fn fits(&self, session: &LoginSession) -> bool {
        (self.id.is_empty() || self.id == session.id) && session.auth_time >= self.since
    }
}

/// The state of an authorization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Interaction {
    pub(crate) parameters: Parameters,
    /// Whether the client has pushed them.
    pub(crate) is_pushed: bool,
    /// Whether the user has signed in for this request.
    pub(crate) signed_in: Option<SignedInAs>,
}

/// An interaction that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) interaction: Interaction,
    pub(crate) step: Step,
    /// The id of the page: its form can be sent once.
    page: String,
    /// The digest of the cookie of its browser.
    browser: String,
    /// When it was made, in seconds since 1970.
    made_at: u64,
}

impl Opened {
    /// The mark that its form was sent.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&[b"sent-form", self.page.as_bytes()])
    }
}

impl AuthorizationServer {
    /// Seals an interaction into a text for a form or an address.
    pub(crate) fn seal_interaction(
        &self,
        interaction: &Interaction,
        step: Step,
        browser: &BrowserCookie,
    ) -> Option<String> {
        let opened = Opened {
            interaction: interaction.clone(),
            step,
            page: random_base62(22),
            browser: browser.digest(),
            made_at: self.now(),
        };
        self.seal(PURPOSE, &opened)
    }

    /// Opens one; `None` if this server has not sealed it.
    pub(crate) fn open_interaction(&self, text: &str) -> Option<Opened> {
        self.open(PURPOSE, text)
    }

    /// Seals something into a text for a form or an address: letters, digits, `-`, `_` and `.`.
    pub(crate) fn seal(&self, purpose: &str, value: &impl Serialize) -> Option<String> {
        let text = serde_json::to_vec(value).ok()?;
        let Sealed { key, bytes } = self.0.secrets.seal(purpose, OWNER, &text)?;
        Some(format!("{key}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens it; `None` if this server has not sealed it for this purpose.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Option<T> {
        let (key, bytes) = text.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).ok()?;
        let sealed = Sealed { key: key.to_owned(), bytes };
        let text = self.0.secrets.open(purpose, OWNER, &sealed)?;
        serde_json::from_slice(&text).ok()
    }

    /// Whether it is recent, and was made for this browser. Otherwise only its request counts, not its sign-in.
    pub(crate) fn is_current(&self, opened: &Opened, browser: &BrowserCookie) -> bool {
        let end = opened.made_at.saturating_add(self.0.lifetimes.interaction);
        !browser.is_new() && opened.browser == browser.digest() && self.now() < end
    }

    /// The cookie of a browser: pages are bound to it.
    pub(crate) fn browser_cookie(&self, headers: &HeaderMap) -> BrowserCookie {
        let name = if self.0.issuer.is_https() { "__Host-interaction" } else { "dev-interaction" };
        let found = read(headers, name).map(str::to_owned);
        let is_new = found.is_none();
        let value = found.unwrap_or_else(|| random_base62(LETTERS));
        BrowserCookie { name, value, is_new }
    }
}

/// The cookie that a browser has, or gets with the response.
pub(crate) struct BrowserCookie {
    name: &'static str,
    value: String,
    is_new: bool,
}

impl BrowserCookie {
    pub(crate) const fn is_new(&self) -> bool {
        self.is_new
    }

    /// These cookies, and this one if the browser does not have it yet: for an answer with something that is
    /// sealed for this browser.
    pub(crate) fn set_with(&self, mut cookies: Vec<HeaderValue>) -> Vec<HeaderValue> {
        cookies.extend(self.to_set());
        cookies
    }

    fn to_set(&self) -> Option<HeaderValue> {
        let secure = if self.name.starts_with("__Host-") { "; Secure" } else { "" };
        let (name, value) = (self.name, &self.value);
        let line = format!("{name}={value}; Path=/; HttpOnly{secure}; SameSite=Lax");
        let mut line = HeaderValue::try_from(line).ok().filter(|_| self.is_new)?;
        line.set_sensitive(true);
        Some(line)
    }

    /// Its digest, for sealed texts.
    pub(crate) fn digest(&self) -> String {
        let digest = Digest::of(&[b"browser", self.value.as_bytes()]);
        URL_SAFE_NO_PAD.encode(digest.as_bytes())
    }
}

/// The value of the only cookie of this name, if it has the right form.
fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut values = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
    let (value, None) = (values.next()?, values.next()) else { return None };
    let is_valid = value.len() == LETTERS && value.bytes().all(|it| it.is_ascii_alphanumeric());
    is_valid.then_some(value)
}
