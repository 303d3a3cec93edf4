//! Office hours: whether a moment lies outside of them.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rustc_hash::FxHashSet;

use super::inventory::{Day, Hours, OfficeHours, Problem};
use crate::model::Time;

/// Minutes of a day.
const DAY: i16 = 24 * 60;

/// Office hours, ready to be asked.
#[derive(Debug)]
pub(super) struct Calendar {
    zone: TimeZone,
    /// For each day of the week from Monday: spans in minutes of the day; an end over 24 hours lies in the next day.
    week: [Vec<(i16, i16)>; 7],
    dates: FxHashSet<Date>,
    /// Month and day of holidays of every year.
    every_year: FxHashSet<(i8, i8)>,
    /// The last answer, since logs come in order: minutes since 1970 × 2 + answer.
    last: AtomicI64,
}

// === impl Calendar ===

impl Calendar {
    /// Reads office hours; problems are added to the list.
    pub(super) fn compile(hours: &OfficeHours, problems: &mut Vec<Problem>) -> Option<Self> {
        let before = problems.len();
        let zone = TimeZone::get(&hours.time_zone).map_err(|_| {
            let message = format!("`{}` is no time zone (IANA name, such as Asia/Tokyo)", hours.time_zone);
            problems.push(Problem::at(["office_hours", "time_zone"], message));
        });
        let mut calendar = Self {
            zone: zone.unwrap_or(TimeZone::UTC),
            week: Default::default(),
            dates: FxHashSet::default(),
            every_year: FxHashSet::default(),
            last: AtomicI64::new(i64::MIN),
        };
        if hours.hours.iter().all(|hours| hours.days.is_empty()) {
            problems.push(Problem::at(["office_hours", "hours"], "no day has working hours"));
        }
        for (at, span) in hours.hours.iter().enumerate() {
            calendar.add_hours(span, &at.to_string(), problems);
        }
        for (at, text) in hours.holidays.iter().enumerate() {
            if !calendar.add_holiday(text) {
                let message = format!("`{text}` is no day (2026-12-31, or 12-31 for every year)");
                problems.push(Problem::at(["office_hours", "holidays", &at.to_string()], message));
            }
        }
        (problems.len() == before).then_some(calendar)
    }

    fn add_hours(&mut self, hours: &Hours, at: &str, problems: &mut Vec<Problem>) {
        let mut read = |field: &str, text: &str| {
            let minutes = minutes(text);
            if minutes.is_none() {
                let message = format!("`{text}` is no time of day (08:30)");
                problems.push(Problem::at(["office_hours", "hours", at, field], message));
            }
            minutes
        };
        let (from, to) = (read("from", &hours.from), read("to", &hours.to));
        if let (Some(from), Some(to)) = (from, to) {
            let to = if to > from { to } else { to + DAY };
            for day in &hours.days {
                self.week[day.index()].push((from, to));
            }
        }
    }

    fn add_holiday(&mut self, text: &str) -> bool {
        if let Ok(date) = text.parse::<Date>() {
            self.dates.insert(date);
            return true;
        }
        // A leap year, so that 29 February is a day.
        match format!("2000-{text}").parse::<Date>() {
            Ok(date) if text.len() == 5 => {
                self.every_year.insert((date.month(), date.day()));
                true
            }
            _ => false,
        }
    }

    /// Whether nobody is expected to work at a moment.
    pub(super) fn off_hours(&self, time: Time) -> bool {
        let minute = time.0.div_euclid(Time::MINUTE);
        let last = self.last.load(Ordering::Relaxed);
        if last >> 1 == minute && last != i64::MIN {
            return last & 1 == 1;
        }
        let off = Timestamp::from_second(minute * 60).is_ok_and(|at| !self.works_at(self.zone.to_datetime(at)));
        self.last.store((minute << 1) | i64::from(off), Ordering::Relaxed);
        off
    }

    fn works_at(&self, local: DateTime) -> bool {
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        let today = local.date();
        self.works_on(today, minute) || today.yesterday().is_ok_and(|before| self.works_on(before, minute + DAY))
    }

    fn works_on(&self, date: Date, minute: i16) -> bool {
        let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.week[day].iter().any(|(from, to)| (*from..*to).contains(&minute)) && !self.is_holiday(date)
    }

    fn is_holiday(&self, date: Date) -> bool {
        self.dates.contains(&date) || self.every_year.contains(&(date.month(), date.day()))
    }
}

/// Minutes of a day by `HH:MM`, up to 24:00.
fn minutes(text: &str) -> Option<i16> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let minutes = i16::from(hour) * 60 + i16::from(minute);
    (minute < 60 && minutes <= DAY).then_some(minutes)
}

// === impl Day ===

impl Day {
    fn index(self) -> usize {
        self as usize
    }
}
