//! The whole program, as a process.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A folder that is removed when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("accounts-{}", auth_accounts::secret::random_base62(16));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The address of a SQLite database in it.
    pub(crate) fn sqlite(&self) -> String {
        format!("sqlite:{}", self.file("notes.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How the program is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Start {
    arguments: Vec<String>,
    /// What it logs.
    levels: Option<&'static str>,
    is_on_a_small_disk: bool,
}

impl Start {
    /// With this database, the accounts of `--seed` and a free port.
    pub(crate) fn on(database: &str) -> Self {
        Self::without_accounts(database).and("--seed")
    }

    /// The same without accounts: it prints a token for the first administrator.
    pub(crate) fn without_accounts(database: &str) -> Self {
        Self::default().with("--database", database).and("--json")
    }

    pub(crate) fn with(self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        let value = value.as_ref().to_str().unwrap().to_owned();
        let mut this = self.and(name);
        this.arguments.push(value);
        this
    }

    pub(crate) fn and(mut self, name: &str) -> Self {
        self.arguments.push(name.to_owned());
        self
    }

    pub(crate) fn logging(self, levels: &'static str) -> Self {
        Self { levels: Some(levels), ..self }
    }

    /// Files that may not grow, as [`Program::may_write`] says, are a full disk for it.
    pub(crate) fn on_a_small_disk(self) -> Self {
        Self { is_on_a_small_disk: true, ..self }
    }

    /// Starts it, and waits until it is ready.
    pub(crate) fn run(&self) -> Program {
        self.try_run().unwrap_or_else(|log| panic!("the program does not start: {log}"))
    }

    /// The same, where it may fail: then what it says.
    pub(crate) fn try_run(&self) -> Result<Program, String> {
        // Another build of it, or the one beside this test.
        let path = std::env::var("ACCOUNTS_EXAMPLE");
        let path = path.as_deref().unwrap_or(env!("CARGO_BIN_EXE_accounts-example"));
        let mut command = Command::new(path);
        if self.is_on_a_small_disk {
            // Without this, the system kills who writes more than it may.
            command = Command::new("sh");
            command.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#, path]);
        }
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .args(&self.arguments)
            .env("RUST_LOG", self.levels.unwrap_or("warn"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let mut words = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        keep(child.stderr.take().unwrap(), Arc::clone(&log));
        words.read_line(&mut first).unwrap();
        let said = serde_json::from_str::<Value>(&first);
        let Ok(said) = said else {
            child.wait().unwrap();
            std::thread::sleep(Duration::from_millis(50));
            let log = log.lock().unwrap().clone();
            return Err(format!("{first}{log}"));
        };
        keep(words, Arc::clone(&log));
        let origin = format!("http://{}", said["listen"].as_str().unwrap());
        let bootstrap = said["bootstrap_token"].as_str().map(str::to_owned);
        Ok(Program { child, origin, bootstrap, log })
    }
}

/// Keeps what is written there.
fn keep(from: impl Read + Send + 'static, log: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
}

/// The program, killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) origin: String,
    pub(crate) bootstrap: Option<String>,
    log: Arc<Mutex<String>>,
}

impl Program {
    /// SIGKILL: nothing in the program runs any more.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGTERM, and until it has ended.
    pub(crate) fn stop(&mut self) {
        signal("TERM", &[self.child.id()]);
        let end = Instant::now() + Duration::from_secs(10);
        while self.is_running() {
            assert!(Instant::now() < end, "the program does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many bytes a file may have that it writes to.
    pub(crate) fn may_write(&self, bytes: u64) {
        let limit = if bytes == u64::MAX { "unlimited".to_owned() } else { bytes.to_string() };
        let process = self.child.id().to_string();
        let limit = format!("--fsize={limit}:");
        let set = Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap();
        assert!(set.success());
    }

    /// What it has written, but for its first line.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().rev().take(15).collect();
            let last: Vec<_> = lines.into_iter().rev().collect();
            eprintln!("the last lines of the program:\n{}", last.join("\n"));
        }
    }
}

/// Sends a signal to processes. One that is gone is no mistake.
pub(crate) fn signal(name: &str, processes: &[u32]) {
    let ids = processes.iter().map(u32::to_string);
    let kill =
        Command::new("kill").arg(format!("-{name}")).args(ids).stderr(Stdio::null()).status();
    kill.unwrap();
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}
