//! Several issuers and tenants in one service.

mod issuers;
mod roles;
