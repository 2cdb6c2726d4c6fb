//! What a caller holds beyond what the token says: the roles, permissions and groups that the
//! application itself assigns.

mod answers;
mod cache;
mod settings;
pub(crate) mod source;
mod turns;
mod unknown;

use std::sync::Arc;
use std::time::Duration;

pub(super) use answers::Key;
pub use cache::AssignmentCache;
pub use source::AssignmentQuery;
pub(crate) use source::AssignmentSource;

use super::AuthenticatorError;
use super::step::Step;
use crate::error::{AuthError, Unavailable};
use crate::identity::Identity;
use crate::time::{LogThrottle, NotDone, RETRY_AFTER, within};
use crate::vocabulary::{AuthorityKinds, AuthoritySet, VocabularySet};
use crate::wording::Problems;
use answers::{Answer, Answers};
use source::ErasedSource;
use turns::Turns;
use unknown::UnknownNames;

/// Where else the names of a caller come from, as it is configured.
#[derive(Debug, Default)]
pub(super) struct AssignmentSettings {
    source: Option<Arc<dyn ErasedSource>>,
    pub(super) cache: AssignmentCache,
    pub(super) timeout: Option<Duration>,
    pub(super) at_once: Option<usize>,
}

/// Where else the names of a caller come from. None: the token says all.
#[derive(Debug)]
pub(super) struct Grants(Option<Asked>);

#[derive(Debug)]
struct Asked {
    source: Arc<dyn ErasedSource>,
    timeout: Duration,
    answers: Answers,
    turns: Turns,
    unknown: UnknownNames,
    failed: LogThrottle,
    is_late: LogThrottle,
}

impl AssignmentSettings {
    pub(super) fn set_source(&mut self, source: impl AssignmentSource) {
        self.source = Some(Arc::new(source));
    }

    /// Ready to be asked, if nothing is out of its bounds.
    pub(super) fn ready(self, problems: &mut Problems<AuthenticatorError>) -> Option<Grants> {
        let timeout = problems.right(settings::timeout(self.timeout));
        let at_once = problems.right(settings::at_once(self.at_once));
        let cache = problems.right(self.cache.check());
        let ((timeout, at_once), ()) = timeout.zip(at_once).zip(cache)?;
        Some(Grants(self.source.map(|source| Asked {
            source,
            timeout,
            answers: Answers::new(&self.cache),
            turns: Turns::new(at_once),
            unknown: UnknownNames::default(),
            failed: LogThrottle::default(),
            is_late: LogThrottle::default(),
        })))
    }
}

impl Grants {
    /// The identity with its tenant and all that it holds there: the last step of the pipeline.
    pub(super) fn complete<'a>(
        &'a self,
        identity: Identity,
        credential: impl FnOnce(&Identity, Option<&str>) -> Key,
        tenant: Option<Arc<str>>,
        tables: &'a VocabularySet,
    ) -> Step<'a, Identity> {
        let Some(asked) = &self.0 else {
            return Step::Done(Ok(match tenant {
                Some(tenant) => identity.with(identity.authorities().clone(), Some(tenant)),
                None => identity,
            }));
        };
        let holding = |identity: Identity, answer: &Answer, tenant| {
            let held = answer.with(identity.authorities());
            identity.into_holding(held, tenant)
        };
        let key = credential(&identity, tenant.as_deref());
        match asked.answers.kept(&key, &identity) {
            Some(answer) => Step::Done(Ok(holding(identity, &answer, tenant))),
            None => Step::waits(async move {
                let query = AssignmentQuery::new(&identity, tenant.as_deref());
                let answer = asked.answer(&key, query, &identity, tables).await?;
                Ok(holding(identity, &answer, tenant))
            }),
        }
    }
}

impl Asked {
    async fn answer(
        &self,
        key: &Key,
        query: AssignmentQuery<'_>,
        caller: &Identity,
        tables: &VocabularySet,
    ) -> Result<Arc<Answer>, AuthError> {
        let ask = |renews| self.ask(query, caller, tables, renews);
        let asked = self.answers.kept_or(key, caller, ask);
        within(self.timeout, asked).await.unwrap_or_else(|problem| {
            if problem == NotDone::TooLate && self.is_late.is_due(caller.now()) {
                tracing::error!(
                    seconds = self.timeout.as_secs_f64(),
                    "the assignment source does not answer in time: rejected with 503"
                );
            }
            Err(unavailable())
        })
    }

    /// What the source says, as bits.
    async fn ask(
        &self,
        query: AssignmentQuery<'_>,
        caller: &Identity,
        tables: &VocabularySet,
        renews: bool,
    ) -> Result<SourceGrants, AuthError> {
        let Some(_turn) = self.turns.take(caller, renews).await else { return Err(unavailable()) };
        let granted = self.source.ask(query).await.map_err(|error| {
            // Neither caller nor claims: an outage would write all of them down.
            if self.failed.is_due(caller.now()) {
                tracing::error!(error, "the assignment source failed: rejected with 503");
            }
            unavailable()
        })?;
        let mut open = AuthorityKinds::NONE;
        for (kind, name) in granted.names() {
            if tables.find(kind, name).is_none() {
                self.unknown.note(kind, name);
                // What can be no name may be one that was spoilt on its way.
                if !kind.can_be_named(name) {
                    open = open.with(kind);
                }
            }
        }
        let answers = granted.answers().without(open);
        let replaces = granted.replaces(query.tenant().is_some());
        let grants = tables.intern(granted.names()).leaving_open(open);
        Ok(SourceGrants { grants, answers, replaces, ends_at: granted.ends_at() })
    }
}

/// What a source says of a caller, closed over inclusion.
#[derive(Debug)]
struct SourceGrants {
    grants: AuthoritySet,
    /// The kinds of which the token need not say all names, since the source does.
    answers: AuthorityKinds,
    /// Whether the token's own roles, permissions and groups count for nothing.
    replaces: bool,
    /// When the answer ceases to count, in seconds since 1970, if the source says so.
    ends_at: Option<u64>,
}

impl SourceGrants {
    /// All that a caller holds, whose token says `token`. A source has no scopes, so those of the
    /// token stay as they are.
    fn with(&self, token: &AuthoritySet) -> AuthoritySet {
        let both = if self.replaces {
            self.grants.with_scopes_of(token)
        } else {
            token.union(&self.grants)
        };
        both.answered(self.answers)
    }
}

const fn unavailable() -> AuthError {
    AuthError::Unavailable(Unavailable::NotReachable { retry_after: RETRY_AFTER })
}
