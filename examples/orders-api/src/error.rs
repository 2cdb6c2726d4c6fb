//! What can go wrong: while starting, and while answering.

use std::io;
use std::net::SocketAddr;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::store::StoreError;

/// Why the service does not start: one sentence for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "cannot listen on {address}: {source}{}", if source.kind() == io::ErrorKind::AddrInUse { "; choose another port with `--listen 127.0.0.1:3001`" } else { "" }
    )]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot open the database `{database}`: {source}")]
    Database { database: String, source: StoreError },
    #[error("cannot use the key file `{file}`: {source}")]
    KeyFile { file: String, source: Box<dyn std::error::Error + Send + Sync> },
    #[error(
        "missing setting `--{missing}`: tokens of an issuer of your own need `--issuer`, `--audience` and `--jwks`; give none of them to use the development issuer"
    )]
    MissingSetting { missing: &'static str },
    #[error("cannot set up the development issuer: {0}")]
    Issuer(Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot set up the verification of tokens: {0}")]
    Verifier(Box<dyn std::error::Error + Send + Sync>),
    #[error("cannot publish where to get a token: {0}")]
    Metadata(#[from] auth_core::access_map::ResourceMetadataError),
    #[error(transparent)]
    Protect(#[from] auth_core::web::ProtectError),
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    #[error("cannot read the token from standard input: {0}")]
    Input(io::Error),
    #[error("cannot be asked to stop: {0}")]
    Stop(io::Error),
    #[error("stopped serving: {0}")]
    Serve(io::Error),
}

/// Why a request that was let in cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("no such order")]
    NoSuchOrder,
    #[error("the database does not answer")]
    Database(#[from] StoreError),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NoSuchOrder => StatusCode::NOT_FOUND,
            Self::Database(error) => {
                tracing::error!(%error, "the database does not answer");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (status, self.to_string()).into_response()
    }
}
