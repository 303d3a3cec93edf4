//! Memories in event time. What they hold follows from the rows that were put in, whatever the order they came in, and
//! they forget by the watermark alone: that is what makes the five laws the easy way.
//!
//! | window | answers |
//! |---|---|
//! | [`Tally`] | how many distinct members, how often, how much: in a bucket or in a window that slides |
//! | [`Timeline`] | A then B within d; k different steps of n within d; the single events themselves |
//! | [`FirstSeen`] | which members were not there before |
//! | [`Baseline`] | how much is usual for this key, from how many days |
//!
//! All are bounded. Which members a full tally keeps is decided by a hash of their names alone, and which events a full
//! timeline keeps by their times alone: never by the order of arrival.

mod baseline;
mod entry;
mod first_seen;
mod paths;
mod tally;
mod timeline;

pub use baseline::{Baseline, Past};
pub use entry::{Entry, Member};
pub use first_seen::FirstSeen;
pub use tally::{Tally, Window};
pub use timeline::{Event, Timeline};

use crate::group::{Order, Used};
use crate::state::State;
use crate::state::table::{self, View};

/// Lets go of the records of a window that no row in time can meet any more.
pub(crate) fn prune(state: &mut State, used: Used, horizon: i64) {
    let before = horizon.saturating_sub(used.retention);
    let view = View::of(state, used.section);
    match used.order {
        Order::Time => {
            let over = view.lower(before, 0);
            table::remove(state, used.section, 0, over);
        }
        Order::Member => {
            let over: Vec<usize> = (0..view.len()).filter(|index| view.last(*index) < before).collect();
            over.into_iter().rev().for_each(|index| table::remove(state, used.section, index, index + 1));
        }
    }
}
