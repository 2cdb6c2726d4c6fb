//! From a name and a proof to a session.
