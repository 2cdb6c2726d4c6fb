//! The optional features. The metadata advertises what is on, and the router mounts it.

use crate::client::GrantType;
use crate::server::Inner;

/// The optional features that are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// Client ID Metadata Documents.
    pub(crate) documents: bool,
    /// Dynamic registration ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591)).
    pub(crate) registration: bool,
    /// The device grant ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)).
    pub(crate) device_authorization: bool,
}

impl Features {
    /// Whether the token endpoint supports this grant.
    pub(crate) const fn have_grant(self, grant: GrantType) -> bool {
        match grant {
            GrantType::AuthorizationCode
            | GrantType::RefreshToken
            | GrantType::ClientCredentials => true,
            GrantType::DeviceCode => self.device_authorization,
        }
    }

    /// The grants that the token endpoint supports.
    pub(crate) fn grant_types(self) -> impl Iterator<Item = GrantType> {
        GrantType::ALL.into_iter().filter(move |it| self.have_grant(*it))
    }
}

impl Inner {
    /// The optional features that are on.
    pub(crate) fn features(&self) -> Features {
        Features {
            #[cfg(feature = "http_client")]
            documents: self.documents.is_some(),
            #[cfg(not(feature = "http_client"))]
            documents: false,
            registration: self.registration.is_some(),
            device_authorization: self.device_authorization,
        }
    }
}
