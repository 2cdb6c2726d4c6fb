//! The client certificate of a request: for tokens that are bound to one
//! ([RFC 8705 §3](https://www.rfc-editor.org/rfc/rfc8705#section-3)).

mod encoding;
mod peers;
mod source;

pub use encoding::CertificateEncoding;
pub use source::{
    ClientCertificateError, ClientCertificates, ClientCertificatesError, PeerCertificate,
};

pub(crate) use source::{CertificateInput, CertificateSource};
