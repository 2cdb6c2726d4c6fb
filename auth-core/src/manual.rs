//! The manual: the pages of the repository's folder `docs`, as they are for this version.
//!
//! | page | about |
//! |---|---|
//! | [`providers`] | keys and tokens of identity providers: rotation, several issuers, opaque tokens, revocation, DPoP, client certificates |
//! | [`callers`] | roles from your own database, your own user, typed claims |
//! | [`answers`] | what a rejected caller is answered |
//! | [`troubleshooting`] | why a caller was rejected, by symptom |
//! | [`audit`] | decisions as events, in the log and elsewhere |
//! | [`access_map`] | who may call what: listings, lock, comparison, OpenAPI |
//! | [`security`] | what is promised, what is not, and what is kept in memory |
//! | [`design`] | why it is as it is |
//! | [`benchmarks`] | what it costs |

/// One page. The links between pages come first: of two definitions of a link Markdown takes the first, so
/// that they lead to pages here and to files in the repository.
macro_rules! page {
    ($name:ident, $file:literal) => {
        #[doc = concat!("The page `", $file, "`.")]
        ///
        /// [auth-core/src/policy/requirement.rs]: crate::policy::Requirement
        /// [docs/access-map.md]: self::access_map
        /// [docs/access-map.schema.json]: crate::access_map::SCHEMA
        /// [docs/answers.md]: self::answers
        /// [docs/audit.md]: self::audit
        /// [docs/benchmarks.md]: self::benchmarks
        /// [docs/callers.md]: self::callers
        /// [docs/design.md]: self::design
        /// [docs/providers.md]: self::providers
        /// [docs/troubleshooting.md]: self::troubleshooting
        /// [SECURITY.md]: self::security
        ///
        #[doc = include_str!(concat!("../", $file))]
        pub mod $name {}
    };
}

page!(access_map, "docs/access-map.md");
page!(answers, "docs/answers.md");
page!(audit, "docs/audit.md");
page!(benchmarks, "docs/benchmarks.md");
page!(callers, "docs/callers.md");
page!(design, "docs/design.md");
page!(providers, "docs/providers.md");
page!(security, "SECURITY.md");
page!(troubleshooting, "docs/troubleshooting.md");
