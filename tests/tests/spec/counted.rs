//! What a test has counted.

use std::sync::Mutex;

/// Keeps the key of each count: its name and its labels. For the thread that it is the local recorder of.
#[derive(Default)]
pub(crate) struct Counted(Mutex<Vec<String>>);

impl Counted {
    /// The keys so far, in the order in which they were counted.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl metrics::Recorder for &Counted {
    fn describe_counter(
        &self,
        _: metrics::KeyName,
        _: Option<metrics::Unit>,
        _: metrics::SharedString,
    ) {
    }

    fn describe_gauge(
        &self,
        _: metrics::KeyName,
        _: Option<metrics::Unit>,
        _: metrics::SharedString,
    ) {
    }

    fn describe_histogram(
        &self,
        _: metrics::KeyName,
        _: Option<metrics::Unit>,
        _: metrics::SharedString,
    ) {
    }

    fn register_counter(&self, key: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Counter {
        self.0.lock().unwrap().push(key.to_string());
        metrics::Counter::noop()
    }

    fn register_gauge(&self, _: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Gauge {
        metrics::Gauge::noop()
    }

    fn register_histogram(
        &self,
        _: &metrics::Key,
        _: &metrics::Metadata<'_>,
    ) -> metrics::Histogram {
        metrics::Histogram::noop()
    }
}
