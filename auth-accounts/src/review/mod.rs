//! Who can call what, by name.
