//! The list of cases, and the tests that are made of it.

use super::authorization::{
    self, Nodes, clients, codes, consents, devices, feed, grants, keys, refresh, sweep,
};
use super::kit::Kit;
use super::{
    Case, accounts, api_keys, assignments, attempts, audit, changes, factors, one_time, sessions,
    together,
};

/// Makes a test of every case, for the store that this function makes: `async fn() -> Stores`, an empty
/// one for each call. With `short_lived:` before it, of the cases for sessions, one-time secrets and
/// attempts alone.
///
/// The crate that calls it needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! conformance_tests {
    (short_lived: $make:path) => {
        $crate::__short_lived_cases! { __conformance_test [$make, prove] }
    };
    ($make:path) => {
        $crate::__lasting_cases! { __conformance_test [$make, prove] }
        $crate::__short_lived_cases! { __conformance_test [$make, prove] }
    };
}

/// Makes a test of every case for a store of an authorization server, which this function makes: `async
/// fn() -> Nodes`, an empty one for each call.
///
/// The crate that calls it needs `tokio` with `macros` and `rt-multi-thread`.
///
/// ```
/// use auth_store::conformance::Nodes;
/// use auth_store::memory::MemoryStore;
///
/// async fn empty_store() -> Nodes {
///     Nodes::one(MemoryStore::new())
/// }
///
/// mod conformance {
///     use super::empty_store;
///
///     auth_store::authorization_conformance_tests!(empty_store);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! authorization_conformance_tests {
    ($make:path) => {
        $crate::__authorization_cases! { __conformance_test [$make, prove_authorization] }
    };
}

/// Makes the tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ([$make:path, $prove:ident] $($part:ident { $($name:ident)* })*) => {$(
        mod $part {
            #[allow(unused_imports, reason = "the path may be one of the module around")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() -> Result<(), $crate::conformance::Failure> {
                    let empty = $make().await;
                    $crate::conformance::$prove(stringify!($part), stringify!($name), empty).await
                }
            )*
        }
    )*};
}

/// The cases of what may be forgotten.
#[doc(hidden)]
#[macro_export]
macro_rules! __short_lived_cases {
    ($callback:ident [$($args:tt)*]) => {
        $crate::$callback! { [$($args)*]
            sessions {
                a_session_is_kept_as_it_was_given
                a_session_is_over_at_its_end_and_when_unused
                a_touch_is_never_set_back_and_revives_nothing
                a_new_secret_takes_the_place_of_the_old_one
                a_session_is_ended_by_its_own_account_alone
                an_ended_session_stays_ended
                others_are_ended_and_one_is_kept
                sessions_are_listed_newest_first
                data_are_written_over_the_version_that_was_seen
                data_go_with_their_session
                a_digest_or_an_id_that_is_taken_is_refused
                sessions_that_are_over_are_swept
                texts_are_kept_or_refused
                long_values_are_refused
                one_of_many_rotations_wins
                one_of_many_ends_is_the_one
                one_of_many_writers_of_data_wins
                no_rotation_survives_the_end_of_all
                changes_and_audit_tell_what_was_done
                the_clock_may_step
                cancelled_calls_leave_all_or_nothing
                random_operations_answer_as_the_model
            }
            one_time {
                a_secret_is_used_once
                a_kind_is_none_of_another
                a_secret_expires_at_its_end
                a_digest_is_taken_until_it_expires
                an_account_is_cleared_by_kind
                what_expired_is_swept
                values_are_kept_byte_for_byte
                long_values_are_refused
                far_times_are_kept_or_refused
                one_of_many_takes
                one_of_many_puts
                a_value_is_taken_or_cleared
                the_clock_may_step
                cancelled_takes_use_at_most_once
                random_operations_answer_as_the_model
            }
            attempts {
                attempts_are_counted_to_the_limit
                a_window_begins_with_its_first_attempt
                a_clock_that_was_set_back_opens_no_window
                a_success_forgives
                ended_windows_are_swept
                many_at_once_are_counted_each
                cancelled_attempts_are_never_counted_for_less
                random_operations_answer_as_the_model
            }
        }
    };
}

/// The cases of what must last.
#[doc(hidden)]
#[macro_export]
macro_rules! __lasting_cases {
    ($callback:ident [$($args:tt)*]) => {
        $crate::$callback! { [$($args)*]
            accounts {
                an_account_is_kept_as_it_was_given
                a_name_is_taken_once
                texts_are_kept_or_refused
                long_values_are_refused
                verified_addresses_are_found_in_any_case
                a_password_is_set_over_the_hash_that_was_seen
                a_status_is_changed_once
                an_address_is_set
                an_epoch_counts_up
                accounts_are_searched_by_plain_text
                one_of_many_gets_the_name
                one_of_many_sets_the_password
                epochs_are_given_out_once
                cancelled_calls_leave_all_or_nothing
                random_operations_answer_as_the_model
            }
            assignments {
                an_assignment_is_kept_as_it_was_given
                an_assignment_ends_at_its_end
                origins_do_not_touch_each_other
                a_replacement_changes_its_origin_alone
                the_last_holder_is_kept
                the_first_holder_is_alone
                holders_come_in_pages
                an_unknown_account_gets_nothing
                texts_are_kept_or_refused
                one_of_many_is_the_first
                many_withdrawals_leave_one
                random_operations_answer_as_the_model
            }
            factors {
                factors_are_kept_and_listed_oldest_first
                a_credential_id_is_unique_over_all_accounts
                a_factor_is_removed_by_its_account_alone
                a_step_is_accepted_once_and_forwards
                a_counter_is_written_over_the_one_that_was_seen
                recovery_codes_are_replaced_as_a_whole_and_used_once
                texts_are_kept_or_refused
                long_values_are_refused
                one_of_many_steps_is_accepted
                one_of_many_counters_is_written
                one_of_many_uses_the_code
                one_of_many_gets_the_credential_id
                cancelled_calls_use_at_most_once
                random_operations_answer_as_the_model
            }
            api_keys {
                a_key_is_kept_as_it_was_given
                an_id_is_taken_once
                a_rotation_keeps_the_digest_before
                a_key_is_changed_by_its_owner_while_it_is_valid
                keys_are_listed
                a_use_is_never_set_back
                texts_are_kept_or_refused
                one_of_many_revokes
                random_operations_answer_as_the_model
            }
            audit {
                entries_are_kept_in_a_chain
                records_come_in_pages_and_by_account
                many_writers_leave_no_gap
                long_entries_are_refused_with_their_change
                cancelled_entries_leave_the_chain_intact
            }
            changes {
                positions_ascend
                nothing_turns_up_behind_a_position
                a_batch_says_whether_it_is_all
            }
            together {
                credentials_come_with_the_state_of_their_account
                an_account_goes_with_all_that_it_has
                nothing_belongs_to_an_account_that_is_not_there
                what_was_done_is_recorded_and_announced_and_nothing_else
                random_operations_answer_as_the_model
            }
        }
    };
}

/// The cases of an authorization server.
#[doc(hidden)]
#[macro_export]
macro_rules! __authorization_cases {
    ($callback:ident [$($args:tt)*]) => {
        $crate::$callback! { [$($args)*]
            codes {
                a_code_is_kept_as_it_was_given
                a_code_is_redeemed_once
                a_code_expires_at_its_end
                a_spent_code_is_known_after_its_end
                a_code_of_a_revoked_grant_gets_nothing
                what_is_taken_is_refused_with_all_beside_it
                texts_are_kept_or_refused
                long_values_are_refused
                one_of_many_redemptions_is_the_first
                cancelled_redemptions_leave_all_or_nothing
            }
            refresh {
                a_rotation_puts_the_next_token_in_the_place_of_the_one_before
                a_retry_gets_the_same_successor
                a_retry_ends_with_the_window
                a_retry_ends_with_the_use_of_the_successor
                without_a_window_there_is_no_retry
                a_token_expires_at_its_end_and_with_its_grant
                an_unknown_token_gets_nothing
                a_successor_is_the_next_of_its_chain
                opaque_tokens_are_kept_with_what_they_were_issued_for
                many_rotations_make_one_successor
                without_a_window_one_of_many_rotates_and_the_grant_ends
                chains_of_many_grants_do_not_touch_each_other
                cancelled_rotations_leave_all_or_nothing
            }
            grants {
                a_revocation_ends_what_was_issued
                grants_are_listed_newest_first
                grants_are_revoked_as_they_are_selected
                all_of_many_grants_are_revoked_and_told_once
                a_grant_without_a_code_begins_while_it_is_live
                one_of_many_revocations_is_the_one
                a_revocation_wins_over_what_runs_beside_it
                revocations_of_many_do_not_wait_for_each_other
            }
            feed {
                what_was_revoked_is_returned_in_its_order
                a_batch_says_whether_it_is_all
                nothing_turns_up_behind_a_position
                a_token_is_revoked_until_it_expires
                a_follower_is_woken
                what_was_acknowledged_is_returned_at_once
                what_no_token_needs_goes_and_positions_go_on
            }
            consents {
                a_consent_replaces_that_for_its_resource
                a_withdrawal_forgets_and_revokes
            }
            clients {
                a_client_registers_once
                clients_are_listed_in_pages
                metadata_are_written_over_those_that_were_seen
                a_use_is_never_set_back
                a_client_goes_with_what_was_granted_to_it
                texts_are_kept_or_refused
                one_of_many_updates_wins
            }
            keys {
                keys_are_kept_in_their_order
                a_key_is_added_after_the_latest_of_its_algorithm
                one_of_many_nodes_adds_a_key
            }
            devices {
                a_device_waits_for_its_user
                a_code_is_taken_until_it_expires
                a_device_that_polls_too_early_is_slowed_down
                a_grant_is_given_out_once
                a_denial_is_returned
                a_device_expires
                a_grant_that_is_not_fetched_ends_with_its_device
                a_grant_that_was_revoked_is_not_given_out
                one_of_many_decides
                one_of_many_polls_gets_the_grant
                one_of_many_gets_the_user_code
            }
            sweep {
                what_is_dead_goes_and_what_lives_stays
                a_code_that_was_not_redeemed_takes_its_grant_along
                spent_tokens_go_with_their_grant
                a_sweep_takes_a_batch
                sweeps_run_beside_each_other
            }
            authorization {
                random_operations_answer_as_the_model
            }
        }
    };
}

/// Makes the table.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_table {
    ([$kit:path] $($part:ident { $($name:ident)* })*) => {
        &[$($(Case {
            part: stringify!($part),
            name: stringify!($name),
            run: |empty, settings| Box::pin($part::$name(<$kit>::new(empty, settings))),
        },)*)*]
    };
}

/// The cases of what must last.
pub(super) const LASTING: &[Case] = crate::__lasting_cases! { __conformance_table [Kit] };

/// The cases of what may be forgotten.
pub(super) const SHORT_LIVED: &[Case] = crate::__short_lived_cases! { __conformance_table [Kit] };

/// The cases of an authorization server.
pub(super) const AUTHORIZATION: &[Case<Nodes>] =
    crate::__authorization_cases! { __conformance_table [authorization::Kit] };
