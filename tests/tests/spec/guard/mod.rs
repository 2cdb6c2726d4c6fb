//! The guard and the extractors behind it: they decide before anything of the request is read.

mod before_everything;
mod caller;
mod claims;
mod second_guard;
