//! Who sends a request, as far as it can be known before a user has signed in.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use auth_core::scheme::{Location, Locations, PresentedCredential, SchemeError};
use axum::extract::{ConnectInfo, FromRequestParts};
use http::HeaderName;
use http::header::USER_AGENT;
use http::request::Parts;

use super::TrustedProxies;
use super::device::Devices;
use super::proxies::FORWARDED_FOR;
use crate::accounts::Accounts;
use crate::model::AuditEntry;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many characters of the name of a client's program are kept.
const USER_AGENT_LENGTH: usize = 200;

/// How many characters the id of a request may have.
const REQUEST_ID_LENGTH: usize = 64;

/// Who sends a request. As an argument of a handler with these accounts as its state it is read from
/// the request:
///
/// - the address is that of the connection, where the application is served with
///   `into_make_service_with_connect_info::<SocketAddr>()`. What `X-Forwarded-For` says counts only
///   as far as [trusted proxies](crate::AccountsBuilder::trusted_proxies) have written it.
/// - devices are known by a cookie that they were given at a sign-in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Client {
    /// The address, where it is known for sure.
    pub address: Option<IpAddr>,
    /// What its program calls itself, cut and without control characters.
    pub user_agent: Option<String>,
    /// The id of the request: `X-Request-Id`, if it is up to 64 letters, digits, `-`, `_` and `.`.
    pub request_id: Option<String>,
    /// The accounts that were used on it before.
    pub(crate) devices: Devices,
}

impl Client {
    /// A client of whom nothing but the address is known.
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        Self { address: Some(address), ..Self::default() }
    }

    /// An event of its request.
    pub(crate) fn entry(&self, now: u64, event: &str) -> AuditEntry {
        AuditEntry {
            source: self.address.map(|address| address.to_string()),
            request_id: self.request_id.clone(),
            ..AuditEntry::new(now, event)
        }
    }
}

impl FromRequestParts<Accounts> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        accounts: &Accounts,
    ) -> Result<Self, Infallible> {
        Ok(Self::of(parts, accounts))
    }
}

impl Client {
    /// Who sends this request.
    pub(crate) fn of(parts: &Parts, accounts: &Accounts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
        let headers = &parts.headers;
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let user_agent = text(&USER_AGENT).map(|text| {
            text.chars().filter(|it| !it.is_control()).take(USER_AGENT_LENGTH).collect()
        });
        let request_id = text(&REQUEST_ID).filter(|text| {
            (1..=REQUEST_ID_LENGTH).contains(&text.len())
                && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        });
        Self {
            address: peer.and_then(|peer| accounts.0.proxies.client(peer, headers)),
            user_agent,
            request_id: request_id.map(str::to_owned),
            devices: Devices::of(accounts, headers),
        }
    }
}

/// What a scheme reads to know the address of a client.
pub(crate) fn with_address(locations: Locations) -> Locations {
    locations.and_reads(Location::Peer).and_reads(Location::Header(FORWARDED_FOR))
}

/// The address of the client that presents a credential, where it is known for sure.
pub(crate) fn presented_address(
    credential: &PresentedCredential,
    proxies: &TrustedProxies,
) -> Result<Option<IpAddr>, SchemeError> {
    let Some(peer) = credential.peer()? else { return Ok(None) };
    let lines = credential.lines(&FORWARDED_FOR)?.iter();
    let headers = lines.map(|line| (FORWARDED_FOR, line.clone())).collect();
    Ok(proxies.client(peer, &headers))
}
