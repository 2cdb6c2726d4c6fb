//! What a guard answers instead of letting a request through, as OpenAPI responses.

use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::{Response, Responses};
use utoipa::openapi::schema::{Components, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{HeaderBuilder, Ref, RefOr};

use crate::access_map::{EndpointModel, RequirementModel};

const MEDIA_TYPE: &str = "application/problem+json";
const SCHEMA: &str = "Problem";

/// One answer of the guard.
struct Answer {
    /// The name of the response in the components.
    name: &'static str,
    status: u16,
    title: &'static str,
    description: &'static str,
    header: &'static str,
    header_description: &'static str,
    code: &'static str,
    detail: &'static str,
}

const CHALLENGE: &str = "How to get further: the schemes that are accepted, one line each, and what \
     is wrong or missing (RFC 6750, section 3; RFC 9449, section 7.1; RFC 9470, section 3; RFC 9728, \
     section 5.1).";

const INVALID_REQUEST: Answer = Answer {
    name: "AuthInvalidRequest",
    status: 400,
    title: "Bad Request",
    description: "The credential is malformed, or there is more than one.",
    header: "WWW-Authenticate",
    header_description: CHALLENGE,
    code: "invalid_request",
    detail: "The credential is malformed, or there is more than one.",
};

const UNAUTHENTICATED: Answer = Answer {
    name: "AuthUnauthenticated",
    status: 401,
    title: "Unauthorized",
    description: "The credential is missing or invalid, or a DPoP proof is missing or \
         not valid, or the login is too weak or too old: `code` says which.",
    header: "WWW-Authenticate",
    header_description: CHALLENGE,
    code: "unauthenticated",
    detail: "The request carries no credential.",
};

const FORBIDDEN: Answer = Answer {
    name: "AuthForbidden",
    status: 403,
    title: "Forbidden",
    description: "The caller may not do this. With the `code` `insufficient_scope`, a token with \
         the scopes in `WWW-Authenticate` would be let in.",
    header: "WWW-Authenticate",
    header_description: CHALLENGE,
    code: "forbidden",
    detail: "The caller may not do this.",
};

const UNAVAILABLE: Answer = Answer {
    name: "AuthUnavailable",
    status: 503,
    title: "Service Unavailable",
    description: "Authentication is temporarily unavailable.",
    header: "Retry-After",
    header_description: "When to try again, in seconds from now (RFC 9110, section 10.2.3).",
    code: "unavailable",
    detail: "Authentication is temporarily unavailable. Try again later.",
};

const ANSWERS: [&Answer; 4] = [&INVALID_REQUEST, &UNAUTHENTICATED, &FORBIDDEN, &UNAVAILABLE];

/// Adds the answers and the schema of their body, each unless something of that name is there.
pub(super) fn add_to(components: &mut Components) {
    components.schemas.entry(SCHEMA.to_owned()).or_insert_with(|| RefOr::T(schema()));
    for answer in ANSWERS {
        components
            .responses
            .entry(answer.name.to_owned())
            .or_insert_with(|| answer.response().into());
    }
}

/// Adds to the responses of an operation what its guard answers. A status that is documented gets
/// only the header and the body that it lacks; a reference is left alone, since others share it.
pub(super) fn document(responses: &mut Responses, endpoint: &EndpointModel) {
    let Some(requirement) = &endpoint.requirement else { return };
    for answer in ANSWERS {
        if answer.status == FORBIDDEN.status && !can_forbid(requirement) {
            continue;
        }
        match responses.responses.get_mut(&answer.status.to_string()) {
            Some(RefOr::T(documented)) => answer.complete(documented),
            Some(RefOr::Ref(_)) => {}
            None => {
                let ours = Ref::from_response_name(answer.name);
                responses.responses.insert(answer.status.to_string(), ours.into());
            }
        }
    }
}

/// Whether a caller with a valid token can get 403. Where a better login is all that can be
/// missing, the answer is 401 (RFC 9470 §3).
fn can_forbid(requirement: &RequirementModel) -> bool {
    match requirement {
        RequirementModel::Authenticated
        | RequirementModel::Acr(_)
        | RequirementModel::MaxAge(_) => false,
        RequirementModel::All(parts) | RequirementModel::Any(parts) => {
            parts.is_empty() || parts.iter().any(can_forbid)
        }
        _ => true,
    }
}

impl Answer {
    fn response(&self) -> Response {
        let mut response = Response::new(self.description);
        self.complete(&mut response);
        response
    }

    fn complete(&self, response: &mut Response) {
        if !response.headers.keys().any(|name| name.eq_ignore_ascii_case(self.header)) {
            let schema = match self.header {
                "Retry-After" => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)),
                _ => ObjectBuilder::new().schema_type(Type::String),
            };
            let header = HeaderBuilder::new()
                .schema(Some(schema))
                .description(Some(self.header_description))
                .build();
            response.headers.insert(self.header.to_owned(), header.into());
        }
        if !response.content.contains_key(MEDIA_TYPE) {
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(SCHEMA)))
                .example(Some(self.example()))
                .build();
            response.content.insert(MEDIA_TYPE.to_owned(), content.into());
        }
    }

    fn example(&self) -> Value {
        json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        })
    }
}

/// A problem (RFC 9457 §3.1) as the guard writes it.
fn schema() -> Schema {
    let string = || ObjectBuilder::new().schema_type(Type::String);
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Why a request was rejected (RFC 9457)."))
        .property(
            "type",
            string()
                .format(Some(SchemaFormat::Custom("uri-reference".to_owned())))
                .description(Some("What kind of problem it is; `about:blank`: see `code`.")),
        )
        .property("title", string().description(Some("The phrase of the status.")))
        .property(
            "status",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(100))
                .maximum(Some(599))
                .description(Some("The status of the answer.")),
        )
        .property(
            "code",
            string().description(Some(
                "The stable name of the problem: `unauthenticated`, `invalid_request`, \
                 `invalid_token`, `invalid_dpop_proof`, `use_dpop_nonce`, \
                 `insufficient_user_authentication`, `insufficient_scope`, `forbidden` or \
                 `unavailable`.",
            )),
        )
        .property("detail", string().description(Some("The problem in one sentence.")))
        .property(
            "decision",
            string().description(Some(
                "What of the requirement is met and what is not; only where the service is set to \
                 disclose it.",
            )),
        )
        .required("type")
        .required("title")
        .required("status")
        .required("code")
        .required("detail")
        .into()
}
