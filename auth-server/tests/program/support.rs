//! The program as a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::Value;

use crate::browser::Browser;

const PROGRAM: &str = env!("CARGO_BIN_EXE_auth-server");

/// A directory of its own, which is gone with it.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("auth-server-program-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory can be made");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file; its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    }
}

impl Directory {
    /// The line of a configuration that has the database in this directory.
    pub(crate) fn database(&self) -> String {
        format!("database = \"sqlite:{}\"", self.path("auth.db").display())
    }
}

/// The lines of a configuration with a database of its own on the PostgreSQL of the tests, and their Redis.
#[cfg(feature = "server-tests")]
pub(crate) fn servers() -> String {
    use auth_accounts::secret::random_base62;
    use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

    let postgres = std::env::var("TEST_POSTGRES_URL").expect("run by `tests/stores/run`");
    let redis = std::env::var("TEST_REDIS_URL").expect("run by `tests/stores/run`");
    let name = format!("program_{}", random_base62(16).to_ascii_lowercase());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let mut connection = PgConnection::connect(&postgres).await.expect("PostgreSQL answers");
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.expect("a database can be made");
    });
    let (server, _) = postgres.rsplit_once('/').expect("the address names a database");
    format!("database = \"{server}/{name}\"\nredis = \"{redis}\"")
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a command said.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|it| panic!("{it}: {}\n{}", self.stdout, self.stderr))
    }
}

/// Runs a command to its end.
pub(crate) fn auth_server(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .env("AUTH_SERVER_LOG", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    // A program that reads nothing has closed it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A program that was started.
pub(crate) struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
    log: Arc<Mutex<String>>,
    /// Ends when standard error does.
    reader: Option<JoinHandle<()>>,
}

impl Program {
    pub(crate) fn spawn(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .env("AUTH_SERVER_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut stderr = child.stderr.take().expect("standard error is piped");
        let log = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(read @ 1..) = stderr.read(&mut buffer) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
        });
        Self { child, output, log, reader: Some(reader) }
    }

    /// Waits for the line on standard output.
    pub(crate) fn ready(mut self) -> Server {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("standard output is text");
        let ready = serde_json::from_str(&line)
            .unwrap_or_else(|it| panic!("{it}: {line}\n{}", self.log.lock().unwrap()));
        Server { program: self, ready, config: String::new() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that listens.
pub(crate) struct Server {
    program: Program,
    pub(crate) ready: Value,
    pub(crate) config: String,
}

impl Server {
    pub(crate) fn start(directory: &Directory, config: &str) -> Self {
        let file = directory.write("server.toml", config);
        let server = Program::spawn(&["serve", "--config", &file]).ready();
        Self { config: file, ..server }
    }

    /// Runs a command of an administrator to its end, on the configuration of this server; it answers in JSON.
    pub(crate) fn administer(&self, arguments: &[&str], input: &str) -> Output {
        auth_server(&[arguments, &["--config", &self.config, "--json"]].concat(), input)
    }

    pub(crate) fn issuer(&self) -> &str {
        self.ready["issuer"].as_str().expect("the issuer is a text")
    }

    pub(crate) fn metadata(&self) -> Value {
        let path = "/.well-known/oauth-authorization-server";
        Browser::default().get(&format!("{}{path}", self.issuer())).json()
    }

    /// The address of an endpoint, as the metadata has it.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        let metadata = self.metadata();
        metadata[name].as_str().unwrap_or_else(|| panic!("no {name}: {metadata}")).to_owned()
    }

    /// What was written to standard error until the line that says how to stop. It is written before the
    /// line on standard output, and may be read after it.
    pub(crate) fn greeting(&self) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            let log = self.log();
            if log.contains("Stop with Ctrl-C.") {
                return log;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not greet: {}", self.log());
    }

    /// What was read from standard error so far.
    fn log(&self) -> String {
        self.program.log.lock().unwrap().clone()
    }

    /// Asks it to stop; its exit code.
    pub(crate) fn stop(self) -> Option<i32> {
        self.stop_by("TERM")
    }

    /// The same, by this signal.
    pub(crate) fn stop_by(mut self, signal: &str) -> Option<i32> {
        self.stop_now(signal)
    }

    /// The same, and all that it has logged.
    pub(crate) fn stop_and_read(&mut self) -> String {
        assert_eq!(self.stop_now("TERM"), Some(0));
        let reader = self.program.reader.take().expect("it is stopped once");
        reader.join().expect("standard error is read to its end");
        self.log()
    }

    fn stop_now(&mut self, signal: &str) -> Option<i32> {
        let id = self.program.child.id().to_string();
        let killed =
            Command::new("kill").args(["-s", signal, &id]).status().expect("there is `kill`");
        assert!(killed.success());
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if let Some(status) = self.program.child.try_wait().expect("it can be waited for") {
                let mut rest = String::new();
                let _ = self.program.output.read_to_string(&mut rest);
                assert_eq!(rest, "", "one line on standard output");
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end: {}", self.log());
    }
}

/// A port that is free at this moment.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

/// The claims of a JWT, unchecked.
pub(crate) fn claims_of(token: &str) -> Value {
    part_of(token, 1)
}

/// The header of a JWT.
pub(crate) fn header_of(token: &str) -> Value {
    part_of(token, 0)
}

fn part_of(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).expect("a JWT has three parts");
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}

pub(crate) fn shell(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().expect("there is a shell");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The code of an authenticator application at this moment.
pub(crate) fn totp(secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base 32");
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let now = std::time::UNIX_EPOCH.elapsed().expect("the clock is right").as_secs();
    totp.generate(now).to_string()
}
