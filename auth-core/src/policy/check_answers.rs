//! The answers of checks.

/// The answers of the checks of one policy, by slot.
///
/// ```
/// use auth_core::policy::CheckAnswers;
///
/// let mut answers = CheckAnswers::default();
/// answers.answer(3, false);
/// assert_eq!(answers.get(3), Some(false));
/// assert_eq!(answers.get(4), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckAnswers {
    known: u64,
    yes: u64,
}

impl CheckAnswers {
    /// How many checks one policy can have: the slots are 0 to 63.
    pub const SLOTS: u8 = 64;

    /// Notes the answer of the check in `slot`; a later answer replaces an earlier one.
    ///
    /// A slot beyond 63 is no slot: its answer is dropped, so that it is never met.
    pub fn answer(&mut self, slot: u8, yes: bool) {
        if let Some(bit) = 1_u64.checked_shl(slot.into()) {
            self.known |= bit;
            self.yes = if yes { self.yes | bit } else { self.yes & !bit };
        }
    }

    /// The answer of the check in `slot`, if it ran.
    #[must_use]
    pub fn get(self, slot: u8) -> Option<bool> {
        let bit = 1_u64.checked_shl(slot.into())?;
        (self.known & bit != 0).then_some(self.yes & bit != 0)
    }
}
