//! Where a credential stands in a request. Whether it is believable is the matter of
//! [`verify`](crate::verify).

mod authorization;
mod bearer;
mod client_certificate;
mod presented;

pub use bearer::{CredentialError, bearer};
pub use client_certificate::{
    CertificateEncoding, ClientCertificateError, ClientCertificates, ClientCertificatesError,
    PeerCertificate,
};

pub(crate) use authorization::Unread;
pub(crate) use client_certificate::{CertificateInput, CertificateSource};
pub(crate) use presented::{Presented, Scheme};
