//! What an application decides about passwords.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use super::Blocklist;
use super::argon::Cost;
use crate::store::Limit;

/// How passwords are checked and kept.
///
/// ```
/// use auth_accounts::password::PasswordSettings;
///
/// let settings = PasswordSettings::default().context_words(["notes", "acme"]).cost(65_536, 3, 1);
/// # drop(settings);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PasswordSettings {
    pub(super) cost: Cost,
    pub(super) at_once: usize,
    pub(super) waiting: usize,
    pub(super) beside_a_second_factor: bool,
    pub(super) context_words: Vec<String>,
    pub(super) blocklists: Vec<Arc<dyn Blocklist>>,
    pub(super) attempts: Limit,
    pub(super) consecutive: Limit,
    pub(super) attempts_of_an_address: Limit,
    pub(super) reset_seconds: u64,
    pub(super) verification_seconds: u64,
}

/// How short a password may be where its account has a second factor, too, in code points.
const BESIDE_A_SECOND_FACTOR: usize = 8;

/// After how many failures in a row attempts have to end
/// ([NIST SP 800-63B-4 §3.2.2](https://pages.nist.gov/800-63-4/sp800-63b.html)).
const MOST_CONSECUTIVE: u32 = 100;

/// More attempts than any client makes.
const UNLIMITED: Limit = Limit { attempts: u32::MAX, window_seconds: 1 };

/// How long a token to reset a password may live, in seconds.
const LONGEST_RESET: u64 = 3_600;

impl Default for PasswordSettings {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self {
            cost: Cost::RECOMMENDED,
            at_once: cores,
            // What a core can do in about two seconds.
            waiting: cores.saturating_mul(64),
            beside_a_second_factor: false,
            context_words: Vec::new(),
            blocklists: Vec::new(),
            attempts: Limit { attempts: 10, window_seconds: 15 * 60 },
            consecutive: Limit { attempts: MOST_CONSECUTIVE, window_seconds: 30 * 24 * 3_600 },
            attempts_of_an_address: Limit { attempts: 300, window_seconds: 15 * 60 },
            reset_seconds: LONGEST_RESET,
            verification_seconds: 24 * 3_600,
        }
    }
}

impl PasswordSettings {
    /// How long a password has to be where it is the only factor, in code points
    /// ([NIST SP 800-63B-4](https://pages.nist.gov/800-63-4/sp800-63b.html)).
    pub const MIN_LENGTH: usize = 15;

    /// What a hash costs: KiB of memory, passes over it, lanes. 19,456, 2 and 1 unless said
    /// otherwise. Passwords that were hashed at another cost are hashed anew when their owners sign
    /// in next.
    ///
    /// Less than one of 47,104 with 1 pass, 19,456 with 2 or 12,288 with 3 is refused, and more than
    /// 262,144 with 16 and 16 lanes, too.
    pub const fn cost(mut self, memory_kib: u32, passes: u32, lanes: u32) -> Self {
        self.cost = Cost { memory: memory_kib, passes, lanes };
        self
    }

    /// How many passwords are hashed at once, and how many more may wait for it: as many as there are
    /// cores, and 64 times as many. One more is answered with 503.
    pub const fn queue(mut self, at_once: usize, waiting: usize) -> Self {
        self.at_once = at_once;
        self.waiting = waiting;
        self
    }

    /// A user with a second factor may choose a password of 8 characters instead of 15. The last second
    /// factor of an account cannot be removed then, since its password may be too short to be alone.
    pub const fn beside_a_second_factor(mut self) -> Self {
        self.beside_a_second_factor = true;
        self
    }

    /// Words that an attacker of this application tries first, such as its name: they do not count
    /// as characters of a password. The names of the user, and those in the origin, never do.
    pub fn context_words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.context_words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Another list of passwords that cannot be chosen, beside the common ones.
    pub fn blocklist(mut self, list: impl Blocklist) -> Self {
        self.blocklists.push(Arc::new(list));
        self
    }

    /// How often a password may be tried: by strangers together for each account, and by each device
    /// that the account was used on before; 10 times in 15 minutes.
    pub const fn attempts(mut self, limit: Limit) -> Self {
        self.attempts = limit;
        self
    }

    /// How often it may be tried in the long run without a success; 100 times, and no more can be
    /// allowed. The window ends the wait; 30 days.
    pub const fn consecutive_attempts(mut self, limit: Limit) -> Self {
        self.consecutive = limit;
        self
    }

    /// Passwords may be tried without end. **For tests alone**, and for a server whose accounts are protected
    /// by something else.
    pub const fn unlimited_attempts(mut self) -> Self {
        self.attempts = UNLIMITED;
        self.consecutive = UNLIMITED;
        self.attempts_of_an_address = UNLIMITED;
        self
    }

    /// How often one address may try passwords, whosever they are, and sign up; 300 times in 15
    /// minutes. Addresses of the machine itself are not counted.
    pub const fn attempts_of_an_address(mut self, limit: Limit) -> Self {
        self.attempts_of_an_address = limit;
        self
    }

    /// How long a link to reset a password is valid, in seconds; an hour, which is the most.
    pub const fn reset_valid_for(mut self, seconds: u64) -> Self {
        self.reset_seconds = seconds;
        self
    }

    /// How long a link to verify an address is valid, in seconds; a day.
    pub const fn verification_valid_for(mut self, seconds: u64) -> Self {
        self.verification_seconds = seconds;
        self
    }

    pub(super) const fn min_length_beside(&self) -> usize {
        if self.beside_a_second_factor { BESIDE_A_SECOND_FACTOR } else { Self::MIN_LENGTH }
    }

    /// What is wrong with them.
    pub(super) fn check(&self, problems: &mut Vec<String>) {
        if !self.cost.is_enough() || !self.cost.is_bearable() || self.cost.lanes == 0 {
            problems.push(
                "`PasswordSettings::cost(..)` is too low or too high: 19456 KiB, 2 passes, 1 lane is \
                 recommended"
                    .to_owned(),
            );
        }
        if self.at_once == 0 {
            problems
                .push("`PasswordSettings::queue(..)` hashes nothing: say at least 1".to_owned());
        }
        let limits = [self.attempts, self.consecutive, self.attempts_of_an_address];
        if limits.iter().any(|limit| limit.attempts == 0 || limit.window_seconds == 0) {
            problems
                .push("a limit of attempts allows no attempt: say at least 1 of each".to_owned());
        }
        if self.consecutive.attempts > MOST_CONSECUTIVE && self.consecutive != UNLIMITED {
            problems.push(format!(
                "`PasswordSettings::consecutive_attempts(..)` may allow at most {MOST_CONSECUTIVE}"
            ));
        }
        if !(1..=LONGEST_RESET).contains(&self.reset_seconds) || self.verification_seconds == 0 {
            problems.push(format!(
                "a link to reset a password is valid for 1 to {LONGEST_RESET} seconds, one to verify \
                 an address for at least 1"
            ));
        }
    }
}
