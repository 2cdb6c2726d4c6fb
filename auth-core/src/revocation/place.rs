//! How far a feed was read, where several tasks read it.

/// How far a feed was read: the list has everything before this position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The numbering of positions; `None` if nothing was read yet.
    generation: Option<u64>,
    pub(crate) position: u64,
}

/// The part of an answer of the feed that is about places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) generation: u64,
    pub(crate) position: u64,
    pub(crate) complete: bool,
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// There is more to read.
    On,
    /// The list has everything that the feed had when it was asked.
    All {
        /// The numbering.
        generation: u64,
    },
    /// The feed is another one than before: read it from the start.
    Replaced,
    /// The answer does not continue what was read: ask again.
    Again,
}

impl Place {
    /// Before the first position.
    pub(crate) const START: Self = Self { generation: None, position: 0 };

    /// Moves on by the answer to a task that asked at the place `asked`. The revocations of the answer are in the
    /// list already.
    ///
    /// Meanwhile another task may have read on, or found that the feed was replaced. An answer that does not
    /// continue what is read by now moves nothing.
    pub(crate) fn advance(&mut self, asked: Self, heard: Heard) -> Read {
        let Heard { generation, position, complete } = heard;
        let is_another = asked.generation.is_some_and(|known| known != generation);
        if is_another || position < asked.position {
            if *self == asked {
                *self = Self::START;
                return Read::Replaced;
            }
            return Read::Again;
        }
        let continues = self.generation.is_none_or(|known| known == generation)
            && asked.position <= self.position;
        if !continues {
            return Read::Again;
        }
        *self = Self { generation: Some(generation), position: position.max(self.position) };
        if complete {
            return Read::All { generation };
        }
        // A feed that says that there is more and does not move would be asked forever.
        if position > asked.position { Read::On } else { Read::Again }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(generation: u64, position: u64) -> Place {
        Place { generation: Some(generation), position }
    }

    const fn heard(generation: u64, position: u64, complete: bool) -> Heard {
        Heard { generation, position, complete }
    }

    /// What becomes of an answer, and where that leads from this place.
    fn advanced(mut place: Place, asked: Place, heard: Heard) -> (Read, Place) {
        (place.advance(asked, heard), place)
    }

    #[test]
    fn a_place_moves_on_by_what_continues_it() {
        let all = Read::All { generation: 1 };
        for (place, asked, heard, read, then) in [
            (Place::START, Place::START, heard(1, 0, true), all, at(1, 0)),
            (Place::START, Place::START, heard(1, 5, false), Read::On, at(1, 5)),
            (at(1, 5), at(1, 5), heard(1, 5, true), all, at(1, 5)),
            (at(1, 5), at(1, 5), heard(1, 9, true), all, at(1, 9)),
            // It promises more and does not move.
            (at(1, 5), at(1, 5), heard(1, 5, false), Read::Again, at(1, 5)),
            // Someone else has read on: it may be behind by now, and is never set back.
            (at(1, 9), at(1, 5), heard(1, 7, true), all, at(1, 9)),
            (at(1, 9), at(1, 5), heard(1, 7, false), Read::On, at(1, 9)),
            (at(1, 9), at(1, 5), heard(1, 12, true), all, at(1, 12)),
            (at(1, 9), Place::START, heard(1, 7, true), all, at(1, 9)),
        ] {
            assert_eq!(
                advanced(place, asked, heard),
                (read, then),
                "{place:?} {asked:?} {heard:?}"
            );
        }
    }

    #[test]
    fn an_answer_that_does_not_continue_what_is_read_moves_nothing() {
        for (place, asked, heard) in [
            // Someone else begins anew: what is before the question is not read yet.
            (Place::START, at(1, 5), heard(1, 9, true)),
            (at(1, 3), at(1, 5), heard(1, 9, true)),
            // Someone else has found another numbering, and this is of the former one; or the other way round.
            (at(2, 3), at(1, 5), heard(1, 9, true)),
            (at(2, 9), at(1, 5), heard(1, 9, true)),
            (at(2, 9), Place::START, heard(1, 9, true)),
            (at(1, 9), at(1, 5), heard(2, 9, true)),
            (at(1, 9), at(1, 5), heard(1, 4, true)),
        ] {
            assert_eq!(advanced(place, asked, heard), (Read::Again, place), "{asked:?} {heard:?}");
        }
    }

    #[test]
    fn a_feed_that_was_replaced_is_read_from_the_start() {
        for heard in [heard(2, 5, true), heard(2, 9, false), heard(1, 4, true)] {
            assert_eq!(advanced(at(1, 5), at(1, 5), heard), (Read::Replaced, Place::START));
        }
    }
}
