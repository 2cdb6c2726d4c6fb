//! The seam to the library that does the mathematics.
//!
//! Everything above it hands over key material that is already validated, and gets a `Verifier`
//! bound to one algorithm whose key is parsed once. Another backend is another file with the same
//! type. Which one it is, the features of this crate decide when it is compiled: there is no
//! default that is set for the whole process, which two libraries could disagree about.

#[cfg(feature = "aws_lc_rs")]
mod aws_lc;
#[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
mod none;
#[cfg(all(feature = "rust_crypto", not(feature = "aws_lc_rs")))]
mod rust_crypto;

#[cfg(feature = "aws_lc_rs")]
pub(crate) use aws_lc::{Mac, Verifier};
#[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
pub(crate) use none::{Mac, Verifier};
#[cfg(all(feature = "rust_crypto", not(feature = "aws_lc_rs")))]
pub(crate) use rust_crypto::{Mac, Verifier};

/// Whether it verifies ECDSA on P-521.
pub(crate) const HAS_P521: bool = cfg!(feature = "aws_lc_rs");

/// Which of them it is.
pub(crate) const NAME: &str = if cfg!(feature = "aws_lc_rs") {
    "aws_lc_rs"
} else if cfg!(feature = "rust_crypto") {
    "rust_crypto"
} else {
    "none"
};
