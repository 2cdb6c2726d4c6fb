//! Signatures by a `CryptoProvider` of the application's own.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::JwtVerifier;
use jsonwebtoken::errors::Result;

use crate::jose::algorithm::Algorithm;
use crate::jose::interop::decoding_key;
use crate::jose::public_key::PublicKey;

/// What a provider makes a verifier with: all that is needed of it.
pub(crate) type VerifierFactory =
    fn(&jsonwebtoken::Algorithm, &DecodingKey) -> Result<Box<dyn JwtVerifier>>;

/// One key in the form of `jsonwebtoken`, for one algorithm.
pub(crate) struct Provider {
    factory: VerifierFactory,
    algorithm: jsonwebtoken::Algorithm,
    key: DecodingKey,
}

impl Provider {
    pub(crate) fn public(
        factory: VerifierFactory,
        algorithm: Algorithm,
        key: &PublicKey,
    ) -> Option<Self> {
        Self::new(factory, algorithm, decoding_key(key))
    }

    pub(crate) fn secret(
        factory: VerifierFactory,
        algorithm: Algorithm,
        secret: &[u8],
    ) -> Option<Self> {
        Self::new(factory, algorithm, DecodingKey::from_secret(secret).ok()?)
    }

    /// If the provider takes the key, and for this algorithm.
    fn new(factory: VerifierFactory, algorithm: Algorithm, key: DecodingKey) -> Option<Self> {
        let algorithm = algorithm.try_into().ok()?;
        let this = Self { factory, algorithm, key };
        this.verifier().is_some().then_some(this)
    }

    /// Made for each token: what a provider makes can be kept by no two threads.
    fn verifier(&self) -> Option<Box<dyn JwtVerifier>> {
        let verifier = (self.factory)(&self.algorithm, &self.key).ok()?;
        (verifier.algorithm() == self.algorithm).then_some(verifier)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = signature.to_vec();
        self.verifier().is_some_and(|verifier| verifier.verify(message, &signature).is_ok())
    }
}
