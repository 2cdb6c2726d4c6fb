//! A comparison as text and as Markdown.

use std::fmt::{self, Write as _};

use super::{Change, Comparison, CredentialChange, EndpointChange};

impl Comparison {
    /// Whether someone may be let in who was rejected: something was widened, became or is new
    /// and public, or could not be compared; or a credential is valid longer or from more pages.
    #[must_use]
    pub fn is_widening(&self) -> bool {
        self.endpoints.iter().any(|it| it.change.is_widening())
            || self.credentials.iter().any(|it| it.is_widening)
    }

    /// The endpoints about which something changed, the ones that were opened first.
    #[must_use]
    pub fn changes(&self) -> Vec<&EndpointChange> {
        let mut changes: Vec<_> =
            self.endpoints.iter().filter(|it| it.change != Change::Equivalent).collect();
        changes.sort_by_key(|it| it.change);
        changes
    }

    /// The changes as Markdown for a comment on a pull request.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::from("### Who may call what\n\n");
        let changes = self.changes();
        let (opened, rest): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|it| it.change.is_widening());
        let lists = [self.vocabulary.is_empty(), self.credentials.is_empty()];
        if opened.is_empty() && rest.is_empty() && lists == [true, true] {
            text.push_str("Nothing changed.\n");
            return text;
        }
        section(&mut text, "⚠️ Callers who were refused may be let in", &opened);
        section(&mut text, "Other changes", &rest);
        let credentials = self.credentials.iter().map(|it| {
            let sign = if it.is_widening { "⚠️ " } else { "" };
            format!("{sign}{}", code(&it.sentence))
        });
        let vocabulary = self.vocabulary.iter().map(|sentence| code(sentence));
        list(&mut text, "Credentials", credentials);
        list(&mut text, "Vocabulary", vocabulary);
        let same = self.endpoints.iter().filter(|it| it.change == Change::Equivalent).count();
        let _ = writeln!(text, "{same} endpoints let in the same callers as before.");
        text
    }
}

fn list(text: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    // Writing to a string does not fail.
    let _ = writeln!(text, "**{title}**\n");
    for item in items {
        let _ = writeln!(text, "- {item}");
    }
    text.push('\n');
}

fn section(text: &mut String, title: &str, changes: &[&EndpointChange]) {
    if changes.is_empty() {
        return;
    }
    let _ = writeln!(text, "**{title}**\n");
    text.push_str("| | endpoint | before | now | for example |\n|---|---|---|---|---|\n");
    for it in changes {
        let side = |side: &Option<String>| match side.as_deref() {
            None => "–".to_owned(),
            Some("") => "public".to_owned(),
            Some(requirement) => code(requirement),
        };
        let (before, after) = (side(&it.before), side(&it.after));
        let witness = it.examples().join("<br>");
        let endpoint = code(&it.endpoint());
        let _ = writeln!(text, "| {} | {endpoint} | {before} | {after} | {witness} |", it.words());
    }
    text.push('\n');
}

/// Our own words in a cell of a table, with the code in them as it is.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// As code that stays in its cell of a table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace(['\n', '\r'], " ");
    // A longer fence holds the backticks inside.
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

impl EndpointChange {
    fn words(&self) -> &'static str {
        if self.complete { self.change.words() } else { "incomparable (not fully compared)" }
    }

    fn examples(&self) -> Vec<String> {
        let opened = self.opened.iter().map(|it| format!("now let in: {}", code(&it.to_string())));
        let closed = self.closed.iter().map(|it| format!("now refused: {}", code(&it.to_string())));
        opened.chain(closed).chain(self.note.iter().map(|it| cell(it))).collect()
    }
}

/// ```text
/// widened: DELETE /orders/{id}
///   before:  scope = "write", role = "manager"
///   now:     scope = "write", role = "clerk"
///   let in:  role "clerk", scope "write"
/// ```
impl fmt::Display for EndpointChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &str| if side.is_empty() { "public".to_owned() } else { side.to_owned() };
        write!(f, "{}: {}", self.words(), self.endpoint())?;
        let lines = [
            ("before: ", self.before.as_deref().map(side)),
            ("now:    ", self.after.as_deref().map(side)),
            ("let in: ", self.opened.as_ref().map(ToString::to_string)),
            ("refused:", self.closed.as_ref().map(ToString::to_string)),
            ("note:   ", self.note.clone()),
        ];
        for (label, line) in lines {
            if let Some(line) = line {
                write!(f, "\n  {label} {line}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in self.changes() {
            writeln!(f, "{change}")?;
        }
        for CredentialChange { sentence, is_widening } in &self.credentials {
            let word = if *is_widening { "widened: credentials" } else { "credentials" };
            writeln!(f, "{word}: {sentence}")?;
        }
        for sentence in &self.vocabulary {
            writeln!(f, "vocabulary: {sentence}")?;
        }
        Ok(())
    }
}
