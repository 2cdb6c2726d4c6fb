//! No backend: no key is usable, so no verifier can be built.

use crate::verify::algorithm::Algorithm;
use crate::verify::material::Material;

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
