//! The attributes and derives of `auth-core`.
