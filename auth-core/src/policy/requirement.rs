//! A requirement is data: a static tree that everything else reads.

use super::{Method, RequiredFactor};
use crate::vocabulary::AuthorityRef;

/// What is required of a caller who is authenticated.
///
/// Written with `#[requires(..)]` or `requirement!(..)`. The tree is a constant: the guard, the
/// documentation, the access map and the analysis all read the same one.
///
/// ```
/// use auth_core::Requirement;
///
/// const REFUND: Requirement = Requirement::All(&[Requirement::Acr("mfa"), Requirement::MaxAge(300)]);
/// assert_eq!(REFUND.to_string(), r#"acr = "mfa", max_age = "5m""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Any caller with a valid credential.
    Authenticated,
    /// The caller holds this role, permission, scope or group.
    Authority(AuthorityRef),
    /// The login reached this authentication context class (`acr`; RFC 9470, section 3): it is of this
    /// class or, where the vocabulary has [levels](crate::AuthLevels), of one that includes it.
    Acr(&'static str),
    /// The same by a name of an enum of [levels](crate::AuthLevels), which has to be in the vocabulary.
    Level(AuthorityRef),
    /// The login is at most this many seconds old (`max_age`; RFC 9470, section 3).
    MaxAge(u64),
    /// The caller proved factors of two categories in this login (`mfa`).
    ///
    /// What was not proved is not known, so no caller meets the opposite of this, nor that of `Factor`.
    Mfa,
    /// The caller proved one of these factors in this login, recently enough (`factor(..)`).
    Factor(RequiredFactor),
    /// The caller was authenticated by one of these methods. An empty list is met by no caller.
    ///
    /// It also says which credentials an endpoint looks at: see
    /// [`accepted_methods`](Self::accepted_methods).
    Method(&'static [Method]),
    /// This check of the application says yes.
    Check {
        /// The position among the checks of the same policy, from 0 to 63.
        slot: u8,
        /// The check.
        check: &'static CheckInfo,
    },
    /// Each of these. An empty list is met by no caller: no requirement never means "allow".
    All(&'static [Requirement]),
    /// At least one of these.
    Any(&'static [Requirement]),
    /// Not this one. Still only ever met by an authenticated caller.
    Not(&'static Requirement),
}

/// A function under `#[check("..")]`, as listings and decisions show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckInfo {
    /// The name of the function.
    pub name: &'static str,
    /// What it makes sure of, in the words of `#[check("..")]`.
    pub sentence: &'static str,
    /// The module it is in.
    pub module: &'static str,
    /// How many parameters of the path each of its `Path` extractors takes, as far as their types
    /// say: `Path<u64>` one, `Path<(String, u64)>` two. Of a struct it is not known.
    pub path_parameters: &'static [usize],
}
