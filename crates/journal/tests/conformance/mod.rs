//! The suite. Each case gets a fresh place for a journal and may open it more than once, as several processes would.

pub mod appending;
pub mod keys;
pub mod lists;
pub mod sealing;
pub mod streams;
pub mod vault;

use std::sync::Arc;

use huoshui_journal::{Clock, Columns, Journal, Options, StateDoc, StepClock};

/// Where a journal lives.
pub trait Place: Sized {
    fn fresh() -> Self;
    fn open(&self, clock: Arc<dyn Clock>, options: Options) -> Journal;
    fn address(&self) -> String;

    fn journal(&self) -> Journal {
        self.open(clock(), Options::default())
    }
}

pub const START: i64 = 1_764_000_000_000_000;

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(StepClock::new(START, 1_000))
}

pub fn doc(collection: &str, id: &str, text: Option<&str>, int: Option<i64>) -> StateDoc {
    let mut columns = Columns::default();
    columns.text[0] = text.map(str::to_owned);
    columns.int[1] = int;
    let json = serde_json::json!({ "id": id }).to_string();
    StateDoc { collection: collection.into(), id: id.into(), version: 1, doc: json.into_bytes(), columns }
}

macro_rules! suite {
    ($name:ident, $place:ty; $($module:ident::$case:ident)+) => {
        mod $name {
            $(#[test] fn $case() { crate::conformance::$module::$case::<$place>(); })+
        }
    };
    ($name:ident, $place:ty) => {
        crate::conformance::suite! { $name, $place;
            streams::events_come_back_as_written_in_a_chain
            streams::a_command_over_several_streams_is_whole_or_absent
            streams::a_stale_version_is_refused_alone
            streams::any_version_appends_keep_one_dense_order
            streams::counting_with_retries_loses_no_step
            streams::a_decision_is_made_again_until_it_holds_or_the_tries_are_spent
            streams::two_openings_of_one_journal_agree
            streams::an_expectation_without_events_holds_between_two_openings
            keys::the_same_command_twice_has_one_effect_and_one_answer
            keys::a_key_is_scoped_and_bound_to_its_request
            keys::a_refused_command_leaves_its_key_free
            keys::concurrent_repeats_have_one_effect
            appending::what_is_out_of_bounds_is_refused_with_its_code
            appending::the_largest_body_and_the_oddest_names_fit
            appending::a_full_queue_is_busy_and_writes_nothing
            appending::a_reopened_journal_goes_on
            appending::everything_works_from_within_a_task_too
            vault::bodies_are_kept_with_their_command_and_come_back
            vault::a_command_that_is_refused_or_repeated_keeps_nothing
            vault::a_kept_body_stays_as_it_is_until_it_is_erased
            vault::erased_bodies_are_gone_and_everything_else_stays
            vault::of_many_who_keep_under_one_name_one_succeeds
            vault::names_and_bodies_are_held_to_their_bounds
            lists::documents_are_written_over_and_removed
            lists::every_page_of_every_order_matches_a_plain_sort
            lists::a_cursor_of_another_list_is_refused
            sealing::sealed_events_have_one_dense_order_that_keeps_each_stream_s
            sealing::every_event_is_proved_offline_and_a_changed_one_is_not
            sealing::a_later_root_is_proved_to_begin_with_an_earlier_one
            sealing::a_newer_sealer_fences_the_older_one_off
            sealing::a_seal_that_could_not_be_published_is_published_later
            sealing::documents_are_held_against_what_events_make_of_them
        }
    };
}
pub(crate) use suite;
