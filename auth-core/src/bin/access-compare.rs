//! Prints what changed between two access maps, as Markdown for a comment on a pull request.
//!
//! ```text
//! access-compare before.json after.json
//! ```
//!
//! Reads maps as `AccessMap::to_json` writes them, and locks. Exits with 0 if no caller is let in who
//! was rejected, with 1 if someone may be, with 2 if a file cannot be read.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::{env, fs};

use auth_core::access_map::AccessModel;

const USAGE: &str = "\
access-compare <before> <after>

Prints as Markdown what changed about who may call what. Each file is an access map as JSON, or an
access lock (`access.lock`).

exit code 0: no caller is newly accepted
          1: one may be, or an endpoint is new and public
          2: a file cannot be read
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [only] if only == "--help" || only == "-h" => print(USAGE).map(|()| ExitCode::SUCCESS),
        [before, after] => compare(before, after),
        _ => Err("two files are needed: `access-compare <before> <after>`".into()),
    };
    result.unwrap_or_else(|error| {
        // Nothing can be done if even standard error is closed.
        let _ = writeln!(io::stderr(), "access-compare: {error}");
        ExitCode::from(2)
    })
}

fn compare(before: &str, after: &str) -> Result<ExitCode, Box<dyn Error>> {
    let comparison = model(before)?.compare(&model(after)?);
    print(&comparison.to_markdown())?;
    Ok(ExitCode::from(u8::from(comparison.is_widening())))
}

fn model(path: &str) -> Result<AccessModel, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("`{path}`: {error}"))?;
    let model = if text.trim_start().starts_with('{') {
        AccessModel::from_json(&text).map_err(|error| format!("`{path}`: {error}"))?
    } else {
        AccessModel::from_lock(&text).map_err(|error| format!("`{path}`: {error}"))?
    };
    Ok(model)
}

/// Not `println!`, which panics when a pipe is closed.
fn print(text: &str) -> Result<(), Box<dyn Error>> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}
