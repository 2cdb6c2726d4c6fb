//! Resolves host names, and filters the addresses.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// Resolves the host names of fetched documents; the operating system does by default. The addresses are filtered,
/// and these very addresses are connected to: there is no second look-up with another result.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of this host.
    ///
    /// # Errors
    /// If the name cannot be resolved.
    async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, std::io::Error>;
}

/// The resolver of the operating system.
pub(super) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, std::io::Error> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|it| it.ip()).collect())
    }
}

/// The resolver of `reqwest`, which connects to the addresses that this returns.
pub(super) struct Guard {
    pub(super) lookup: Arc<dyn Lookup>,
    /// Whether `localhost` is allowed.
    pub(super) allow_loopback: bool,
}

/// A host has no public address.
#[derive(Debug, thiserror::Error)]
#[error("the host has no address of the public internet")]
pub(super) struct NotPublic;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.lookup.clone();
        let is_loopback = self.allow_loopback && name.as_str() == "localhost";
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            let may_be_asked =
                |it: &IpAddr| if is_loopback { it.is_loopback() } else { is_public(*it) };
            // One address that is not public makes all of them suspect.
            if found.is_empty() || !found.iter().all(may_be_asked) {
                return Err(NotPublic.into());
            }
            let addresses = found.into_iter().map(|it| SocketAddr::new(it, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
