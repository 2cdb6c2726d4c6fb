//! No backend: no key is usable, so no verifier can be built.

use crate::jose::algorithm::Algorithm;
use crate::jose::public_key::Material;

/// Cannot exist.
pub(crate) enum Verifier {}

impl Verifier {
    pub(crate) fn public(_: Algorithm, _: &Material) -> Option<Self> {
        None
    }

    pub(crate) fn hmac(_: Algorithm, _: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        match *self {}
    }
}

/// Cannot exist.
pub(crate) enum Mac {}

impl Mac {
    pub(crate) fn new(_: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn random() -> Option<Self> {
        None
    }

    pub(crate) fn sign(&self, _: &[u8]) -> [u8; 32] {
        match *self {}
    }
}
