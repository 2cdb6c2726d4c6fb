//! The seam to the library that does the mathematics.
//!
//! Everything above it hands over a key that is already validated, and gets a [`Verifier`] bound to one
//! algorithm. The libraries of the features parse the key once. A provider of the application's own
//! comes in as a value of `jsonwebtoken`; the default that `jsonwebtoken` keeps for the whole process
//! is neither asked nor set, since two libraries could disagree about it.

#[cfg(feature = "aws_lc_rs")]
mod aws_lc;
#[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
mod none;
mod provider;
#[cfg(feature = "rust_crypto")]
mod rust_crypto;

use std::fmt;

use super::algorithm::Algorithm;
use super::public_key::PublicKey;
use provider::Provider;

#[cfg(feature = "aws_lc_rs")]
pub(crate) use aws_lc::Mac;
#[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
pub(crate) use none::Mac;
#[cfg(all(feature = "rust_crypto", not(feature = "aws_lc_rs")))]
pub(crate) use rust_crypto::Mac;

/// Whether the default verifies ECDSA on P-521.
pub(crate) const HAS_P521: bool = cfg!(feature = "aws_lc_rs");

/// Which one the default is.
pub(crate) const NAME: &str = CryptoBackend::DEFAULT.name();

/// What verifies signatures: one of the libraries that this crate is built with, or a
/// [`CryptoProvider`](jsonwebtoken::crypto::CryptoProvider) of the application's own (FIPS, an HSM,
/// another library).
///
/// The features `aws_lc_rs` and `rust_crypto` only make a library available. The
/// [default](Self::default) is aws-lc-rs where it is there, else `RustCrypto`; another choice is made in
/// code, for each verifier, with
/// [`JwtVerifierBuilder::crypto_provider`](crate::token::JwtVerifierBuilder::crypto_provider). A
/// library parses each key once. A provider is handed each key anew for each token: its verifiers
/// cannot be kept between threads.
///
/// ```
/// use auth_core::jose::CryptoBackend;
/// use jsonwebtoken::crypto::CryptoProvider;
///
/// /// Of the HSM's vendor.
/// fn of_the_vendor() -> CryptoProvider {
///     # use jsonwebtoken::errors::{ErrorKind, new_error};
///     # CryptoProvider {
///     #     signer_factory: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
///     #     verifier_factory: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
///     #     key_utils: jsonwebtoken::crypto::KeyUtils::new_unimplemented(),
///     # }
/// }
///
/// let backend = CryptoBackend::from(of_the_vendor());
/// assert_eq!(format!("{backend:?}"), "CryptoBackend(provider)");
/// ```
#[derive(Clone, Copy)]
pub struct CryptoBackend(Library);

#[derive(Clone, Copy)]
enum Library {
    #[cfg(feature = "aws_lc_rs")]
    AwsLc,
    #[cfg(feature = "rust_crypto")]
    RustCrypto,
    #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
    None,
    Provider(provider::VerifierFactory),
}

impl CryptoBackend {
    /// aws-lc-rs: C and assembly, fast. Behind the feature `aws_lc_rs`.
    #[cfg(feature = "aws_lc_rs")]
    pub const AWS_LC_RS: Self = Self(Library::AwsLc);

    /// The crates of the `RustCrypto` project: Rust alone, slower, without P-521. Behind the feature
    /// `rust_crypto`.
    #[cfg(feature = "rust_crypto")]
    pub const RUST_CRYPTO: Self = Self(Library::RustCrypto);

    #[cfg(feature = "aws_lc_rs")]
    pub(crate) const DEFAULT: Self = Self(Library::AwsLc);
    #[cfg(all(feature = "rust_crypto", not(feature = "aws_lc_rs")))]
    pub(crate) const DEFAULT: Self = Self(Library::RustCrypto);
    #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
    pub(crate) const DEFAULT: Self = Self(Library::None);

    const fn name(self) -> &'static str {
        match self.0 {
            #[cfg(feature = "aws_lc_rs")]
            Library::AwsLc => "aws_lc_rs",
            #[cfg(feature = "rust_crypto")]
            Library::RustCrypto => "rust_crypto",
            #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
            Library::None => "none",
            Library::Provider(_) => "provider",
        }
    }
}

/// The library that this crate is built with: aws-lc-rs before `RustCrypto`.
impl Default for CryptoBackend {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<&jsonwebtoken::crypto::CryptoProvider> for CryptoBackend {
    fn from(provider: &jsonwebtoken::crypto::CryptoProvider) -> Self {
        Self(Library::Provider(provider.verifier_factory))
    }
}

impl From<jsonwebtoken::crypto::CryptoProvider> for CryptoBackend {
    fn from(provider: jsonwebtoken::crypto::CryptoProvider) -> Self {
        Self::from(&provider)
    }
}

impl fmt::Debug for CryptoBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CryptoBackend({})", self.name())
    }
}

/// One key, ready for one algorithm.
pub(crate) enum Verifier {
    #[cfg(feature = "aws_lc_rs")]
    AwsLc(aws_lc::Verifier),
    #[cfg(feature = "rust_crypto")]
    RustCrypto(rust_crypto::Verifier),
    /// Nothing is there to verify with, until a provider is.
    #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
    None,
    Provider(Box<Provider>),
}

impl Verifier {
    /// A verifier for `algorithm`, if the library takes the key: it checks what cannot be seen
    /// from outside, such as a point on its curve.
    pub(crate) fn public(
        backend: CryptoBackend,
        algorithm: Algorithm,
        key: &PublicKey,
    ) -> Option<Self> {
        match backend.0 {
            #[cfg(feature = "aws_lc_rs")]
            Library::AwsLc => aws_lc::Verifier::public(algorithm, key).map(Self::AwsLc),
            #[cfg(feature = "rust_crypto")]
            Library::RustCrypto => {
                rust_crypto::Verifier::public(algorithm, key).map(Self::RustCrypto)
            }
            #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
            Library::None => Some(Self::None),
            Library::Provider(factory) => {
                Provider::public(factory, algorithm, key).map(Box::new).map(Self::Provider)
            }
        }
    }

    /// A verifier that shares a secret with the issuer.
    pub(crate) fn secret(
        backend: CryptoBackend,
        algorithm: Algorithm,
        secret: &[u8],
    ) -> Option<Self> {
        match backend.0 {
            #[cfg(feature = "aws_lc_rs")]
            Library::AwsLc => aws_lc::Verifier::hmac(algorithm, secret).map(Self::AwsLc),
            #[cfg(feature = "rust_crypto")]
            Library::RustCrypto => {
                rust_crypto::Verifier::hmac(algorithm, secret).map(Self::RustCrypto)
            }
            #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
            Library::None => Some(Self::None),
            Library::Provider(factory) => {
                Provider::secret(factory, algorithm, secret).map(Box::new).map(Self::Provider)
            }
        }
    }

    /// Whether it can verify anything at all.
    pub(crate) const fn is_usable(&self) -> bool {
        match self {
            #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
            Self::None => false,
            _ => true,
        }
    }

    /// Whether `signature` is one of this key over `message`. The comparison of a MAC takes the
    /// same time wherever it differs.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            #[cfg(feature = "aws_lc_rs")]
            Self::AwsLc(verifier) => verifier.verify(message, signature),
            #[cfg(feature = "rust_crypto")]
            Self::RustCrypto(verifier) => verifier.verify(message, signature),
            #[cfg(not(any(feature = "aws_lc_rs", feature = "rust_crypto")))]
            Self::None => false,
            Self::Provider(provider) => provider.verify(message, signature),
        }
    }
}
