//! Counts requests, and rejects those beyond a limit.

use std::net::{IpAddr, SocketAddr};

use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, Limit};
use axum::extract::ConnectInfo;
use http::request::Parts;

use crate::server::AuthorizationServer;
use crate::wire::OAuthError;

impl AuthorizationServer {
    /// The network that a request comes from: its IPv4 address, or the first 64 bits of its IPv6 address, since
    /// one customer usually has all addresses that begin with them. `None`: the application does not provide
    /// [`ConnectInfo`].
    ///
    /// Where the proxies do not say which client they were called by, it is the network of the proxy: a limit
    /// for all of its clients is better than no limit.
    pub(crate) fn network_of(&self, request: &Parts) -> Option<Vec<u8>> {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
        let client = self.0.trusted_proxies.client(peer, &request.headers);
        Some(match client.unwrap_or(peer).to_canonical() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().iter().take(8).copied().collect(),
        })
    }

    /// Counts a request in the name of a client, by the network that it comes from. If the network is unknown,
    /// nothing is counted: otherwise one client could use up the limit of all others.
    ///
    /// # Errors
    /// 429 beyond the limit, 503 if the store fails.
    pub(crate) async fn count_request(
        &self,
        purpose: &'static str,
        client_id: &str,
        request: &Parts,
        limit: Limit,
    ) -> Result<(), OAuthError> {
        let Some(network) = self.network_of(request) else { return Ok(()) };
        let text = Digest::of(&[client_id.as_bytes(), &network]);
        self.count(&self.0.secrets.current_mac(purpose, text.as_bytes()), limit).await
    }

    /// Counts a request under this key.
    ///
    /// # Errors
    /// 429 beyond the limit, 503 if the store fails.
    pub(crate) async fn count(&self, key: &Digest, limit: Limit) -> Result<(), OAuthError> {
        let now = self.now();
        match self.0.attempts.hit(key, limit, now).await? {
            Attempt::Allowed { .. } => Ok(()),
            Attempt::Refused { until } => {
                Err(OAuthError::too_many_requests(until.saturating_sub(now)))
            }
        }
    }
}
