//! The text of the lock.
//!
//! It is TOML, of the kind that `Cargo.lock` is: one line for each name, one block for each
//! endpoint and one line for each thing that is said of it, so that a change of one thing is a
//! change of one line, whatever is around it, and so that other tools can read it. A table
//! with aligned columns would read better and diff worse; JSON would diff as well and read worse.
//!
//! Its head lists the authentication methods that an endpoint accepts which names none, the origins whose
//! pages are trusted, and how long credentials are valid.
//! Requirements are there in the words of `#[requires(..)]`. `roles` follows from the rest; it
//! is there so that a role that gains a permission changes the block of every endpoint which it
//! opens. A check is named with its module and its sentence, since another function of that name is
//! another check; so are the paths that a merged axum router answers, which nothing else tells from
//! other ones. Docs, source locations and handlers are left out: moving code is no change of access.

use std::fmt::Write as _;

use super::quoted::write as quoted;
use super::toml_subset::{Line, Value, parse};
use super::{
    AccessModel, AuthorityModel, CheckModel, CredentialsModel, CrossSiteModel, EndpointKind,
    EndpointModel, FindingsModel, RequirementModel, SourceLocation, ValidityModel, VocabularyModel,
};
use crate::policy::Method;
use crate::scheme::ValidityMode;
use crate::vocabulary::AuthorityKind;

/// Why a text is not a lock.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LockTextError {
    line: usize,
    problem: String,
}

crate::wording::debug_in_words!(LockTextError);

impl LockTextError {
    pub(super) fn new(line: usize, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }
}

const HEAD: &str = "\
# Who may call what. Written by `UPDATE_ACCESS_LOCK=1 cargo test`: do not edit, review every change.
";

pub(super) fn write(model: &AccessModel) -> String {
    let mut text = format!("{HEAD}version = {}\n", model.version);
    let _ = writeln!(text, "methods = {}", list(&model.default_methods));
    let CredentialsModel { validity, trusted_origins } = &model.credentials;
    if let Some(trusted_origins) = trusted_origins {
        let _ = writeln!(text, "trusted_origins = {}", list(trusted_origins));
    }
    for it in validity {
        let _ = writeln!(text, "\n[[credential]]\nmethod = {}", quoted(&it.method));
        if let Some(mode) = it.mode {
            let _ = writeln!(text, "mode = {}", quoted(mode.as_str()));
        }
        for (key, seconds) in [("idle", it.idle), ("absolute", it.absolute)] {
            if let Some(seconds) = seconds {
                let _ = writeln!(text, "{key} = {seconds}");
            }
        }
    }
    for kind in AuthorityKind::LISTED {
        let names = model.vocabulary.of(kind);
        if !names.is_empty() {
            // Writing to a string does not fail, here and below.
            let _ = writeln!(text, "\n[{}]", kind.plural());
        }
        for it in names {
            let lists = [("includes", &it.includes), ("grants", &it.grants), ("roles", &it.roles)];
            let lists = lists.iter().filter(|(_, names)| !names.is_empty());
            let lists: Vec<String> =
                lists.map(|(key, names)| format!("{key} = {}", list(names))).collect();
            let lists = lists.join(", ");
            let space = if lists.is_empty() { "" } else { " " };
            let _ = writeln!(text, "{} = {{{space}{lists}{space}}}", quoted(&it.name));
        }
    }
    let mut checks: Vec<&CheckModel> = model.endpoints.iter().flat_map(|it| &it.checks).collect();
    checks.sort();
    checks.dedup();
    for CheckModel { name, module, sentence } in checks {
        let (name, module, sentence) = (quoted(name), quoted(module), quoted(sentence));
        let _ =
            writeln!(text, "\n[[check]]\nname = {name}\nmodule = {module}\nsentence = {sentence}");
    }
    for it in &model.endpoints {
        endpoint(&mut text, it);
    }
    text
}

fn endpoint(text: &mut String, it: &EndpointModel) {
    let _ = writeln!(text, "\n[[endpoint]]\npath = {}", quoted(&it.path));
    if let Some(method) = &it.method {
        let _ = writeln!(text, "method = {}", quoted(method));
    }
    if it.kind != EndpointKind::Route {
        let _ = writeln!(text, "kind = {}", quoted(kind_word(it.kind)));
    }
    if let Some(routes) = &it.routes {
        let _ = writeln!(text, "routes = {}", list(routes));
    }
    match &it.requirement {
        Some(requirement) if it.pending.is_none() || !requirement.is_pending() => {
            let _ = writeln!(text, "requires = {}", quoted(&requirement.to_string()));
        }
        Some(_) => {
            let step = it.pending.as_deref().unwrap_or_default();
            let _ = writeln!(text, "pending = {}", quoted(step));
        }
        None => {
            let _ =
                writeln!(text, "public = {}", quoted(it.public_reason.as_deref().unwrap_or("")));
        }
    }
    if let Some(CrossSiteModel { exempt, web_socket }) = &it.cross_site {
        let _ = writeln!(text, "cross_site_exempt = {}", quoted(exempt));
        if *web_socket {
            let _ = writeln!(text, "cross_site_exempt_for = [\"web_socket\"]");
        }
    }
    if !it.sufficient_roles.is_empty() {
        let _ = writeln!(text, "roles = {}", list(&it.sufficient_roles));
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("[{}]", names.join(", "))
}

const KINDS: [(EndpointKind, &str); 5] = [
    (EndpointKind::Route, "route"),
    (EndpointKind::Nested, "nested"),
    (EndpointKind::Merged, "merged"),
    (EndpointKind::OtherMethods, "other_methods"),
    (EndpointKind::Fallback, "fallback"),
];

fn kind_word(kind: EndpointKind) -> &'static str {
    KINDS.iter().find(|(own, _)| *own == kind).map_or("route", |(_, word)| word)
}

/// The model behind a lock, as far as a comparison needs it.
pub(super) fn read(text: &str) -> Result<AccessModel, LockTextError> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        let problem = |problem: String| LockTextError::new(number, problem);
        match parse(line).map_err(problem)? {
            None => {}
            Some(Line::Pair(key, value)) => reader.pair(key, value).map_err(problem)?,
            Some(section) => {
                reader.close()?;
                reader.open(section, number).map_err(problem)?;
            }
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    version: Option<u64>,
    /// A lock of the first version has none: there were no others than these.
    methods: Option<Vec<String>>,
    /// The section that lines belong to; none before the first.
    section: Option<Section>,
    vocabulary: VocabularyModel,
    open: Option<Block>,
    open_check: Option<CheckBlock>,
    checks: Vec<CheckModel>,
    credentials: CredentialsModel,
    endpoints: Vec<EndpointModel>,
}

enum Section {
    Names(AuthorityKind),
    Check,
    Credential,
    Endpoint,
}

/// What was read of one check.
#[derive(Default)]
struct CheckBlock {
    /// Where it starts.
    line: usize,
    name: Option<String>,
    module: Option<String>,
    sentence: Option<String>,
}

/// What was read of one endpoint.
#[derive(Default)]
struct Block {
    /// Where it starts.
    line: usize,
    path: Option<String>,
    method: Option<String>,
    kind: Option<EndpointKind>,
    routes: Option<Vec<String>>,
    requires: Option<RequirementModel>,
    public: Option<String>,
    pending: Option<String>,
    cross_site_exempt: Option<String>,
    cross_site_exempt_for: Option<Vec<String>>,
}

impl Reader {
    fn open(&mut self, section: Line, number: usize) -> Result<(), String> {
        self.section = Some(match section {
            Line::Table(word) => {
                let kind = AuthorityKind::LISTED.into_iter().find(|kind| kind.plural() == word);
                Section::Names(kind.ok_or_else(|| format!("unknown section `[{word}]`"))?)
            }
            Line::Block(word) if word == "endpoint" => {
                self.open = Some(Block { line: number, ..Block::default() });
                Section::Endpoint
            }
            Line::Block(word) if word == "check" => {
                self.open_check = Some(CheckBlock { line: number, ..CheckBlock::default() });
                Section::Check
            }
            Line::Block(word) if word == "credential" => {
                self.credentials.validity.push(ValidityModel {
                    method: String::new(),
                    mode: None,
                    idle: None,
                    absolute: None,
                });
                Section::Credential
            }
            Line::Block(word) => return Err(format!("unknown section `[[{word}]]`")),
            Line::Pair(key, _) => return Err(format!("`{key}` is not a section")),
        });
        Ok(())
    }

    fn pair(&mut self, key: String, value: Value) -> Result<(), String> {
        match (&self.section, value) {
            (None, Value::Number(version)) if key == "version" => self.version = Some(version),
            (None, Value::List(methods)) if key == "methods" && self.methods.is_none() => {
                self.methods = Some(methods);
            }
            (None, Value::List(origins))
                if key == "trusted_origins" && self.credentials.trusted_origins.is_none() =>
            {
                self.credentials.trusted_origins = Some(origins);
            }
            (Some(Section::Credential), value) => {
                let open = self.credentials.validity.last_mut();
                let open = open.ok_or("a credential begins with `[[credential]]`")?;
                validity(open, &key, value)?;
            }
            (Some(Section::Names(kind)), Value::Table(lists)) => {
                let kind = *kind;
                let name = name(kind, key, lists)?;
                let names = self.vocabulary.of_mut(kind);
                if names.iter().any(|it| it.name == name.name) {
                    return Err(format!("a second {kind} {:?}", name.name));
                }
                names.push(name);
            }
            (Some(Section::Check), Value::Text(text)) => {
                self.open_check.get_or_insert_default().pair(&key, text)?;
            }
            (Some(Section::Endpoint), value) => {
                self.open.get_or_insert_default().pair(&key, value)?;
            }
            _ => return Err(format!("`{key}` is not allowed here, or not with this value")),
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), LockTextError> {
        if let Some(block) = self.open.take() {
            let line = block.line;
            let endpoint = block.endpoint().map_err(|problem| LockTextError::new(line, problem))?;
            self.endpoints.push(endpoint);
        }
        if let Some(block) = self.open_check.take() {
            let line = block.line;
            let check = block.check().map_err(|problem| LockTextError::new(line, problem))?;
            if self.checks.iter().any(|it| it.name == check.name) {
                let problem = format!("a second check `{}`", check.name);
                return Err(LockTextError::new(line, problem));
            }
            self.checks.push(check);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<AccessModel, LockTextError> {
        self.close()?;
        let problem = match self.version {
            Some(version) if (1..=u64::from(AccessModel::VERSION)).contains(&version) => None,
            Some(version) => Some(format!(
                "it is of version {version}, but this is a reader of version {}",
                AccessModel::VERSION
            )),
            None => Some("no `version` was found".to_owned()),
        };
        if let Some(problem) = problem {
            return Err(LockTextError::new(1, problem));
        }
        if self.credentials.validity.iter().any(|it| it.method.is_empty()) {
            return Err(LockTextError::new(1, "a credential has a `method`"));
        }
        let default_methods = self.methods.unwrap_or_else(|| {
            Method::DEFAULT.iter().map(|method| method.as_str().to_owned()).collect()
        });
        for endpoint in &mut self.endpoints {
            endpoint.checks = checks_of(endpoint, &self.checks);
            endpoint.find_factors();
            endpoint.resolve_methods(&default_methods);
        }
        let mut model = AccessModel {
            version: AccessModel::VERSION,
            hash: String::new(),
            default_methods,
            credentials: self.credentials,
            clients: Vec::new(),
            vocabulary: self.vocabulary,
            endpoints: self.endpoints,
            findings: FindingsModel::default(),
        };
        model.conclude();
        Ok(model)
    }
}

fn validity(open: &mut ValidityModel, key: &str, value: Value) -> Result<(), String> {
    let doubled = match (key, value) {
        ("method", Value::Text(method)) => !std::mem::replace(&mut open.method, method).is_empty(),
        ("mode", Value::Text(word)) => {
            let mut modes = [ValidityMode::Strict, ValidityMode::Feed].into_iter();
            let mode = modes.find(|mode| mode.as_str() == word);
            open.mode.replace(mode.ok_or_else(|| format!("unknown mode `{word}`"))?).is_some()
        }
        ("idle", Value::Number(seconds)) => open.idle.replace(seconds).is_some(),
        ("absolute", Value::Number(seconds)) => open.absolute.replace(seconds).is_some(),
        _ => return Err(format!("`{key}` is not known of a credential, or not with this value")),
    };
    if doubled { Err(format!("a second `{key}`")) } else { Ok(()) }
}

/// The checks that a requirement names. A lock of an earlier version does not tell their modules.
fn checks_of(endpoint: &EndpointModel, known: &[CheckModel]) -> Vec<CheckModel> {
    let mut checks: Vec<CheckModel> = Vec::new();
    for (leaf, _) in endpoint.requirement.iter().flat_map(RequirementModel::leaves) {
        let RequirementModel::Check(name) = leaf else { continue };
        if checks.iter().any(|it| it.name == *name) {
            continue;
        }
        let unknown =
            || CheckModel { name: name.clone(), module: String::new(), sentence: String::new() };
        let check = known.iter().find(|it| it.name == *name).cloned();
        checks.push(check.unwrap_or_else(unknown));
    }
    checks
}

impl CheckBlock {
    fn pair(&mut self, key: &str, text: String) -> Result<(), String> {
        let doubled = match key {
            "name" => self.name.replace(text).is_some(),
            "module" => self.module.replace(text).is_some(),
            "sentence" => self.sentence.replace(text).is_some(),
            _ => return Err(format!("`{key}` is not known of a check")),
        };
        if doubled { Err(format!("a second `{key}`")) } else { Ok(()) }
    }

    fn check(self) -> Result<CheckModel, String> {
        match (self.name, self.module, self.sentence) {
            (Some(name), Some(module), Some(sentence)) => Ok(CheckModel { name, module, sentence }),
            _ => Err("a check has a `name`, a `module` and a `sentence`".to_owned()),
        }
    }
}

fn name(
    kind: AuthorityKind,
    name: String,
    lists: Vec<(String, Vec<String>)>,
) -> Result<AuthorityModel, String> {
    let mut model = AuthorityModel { name, ..AuthorityModel::default() };
    for (key, names) in lists {
        match (key.as_str(), kind) {
            ("includes", _) => model.includes = names,
            ("grants", AuthorityKind::Role | AuthorityKind::Group) => model.grants = names,
            ("roles", AuthorityKind::Group) => model.roles = names,
            _ => return Err(format!("a {kind} has no `{key}`")),
        }
    }
    Ok(model)
}

impl Block {
    fn pair(&mut self, key: &str, value: Value) -> Result<(), String> {
        let doubled = match (key, value) {
            ("path", Value::Text(path)) => self.path.replace(path).is_some(),
            ("method", Value::Text(method)) => self.method.replace(method).is_some(),
            ("public", Value::Text(reason)) => self.public.replace(reason).is_some(),
            ("pending", Value::Text(step)) => self.pending.replace(step).is_some(),
            ("cross_site_exempt", Value::Text(reason)) => {
                self.cross_site_exempt.replace(reason).is_some()
            }
            ("cross_site_exempt_for", Value::List(kinds)) => {
                self.cross_site_exempt_for.replace(kinds).is_some()
            }
            ("requires", Value::Text(text)) => {
                let requirement = text.parse().map_err(|error| format!("{error}"))?;
                self.requires.replace(requirement).is_some()
            }
            ("routes", Value::List(routes)) => self.routes.replace(routes).is_some(),
            ("kind", Value::Text(word)) => {
                let kind = KINDS.iter().find(|(_, own)| *own == word);
                let (kind, _) = kind.ok_or_else(|| format!("unknown kind `{word}`"))?;
                self.kind.replace(*kind).is_some()
            }
            // Follows from the rest.
            ("roles", Value::List(_)) => false,
            _ => {
                return Err(format!("`{key}` is not known of an endpoint, or not with this value"));
            }
        };
        if doubled { Err(format!("a second `{key}`")) } else { Ok(()) }
    }

    fn endpoint(self) -> Result<EndpointModel, String> {
        // Neither of them must never read as "public".
        let said = [self.requires.is_some(), self.public.is_some(), self.pending.is_some()];
        if said.into_iter().filter(|is_said| *is_said).count() != 1 {
            return Err("an endpoint has one of `requires`, `public` and `pending`".to_owned());
        }
        let cross_site = match (self.cross_site_exempt, self.cross_site_exempt_for.as_deref()) {
            (None, None) => None,
            (Some(exempt), None) => Some(CrossSiteModel { exempt, web_socket: false }),
            (Some(exempt), Some([kind])) if kind == "web_socket" => {
                Some(CrossSiteModel { exempt, web_socket: true })
            }
            (_, Some(_)) => {
                return Err(
                    "`cross_site_exempt_for` is `[\"web_socket\"]`, beside `cross_site_exempt`"
                        .to_owned(),
                );
            }
        };
        let requires =
            self.requires.or_else(|| self.pending.is_some().then(RequirementModel::pending));
        Ok(EndpointModel {
            method: self.method,
            path: self.path.ok_or("an endpoint has a `path`")?,
            kind: self.kind.unwrap_or(EndpointKind::Route),
            routes: self.routes,
            handler: None,
            route: SourceLocation { file: String::new(), line: 0 },
            text: requires.as_ref().map(ToString::to_string).unwrap_or_default(),
            requirement: requires,
            methods: Vec::new(),
            public_reason: self.public,
            pending: self.pending,
            cross_site,
            checks: Vec::new(),
            acr_values: Vec::new(),
            max_age: None,
            mfa: false,
            factors: Vec::new(),
            minimal_sets: Vec::new(),
            truncated: false,
            sufficient_roles: Vec::new(),
            conditional_roles: Vec::new(),
            minimum_role: None,
            clients: None,
        })
    }
}
