//! No library: nothing can be verified but by a provider of the application's own.

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

    pub(crate) fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        match *self {}
    }
}
