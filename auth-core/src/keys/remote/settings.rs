//! How this service asks others over HTTP: settings that builders have in common, and those of key sets.

use std::path::{Path, PathBuf};

use crate::keys::JwksRefresh;
use crate::keys::http_settings::HttpSettings;

/// The setters of a builder that has [`HttpSettings`] in its field `http`. What is given is documented at
/// `allow_insecure_http`: what an attacker can do there.
macro_rules! http_setters {
    ($(#[$danger:meta])+) => {
        /// Root certificates to trust besides those of the system, as PEM: for a server whose certificate
        /// comes from a private authority, such as that of a company.
        pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
            self.http.root_certificates = pem.as_ref().to_vec();
            self
        }

        /// What this service calls itself (`User-Agent`): by default `auth-core/` and the version of this
        /// crate. Some firewalls reject a client that says nothing, or what they do not know.
        pub fn user_agent(mut self, name: impl Into<String>) -> Self {
            self.http.user_agent = name.into();
            self
        }

        /// Accepts plain `http` for these hosts, written without port, besides those of this machine.
        ///
        $(#[$danger])+
        pub fn allow_insecure_http<H: Into<String>>(
            mut self,
            hosts: impl IntoIterator<Item = H>,
        ) -> Self {
            self.http.insecure_hosts.extend(hosts.into_iter().map(Into::into));
            self
        }
    };
}

pub(crate) use http_setters;

/// For keys that are fetched over HTTP. Behind the feature `http_client`.
impl JwksRefresh {
    http_setters! {
        /// **An attacker on the network path to such a host can put keys in place of the provider's, and
        /// with them sign any token.** Only for a network in which no other host can answer, such as the
        /// one of containers on one machine. The log warns of each host at start.
        ///
        /// ```
        /// use auth_core::JwtVerifier;
        /// use auth_core::keys::JwksRefresh;
        ///
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let verifier = JwtVerifier::builder()
        ///     // As browsers know it, and as tokens name it.
        ///     .issuer("http://localhost:8080/realms/shop")
        ///     .audience("orders-api")
        ///     // As the network of the containers knows it.
        ///     .jwks_uri("http://keycloak:8080/realms/shop/protocol/openid-connect/certs")
        ///     .refresh(JwksRefresh::default().allow_insecure_http(["keycloak"]))
        ///     .build()?;
        /// # Ok(())
        /// # }
        /// ```
    }

    /// Sends the bearer token in this file along, read anew for each request: for a provider that
    /// shows its keys only to authenticated clients, as the API server of Kubernetes does with the token in
    /// `/var/run/secrets/kubernetes.io/serviceaccount/token`.
    ///
    /// Only the server of the configured address gets it: not another one to which metadata leads, and
    /// never the metadata itself.
    pub fn bearer_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_file = Some(path.into());
        self
    }

    pub(super) fn http(&self) -> &HttpSettings {
        &self.http
    }

    pub(super) fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref()
    }
}
