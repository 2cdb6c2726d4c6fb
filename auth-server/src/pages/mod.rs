//! Pages for people: plain HTML that works without a script, with the keyboard and with a screen reader, in the
//! light and in the dark.

mod answer;
mod own_page;
pub(crate) mod script;
mod standard;
mod step;

#[cfg(feature = "cli")]
pub(crate) use answer::{Script, page_with_script};
pub(crate) use answer::{Then, leave, page, redirect};
#[cfg(feature = "cli")]
pub(crate) use script::script_answer;
#[cfg(feature = "cli")]
pub(crate) use standard::own_document as document;
pub(crate) use step::Around;

use http::StatusCode;

use crate::login::LoginProblem;

/// The pages of an authorization server. Each method has a default, the standard page.
///
/// The server sets the status and all headers. A page may load style sheets and pictures of the own origin, and run
/// nothing but the script of a [`PasskeyPrompt`]. **Escape what you write into it**: the names of clients and scopes
/// come from others.
///
/// ```
/// use auth_server::pages::Pages;
///
/// struct Ours;
///
/// impl Pages for Ours {
///     fn title(&self) -> &str {
///         "Example Shop"
///     }
/// }
/// ```
pub trait Pages: Send + Sync + 'static {
    /// What the server is called; in the title of each page.
    #[expect(
        clippy::unnecessary_literal_bound,
        reason = "an application may read it from a setting"
    )]
    fn title(&self) -> &str {
        "Sign in"
    }

    /// The path of a style sheet of the application, in the place of ours.
    fn stylesheet(&self) -> Option<&str> {
        None
    }

    /// The form for a name and a password: fields `username` and `password`.
    fn sign_in(&self, page: &SignInPage<'_>) -> String {
        standard::sign_in(&self.frame(), page)
    }

    /// The form for a second factor: a field `code`.
    fn code(&self, page: &CodePage<'_>) -> String {
        standard::code(&self.frame(), page)
    }

    /// The question for consent: buttons `decision` with the values `allow` and `deny`.
    fn consent(&self, page: &ConsentPage<'_>) -> String {
        standard::consent(&self.frame(), page)
    }

    /// The form for the code of a device: a field `user_code`.
    fn device(&self, page: &DevicePage<'_>) -> String {
        standard::device(&self.frame(), page)
    }

    /// The question whether a device gets access: buttons `decision` with the values `allow` and `deny`. It has
    /// to name the client and the code: the user might have been talked into typing the code of another one.
    fn device_consent(&self, page: &DeviceConsentPage<'_>) -> String {
        standard::device_consent(&self.frame(), page)
    }

    /// The user has decided about a device.
    fn device_done(&self, page: &DeviceDonePage) -> String {
        standard::device_done(&self.frame(), page)
    }

    /// The question whether to sign out: one button.
    fn sign_out(&self, page: &SignOutPage<'_>) -> String {
        standard::sign_out(&self.frame(), page)
    }

    /// The user has signed out.
    fn signed_out(&self) -> String {
        standard::signed_out(&self.frame())
    }

    /// The way to an application on the device, where a browser may not be redirected to: a link to `address`.
    fn leave(&self, page: &LeavePage<'_>) -> String {
        standard::leave(&self.frame(), page)
    }

    /// A request cannot be served, and the browser cannot be redirected to a client.
    fn error(&self, page: &ErrorPage<'_>) -> String {
        standard::error(&self.frame(), page)
    }

    /// What is around each page.
    #[doc(hidden)]
    fn frame(&self) -> Frame<'_> {
        Frame { title: self.title(), stylesheet: self.stylesheet() }
    }
}

/// The standard pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardPages;

impl Pages for StandardPages {}

/// The same, called by the host of the server.
#[derive(Clone, Debug)]
pub(crate) struct PagesOfHost(String);

impl PagesOfHost {
    /// That of an origin, with its port if it has one.
    pub(crate) fn of(origin: &str) -> Self {
        Self(origin.split_once("://").map_or(origin, |(_, host)| host).to_owned())
    }
}

impl Pages for PagesOfHost {
    fn title(&self) -> &str {
        &self.0
    }
}

/// What is around each page.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub(crate) title: &'a str,
    pub(crate) stylesheet: Option<&'a str>,
}

/// A form: where it goes, and the hidden field that goes along.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FormTarget<'a> {
    /// Its `action`. Its method is `post`.
    pub action: &'a str,
    /// The value of its hidden field `interaction`.
    pub interaction: &'a str,
}

/// The form for a name and a password.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SignInPage<'a> {
    /// The form.
    pub form: FormTarget<'a>,
    /// What the client is called that the user signs in for, where it is known.
    pub client: Option<&'a str>,
    /// What is in the field of the name already.
    pub username: Option<&'a str>,
    /// Why the form before was not taken.
    pub problem: Option<LoginProblem>,
    /// The passkey that will do instead, where there are passkeys.
    pub passkey: Option<PasskeyPrompt<'a>>,
}

/// What a page needs to ask for a passkey. A page may ignore it: then it has no such button.
///
/// The standard pages have an element with the id `passkey`, which is `hidden` and has the options in
/// `data-options`. In it are an element with the role `alert`, which is `hidden` too, and a form with the hidden
/// fields `interaction` and `passkey` and a button. The script, after it, shows the element, asks for the passkey
/// when the form is sent, and sends the form with the answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PasskeyPrompt<'a> {
    /// The options for `navigator.credentials.get()`, as JSON.
    pub options: &'a str,
    /// The address of the script: the only one that the policy of the page lets run.
    pub script: &'a str,
}

/// The form for a second factor.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CodePage<'a> {
    /// The form.
    pub form: FormTarget<'a>,
    /// Why the form before was not taken.
    pub problem: Option<LoginProblem>,
    /// The passkey that will do instead, if the account has one.
    pub passkey: Option<PasskeyPrompt<'a>>,
}

/// The question for consent.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConsentPage<'a> {
    /// The form.
    pub form: FormTarget<'a>,
    /// What the client calls itself.
    pub client: &'a str,
    /// The host that its `client_id` is at, where it was not vetted.
    pub client_host: Option<&'a str>,
    /// Where the user is sent afterwards: the host of the redirect URI, or its scheme where it has none.
    pub redirect_host: &'a str,
    /// Whether the operator of the server has not vetted the client.
    pub is_unknown: bool,
    /// Whether every address of the client is one of the user's device: any program there could be it.
    pub is_on_device: bool,
    /// What the user signs in with, where it is known.
    pub username: Option<&'a str>,
    /// What it asks for.
    pub scopes: &'a [ConsentScope<'a>],
    /// The resources that it asks for.
    pub resources: &'a [String],
}

/// A scope on the page of a consent.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConsentScope<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it means.
    pub text: &'a str,
}

/// The form for the code of a device.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DevicePage<'a> {
    /// The form.
    pub form: FormTarget<'a>,
    /// What is in the field already.
    pub user_code: Option<&'a str>,
    /// Why the form before was not taken.
    pub problem: Option<DeviceProblem>,
}

/// Why the code of a device was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceProblem {
    /// No device that shows this code waits.
    Wrong,
    /// The page was open for too long, or in another browser or session.
    Stale,
    /// There were too many attempts.
    TooMany {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
}

/// The question whether a device gets access.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DeviceConsentPage<'a> {
    /// The form.
    pub form: FormTarget<'a>,
    /// What the client is called.
    pub client: &'a str,
    /// The code, as the device shows it.
    pub user_code: &'a str,
    /// What it asks for.
    pub scopes: &'a [ConsentScope<'a>],
    /// The resources that it asks for.
    pub resources: &'a [String],
}

/// The user has decided about a device.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DeviceDonePage {
    /// Whether the device gets access.
    pub is_allowed: bool,
}

/// The question whether to sign out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SignOutPage<'a> {
    /// The form.
    pub form: FormTarget<'a>,
    /// What the client is called that asks for it, where it is known.
    pub client: Option<&'a str>,
}

/// The way to an application on the device.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct LeavePage<'a> {
    /// Where to. It has a code in it.
    pub address: &'a str,
}

impl std::fmt::Debug for LeavePage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LeavePage(..)")
    }
}

/// A request that cannot be served.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ErrorPage<'a> {
    /// The status of the answer.
    pub status: StatusCode,
    /// Its stable name, such as `invalid_request`.
    pub code: &'a str,
    /// What is wrong, for the developer of the client: printable ASCII.
    pub text: &'a str,
}
