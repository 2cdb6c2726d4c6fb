//! Passkeys ([WebAuthn](https://www.w3.org/TR/webauthn-3/)): the ceremonies are those of `webauthn-rs`, and
//! what is looked at before is stricter than it.
//!
//! A ceremony is a challenge in the store, which is taken when it is answered: by one request, also if that
//! fails. Where it is found depends on the challenge, the kind of ceremony and on the session or the
//! half-done sign-in that asked for it. In a page the challenge is sealed instead, so that showing
//! the page writes nothing; the answer marks it as used.

mod attestation;
mod authenticator_data;
mod cbor;
mod ceremony;
mod client_data;
mod enrol;
mod prove;
mod response;
mod settings;
mod stored;

use webauthn_rs::prelude::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

pub(crate) use ceremony::{Asked, Kept};
pub(crate) use enrol::PasskeyError;
pub(crate) use prove::PasskeyRefused;
pub(crate) use response::{Assertion, Registration};
pub use settings::PasskeySettings;

use crate::model::AccountId;
use crate::secret::Digest;

/// The relying party of all ceremonies.
pub(crate) struct Passkeys {
    library: Webauthn,
    /// How browsers write the origins.
    origins: Vec<String>,
}

impl Passkeys {
    /// `None`: the origin has no domain, so that passkeys cannot be used there. What is wrong with the
    /// settings is added to the problems.
    pub(crate) fn new(
        settings: &PasskeySettings,
        origin: &str,
        name: Option<&str>,
        problems: &mut Vec<String>,
    ) -> Option<Self> {
        let parsed = Url::parse(origin).ok();
        let Some((url, domain)) = parsed.as_ref().and_then(|url| Some((url, url.domain()?))) else {
            if settings.relying_party.is_some() || !settings.other_origins.is_empty() {
                problems.push(format!("passkeys need an origin with a domain, unlike `{origin}`"));
            } else if !origin.is_empty() {
                tracing::info!(origin, "the origin has no domain: there are no passkeys");
            }
            return None;
        };
        let id = settings.relying_party.as_deref().unwrap_or(domain);
        let mut origins = vec![url.origin().ascii_serialization()];
        let Ok(mut builder) = WebauthnBuilder::new(id, url) else {
            problems.push(format!(
                "`{id}` is not `{domain}`, nor a domain above it: passkeys need one"
            ));
            return None;
        };
        for other in &settings.other_origins {
            let Ok(url) = Url::parse(other) else {
                problems.push(format!("`{other}` is no origin that passkeys can be used at"));
                continue;
            };
            builder = builder.append_allowed_origin(&url);
            origins.push(other.clone());
        }
        let library = builder.rp_name(name.unwrap_or(domain)).build().ok()?;
        Some(Self { library, origins })
    }
}

/// What an authenticator knows an account as: it says nothing of its owner, nor of the account.
fn user_handle(account: &AccountId) -> [u8; 16] {
    let digest = Digest::of(&[b"passkey-user", account.as_str().as_bytes()]);
    *digest.as_bytes().first_chunk().unwrap_or(&[0; 16])
}
