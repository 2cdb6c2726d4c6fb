//! What is logged, for tests. Those of the authorization server include this file.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, Once};
use std::thread;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What all threads have logged, each piece with the name of its thread.
static PIECES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Everything that is logged while a test runs, at every level.
///
/// One subscriber hears all threads. `tracing` remembers for each place whether anyone listens, so one that comes while
/// other tests run may miss what it is there for.
pub(crate) struct Log {
    from: usize,
}

impl Log {
    /// The log from now on.
    pub(crate) fn begin() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Everything).unwrap());
        Self { from: PIECES.lock().unwrap().len() }
    }

    /// All fields so far, one a line, of this thread and of those that tokio has: the others are other tests. A text is
    /// quoted, as in most logs.
    pub(crate) fn text(&self) -> String {
        let own = name_of_thread();
        let pieces = PIECES.lock().unwrap();
        let heard = pieces.iter().skip(self.from);
        heard.filter(|(of, _)| *of == own || of.starts_with("tokio")).map(|(_, it)| &**it).collect()
    }
}

fn name_of_thread() -> String {
    thread::current().name().unwrap_or("tokio").to_owned()
}

struct Everything;

struct Piece(String);

impl Piece {
    fn keep(record: impl FnOnce(&mut Self)) {
        let mut piece = Self(String::new());
        record(&mut piece);
        PIECES.lock().unwrap().push((name_of_thread(), piece.0));
    }
}

impl Visit for Piece {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0, "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Piece::keep(|it| span.record(it));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        Piece::keep(|it| values.record(it));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        Piece::keep(|it| event.record(it));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
