//! Panics of the application's own code: they cost its part, not the request.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a part of `whose`; none if it panics. The request goes on either way.
pub(crate) fn contained<T>(
    whose: &'static str,
    part: AssertUnwindSafe<impl FnOnce() -> T>,
) -> Option<T> {
    match catch_unwind(part) {
        Ok(answer) => Some(answer),
        Err(payload) => {
            // Dropping the payload runs foreign code too, which may panic again, outside of the
            // net. It is leaked: a few bytes for each panic of what is broken.
            std::mem::forget(payload);
            // If it was the subscriber that panicked, this may panic as well.
            let logged = catch_unwind(|| tracing::error!("{whose} panicked"));
            std::mem::forget(logged);
            None
        }
    }
}
