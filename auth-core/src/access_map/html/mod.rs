//! The map as one page that needs nothing else.
//!
//! Style, script and model are in the page itself, and its content security policy names the
//! first two by their hash: nothing else runs. Nothing is fetched, but by a page that asks for its
//! map or has tokens explained, and then from its own service. The script is plain JavaScript in
//! files by idea, joined here; `script/decide.js` decides as `policy::evaluate` does,
//! held to it by `tests/vectors/decisions.json`.

#[cfg(test)]
mod decision_vectors;
mod embed;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{AccessMap, AccessModel};

const PAGE: &str = include_str!("page.html");

const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/layout.css"),
    include_str!("style/access.css"),
    include_str!("style/views.css"),
    include_str!("style/caller.css"),
);

/// What all pages share. In a function of its own, so that nothing of it is a property of `window`.
const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("script/vocabulary.js"),
    include_str!("script/decide.js"),
    include_str!("script/remedy.js"),
    include_str!("script/token.js"),
    include_str!("script/state.js"),
    include_str!("script/dom.js"),
    include_str!("script/model.js"),
    include_str!("script/outcome.js"),
    include_str!("script/requirement.js"),
    include_str!("script/view_endpoints.js"),
    include_str!("script/view_names.js"),
    include_str!("script/view_matrix.js"),
    include_str!("script/view_public.js"),
    include_str!("script/caller.js"),
    include_str!("script/controls.js"),
    include_str!("script/main.js"),
);

/// Sends a pasted token to be explained.
const EXPLAIN: &str = include_str!("script/explain.js");

/// Asks for a token and fetches the map with it.
const ASK: &str = include_str!("script/ask.js");

impl AccessMap {
    /// The map as one HTML page: see [`AccessModel::to_html`].
    #[must_use]
    pub fn to_html(&self) -> String {
        self.model().to_html()
    }
}

impl AccessModel {
    /// The map as one HTML page without external assets, to be opened from a file or served.
    ///
    /// It shows the endpoints, the roles, the permissions, who may call what as a matrix, and what
    /// is public, with a search; and what a caller can call who is described by ticks or by a
    /// token that is read in the page only. The page sends nothing and fetches nothing.
    #[must_use]
    pub fn to_html(&self) -> String {
        Page { model: Some(self), served: false, explain_at: None }.render()
    }
}

/// The page in one of its forms.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a> {
    /// What it shows; without it the page asks for a token and fetches the map with that.
    pub(crate) model: Option<&'a AccessModel>,
    /// Whether it links to the other formats beside it.
    pub(crate) served: bool,
    /// Where it sends a pasted token to be explained.
    pub(crate) explain_at: Option<&'a str>,
}

impl Page<'_> {
    pub(crate) fn render(&self) -> String {
        let (policy, script) = (self.policy(), self.script());
        let model = self.model.map(embed::json).unwrap_or_default();
        let explain =
            self.explain_at.map(|at| format!(" data-explain=\"{}\"", embed::attribute(at)));
        embed::fill(PAGE, |place| match place {
            "policy" => &policy,
            "style" => STYLE,
            "script" => &script,
            "model" => &model,
            "served" if self.served => " data-served",
            "explain" => explain.as_deref().unwrap_or_default(),
            _ => "",
        })
    }

    fn script(&self) -> String {
        let explain = if self.explain_at.is_some() { EXPLAIN } else { "" };
        let begin = if self.model.is_some() { "start();\n" } else { ASK };
        [SCRIPT, explain, begin, "})();\n"].concat()
    }

    /// What the page may do: run its own script and use its own style, named by their hashes; and
    /// where it fetches anything, then from the service that it came from, and from nowhere else.
    fn policy(&self) -> String {
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
        let fetches = self.model.is_none() || self.explain_at.is_some();
        let connect = if fetches { "connect-src 'self'; " } else { "" };
        format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; {connect}base-uri \
             'none'; form-action 'none'; require-trusted-types-for 'script'",
            hash(&self.script()),
            hash(STYLE),
        )
    }

    /// The same for the header, where it can also say that no other site may frame the page.
    pub(crate) fn header_policy(&self) -> String {
        format!("{}; frame-ancestors 'none'", self.policy())
    }
}
