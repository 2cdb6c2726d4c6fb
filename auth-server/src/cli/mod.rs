//! The program `auth-server`: a server from a configuration file, and what administrators do with its
//! database.

mod administration;
mod config;
mod health;
mod output;
mod passkeys;
mod serve;
mod setup;
mod unknown;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Parser, Subcommand};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use administration::{ClientCommand, GrantCommand, KeyCommand, UserCommand};
use config::{Config, Listen};

/// An OAuth 2.0 and OpenID Connect authorization server.
#[derive(Debug, Parser)]
#[command(name = "auth-server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until it is stopped. Prints one line of JSON once it listens.
    #[command(group(ArgGroup::new("what").required(true).args(["config", "dev"])))]
    Serve {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Without a file: on loopback, in memory, with users and clients that are printed.
        #[arg(long)]
        dev: bool,
        /// Where to listen, with `--dev`; port 0 takes a free one. A file says it by its key `listen`.
        #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "config")]
        listen: Option<Listen>,
    },
    /// Adds, lists, locks, changes and removes users.
    #[command(subcommand)]
    User(UserCommand),
    /// Lists clients, removes those that registered themselves, and draws secrets.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Lists, rotates and removes signing keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Lists and revokes grants.
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Reads the configuration, checks it, and says what is wrong.
    Check {
        /// The configuration file.
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
    log_to_stderr(matches!(arguments.command, Command::Serve { .. }));
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done if even standard error is closed.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// The log goes to standard error: `AUTH_SERVER_LOG`, as in `info,auth_server=debug`. If it is not set or cannot
/// be read: `info` for a server, `warn` for commands, which say themselves what they have done.
fn log_to_stderr(serves: bool) {
    let wanted = std::env::var("AUTH_SERVER_LOG").ok().and_then(|text| text.parse().ok());
    let level = if serves { tracing::Level::INFO } else { tracing::Level::WARN };
    let filter = wanted.unwrap_or_else(|| Targets::new().with_default(level));
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(io::stderr)
        .finish()
        .with(filter)
        .init();
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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(obey(command));
    // Tasks that keep keys and sweep have nothing to finish.
    runtime.shutdown_background();
    done
}

async fn obey(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve { config: Some(file), .. } => {
            let config = Config::read(&file)?;
            serve::serve(&config).await
        }
        Command::Serve { config: None, listen, .. } => serve::serve_for_development(listen).await,
        Command::User(command) => command.run().await,
        Command::Client(command) => command.run().await,
        Command::Key(command) => command.run().await,
        Command::Grant(command) => command.run().await,
        Command::Check { config } => {
            let file = config.display();
            let config = Config::read(&config)?;
            serve::check(&config).await?;
            let warnings = config.warnings();
            for warning in &warnings {
                writeln!(io::stderr(), "{file}: warning: {warning}")?;
            }
            match warnings.len() {
                0 => writeln!(io::stdout(), "{file}: nothing is wrong")?,
                many => writeln!(io::stdout(), "{file}: no mistake, warnings: {many}")?,
            }
            Ok(())
        }
    }
}
