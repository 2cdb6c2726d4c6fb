//! What secrets are made of and kept as: random text, digests, and a ring of keys outside the store.

mod digest;
mod key_ring;
mod random;
mod text;

pub use digest::Digest;
pub use key_ring::{KeyRing, KeyRingError, Sealed};
pub use random::{random_base62, random_bytes};
pub use text::SecretText;
