//! The lock file, and what a change opens or closes.

mod checks;
mod compare;
mod credentials;
mod file;
