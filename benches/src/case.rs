//! One cell of the table: a piece of work, and whose it is.

use std::fmt;

/// A piece of work that is measured: in time, in instructions, in allocations.
///
/// One run does it `times` times, each time with another token or caller, so that nothing can be
/// right for one of them only.
pub struct Case {
    /// The work: what is at the start of the row.
    pub row: &'static str,
    /// Who does it: `limit`, `auth-core` or the name of a peer.
    pub who: &'static str,
    /// How often one run does it.
    pub times: u32,
    run: Box<dyn FnMut()>,
}

impl Case {
    /// Work that is done once for each of `inputs` in one run.
    pub fn over<T: 'static>(
        row: &'static str,
        who: &'static str,
        inputs: Vec<T>,
        mut work: impl FnMut(&T) + 'static,
    ) -> Self {
        let times = u32::try_from(inputs.len()).expect("a handful of inputs");
        let run = move || {
            for input in &inputs {
                work(std::hint::black_box(input));
            }
        };
        Self { row, who, times, run: Box::new(run) }
    }

    /// Does the work `times` times.
    pub fn run(&mut self) {
        (self.run)();
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.row, self.who)
    }
}
