//! One key's rows and memory in a call.

use crate::bindings as wit;
use crate::plan::Space;
use crate::rows::{Frame, Rows};
use crate::state::State;
use crate::time::align;

/// Section of the wake-up that the author asked for.
const WAKE: u8 = 254;
/// Section of the latest event time seen, kept where a rule looks back.
const LATEST: u8 = 253;

/// The rows of one key, with what is remembered of it.
pub struct Group<'a> {
    frame: &'a Frame<'a>,
    pub(crate) space: &'a Space,
    pub(crate) index: u32,
    pub(crate) given: &'a wit::Group,
    pub(crate) state: State,
    pub(crate) version: u32,
    /// Whether the host holds a state for the key.
    pub(crate) had: bool,
    pub(crate) had_wake: Option<i64>,
    pub(crate) had_expiry: Option<i64>,
    pub(crate) expires: i64,
    /// Before this time nothing comes any more, in this call at least.
    pub(crate) horizon: i64,
    /// The same by the watermark alone: a row before it is late.
    reached: i64,
    /// Windows that were written to, with how long each keeps what it holds.
    pub(crate) windows: Vec<Used>,
    /// Latest event time of the key with this call, where a rule looks back …
    latest: i64,
    /// … and before it.
    pub(crate) latest_before: i64,
    woken: Option<i64>,
}

/// A window that was written to.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    pub section: u8,
    /// How long it keeps what it holds, nanoseconds.
    pub retention: i64,
    pub order: Order,
    /// Start of the pane that was written to last.
    pub pane: i64,
}

/// What the records of a window are in order of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Time,
    Member,
}

// === impl Group ===

impl<'a> Group<'a> {
    pub(crate) fn new(
        frame: &'a Frame<'a>,
        space: &'a Space,
        index: u32,
        given: &'a wit::Group,
        kept: Option<wit::State>,
        version: u32,
    ) -> Self {
        let had = kept.is_some();
        let kept = kept.unwrap_or(wit::State { version, bytes: Vec::new(), expires: None, wake: None });
        let reached = reached(frame, space);
        // Rows that come late are judged all the same, on what is still remembered: a source that was down must not be a
        // blind spot. So the rows at hand, late ones too, pull the horizon back to themselves for this call.
        let rows = Rows::of(frame, given.first, given.rows);
        let horizon = rows.map(|row| row.time()).fold(reached, i64::min);
        // The host may have dropped it already, or not: either way it counts as absent. (With a wake-up to come it is
        // still needed, and windows know by themselves what is over.)
        let gone = kept.wake.is_none() && given.due.is_none() && kept.expires.is_some_and(|expires| expires <= horizon);
        let bytes = if gone { Vec::new() } else { kept.bytes };
        let expires = if gone { i64::MIN } else { kept.expires.unwrap_or(i64::MIN) };
        let mut group = Self {
            frame,
            space,
            index,
            given,
            state: State::from_bytes(bytes),
            version,
            had,
            had_wake: kept.wake,
            had_expiry: kept.expires,
            expires,
            horizon,
            reached,
            windows: Vec::new(),
            latest: i64::MIN,
            latest_before: i64::MIN,
            woken: None,
        };
        group.take_latest();
        group.take_wake();
        group
    }

    /// The parts of the key, as the key space orders them.
    pub fn key(&self) -> &'a [String] {
        &self.given.key
    }

    /// One part of the key; empty: there is no such part.
    pub fn part(&self, index: usize) -> &'a str {
        self.given.key.get(index).map_or("", String::as_str)
    }

    /// Whether the group belongs to this key space.
    pub fn is_of(&self, space: crate::KeySpace) -> bool {
        self.frame.call.key_space == space.0
    }

    /// Its rows in the call's one order across tables.
    pub fn rows(&self) -> Rows<'a> {
        Rows::of(self.frame, self.given.first, self.given.rows)
    }

    /// The least event time that all sources have reached: `i64::MIN`: not known yet; `i64::MAX`: the end.
    pub fn watermark(&self) -> i64 {
        self.frame.call.watermark
    }

    /// What is remembered of the key.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The same, to be changed.
    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// The time that was asked for by [`Group::wake_at`], when it has come.
    pub fn due(&self) -> Option<i64> {
        self.woken
    }

    /// Asks to be called once the watermark has reached this time, though no row comes. One time is remembered.
    pub fn wake_at(&mut self, time: i64) {
        self.state.replace(WAKE, &time.to_le_bytes());
        self.keep_until(time);
    }

    /// Lets the memory live until this event time at least. Windows ask by themselves.
    pub fn keep_until(&mut self, time: i64) {
        self.expires = self.expires.max(time);
    }

    /// The wake-up that the author asked for and that has not come.
    pub(crate) fn asked_wake(&self) -> Option<i64> {
        self.word(WAKE)
    }

    /// Notes that a window is written to at this time; none: the time is of no use any more. Answers where the window is
    /// noted.
    #[inline]
    pub(crate) fn uses(&mut self, section: u8, time: i64, keep: i64, order: Order) -> Option<usize> {
        let retention = keep.saturating_add(self.space.span);
        if time < self.horizon.saturating_sub(retention) {
            return None;
        }
        // What a late row leaves lives on from now: its neighbours are late too, and still to come.
        let from = if self.reached < i64::MAX { time.max(self.reached) } else { time };
        self.expires = self.expires.max(from.saturating_add(retention));
        Some(match self.windows.iter().position(|used| used.section == section) {
            Some(at) => at,
            None => {
                self.windows.push(Used { section, retention, order, pane: i64::MIN });
                self.windows.len() - 1
            }
        })
    }

    /// Start of the aligned pane that holds a time; rows mostly fall into the pane of the one before.
    #[inline]
    pub(crate) fn pane(&mut self, window: usize, time: i64, width: i64) -> i64 {
        let Some(used) = self.windows.get_mut(window) else { return align(time, width) };
        if used.pane > time || time.wrapping_sub(used.pane) >= width || used.pane == i64::MIN {
            used.pane = align(time, width);
        }
        used.pane
    }

    /// Writes back the latest event time.
    pub(crate) fn put_latest(&mut self) {
        if self.space.lookback > 0 && self.latest > i64::MIN {
            self.state.replace(LATEST, &self.latest.to_le_bytes());
        }
    }

    fn take_latest(&mut self) {
        if self.space.lookback > 0 {
            let rows = self.rows().map(|row| row.time()).max();
            self.latest_before = self.word(LATEST).unwrap_or(i64::MIN);
            self.latest = self.latest_before.max(rows.unwrap_or(i64::MIN));
        }
    }

    fn take_wake(&mut self) {
        let reached = self.watermark().max(self.given.due.unwrap_or(i64::MIN));
        if let Some(asked) = self.asked_wake().filter(|asked| *asked <= reached) {
            self.woken = Some(asked);
            self.state.replace(WAKE, &[]);
        }
    }

    fn word(&self, section: u8) -> Option<i64> {
        self.state.section(section).try_into().ok().map(i64::from_le_bytes)
    }
}

/// The least time that a row may have which is not late.
fn reached(frame: &Frame<'_>, space: &Space) -> i64 {
    match frame.call.watermark {
        watermark @ (i64::MIN | i64::MAX) => watermark,
        watermark => watermark.saturating_sub(space.lateness),
    }
}
