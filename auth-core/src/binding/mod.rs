//! Sender-constrained tokens: a token that only the holder of a key can use.
//!
//! DPoP ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)) proves the key with each request, a client
//! certificate ([RFC 8705 §3](https://www.rfc-editor.org/rfc/rfc8705#section-3)) with the connection.

mod client_certificate;
mod dpop;
mod replay;

pub use client_certificate::{
    CertificateEncoding, ClientCertificateError, ClientCertificates, ClientCertificatesError,
    PeerCertificate,
};
pub use dpop::{Dpop, DpopBuilder, DpopError, DpopProofError, KeyProofError, ProvedKey};
pub use replay::{MemoryReplayStore, ReplayCheck, ReplayStore, ReplayStoreError, UsedProof};

pub(crate) use client_certificate::{CertificateInput, CertificateSource};
pub(crate) use dpop::{ProofProblem, ProofRequest, proof_of};
