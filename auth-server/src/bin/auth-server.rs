//! The program `auth-server`: an authorization server from a configuration file.

fn main() -> std::process::ExitCode {
    auth_server::cli::main()
}
