//! From the name of a host to the addresses that may be connected to.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// How the names of hosts become addresses, for what the server fetches. The resolver of the operating
/// system is the standard one. What it answers is filtered, and connected to as it is: there is no second
/// look-up that could answer something else.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of this host.
    ///
    /// # Errors
    /// If they cannot be found.
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

/// What `reqwest` asks: the addresses that it gets are those that it connects to.
pub(super) struct Guard {
    pub(super) lookup: Arc<dyn Lookup>,
    /// Whether `localhost` may be asked.
    pub(super) allow_loopback: bool,
}

/// A host has no address that may be asked.
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
            // One address that is not public makes the whole answer suspect.
            if found.is_empty() || !found.iter().all(may_be_asked) {
                return Err(NotPublic.into());
            }
            let addresses = found.into_iter().map(|it| SocketAddr::new(it, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
