//! The seam to the library that does the mathematics.
//!
//! Everything above it hands over key material that is already validated, and gets a `Verifier`
//! bound to one algorithm whose key is parsed once. A second backend is a second file with the
//! same type.

#[cfg(feature = "aws_lc_rs")]
mod aws_lc;
#[cfg(not(feature = "aws_lc_rs"))]
mod none;

#[cfg(feature = "aws_lc_rs")]
pub(crate) use aws_lc::{Mac, Verifier};
#[cfg(not(feature = "aws_lc_rs"))]
pub(crate) use none::{Mac, Verifier};
