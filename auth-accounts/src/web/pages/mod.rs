//! Pages for people, at the paths of the endpoints: a browser that sends a form, or opens a path, gets
//! HTML; a program gets JSON as ever.
//!
//! A page says nothing that its endpoint does not say. The endpoint answers in JSON, and a page is made
//! of the answer, so that people and programs read the same. [`Pages`] is how an
//! application changes them.

mod endpoints;
mod layer;
mod markup;
mod ours;
mod policy;
mod reader;
mod return_to;
mod table;
mod typed;
mod words;

use std::fmt;

use http::StatusCode;
use serde_json::Value;

pub(super) use endpoints::{Beside, routes};
pub(super) use layer::show;
use reader::ForPeople;

#[doc(hidden)]
pub use markup::Markup;
#[doc(hidden)]
pub use policy::style_source;

use crate::secret::SecretText;
use typed::Typed;

/// The pages of an application, to be given to
/// [`AccountsBuilder::pages`](crate::AccountsBuilder::pages). Each method has a default, the standard
/// page.
///
/// ```
/// use auth_accounts::pages::{Page, PageKind, Pages};
///
/// struct Ours;
///
/// impl Pages for Ours {
///     fn title(&self) -> &str {
///         "Notes"
///     }
///
///     fn stylesheet(&self) -> Option<&str> {
///         Some("/style.css")
///     }
///
///     fn html(&self, page: &Page<'_>) -> Option<String> {
///         (page.kind() == PageKind::SignIn).then(|| "<!doctype html>..".to_owned())
///     }
/// }
/// ```
pub trait Pages: Send + Sync + 'static {
    /// What the application is called; in the title of each page.
    #[expect(
        clippy::unnecessary_literal_bound,
        reason = "an application may read it from a setting"
    )]
    fn title(&self) -> &str {
        "Account"
    }

    /// The path of a style sheet of the application, in the place of ours.
    fn stylesheet(&self) -> Option<&str> {
        None
    }

    /// A whole page of HTML; `None` for ours. **Escape what you write into it**: names of accounts,
    /// devices and keys are chosen by their owners.
    ///
    /// The accounts set the status and all headers; the page may load nothing but style sheets of the own
    /// origin, unless [`content_security_policy`](Self::content_security_policy) says more.
    fn html(&self, page: &Page<'_>) -> Option<String> {
        let _ = page;
        None
    }

    /// The `Content-Security-Policy` of pages that [`html`](Self::html) writes. Without one: nothing
    /// runs, style sheets come from the own origin, forms go there, and no other page frames it.
    fn content_security_policy(&self) -> Option<&str> {
        None
    }
}

/// The standard pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardPages;

impl Pages for StandardPages {}

/// Which page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PageKind {
    /// Who is signed in: `GET .`.
    Account,
    /// The form of `POST sign-up`.
    SignUp,
    /// The form of `POST sign-in`.
    SignIn,
    /// The second step, by a code of an authenticator application: `POST sign-in/totp`.
    SignInTotp,
    /// The second step, by a recovery code: `POST sign-in/recovery-code`.
    SignInRecoveryCode,
    /// The second step, by a code that was sent: `POST sign-in/code`.
    SignInCode,
    /// The form of `POST password`.
    Password,
    /// The form of `POST password/reset`.
    PasswordReset,
    /// The form of `POST password/reset/confirm`, with the [token](Page::token) of the link.
    PasswordResetConfirm,
    /// The form of `POST email/verify`, with the [token](Page::token) of the link.
    EmailVerify,
    /// `GET sessions`, with a form for each that ends it.
    Sessions,
    /// `GET factors`, with a form for each that removes it.
    Factors,
    /// A secret for an authenticator application, shown once, and the form of `POST totp/confirm`.
    TotpEnrolment,
    /// Recovery codes, shown once.
    RecoveryCodes,
    /// `GET api-keys`, with a form for a new one.
    ApiKeys,
    /// A key, shown once.
    NewApiKey,
    /// A problem of an endpoint that has no page of its own.
    Problem,
}

/// What has been done on the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Done {
    /// The user has signed up.
    SignedUp,
    /// The session is ended.
    SignedOut,
    /// The password is another one.
    PasswordChanged,
    /// A message with a link is on its way, if there is such an account.
    ResetRequested,
    /// The password was set by a link.
    PasswordReset,
    /// The address is verified.
    EmailVerified,
    /// Another session is ended.
    SessionEnded,
    /// A second factor is there.
    FactorAdded,
    /// A factor is removed.
    FactorRemoved,
    /// A key is revoked.
    ApiKeyRevoked,
    /// A code was sent.
    CodeSent,
}

impl Done {
    const ALL: [Self; 11] = [
        Self::SignedUp,
        Self::SignedOut,
        Self::PasswordChanged,
        Self::ResetRequested,
        Self::PasswordReset,
        Self::EmailVerified,
        Self::SessionEnded,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::ApiKeyRevoked,
        Self::CodeSent,
    ];

    /// Its name in an address.
    const fn name(self) -> &'static str {
        match self {
            Self::SignedUp => "signed-up",
            Self::SignedOut => "signed-out",
            Self::PasswordChanged => "password-changed",
            Self::ResetRequested => "reset-requested",
            Self::PasswordReset => "password-reset",
            Self::EmailVerified => "email-verified",
            Self::SessionEnded => "session-ended",
            Self::FactorAdded => "factor-added",
            Self::FactorRemoved => "factor-removed",
            Self::ApiKeyRevoked => "api-key-revoked",
            Self::CodeSent => "code-sent",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// Why the form before was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageProblem {
    /// The status of the answer.
    pub status: StatusCode,
    /// Its stable name: the `code` of the answer that programs get.
    pub code: String,
    /// What people read, in a sentence.
    pub text: String,
}

/// One page: what is in it, for [`Pages::html`].
///
/// `Debug` shows the kind alone: keys, codes and tokens are in it.
pub struct Page<'a> {
    kind: PageKind,
    base: &'a str,
    title: &'a str,
    stylesheet: Option<&'a str>,
    data: &'a Value,
    names: &'a [String],
    password_at_least: usize,
    home: &'static str,
    done: Option<Done>,
    problem: Option<&'a PageProblem>,
    typed: &'a Typed,
    return_to: Option<&'a str>,
}

impl Page<'_> {
    /// Which page it is.
    #[must_use]
    pub const fn kind(&self) -> PageKind {
        self.kind
    }

    /// What the endpoint answers to programs: see the table of the manual, `docs/accounts.md`. `null` where it
    /// answers nothing, or not now.
    #[must_use]
    pub const fn data(&self) -> &Value {
        self.data
    }

    /// The names that the caller can put into a key, on [`PageKind::ApiKeys`].
    #[must_use]
    pub const fn names(&self) -> &[String] {
        self.names
    }

    /// How many characters a new password needs.
    #[must_use]
    pub const fn password_at_least(&self) -> usize {
        self.password_at_least
    }

    /// What has been done on the page before.
    #[must_use]
    pub const fn done(&self) -> Option<Done> {
        self.done
    }

    /// Why the form before was not taken.
    #[must_use]
    pub const fn problem(&self) -> Option<&PageProblem> {
        self.problem
    }

    /// What was typed into a field of the form before, such as `username`. Passwords and codes are
    /// not among them.
    #[must_use]
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.typed.get(field)
    }

    /// The token of the link that has led here, to be sent in the hidden field `token`.
    #[must_use]
    pub const fn token(&self) -> Option<&SecretText> {
        self.typed.token()
    }

    /// Where to go after a sign-in: a path of the own origin.
    #[must_use]
    pub const fn return_to(&self) -> Option<&str> {
        self.return_to
    }

    /// The path of an endpoint, such as `sessions`, for links and forms; an empty one is that of the
    /// account itself. [`return_to`](Self::return_to) goes along to `sign-in` and its second steps.
    #[must_use]
    pub fn path(&self, endpoint: &str) -> String {
        let path = table::path(self.base, endpoint);
        let return_to = self.return_to.filter(|_| endpoint.starts_with("sign-"));
        return_to::with(path, return_to)
    }

    /// The standard page.
    #[must_use]
    pub fn standard_html(&self) -> String {
        ours::html(self)
    }
}

impl fmt::Debug for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("kind", &self.kind).finish_non_exhaustive()
    }
}
