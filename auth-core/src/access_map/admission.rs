//! Whether callers who hold certain names may call an endpoint.

use super::{AccessMap, Endpoint, RequirementModel};
use crate::policy::solver::Formula;
use crate::policy::{Method, Outlook};
use crate::vocabulary::AuthoritySet;

/// Whether the callers who hold certain authorities, and use a certain authentication method, are let
/// in by an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// Each of them is.
    Always,
    /// Those are who meet the rest of the requirement, which is about nothing that they hold: how and
    /// when they logged in, and what checks answer. It may be that no caller can meet it.
    Provided(RequirementModel),
    /// None of them is.
    Never,
}

impl AccessMap {
    /// Whether an endpoint of this map lets callers in who hold exactly these authorities and were
    /// authenticated by this method.
    ///
    /// Names and method are decided as in a request. The login and the answers of checks are left
    /// open, and are in the answer; an API key has no login, so that what depends on one is not met.
    ///
    /// ```
    /// use auth_core::access_map::Admission;
    /// use auth_core::vocabulary::Vocabulary;
    /// use auth_core::{AuthorityKind, Method, Roles, Router, requires, routing::get};
    ///
    /// #[derive(Clone, Copy, Roles)]
    /// enum Role {
    ///     Clerk,
    /// }
    ///
    /// #[requires(role = Clerk, max_age = "5m")]
    /// async fn refund() {}
    ///
    /// let map = Router::<()>::new().route("/refund", get(refund)).access_map();
    /// let [refund] = map.endpoints() else { return };
    /// let clerk = <(Role,)>::TABLES.intern([(AuthorityKind::Role, "clerk")]);
    /// let nobody = <(Role,)>::TABLES.intern([]);
    ///
    /// let admission = map.admission(refund, &clerk, Method::Bearer);
    /// assert!(matches!(admission, Admission::Provided(rest) if rest.to_string() == r#"max_age = "5m""#));
    /// assert_eq!(map.admission(refund, &nobody, Method::Bearer), Admission::Never);
    /// // The endpoint takes no session.
    /// assert_eq!(map.admission(refund, &clerk, Method::Session), Admission::Never);
    /// ```
    #[must_use]
    pub fn admission(
        &self,
        endpoint: &Endpoint,
        authorities: &AuthoritySet,
        method: Method,
    ) -> Admission {
        let Some(requirement) = endpoint.requirement() else { return Admission::Always };
        let accepted = requirement.accepted_methods();
        if !accepted.as_ref().unwrap_or(&self.methods).contains(&method) {
            return Admission::Never;
        }
        match Outlook::of(requirement, authorities, method) {
            None | Some(Outlook { formula: Formula::No, .. }) => Admission::Never,
            Some(Outlook { formula: Formula::Yes, .. }) => Admission::Always,
            Some(Outlook { formula, open }) => {
                let conditions: Vec<RequirementModel> = open
                    .iter()
                    .map(|it| {
                        let model = RequirementModel::from(&it.fact);
                        if it.wanted { model } else { RequirementModel::Not(Box::new(model)) }
                    })
                    .collect();
                Admission::Provided(rest(&formula, &conditions))
            }
        }
    }
}

/// What a formula over conditions says, as a requirement.
fn rest(formula: &Formula, conditions: &[RequirementModel]) -> RequirementModel {
    let all = |parts: &[Formula]| parts.iter().map(|part| rest(part, conditions)).collect();
    match formula {
        Formula::Yes => RequirementModel::Authenticated,
        Formula::Has(place) => conditions.get(*place).cloned().unwrap_or(RequirementModel::NOBODY),
        Formula::Every(parts) => RequirementModel::All(all(parts)),
        Formula::Some(parts) => RequirementModel::Any(all(parts)),
        // An outlook has no such parts.
        Formula::No | Formula::Lacks(_) | Formula::In(..) => RequirementModel::NOBODY,
    }
}
