//! The map as one page that needs nothing else.
//!
//! Style, script and model stand in the page itself, and its content security policy names the
//! first two by their hash: nothing else runs, and nothing is ever fetched. The script is plain
//! JavaScript in files by idea, joined here; `script/decide.js` decides as `policy::evaluate` does,
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

/// In a function of its own, so that nothing of it is a property of `window`. The last part begins.
macro_rules! script {
    ($begin:expr) => {
        concat!(
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
            $begin,
            "})();\n",
        )
    };
}

const SCRIPT: &str = script!("start();\n");

/// The script of the page that fetches its data.
const ASKING: &str = script!(include_str!("script/ask.js"));

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
        self.render(false)
    }

    /// The page; one that is served also links to the other formats beside it.
    pub(super) fn render(&self, served: bool) -> String {
        let model = embed::json(self);
        let policy = policy(SCRIPT, "");
        embed::fill(PAGE, |place| match place {
            "policy" => &policy,
            "style" => STYLE,
            "script" => SCRIPT,
            "model" => &model,
            "served" if served => " data-served",
            _ => "",
        })
    }
}

/// The page without any data, which asks for a token and fetches the map with it.
pub(super) fn asking() -> String {
    let policy = policy(ASKING, CONNECT);
    embed::fill(PAGE, |place| match place {
        "policy" => &policy,
        "style" => STYLE,
        "script" => ASKING,
        _ => "",
    })
}

/// Lets a page fetch from the service that it came from, and from nowhere else.
const CONNECT: &str = "connect-src 'self'; ";

/// What the page may do: run its own script and use its own style, named by their hashes.
fn policy(script: &str, more: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; {more}base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'",
        hash(script),
        hash(STYLE),
    )
}

/// The same for the header, where it can also say that no other site may frame the page.
pub(super) fn header_policy() -> String {
    format!("{}; frame-ancestors 'none'", policy(SCRIPT, ""))
}

/// The same for the page that asks for a token.
pub(super) fn asking_policy() -> String {
    format!("{}; frame-ancestors 'none'", policy(ASKING, CONNECT))
}
