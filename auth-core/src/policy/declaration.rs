//! What one attribute declares of one handler.

use super::Requirement;

/// The declaration on a handler, as a type. Written by `#[requires]`, `#[public]` and `#[pending]`.
pub trait Policy: Send + Sync + 'static {
    /// What runs the checks of the requirement: the policy itself, or `()` where there are none.
    type Checks;

    /// What was declared, and where.
    const DECLARATION: Declaration;
}

/// Who may call a handler, and which handler that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Who may call it.
    pub access: Access,
    /// The handler.
    pub handler: HandlerInfo,
    /// Why cross-site requests are accepted; none as a rule, for they are not.
    pub cross_site: Option<CrossSiteExemption>,
}

/// Why an endpoint accepts the requests that pages of other sites make a browser send, with the credentials
/// that browsers send on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossSiteExemption {
    /// The reason given to `csrf(exempt = "..")`.
    pub reason: &'static str,
    /// Whether that includes the handshake of a WebSocket.
    pub web_socket: bool,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Callers who meet the requirement.
    Requires(Requirement),
    /// Everyone, and why that is meant.
    Public {
        /// The reason given to `#[public]`; empty if none was.
        reason: &'static str,
    },
    /// Callers whose sign-in is half finished, and no others.
    Pending {
        /// What their sign-in lacks, as `#[pending]` names it: `second_factor`.
        step: &'static str,
    },
}

impl Declaration {
    /// The same, but exempt from the check for cross-site requests.
    #[doc(hidden)]
    #[must_use]
    pub const fn exempt_from_cross_site_check(
        self,
        reason: &'static str,
        web_socket: bool,
    ) -> Self {
        Self { cross_site: Some(CrossSiteExemption { reason, web_socket }), ..self }
    }

    /// What a caller must meet; none if it is public.
    pub(crate) const fn requirement(&self) -> Option<&Requirement> {
        match &self.access {
            Access::Requires(requirement) => Some(requirement),
            Access::Pending { .. } => Some(&Requirement::PENDING),
            Access::Public { .. } => None,
        }
    }
}

/// A handler, as listings and logs show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlerInfo {
    /// The name of the function.
    pub name: &'static str,
    /// The module it is in.
    pub module: &'static str,
    /// Its doc comment as the developer wrote it; empty if there is none.
    pub doc: &'static str,
    /// The source file, as the compiler names it.
    pub file: &'static str,
    /// The line of the attribute, counted from 1.
    pub line: u32,
}
