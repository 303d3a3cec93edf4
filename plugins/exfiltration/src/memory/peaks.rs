//! Counters that only grow, such as the bytes of a VPN session: what they grew by in a day.

use sekisho_sdk::State;
use sekisho_sdk::prelude::{DAY, Group};
use sekisho_sdk::state::hash;

use super::day_of;
use super::ledger::floor;
use super::packed::Packed;

/// The greatest value of each session's counter in each day.
#[derive(Clone, Copy, Debug)]
pub struct Peaks {
    peaks: Packed<3>,
    keep: i64,
}

/// What sessions grew by in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub day: u16,
    pub out: i64,
    pub inward: i64,
    pub sessions: u32,
    /// Time of the day's earliest record.
    pub first: i64,
}

// === impl Peaks ===

impl Peaks {
    pub fn new(section: u8, keep: i64) -> Self {
        Self { peaks: Packed { section }, keep }
    }

    /// Puts a session's counters in, as they stand at this time.
    pub fn add(&self, group: &mut Group<'_>, time: i64, session: &str, out: i64, inward: i64) {
        let floor = floor(group, self.keep);
        if time < floor {
            return;
        }
        group.keep_until(time.saturating_add(self.keep));
        let state = group.state_mut();
        self.peaks.forget_below(state, u64::from(day_of(floor)) << 48);
        let key = u64::from(day_of(time)) << 48 | hash(session.as_bytes()) >> 16;
        self.peaks.merge(
            state,
            key,
            [out, inward, time],
            |old, new, i| if i == 2 { old.min(new) } else { old.max(new) },
        );
    }

    /// The days from a time to before another that had any, each with what its sessions grew by.
    pub fn by_day(&self, state: &State, from: i64, to: i64) -> Vec<Counted> {
        let before = u64::from(day_of(from)) << 48;
        let end = u64::from(day_of(to.saturating_add(DAY - 1))) << 48;
        let mut days: Vec<Counted> = Vec::new();
        let mut stood: Vec<(u64, i64, i64)> = Vec::new();
        // What stood a day before is enough: a session tells its counters every few minutes while it lives.
        let earlier = u64::from(day_of(from.saturating_sub(DAY))) << 48;
        for (key, [out, inward, first]) in self.peaks.range(state, earlier, end) {
            let (day, session) = ((key >> 48) as u16, key & ((1 << 48) - 1));
            let old = match stood.iter_mut().find(|(known, ..)| *known == session) {
                Some(known) => std::mem::replace(known, (session, out.max(known.1), inward.max(known.2))),
                None => {
                    stood.push((session, out, inward));
                    (session, 0, 0)
                }
            };
            if key < before {
                continue;
            }
            if days.last().is_none_or(|last| last.day != day) {
                days.push(Counted { day, first, ..Counted::default() });
            }
            if let Some(last) = days.last_mut() {
                last.out = last.out.saturating_add(out.saturating_sub(old.1).max(0));
                last.inward = last.inward.saturating_add(inward.saturating_sub(old.2).max(0));
                last.sessions += 1;
                last.first = last.first.min(first);
            }
        }
        days
    }
}
