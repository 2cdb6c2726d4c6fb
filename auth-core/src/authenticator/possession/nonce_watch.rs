//! From a proof with an old nonce to the answer, which brings the client another one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::request::Parts;

/// A note in the extensions of a request, which outlives the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct NonceWatch(Arc<AtomicBool>);

impl NonceWatch {
    /// Notes that the client needs another nonce soon. Without a watch it will be told when it does.
    pub(super) fn found_old(request: &Parts) {
        if let Some(Self(note)) = request.extensions.get() {
            note.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn is_old(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
