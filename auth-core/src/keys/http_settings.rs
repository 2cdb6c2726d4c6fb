//! How this service asks others over HTTP.

use std::time::Duration;

/// How long an answer may take, from connecting to its last byte.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// How this service asks: what it says of itself, and which servers it trusts.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HttpSettings {
    /// How long it waits for a whole answer.
    pub(crate) timeout: Duration,
    /// Root certificates (PEM) that are trusted besides those of the system.
    pub(crate) root_certificates: Vec<u8>,
    /// The header `User-Agent`: firewalls reject a client that sends none.
    pub(crate) user_agent: String,
    /// Hosts that may be asked without TLS.
    pub(crate) insecure_hosts: Vec<String>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            root_certificates: Vec::new(),
            user_agent: concat!("auth-core/", env!("CARGO_PKG_VERSION")).to_owned(),
            insecure_hosts: Vec::new(),
        }
    }
}
