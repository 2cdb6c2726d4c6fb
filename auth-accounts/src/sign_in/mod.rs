//! From a name and a proof to a session.

mod attempts;
mod begin;
mod browser;
#[cfg(feature = "passkey")]
mod by_passkey;
mod by_provider;
mod change;
mod check;
mod client;
mod complete;
mod device;
mod email;
mod error;
mod name;
mod network;
mod one_time_token;
#[cfg(feature = "passkey")]
mod passkey_page;
mod pending;
mod pending_scheme;
mod proxies;
mod reset;
mod sign_up;
mod visit;

pub(crate) use begin::Begun;
pub use browser::{Browser, BrowserSession, PasskeyRequest, SignInStep, SignedOut};
pub use by_provider::{ProviderSession, ProviderSignIn};
pub use change::PasswordChangeError;
pub use client::Client;
pub(crate) use client::{presented_address, with_address};
pub(crate) use complete::TooMany;
pub(crate) use device::{Devices, Owner};
pub(crate) use email::VerifyError;
pub use error::SignInError;
pub use network::Network;
pub use one_time_token::TokenError;
pub(crate) use pending::{NewPending, Pending};
pub(crate) use pending_scheme::{CLAIM, PendingScheme};
pub use proxies::TrustedProxies;
pub use sign_up::SignUpError;
pub(crate) use visit::{Unusable, Visit};
