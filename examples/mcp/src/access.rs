//! What agents may be allowed to do. The texts are what users read when they are asked.

use auth_core::Scopes;

/// The scopes of the notes.
#[derive(Clone, Copy, Debug, Scopes)]
pub enum Scope {
    /// Read your notes
    Read,
    /// Add notes in your name
    Write,
}
