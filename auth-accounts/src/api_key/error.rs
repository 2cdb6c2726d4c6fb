//! Why a key is not made, replaced or revoked.

use crate::store::StoreError;

/// Why a key is not made, replaced or revoked. Nothing of what was asked for is in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// The name is empty, longer than 100 characters or has control characters.
    #[error("the name of a key is 1 to 100 characters, none of them a control character")]
    Name,
    /// A scope is neither a permission nor a scope that may be lent.
    #[error("scope {0} is not one that a key can have: name permissions of the application")]
    UnknownScope(usize),
    /// A role is not in the vocabulary.
    #[error("role {0} is not a role of the application")]
    UnknownRole(usize),
    /// A network is not one, or keys cannot be confined to networks here.
    #[error(
        "network {0} is not an address or a network such as `10.0.0.0/8` that keys can be confined to"
    )]
    Network(usize),
    /// The key would be able to do nothing.
    #[error("a key needs at least one scope or role")]
    NoRights,
    /// There are more than 100 scopes, roles or networks.
    #[error("a key has at most 100 scopes, 100 roles and 100 networks")]
    TooManyNames,
    /// The lifetime is zero, or ends after the end of time.
    #[error("a key is valid for at least a second; that it never expires is said by `never`")]
    Lifetime,
    /// The overlap is longer than 7 days.
    #[error("the key that is replaced stays valid for at most 7 days")]
    Overlap,
    /// The owner has as many valid keys as an account may have.
    #[error("the account has as many keys as it may have: revoke one first")]
    TooManyKeys,
    /// The owner does not exist or cannot be used, or is a person other than the actor.
    #[error("there is no account that this key could be made for")]
    Owner,
    /// The owner has no such key that is valid.
    #[error("there is no such key")]
    NotFound,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
