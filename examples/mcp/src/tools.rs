//! The tools, as agents see them. Who may call which is said in `guards`.

use http::request::Parts;
use rmcp::handler::server::tool::Extension;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::{ErrorData, schemars, tool, tool_router};
use serde::Deserialize;

use crate::notes::Notes;

/// Who calls, in the extensions of a request that a guard let through.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) String);

/// The tools of a server.
#[derive(Clone, Debug)]
pub struct Tools {
    notes: Notes,
}

/// A note to be added.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct NewNote {
    /// What it says.
    text: String,
}

impl Tools {
    /// The tools for these notes.
    #[must_use]
    pub const fn new(notes: Notes) -> Self {
        Self { notes }
    }
}

/// The user of a request; an error if no guard has seen it.
fn caller(parts: &Parts) -> Result<&str, ErrorData> {
    let caller = parts.extensions.get::<Caller>();
    caller.map(|it| it.0.as_str()).ok_or_else(|| ErrorData::internal_error("no caller", None))
}

#[tool_router(server_handler)]
impl Tools {
    #[tool(description = "The notes of the user, one a line")]
    fn list_notes(&self, Extension(parts): Extension<Parts>) -> Result<String, ErrorData> {
        Ok(self.notes.of(caller(&parts)?).join("\n"))
    }

    #[tool(description = "Adds a note of the user")]
    fn add_note(
        &self,
        Parameters(note): Parameters<NewNote>,
        Extension(parts): Extension<Parts>,
    ) -> Result<String, ErrorData> {
        self.notes.add(caller(&parts)?, note.text);
        Ok("added".to_owned())
    }
}
