//! Every endpoint of a router with who may call it.

mod admission;
mod answering;
mod assemble;
mod check_names;
mod clients;
mod closure;
mod compare;
mod comparison_text;
mod credentials;
mod cross_site_note;
mod csv;
mod difference;
mod endpoint;
mod factor_note;
mod findings;
mod html;
mod json;
mod lock;
mod lock_text;
pub(crate) mod map;
mod markdown;
mod markdown_text;
mod minimal;
mod minimal_set_text;
mod model;
#[cfg(feature = "openapi")]
mod openapi;
mod pairing;
mod quoted;
mod requirement_model;
mod requirement_text;
mod resource_metadata;
mod space;
mod table;
mod toml_subset;
mod vocabulary_diff;
mod vocabulary_model;
mod witness;

#[cfg(test)]
mod brute_force_tests;
#[cfg(test)]
mod differential_tests;
#[cfg(test)]
mod factor_tests;
#[cfg(test)]
mod testing_fixtures;

pub use admission::Admission;
pub use clients::ClientModel;
pub use compare::{Change, Comparison, EndpointChange};
pub use credentials::{CredentialChange, CredentialsModel, ValidityModel};
pub use endpoint::{Endpoint, EndpointKind};
pub use json::{ModelError, SCHEMA};
pub use lock::LockError;
pub use lock_text::LockTextError;
pub use model::{
    AccessModel, CheckModel, CrossSiteModel, EndpointModel, FindingsModel, GrantsModel,
    HandlerModel, MinimalSet, SourceLocation,
};
#[cfg(feature = "openapi")]
pub use openapi::{OpenApiJsonError, OpenApiReport, RenamedParameters};
pub use requirement_model::{FactorModel, RequirementModel};
pub use requirement_text::RequirementTextError;
pub use resource_metadata::{ResourceMetadata, ResourceMetadataBuilder, ResourceMetadataError};
pub use vocabulary_model::{AuthorityModel, VocabularyModel};
pub use witness::Witness;

pub(crate) use html::Page;
pub(crate) use map::AccessMap;
