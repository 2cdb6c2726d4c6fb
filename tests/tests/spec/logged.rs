//! What a test has logged.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::sync::Once;

use tracing::subscriber::Interest;

/// Keeps what is logged, with level and target, for the thread that logs: each test has its own, and
/// one that does not listen keeps nothing.
///
/// It is set once for all tests and before any of them logs. `tracing` remembers for each place
/// whether someone listens, and a listener that comes while that is being found out may be missed.
pub(crate) struct Logged;

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static LISTENS: Cell<bool> = const { Cell::new(false) };
    pub(crate) static DEAF: Cell<bool> = const { Cell::new(false) };
    /// The most verbose level that is listened to.
    pub(crate) static MOST: Cell<tracing::Level> = const { Cell::new(tracing::Level::TRACE) };
}

impl Logged {
    pub(crate) fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Self).unwrap());
        LISTENS.set(true);
    }

    /// The lines of this test so far; they are gone then.
    pub(crate) fn take() -> Vec<String> {
        LINES.take()
    }
}

impl tracing::Subscriber for Logged {
    fn register_callsite(&self, _: &'static tracing::Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        LISTENS.get() && !DEAF.get() && *metadata.level() <= MOST.get()
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let metadata = event.metadata();
        let mut line = format!("{} {} ", metadata.level(), metadata.target());
        event.record(&mut Fields(&mut line));
        LINES.with_borrow_mut(|lines| lines.push(line));
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

struct Fields<'a>(&'a mut String);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}
