//! The interleavings of threads, tried by `shuttle`: the same source files as in `auth-core`, with the
//! types of `shuttle` in place of those of std.
//!
//! Apart from `spec`, because those files name `crate::sync`, which is another one here.

#![cfg(test)]

mod assignments;
mod cache;
mod catch_up;
#[path = "../../../auth-core/src/time/epoch.rs"]
mod epoch;
mod keys;
mod replay;
mod sync;

/// What the files of `auth-core` name in other rooms.
mod jose {
    pub(crate) use crate::keys::key_set;
}
mod time {
    pub(crate) use crate::epoch;

    pub(crate) const RETRY_AFTER: u64 = 5;
}
