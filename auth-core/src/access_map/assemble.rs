//! From the endpoints of a router to the model of its access.

use sha2::{Digest as _, Sha256};

use super::vocabulary_model::Tables;
use super::{
    AccessMap, AccessModel, CheckModel, CrossSiteModel, Endpoint, EndpointModel, FindingsModel,
    HandlerModel, RequirementModel, SourceLocation, VocabularyModel,
};
use crate::policy::{CheckInfo, Requirement};

impl AccessModel {
    pub(super) fn of(map: &AccessMap) -> Self {
        let tables = Tables::of(&map.vocabulary, &map.endpoints);
        let all = checks(map.iter().filter_map(Endpoint::requirement));
        let mut model = Self {
            version: Self::VERSION,
            hash: String::new(),
            default_methods: map.methods.iter().map(|it| it.as_str().to_owned()).collect(),
            credentials: map.credentials.clone(),
            clients: map.clients.clone(),
            vocabulary: VocabularyModel::new(&tables),
            endpoints: map.iter().map(|endpoint| of_endpoint(endpoint, &tables, &all)).collect(),
            findings: FindingsModel::default(),
        };
        for endpoint in &mut model.endpoints {
            endpoint.resolve_methods(&model.default_methods);
        }
        model.conclude();
        model
    }
}

fn of_endpoint(endpoint: &Endpoint, tables: &Tables, all: &[&'static CheckInfo]) -> EndpointModel {
    let checks = checks(endpoint.requirement());
    let name_of = |check: &'static CheckInfo| check_name(check, all);
    let requirement = endpoint
        .requirement()
        .map(|it| RequirementModel::of(it, &|name| tables.hold(name), &name_of));
    let wanted: Vec<&RequirementModel> = requirement
        .iter()
        .flat_map(RequirementModel::leaves)
        .filter_map(|(leaf, wanted)| wanted.then_some(leaf))
        .collect();
    let mut acr_values: Vec<String> = Vec::new();
    for leaf in &wanted {
        if let RequirementModel::Acr(acr) = leaf
            && !acr_values.contains(acr)
        {
            acr_values.push(acr.clone());
        }
    }
    let max_age = wanted.iter().filter_map(|leaf| match leaf {
        RequirementModel::MaxAge(seconds) => Some(*seconds),
        _ => None,
    });
    let max_age = max_age.min();
    let mut model = EndpointModel {
        method: endpoint.method().map(|method| method.as_str().to_owned()),
        path: endpoint.path().to_owned(),
        kind: endpoint.kind(),
        routes: endpoint.routes().map(<[String]>::to_vec),
        handler: endpoint.handler().map(|handler| HandlerModel {
            name: handler.name.to_owned(),
            module: handler.module.to_owned(),
            doc: handler.doc.to_owned(),
            file: handler.file.to_owned(),
            line: handler.line,
        }),
        route: SourceLocation {
            file: endpoint.location().file().to_owned(),
            line: endpoint.location().line(),
        },
        text: endpoint.requirement().map(ToString::to_string).unwrap_or_default(),
        requirement,
        methods: Vec::new(),
        public_reason: endpoint.public_reason().map(str::to_owned),
        pending: endpoint.pending_step().map(str::to_owned),
        cross_site: endpoint
            .cross_site_exemption()
            .map(|it| CrossSiteModel { exempt: it.reason.to_owned(), web_socket: it.web_socket }),
        checks: checks
            .iter()
            .map(|it| CheckModel {
                name: name_of(it),
                module: it.module.to_owned(),
                sentence: it.sentence.to_owned(),
            })
            .collect(),
        acr_values,
        max_age,
        mfa: false,
        factors: Vec::new(),
        minimal_sets: Vec::new(),
        truncated: false,
        sufficient_roles: Vec::new(),
        conditional_roles: Vec::new(),
        minimum_role: None,
        clients: None,
    };
    model.find_factors();
    model
}

impl EndpointModel {
    /// Writes down the factors that are asked for outside of `not`.
    pub(super) fn find_factors(&mut self) {
        let leaves = self.requirement.iter().flat_map(RequirementModel::leaves);
        for (leaf, _) in leaves.filter(|(_, wanted)| *wanted) {
            match leaf {
                RequirementModel::Mfa => self.mfa = true,
                RequirementModel::Factor(factor) if !self.factors.contains(factor) => {
                    self.factors.push(factor.clone());
                }
                _ => {}
            }
        }
    }

    /// Writes down the methods that are accepted, given those of an endpoint that names none.
    pub(super) fn resolve_methods(&mut self, default: &[String]) {
        let Some(requirement) = &self.requirement else { return };
        self.methods = requirement.accepted_methods().unwrap_or_else(|| default.to_vec());
    }
}

/// The checks of requirements, in the order written, each once.
fn checks<'a>(requirements: impl IntoIterator<Item = &'a Requirement>) -> Vec<&'static CheckInfo> {
    let mut checks: Vec<&'static CheckInfo> = Vec::new();
    for (_, check) in requirements.into_iter().flat_map(Requirement::checks) {
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
    checks
}

/// The name of the function, with its module where another check of the map shares it: the answer
/// of one must never count for the other. Functions inside of functions may share that, too; then
/// the sentence tells them apart, as a number that does not depend on the others.
fn check_name(check: &CheckInfo, all: &[&'static CheckInfo]) -> String {
    let CheckInfo { name, module, sentence, .. } = check;
    let mut namesakes = all.iter().filter(|other| other.name == *name && **other != check);
    if namesakes.clone().any(|other| other.module == *module) {
        let number = Sha256::digest(sentence)
            .iter()
            .take(4)
            .fold(0_u32, |n, byte| n << 8 | u32::from(*byte));
        return format!("{module}::x{number:08x}::{name}");
    }
    if namesakes.next().is_some() { format!("{module}::{name}") } else { (*name).to_owned() }
}
