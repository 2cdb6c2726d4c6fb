//! Builders report every mistake at once.

/// An error that can be several. Made by [`several_problems`](super::several_problems).
pub(crate) trait Several: PartialEq + Sized {
    fn several(problems: Vec<Self>) -> Self;

    /// Each of them by itself.
    fn split(self) -> Vec<Self>;
}

/// What was found to be wrong while something is built, in the order of the settings; each problem once.
#[derive(Clone, Debug)]
pub(crate) struct Problems<E>(Vec<E>);

impl<E> Default for Problems<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: Several> Problems<E> {
    pub(crate) fn add(&mut self, problem: E) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Notes a problem unless this holds.
    pub(crate) fn unless(&mut self, holds: bool, problem: impl FnOnce() -> E) {
        if !holds {
            self.add(problem());
        }
    }

    /// What is right. What is wrong is noted.
    pub(crate) fn right<T>(&mut self, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|problem| problem.split().into_iter().for_each(|one| self.add(one))).ok()
    }

    /// [`right`](Self::right) of a part that has an error of its own.
    pub(crate) fn right_of<T, P: Several>(
        &mut self,
        outcome: Result<T, P>,
        wrap: impl Fn(P) -> E,
    ) -> Option<T> {
        outcome
            .map_err(|problem| problem.split().into_iter().for_each(|one| self.add(wrap(one))))
            .ok()
    }

    pub(crate) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// What was built, if nothing is wrong. Without it something is, whether it was noted or not.
    pub(crate) fn finish<T>(mut self, built: Option<T>) -> Result<T, E> {
        match (built, self.0.len()) {
            (Some(built), 0) => Ok(built),
            (_, 1) => Err(self.0.swap_remove(0)),
            _ => Err(E::several(self.0)),
        }
    }
}

/// One problem a line, with its help behind it.
pub(crate) fn lines<E: std::fmt::Display>(problems: &[E]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// For an error with a variant `Several(Vec<Self>)`: `problems()`, and what [`Problems`] needs of it.
macro_rules! several_problems {
    ($($error:ident),+) => {$(
        impl $error {
            /// Every problem by itself: those of [`Several`](Self::Several), or this one.
            #[must_use]
            pub fn problems(&self) -> &[Self] {
                match self {
                    Self::Several(problems) => problems,
                    one => std::slice::from_ref(one),
                }
            }
        }

        impl $crate::wording::Several for $error {
            fn several(problems: Vec<Self>) -> Self {
                Self::Several(problems)
            }

            fn split(self) -> Vec<Self> {
                match self {
                    Self::Several(problems) => problems,
                    one => vec![one],
                }
            }
        }
    )+};
}

pub(crate) use several_problems;
