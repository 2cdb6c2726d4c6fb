//! PostgreSQL and Redis of a test's own, which it kills, stops and starts again.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::Connection as _;

use crate::program::{Folder, signal};

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A PostgreSQL with its data in a folder of its own.
pub(crate) struct Postgres {
    folder: Folder,
    port: u16,
    child: Child,
}

impl Postgres {
    pub(crate) async fn start() -> Self {
        let folder = Folder::new();
        if let Some((user, group)) = other_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let made = program("initdb")
            .arg("--pgdata")
            .arg(folder.file("data"))
            .args(["--username", "auth", "--auth", "trust", "--encoding", "UTF8"])
            .args(["--locale", "C.UTF-8", "--no-sync"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let child = Self::spawn(&folder, port);
        let this = Self { folder, port, child };
        this.ready().await;
        this
    }

    fn spawn(folder: &Folder, port: u16) -> Child {
        let log = fs::File::options().append(true).create(true).open(folder.file("log")).unwrap();
        program("postgres")
            .arg("-D")
            .arg(folder.file("data"))
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            // Processes are killed, and not the machine: what was written is kept by the system.
            .args([
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=100",
            ])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://auth@127.0.0.1:{}/postgres", self.port)
    }

    async fn ready(&self) {
        for _ in 0..600 {
            if let Ok(connection) = sqlx::PgConnection::connect(&self.url()).await {
                let _ = connection.close().await;
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{}", fs::read_to_string(self.folder.file("log")).unwrap_or_default());
    }

    /// The server and one process for each connection.
    fn processes(&self) -> Vec<u32> {
        let parent = self.child.id();
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
        let children = children.unwrap_or_default();
        let children = children.split_whitespace().map(|it| it.parse().unwrap());
        std::iter::once(parent).chain(children).collect()
    }

    /// SIGKILL to all of it at once.
    pub(crate) fn kill(&mut self) {
        // Stopped first, it makes no more processes.
        signal("STOP", &[self.child.id()]);
        let processes = self.processes();
        signal("KILL", &processes);
        self.child.wait().unwrap();
        // Until the last one is gone, its memory is in use, and no other server starts.
        for process in processes {
            while is_running(process) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    pub(crate) async fn restart(&mut self) {
        self.child = Self::spawn(&self.folder, self.port);
        self.ready().await;
    }

    /// It still has its connections, and does nothing.
    pub(crate) fn pause(&self) {
        signal("STOP", &self.processes());
    }

    pub(crate) fn resume(&self) {
        signal("CONT", &self.processes());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.resume();
        // At once, and with its shared memory.
        signal("QUIT", &[self.child.id()]);
        let _ = self.child.wait();
    }
}

/// Whether a process still has its memory.
fn is_running(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let state = status.lines().find_map(|it| it.strip_prefix("State:"));
    state.is_some_and(|it| !it.trim_start().starts_with(['Z', 'X']))
}

/// A program of PostgreSQL: they are in no search path, and refuse to be run by root.
pub(crate) fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").map(|it| it.map_while(Result::ok));
    let newest = versions.ok().and_then(|it| {
        it.max_by_key(|it| it.file_name().to_string_lossy().parse::<u32>().unwrap_or_default())
    });
    let path = newest.map_or_else(|| PathBuf::from(name), |it| it.path().join("bin").join(name));
    let mut command = Command::new(path);
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
}

/// The user and the group that PostgreSQL runs as, where this process is root.
fn other_user() -> Option<(u32, u32)> {
    let mine = fs::read_to_string("/proc/self/status").unwrap();
    let mine = mine.lines().find_map(|it| it.strip_prefix("Uid:")).unwrap();
    if mine.split_whitespace().next() != Some("0") {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|it| it.starts_with("postgres:"));
    let user = user.expect("PostgreSQL is installed, and has a user of its own");
    let parts: Vec<&str> = user.split(':').collect();
    Some((parts[2].parse().unwrap(), parts[3].parse().unwrap()))
}

/// A Redis with its data in a folder of its own.
pub(crate) struct Redis {
    folder: Folder,
    port: u16,
    settings: Vec<&'static str>,
    child: Child,
}

impl Redis {
    /// One that writes each change to its file before it answers.
    pub(crate) async fn start() -> Self {
        Self::with(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"]).await
    }

    pub(crate) async fn with(settings: &[&'static str]) -> Self {
        let (folder, port) = (Folder::new(), free_port());
        let child = Self::spawn(&folder, port, settings);
        let this = Self { folder, port, settings: settings.to_vec(), child };
        this.ready().await;
        this
    }

    fn spawn(folder: &Folder, port: u16, settings: &[&str]) -> Child {
        Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
            .arg(folder.path())
            .args(settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server is installed")
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A file of its data.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What `redis-cli` prints.
    pub(crate) fn ask(&self, command: &[&str]) -> String {
        let port = self.port.to_string();
        let asked = Command::new("redis-cli").args(["-p", &port]).args(command).output().unwrap();
        String::from_utf8_lossy(&asked.stdout).trim().to_owned()
    }

    /// The same without an end, until the process is killed.
    pub(crate) fn ask_again_and_again(&self, command: &[&str]) -> Child {
        let port = self.port.to_string();
        let mut asking = Command::new("redis-cli");
        asking.args(["-p", &port, "-r", "-1", "-i", "0.0005"]).args(command);
        asking.stdout(Stdio::null()).spawn().unwrap()
    }

    async fn ready(&self) {
        for _ in 0..600 {
            if self.ask(&["PING"]) == "PONG" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        panic!("redis-server does not answer");
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) async fn restart(&mut self) {
        self.child = Self::spawn(&self.folder, self.port, &self.settings);
        self.ready().await;
    }

    pub(crate) fn pause(&self) {
        signal("STOP", &[self.child.id()]);
    }

    pub(crate) fn resume(&self) {
        signal("CONT", &[self.child.id()]);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A new database in the PostgreSQL that `tests/stores/run` has started.
pub(crate) async fn database() -> String {
    let url = std::env::var("TEST_POSTGRES_URL").expect("run by `tests/stores/run`");
    let name = format!("notes_{}", auth_accounts::secret::random_base62(16).to_lowercase());
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
