//! The ledger: bytes by day, observer and party, and by hour and observer.
//!
//! Several observers of one flow (a sensor and a firewall) are not summed: of each party the observer that saw most counts.

use sekisho_sdk::prelude::{DAY, Group, HOUR};
use sekisho_sdk::{State, state::hash};

use super::packed::Packed;
use super::{day_of, party};

/// Parties that a day keeps for an observer; what the others add up to is kept as one.
const PARTIES: usize = 16;
const OTHERS: u32 = u32::MAX;

/// Bytes of a key by day, observer and party, kept so many nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Ledger {
    days: Packed<3>,
    /// With how long they are kept.
    hours: Option<(Packed<1>, i64)>,
    keep: i64,
}

/// One row's bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flow<'r> {
    pub time: i64,
    /// Who told it.
    pub observer: &'r str,
    /// Who the other side is.
    pub party: &'r str,
    pub out: i64,
    pub inward: i64,
    /// None: there are no office hours.
    pub off_hours: Option<bool>,
}

/// Sums over some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub out: i64,
    pub inward: i64,
    /// Of the bytes out, those that left outside office hours less those that left within; 0 where there are none.
    pub night: i64,
}

/// What one party sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The short hash of its name.
    pub party: u32,
    pub sums: Sums,
    /// The observer that saw most of it.
    pub observer: u16,
    /// The most within two days that follow each other: whatever happens within 24 hours lies in them.
    pub within_a_day: i64,
}

/// One record: day, observer and party, with its sums.
#[derive(Clone, Copy)]
struct Line {
    day: u16,
    observer: u16,
    party: u32,
    sums: Sums,
}

// === impl Ledger ===

impl Ledger {
    /// In a section of its own.
    pub fn new(section: u8, keep: i64) -> Self {
        Self { days: Packed { section }, hours: None, keep }
    }

    /// Keeps hours too, so long, in the next section.
    #[must_use]
    pub fn hours(mut self, keep: i64) -> Self {
        self.hours = Some((Packed { section: self.days.section + 1 }, keep));
        self
    }

    /// Puts a row's bytes in. One that comes too late to matter is passed over.
    pub fn add(&self, group: &mut Group<'_>, flow: Flow<'_>) {
        let floor = floor(group, self.keep);
        if flow.time < floor {
            return;
        }
        group.keep_until(flow.time.saturating_add(self.keep));
        let watermark = group.watermark();
        let state = group.state_mut();
        self.days.forget_below(state, key(day_of(floor), 0, 0));
        let observer = observer(flow.observer);
        let night = flow.off_hours.map_or(0, |night| if night { flow.out } else { -flow.out });
        let day = day_of(flow.time);
        self.put(state, day, observer, party(flow.party), [flow.out, flow.inward, night]);
        if let Some((hours, keep)) = self.hours.filter(|_| flow.out > 0) {
            let floor = floor_of(watermark, keep);
            if flow.time >= floor {
                hours.forget_below(state, hour_key(floor, 0));
                hours.merge(state, hour_key(flow.time, observer), [flow.out], |old, new, _| old.saturating_add(new));
            }
        }
    }

    /// What left from a time to before another, in whole days.
    pub fn sums(&self, state: &State, from: i64, to: i64) -> Sums {
        total(self.lines(state, from, to).collect())
    }

    /// The same, of one party.
    pub fn of(&self, state: &State, name: &str, from: i64, to: i64) -> Sums {
        let named = party(name);
        total(self.lines(state, from, to).filter(|line| line.party == named).collect())
    }

    /// What each party sent that sent so much or more.
    pub fn by_party(&self, state: &State, from: i64, to: i64, least: i64) -> Vec<Sent> {
        let mut lines: Vec<Line> = self.lines(state, from, to).collect();
        lines.sort_unstable_by_key(|line| (line.party, line.day, line.observer));
        let all = |lines: &[Line]| lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.sums.out));
        let sent = |lines: &[Line]| {
            let pair = |at: usize| {
                let next = lines[at].day.saturating_add(1);
                let end = lines[at..].iter().position(|line| line.day > next).map_or(lines.len(), |more| at + more);
                total(lines[at..end].to_vec())
            };
            let starts = (0..lines.len()).filter(|at| *at == 0 || lines[at - 1].day != lines[*at].day);
            let within_a_day = starts.map(|at| pair(at).out).max().unwrap_or(0);
            let sums = total(lines.to_vec());
            let most = lines.iter().max_by_key(|line| (line.sums.out, line.observer)).map_or(0, |line| line.observer);
            Sent { party: lines[0].party, sums, observer: most, within_a_day }
        };
        lines.chunk_by(|x, y| x.party == y.party).filter(|lines| all(lines) >= least).map(sent).collect()
    }

    /// The sums of each day from a time to before another that had any.
    pub fn by_day(&self, state: &State, from: i64, to: i64) -> Vec<(u16, Sums)> {
        let mut days: Vec<(u16, Vec<Line>)> = Vec::new();
        for line in self.lines(state, from, to) {
            match days.last_mut() {
                Some((day, lines)) if *day == line.day => lines.push(line),
                _ => days.push((line.day, vec![line])),
            }
        }
        days.into_iter().map(|(day, lines)| (day, total(lines))).collect()
    }

    /// A bound that is cheap: the bytes out of all observers together.
    pub fn at_most(&self, state: &State, from: i64, to: i64) -> i64 {
        self.lines(state, from, to).fold(0, |sum, line| sum.saturating_add(line.sums.out))
    }

    /// The hour in which most left, and how much. (None where hours are not kept.)
    pub fn busiest_hour(&self, state: &State, from: i64, to: i64) -> Option<(i64, i64)> {
        let all = self.hours?.0.range(state, hour_key(from, 0), hour_key(to, 0));
        let busiest = all.max_by_key(|(key, [out])| (*out, u64::MAX - key))?;
        Some(((busiest.0 >> 32) as i64 * HOUR, busiest.1[0]))
    }

    fn lines<'s>(&self, state: &'s State, from: i64, to: i64) -> impl Iterator<Item = Line> + use<'s> {
        let to = day_of(to.saturating_add(DAY - 1));
        self.days.range(state, key(day_of(from), 0, 0), key(to, 0, 0)).map(line)
    }

    /// Adds to a party's record; a full day keeps the parties of the least hashes and pours the others together.
    fn put(&self, state: &mut State, day: u16, observer: u16, party: u32, words: [i64; 3]) {
        let add = |old: i64, new: i64, _| old.saturating_add(new);
        let place = key(day, observer, party);
        let index = self.days.of(state).lower(place);
        if self.days.join_at(state, index, place, words, add).is_some() {
            return;
        }
        let records = self.days.of(state);
        let (start, end) = (records.lower(key(day, observer, 0)), records.lower(key(day, observer, OTHERS)));
        if end - start < PARTIES {
            return self.days.insert_at(state, index, place, words);
        }
        let (last, kept) = records.get(end - 1);
        if place > last {
            self.days.merge(state, key(day, observer, OTHERS), words, add);
        } else {
            self.days.remove(state, end - 1);
            self.days.insert_at(state, index, place, words);
            self.days.merge(state, key(day, observer, OTHERS), kept, add);
        }
    }
}

// === impl Sums ===

impl Sums {
    /// Bytes out for each byte in, at most 1,000.
    pub fn ratio(&self) -> i64 {
        (self.out / self.inward.max(1)).min(1000)
    }

    /// Percent of the bytes out that left outside office hours; none: there are no office hours.
    pub fn off_hours_share(&self) -> Option<i64> {
        // Nobody sends exactly as much by night as by day.
        let share = (i128::from(self.out) + i128::from(self.night)) * 50 / i128::from(self.out.max(1));
        (self.night != 0).then(|| share.clamp(0, 100) as i64)
    }

    /// Whether most of it left outside office hours.
    pub fn is_by_night(&self) -> bool {
        self.off_hours_share().is_some_and(|share| share >= 50)
    }

    /// Whether nearly all of it is known to have left within office hours.
    pub fn is_by_day(&self) -> bool {
        self.off_hours_share().is_some_and(|share| share <= 20)
    }

    /// Without another's share.
    pub fn less(self, other: Self) -> Self {
        let less = |all: i64, part: i64| all.saturating_sub(part);
        Self {
            out: less(self.out, other.out),
            inward: less(self.inward, other.inward),
            night: less(self.night, other.night),
        }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            out: self.out.saturating_add(other.out),
            inward: self.inward.saturating_add(other.inward),
            night: self.night.saturating_add(other.night),
        }
    }
}

/// Of each party the observer that saw most, all parties together.
fn total(mut lines: Vec<Line>) -> Sums {
    if lines.iter().all(|line| line.observer == lines[0].observer) {
        return lines.iter().fold(Sums::default(), |sums, line| sums.plus(line.sums));
    }
    lines.sort_unstable_by_key(|line| (line.party, line.observer));
    let by_observer = lines.chunk_by(|x, y| (x.party, x.observer) == (y.party, y.observer));
    let mut seen: Vec<(u32, Sums)> = Vec::new();
    for lines in by_observer {
        let sums = lines.iter().fold(Sums::default(), |sums, line| sums.plus(line.sums));
        match seen.last_mut() {
            Some((party, best)) if *party == lines[0].party => {
                if (sums.out, sums.inward) > (best.out, best.inward) {
                    *best = sums;
                }
            }
            _ => seen.push((lines[0].party, sums)),
        }
    }
    seen.into_iter().fold(Sums::default(), |sums, (_, more)| sums.plus(more))
}

/// Before this time nothing is kept.
pub(super) fn floor(group: &Group<'_>, keep: i64) -> i64 {
    floor_of(group.watermark(), keep)
}

fn floor_of(watermark: i64, keep: i64) -> i64 {
    match watermark {
        // Not known yet; or the end, when the rows of the last call are still to be put in.
        i64::MIN | i64::MAX => i64::MIN,
        watermark => watermark.saturating_sub(keep).saturating_sub(DAY),
    }
}

fn key(day: u16, observer: u16, party: u32) -> u64 {
    u64::from(day) << 48 | u64::from(observer) << 32 | u64::from(party)
}

fn line((key, [out, inward, night]): (u64, [i64; 3])) -> Line {
    let (day, observer, party) = ((key >> 48) as u16, (key >> 32) as u16, key as u32);
    Line { day, observer, party, sums: Sums { out, inward, night } }
}

fn hour_key(time: i64, observer: u16) -> u64 {
    let hour = u32::try_from(time.div_euclid(HOUR).clamp(0, u32::MAX.into())).unwrap_or(u32::MAX);
    u64::from(hour) << 32 | u64::from(observer)
}

pub(super) fn observer(name: &str) -> u16 {
    hash(name.as_bytes()) as u16
}
