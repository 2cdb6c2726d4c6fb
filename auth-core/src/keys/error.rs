//! Why keys cannot be had from where they are configured to come from.

use std::time::Duration;

use thiserror::Error;

/// Why keys cannot be had from where they are configured to come from. What can be wrong with them later
/// is a line in the log.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeySourceError {
    /// Keys come from more than one place. Which of them could withdraw a key would be unclear.
    #[error(
        "the keys come from several places\nhelp: use one `.discover()`, or one `.jwks_uri(..)`, or `.keys(..)` and `.shared_secret(..)`"
    )]
    SeveralKeySources,
    /// `.discover()` with an issuer that has no metadata to ask for.
    #[error(
        "the metadata of the issuer `{0}` cannot be asked for: it is not an absolute `https` URL without query and fragment\nhelp: use `.jwks_uri(..)` with the address of its key set; `http` is accepted for loopback hosts"
    )]
    IssuerAddress(String),
    /// `.jwks_uri(..)` with something else than an address.
    #[error(
        "the address of the key set `{0}` is not an absolute `https` URL\nhelp: for example `https://id.example.com/jwks`; `http` is accepted for loopback hosts"
    )]
    JwksUri(String),
    /// `.discover_at(..)` with something else than an address.
    #[error(
        "the address of the metadata `{0}` is not an absolute `https` URL\nhelp: for example `https://id.example.com/.well-known/openid-configuration`; `http` is accepted for loopback hosts"
    )]
    MetadataUrl(String),
    /// `JwksRefresh::user_agent` with something that no header can hold.
    #[error("the user agent {0:?} is not one line of visible ASCII")]
    UserAgent(String),
    /// A setting of `JwksRefresh` is out of its bounds.
    #[error("`JwksRefresh::{setting}` is `{given:?}`, expected between {least:?} and {most:?}")]
    JwksRefresh {
        /// The name of the setting.
        setting: &'static str,
        /// What it is set to.
        given: Duration,
        /// The least that is accepted.
        least: Duration,
        /// The most that is accepted.
        most: Duration,
    },
    /// `JwksRefresh::root_certificates` with something else than certificates.
    #[error(
        "the root certificates cannot be read\nhelp: expected PEM with one or more blocks `CERTIFICATE`"
    )]
    RootCertificates,
    /// No HTTP client.
    #[error(
        "no HTTP client can be made to fetch keys\nhelp: install the root certificates of the system (`ca-certificates`), or name one with `JwksRefresh::root_certificates`"
    )]
    HttpClient,
    /// Keys that several verifiers share are verified with the default library.
    #[error(
        "shared keys cannot be combined with a provider\nhelp: give the verifier its own key source, or leave `.crypto_provider(..)` out"
    )]
    ProviderOfSharedKeys,
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(KeySourceError);
crate::wording::several_problems!(KeySourceError);
