//! The program `auth-server`: a server from a configuration file, and what administrators do with its
//! database.

mod config;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use config::Config;

/// An OAuth 2.0 and OpenID Connect authorization server.
#[derive(Debug, Parser)]
#[command(name = "auth-server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads the configuration, checks it, and says what is wrong.
    Check {
        /// The configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return print_answer(&error),
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done if even standard error is closed.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Help goes to standard output with exit code 0, mistakes to standard error with 1.
fn print_answer(answer: &clap::Error) -> ExitCode {
    let text = answer.render();
    if answer.use_stderr() {
        let _ = write!(io::stderr(), "{text}");
        ExitCode::FAILURE
    } else {
        let _ = write!(io::stdout(), "{text}");
        ExitCode::SUCCESS
    }
}

/// Why the program stops.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Check { config } => {
            Config::read(&config)?;
            writeln!(io::stdout(), "{}: nothing is wrong", config.display())?;
            Ok(())
        }
    }
}
