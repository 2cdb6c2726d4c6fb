//! The map as Markdown, for a repository or a wiki.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::markdown_text::{code, codes, prose};
use super::minimal_set_text::way_in;
use super::{AccessMap, AccessModel, AuthorityModel, CredentialsModel, EndpointModel, MinimalSet};
use crate::vocabulary::AuthorityKind;

impl AccessMap {
    /// The map as GitHub-flavoured Markdown: see [`AccessModel::to_markdown`].
    #[must_use]
    pub fn to_markdown(&self) -> String {
        self.model().to_markdown()
    }
}

impl AccessModel {
    /// The map as GitHub-flavoured Markdown: every endpoint, the public ones with their reasons,
    /// roles × endpoints, the vocabulary, and what looks like a mistake.
    ///
    /// Names and docs are shown literally: nothing in them becomes markup.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_markdown(&mut text);
        text
    }

    fn write_markdown(&self, out: &mut String) -> fmt::Result {
        let public = self.endpoints.iter().filter(|endpoint| endpoint.is_public()).count();
        writeln!(out, "# Access map\n")?;
        let endpoints = self.endpoints.len();
        let word = if endpoints == 1 { "endpoint" } else { "endpoints" };
        writeln!(out, "{endpoints} {word}, {public} public. {}\n", code(&self.hash))?;
        self.credentials_section(out)?;
        self.overview(out)?;
        self.public_endpoints(out)?;
        self.roles_by_endpoints(out)?;
        self.clients_section(out)?;
        self.endpoint_sections(out)?;
        self.vocabulary_sections(out)?;
        self.findings_section(out)
    }

    fn credentials_section(&self, out: &mut String) -> fmt::Result {
        let CredentialsModel { validity, trusted_origins } = &self.credentials;
        if self.credentials.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Credentials\n")?;
        for it in validity {
            writeln!(out, "- {}", code(&it.to_string()))?;
        }
        if let Some(trusted_origins) = trusted_origins.as_ref().filter(|it| !it.is_empty()) {
            writeln!(
                out,
                "- Pages of {} may send what browsers send on their own.",
                codes(trusted_origins)
            )?;
        }
        writeln!(out)
    }

    fn overview(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "## Endpoints\n")?;
        table(out, &["Endpoint", "Who may call", "What it does"])?;
        for endpoint in &self.endpoints {
            let doc = endpoint.handler.as_ref().map_or("", |handler| &handler.doc);
            row(out, [title(endpoint), who(endpoint), prose(first_paragraph(doc))])?;
        }
        writeln!(out)
    }

    fn public_endpoints(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "## Public endpoints\n")?;
        let mut public = self.endpoints.iter().filter(|endpoint| endpoint.is_public()).peekable();
        if public.peek().is_none() {
            return writeln!(out, "None.\n");
        }
        table(out, &["Endpoint", "Reason"])?;
        for endpoint in public {
            row(out, [title(endpoint), reason(endpoint)])?;
        }
        writeln!(out)
    }

    fn roles_by_endpoints(&self, out: &mut String) -> fmt::Result {
        let roles = &self.vocabulary.roles;
        if roles.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Roles\n")?;
        writeln!(
            out,
            "What a role opens, with the scopes and the login that the endpoint asks for: \
             ✓ yes, ◐ if the checks agree.\n"
        )?;
        let names: Vec<String> = roles.iter().map(|role| code(&role.name)).collect();
        let heads: Vec<&str> =
            std::iter::once("Endpoint").chain(names.iter().map(String::as_str)).collect();
        table(out, &heads)?;
        for endpoint in &self.endpoints {
            row(out, std::iter::once(title(endpoint)).chain(marks(endpoint, roles)))?;
        }
        writeln!(out)
    }

    fn clients_section(&self, out: &mut String) -> fmt::Result {
        if self.clients.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Clients\n")?;
        table(out, &["Client", "Scopes that it can obtain"])?;
        for client in &self.clients {
            row(out, [code(&client.id), codes(&client.scopes)])?;
        }
        writeln!(out)
    }

    fn endpoint_sections(&self, out: &mut String) -> fmt::Result {
        if !self.endpoints.is_empty() {
            writeln!(out, "## Each endpoint\n")?;
        }
        for endpoint in &self.endpoints {
            writeln!(out, "### {}\n", title(endpoint))?;
            if let Some(handler) = &endpoint.handler
                && !handler.doc.is_empty()
            {
                writeln!(out, "{}\n", prose(first_paragraph(&handler.doc)))?;
            }
            section(out, endpoint, &self.default_methods)?;
            writeln!(out)?;
        }
        Ok(())
    }

    fn vocabulary_sections(&self, out: &mut String) -> fmt::Result {
        for kind in AuthorityKind::LISTED {
            let names = self.vocabulary.of(kind);
            if names.is_empty() {
                continue;
            }
            let (title, brings) = match kind {
                AuthorityKind::Role => ("Role", "Grants"),
                AuthorityKind::Permission => ("Permission", ""),
                AuthorityKind::Scope => ("Scope", ""),
                AuthorityKind::Group => ("Group", "Brings"),
                AuthorityKind::Level => ("Level", ""),
            };
            writeln!(out, "## The {}\n", kind.plural())?;
            let heads = [title, "What it is", "Includes", brings];
            let columns = if brings.is_empty() { 3 } else { 4 };
            table(out, heads.get(..columns).unwrap_or_default())?;
            for name in names {
                row(out, name_cells(name).into_iter().take(columns))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn findings_section(&self, out: &mut String) -> fmt::Result {
        let found = &self.findings;
        let lists = [
            ("Permissions that no endpoint asks for", &found.unused_permissions),
            ("Roles that change nothing", &found.unused_roles),
            ("Scopes that no endpoint asks for", &found.unused_scopes),
            ("Groups that change nothing", &found.unused_groups),
            ("Endpoints that no caller can use", &found.unreachable_endpoints),
            ("Scopes that no client can be given", &found.scopes_without_client),
        ];
        let found: Vec<_> = lists.iter().filter(|(_, names)| !names.is_empty()).collect();
        if found.is_empty() {
            return Ok(());
        }
        writeln!(out, "## Worth a look\n")?;
        for (what, names) in found {
            writeln!(out, "- {what}: {}", codes(names))?;
        }
        Ok(())
    }
}

fn section(out: &mut String, endpoint: &EndpointModel, default_methods: &[String]) -> fmt::Result {
    if endpoint.is_public() {
        writeln!(out, "- Public: {}", reason(endpoint))?;
    } else if let Some(step) = &endpoint.pending {
        writeln!(
            out,
            "- Takes half-finished sign-ins that lack the {}, and no others",
            code(step)
        )?;
    } else {
        writeln!(out, "- Requires {}", code(&endpoint.text))?;
    }
    if !endpoint.is_public() && endpoint.methods != default_methods {
        let none = "no credential at all".to_owned();
        let methods = if endpoint.methods.is_empty() { none } else { codes(&endpoint.methods) };
        writeln!(out, "- Accepts credentials of the methods {methods}")?;
    }
    if let Some(exemption) = &endpoint.cross_site {
        writeln!(out, "- Exempt from the cross-site check: {}", prose(&exemption.text()))?;
    }
    for (place, set) in endpoint.minimal_sets.iter().enumerate() {
        let word = if place == 0 { "Open to" } else { "or to" };
        writeln!(out, "- {word} {}", holder(set))?;
    }
    if endpoint.truncated {
        writeln!(out, "- There may be more or shorter ways in: the search was cut short.")?;
    }
    for check in &endpoint.checks {
        writeln!(out, "- Check {}: {}", code(&check.name), prose(&check.sentence))?;
    }
    if !endpoint.sufficient_roles.is_empty() {
        writeln!(out, "- Roles that are enough: {}", codes(&endpoint.sufficient_roles))?;
    }
    if !endpoint.conditional_roles.is_empty() {
        writeln!(
            out,
            "- Roles that are enough if the checks agree: {}",
            codes(&endpoint.conditional_roles)
        )?;
    }
    match endpoint.clients.as_deref() {
        None => {}
        Some([]) => writeln!(out, "- No client can obtain the scopes")?,
        Some(clients) => writeln!(out, "- Clients that can obtain the scopes: {}", codes(clients))?,
    }
    if let Some(handler) = &endpoint.handler {
        let place = format!("{}:{}", handler.file, handler.line);
        let name = format!("{}::{}", handler.module, handler.name);
        writeln!(out, "- Handler {} in {}", code(&name), code(&place))?;
    }
    Ok(())
}

fn title(endpoint: &EndpointModel) -> String {
    code(&endpoint.to_string())
}

fn who(endpoint: &EndpointModel) -> String {
    if endpoint.is_public() {
        return "**public**".to_owned();
    }
    if let Some(step) = &endpoint.pending {
        return format!("**pending sign-in**: {}", code(step));
    }
    code(&endpoint.text)
}

fn reason(endpoint: &EndpointModel) -> String {
    match endpoint.public_reason.as_deref() {
        None | Some("") => "*no reason given*".to_owned(),
        Some(reason) => prose(reason),
    }
}

/// What each role opens of an endpoint.
fn marks(endpoint: &EndpointModel, roles: &[AuthorityModel]) -> Vec<String> {
    // A hundred roles by ten thousand endpoints: a set, not a search through a list for each.
    let alone: BTreeSet<&String> = endpoint.sufficient_roles.iter().collect();
    let with_checks: BTreeSet<&String> = endpoint.conditional_roles.iter().collect();
    let mark = |role: &AuthorityModel| match &role.name {
        _ if endpoint.is_public() => "public",
        name if alone.contains(name) => "✓",
        name if with_checks.contains(name) => "◐",
        _ => "",
    };
    roles.iter().map(|role| mark(role).to_owned()).collect()
}

fn holder(set: &MinimalSet) -> String {
    let parts: Vec<String> =
        way_in(set).iter().map(|(phrase, name)| format!("{phrase} {}", code(name))).collect();
    if parts.is_empty() { "any authenticated caller".to_owned() } else { parts.join(" and ") }
}

fn name_cells(name: &AuthorityModel) -> [String; 4] {
    let brings = if name.roles.is_empty() { &name.grants } else { &name.roles };
    [code(&name.name), prose(first_paragraph(&name.doc)), codes(&name.includes), codes(brings)]
}

fn first_paragraph(doc: &str) -> &str {
    doc.split("\n\n").next().unwrap_or_default()
}

fn table(out: &mut String, heads: &[&str]) -> fmt::Result {
    row(out, heads.iter().map(|head| (*head).to_owned()))?;
    row(out, heads.iter().map(|_| "---".to_owned()))
}

fn row(out: &mut String, cells: impl IntoIterator<Item = String>) -> fmt::Result {
    out.write_str("|")?;
    for cell in cells {
        write!(out, " {cell} |")?;
    }
    writeln!(out)
}
