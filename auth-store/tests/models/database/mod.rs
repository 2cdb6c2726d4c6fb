//! A database in which statements run as those of PostgreSQL do at READ COMMITTED
//! ([PostgreSQL §13.2.1](https://www.postgresql.org/docs/15/transaction-iso.html#XACT-READ-COMMITTED)), under
//! the scheduler of `shuttle`.
//!
//! A statement sees what was committed when it began, and what its transaction did before. A row that it
//! changes or locks it waits for until who holds it has ended; if the row is another one by then, its
//! condition is asked again, of the new row alone: what else the statement has read stays as it was. A
//! transaction holds its rows until it ends. Two that wait for each other are a deadlock, which `shuttle`
//! reports.
//!
//! Left out are the shared locks of foreign keys: a token is only ever added by who has its grant locked.

mod parse;
mod run;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use shuttle::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row, by the names of its columns.
pub(crate) type Record = BTreeMap<String, Value>;

/// What is wrong with a database: every statement has the second text in the place of the first.
pub(crate) type Mistake = (&'static str, &'static str);

/// Why a statement fails.
#[derive(Debug)]
pub(crate) struct Violation;

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is a row with this key")
    }
}

impl std::error::Error for Violation {}

impl sqlx::error::DatabaseError for Violation {
    fn message(&self) -> &'static str {
        "there is a row with this key"
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::UniqueViolation
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }
}

/// A table as the migrations define it.
#[derive(Default)]
struct Definition {
    columns: Vec<String>,
    /// Columns of which no two rows have the same values.
    keys: Vec<Vec<String>>,
    /// A column with the id of a grant, with which its rows go.
    parent: Option<String>,
}

static TABLES: LazyLock<HashMap<&str, Definition>> = LazyLock::new(|| {
    let migrations = [
        include_str!("../../../migrations/0001_accounts.sql"),
        include_str!("../../../migrations/0002_authorization.sql"),
    ];
    let mut tables = HashMap::new();
    for definition in migrations.iter().flat_map(|it| it.split("CREATE TABLE ").skip(1)) {
        let (name, rest) = definition.split_once(" (\n").unwrap();
        let (lines, _) = rest.split_once(") STRICT;").unwrap();
        tables.insert(name, defined(lines));
    }
    tables
});

fn defined(lines: &str) -> Definition {
    let mut table = Definition::default();
    for line in lines.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("--")) {
        let key = ["PRIMARY KEY (", "UNIQUE ("].iter().find_map(|it| line.strip_prefix(it));
        if let Some(key) = key {
            let (columns, _) = key.split_once(')').unwrap();
            table.keys.push(columns.split(", ").map(str::to_owned).collect());
            continue;
        }
        let (column, rest) = line.split_once(' ').unwrap();
        table.columns.push(column.to_owned());
        if rest.contains("PRIMARY KEY") || rest.contains("UNIQUE") {
            table.keys.push(vec![column.to_owned()]);
        }
        if rest.contains("REFERENCES auth_grant (id) ON DELETE CASCADE") {
            table.parent = Some(column.to_owned());
        }
    }
    table
}

/// A version of a row.
#[derive(Clone)]
struct Version {
    /// None: it was removed.
    record: Option<Record>,
    transaction: u64,
    /// The number of the statement in its transaction.
    statement: u32,
    committed: Option<u64>,
}

/// A row, with all that it was.
#[derive(Default)]
struct Slot {
    versions: Vec<Version>,
    held_by: Option<u64>,
}

#[derive(Default)]
struct State {
    tables: HashMap<String, Vec<Slot>>,
    commits: u64,
}

/// A database, which transactions of several threads share.
pub(crate) struct Database {
    /// Never held where `shuttle` may go on with another thread.
    state: Mutex<State>,
    /// What waits for rows.
    turn: shuttle::sync::Mutex<()>,
    released: shuttle::sync::Condvar,
    transactions: AtomicU64,
    mistake: Option<Mistake>,
}

/// A transaction. Dropped before its end, nothing of it is done.
pub(crate) struct Transaction {
    database: Arc<Database>,
    number: u64,
    statements: u32,
    is_over: bool,
}

impl Database {
    pub(crate) fn new(mistake: Option<Mistake>) -> Arc<Self> {
        let database = Arc::new(Self {
            state: Mutex::default(),
            turn: shuttle::sync::Mutex::default(),
            released: shuttle::sync::Condvar::default(),
            transactions: AtomicU64::new(1),
            mistake,
        });
        let mut transaction = database.begin();
        for sql in [
            "INSERT INTO auth_feed (generation) VALUES (0)",
            "INSERT INTO auth_revocation_feed (position) VALUES (0)",
        ] {
            transaction.run(sql, &[]).unwrap();
        }
        transaction.commit();
        database
    }

    pub(crate) fn begin(self: &Arc<Self>) -> Transaction {
        let number = self.transactions.fetch_add(1, SeqCst);
        Transaction { database: Arc::clone(self), number, statements: 0, is_over: false }
    }

    /// The rows of a table as they are at this moment. No thread comes in between.
    pub(crate) fn committed(&self, table: &str) -> Vec<Record> {
        self.with(|state| {
            let committed = |slot: &Slot| {
                let newest = slot.versions.iter().rev().find(|it| it.committed.is_some());
                newest.and_then(|it| it.record.clone())
            };
            state.tables.get(table).into_iter().flatten().filter_map(committed).collect()
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until the row is no other transaction's, and holds it from then on.
    fn hold(&self, transaction: u64, table: &str, at: usize) {
        let mut turn = self.turn.lock().unwrap();
        loop {
            let is_held = self.with(|state| {
                let slot = &mut state.tables.get_mut(table).unwrap()[at];
                let is_free = slot.held_by.is_none_or(|it| it == transaction);
                slot.held_by = if is_free { Some(transaction) } else { slot.held_by };
                is_free
            });
            if is_held {
                return;
            }
            turn = self.released.wait(turn).unwrap();
        }
    }
}

impl Transaction {
    /// Runs a statement to its end; all its rows.
    pub(crate) fn run(&mut self, sql: &str, arguments: &[Value]) -> Result<Vec<Record>, Violation> {
        let sql = match self.database.mistake {
            Some((right, wrong)) => sql.replace(right, wrong),
            None => sql.to_owned(),
        };
        if sql.starts_with("NOTIFY") {
            return Ok(Vec::new());
        }
        let statement = parsed(&sql);
        self.statements += 1;
        // Others may have done something since the statement before.
        drop(self.database.turn.lock().unwrap());
        let snapshot = self.database.with(|state| state.commits);
        run::Run::new(self, snapshot, arguments, &statement).run()
    }

    pub(crate) fn commit(mut self) {
        self.end(true);
    }

    fn end(&mut self, is_committed: bool) {
        self.is_over = true;
        let number = self.number;
        let turn = self.database.turn.lock().unwrap();
        self.database.with(|state| {
            state.commits += 1;
            let commits = state.commits;
            for slot in state.tables.values_mut().flatten() {
                if is_committed {
                    let own = slot.versions.iter_mut().filter(|it| it.transaction == number);
                    own.for_each(|it| it.committed = Some(commits));
                } else {
                    slot.versions.retain(|it| it.transaction != number);
                }
                slot.held_by = slot.held_by.filter(|it| *it != number);
            }
        });
        self.database.released.notify_all();
        drop(turn);
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_over && !std::thread::panicking() {
            self.end(false);
        }
    }
}

/// A statement is read once: there are few of them.
fn parsed(sql: &str) -> Arc<parse::Statement> {
    static PARSED: LazyLock<Mutex<HashMap<String, Arc<parse::Statement>>>> =
        LazyLock::new(Mutex::default);
    let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(parsed.entry(sql.to_owned()).or_insert_with(|| Arc::new(parse::parse(sql))))
}
