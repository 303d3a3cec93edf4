//! Times as logs write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::raw::Raw;
use crate::model::Time;

/// What a source's times are read with.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// The zone of local times that name none.
    pub zone: Option<TimeZone>,
}

/// Before this moment (1990-01-01) no log was written: zero times and clocks without battery.
const EARLIEST: i64 = 631_152_000 * Time::SECOND;
/// A log may be this much ahead of who received it.
const AHEAD: i64 = 5 * Time::MINUTE;

/// Whether an event may be of this time, for a record that arrived at that one.
pub fn is_trusted(time: Time, arrival: Time) -> bool {
    time.0 >= EARLIEST && time <= arrival.plus(AHEAD)
}

// === impl Clock ===

impl Clock {
    /// A moment: RFC 3339 and its relatives, seconds to nanoseconds since 1970, FILETIME, `/Date(…)/`,
    /// `MM/DD/YYYY hh:mm:ss AM`. Local times are of the clock's zone, else UTC.
    pub fn read(&self, raw: &Raw<'_>) -> Option<Time> {
        match raw {
            Raw::Integer(number) => epoch(*number),
            Raw::Real(seconds) => epoch_real(*seconds),
            Raw::Text(text) => self.read_text(text),
            _ => None,
        }
    }

    pub fn read_text(&self, text: &str) -> Option<Time> {
        let text = text.trim();
        let (civil, offset) = match civil(text) {
            Some(parsed) => parsed,
            None => return number(text),
        };
        match offset {
            Some(offset) => civil.at(offset),
            None => match &self.zone {
                Some(zone) => civil.within(zone),
                None => civil.at(0),
            },
        }
    }
}

/// A date and a time of day, not yet a moment.
#[derive(Clone, Copy, Debug)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    /// Seconds of the day.
    seconds: i64,
    nanos: i64,
}

// === impl Civil ===

impl Civil {
    /// The moment, for an offset from UTC in seconds.
    fn at(self, offset: i64) -> Option<Time> {
        let seconds = days(self.year, self.month, self.day) * 86_400 + self.seconds - offset;
        let nanos = i128::from(seconds) * i128::from(Time::SECOND) + i128::from(self.nanos);
        i64::try_from(nanos).ok().map(Time)
    }

    fn within(self, zone: &TimeZone) -> Option<Time> {
        let (hour, minute, second) = (self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60);
        let civil = DateTime::new(
            self.year.try_into().ok()?,
            self.month.try_into().ok()?,
            self.day.try_into().ok()?,
            hour.try_into().ok()?,
            minute.try_into().ok()?,
            second.try_into().ok()?,
            self.nanos.try_into().ok()?,
        );
        let moment = zone.to_ambiguous_timestamp(civil.ok()?).compatible().ok()?;
        i64::try_from(moment.as_nanosecond()).ok().map(Time)
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A number of seconds, milli-, micro- or nanoseconds since 1970, or of 100 ns since 1601, told apart by its size.
fn epoch(number: i64) -> Option<Time> {
    let scaled = |unit: i64| number.checked_mul(unit).map(Time);
    match number {
        1..100_000_000_000 => scaled(Time::SECOND),
        100_000_000_000..100_000_000_000_000 => scaled(1_000_000),
        100_000_000_000_000..100_000_000_000_000_000 => scaled(1_000),
        100_000_000_000_000_000..1_000_000_000_000_000_000 => {
            number.checked_sub(116_444_736_000_000_000)?.checked_mul(100).map(Time)
        }
        1_000_000_000_000_000_000.. => Some(Time(number)),
        _ => None,
    }
}

/// A real number of seconds (or milliseconds) since 1970, to the microsecond that a double holds.
fn epoch_real(number: f64) -> Option<Time> {
    if !number.is_finite() || number <= 0.0 {
        return None;
    }
    let seconds = if number < 1e11 { number } else { number / 1e3 };
    (seconds < 1e10).then(|| Time((seconds * 1e6).round() as i64 * 1_000))
}

/// Digits, perhaps with a fraction, perhaps as `/Date(…)/`.
fn number(text: &str) -> Option<Time> {
    let text = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")).unwrap_or(text);
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let Some((seconds, fraction)) = text.split_once('.') else { return epoch(text.parse().ok()?) };
    let whole = epoch(seconds.parse().ok()?)?;
    Some(if seconds.len() <= 11 { whole.plus(nanos(fraction.as_bytes())?.0) } else { whole })
}

/// The date and time of day that a text begins with, and its offset from UTC in seconds if it names one.
fn civil(text: &str) -> Option<(Civil, Option<i64>)> {
    let bytes = text.as_bytes();
    let (year, month, day, at) = if bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') {
        (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?, 10)
    } else {
        date_with_slashes(bytes)?
    };
    let rest = match bytes.get(at)? {
        b'T' | b't' | b' ' | b'_' => text.get(at + 1..)?.trim_start(),
        _ => return None,
    };
    let (of_day, nanos, rest) = time_of_day(rest)?;
    let (of_day, offset) = zone_or_half(rest.trim(), of_day)?;
    let valid = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    valid.then_some((Civil { year, month, day, seconds: of_day, nanos }, offset))
}

/// How many days a month has.
fn days_of(year: i64, month: i64) -> i64 {
    let next = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    next - days(year, month, 1)
}

/// `M/D/YYYY` or `YYYY/MM/DD`, and where it ends.
fn date_with_slashes(bytes: &[u8]) -> Option<(i64, i64, i64, usize)> {
    let (first, first_len) = run(bytes, 0)?;
    let (second, second_len) = run(bytes, slash(bytes, first_len)?)?;
    let third_from = slash(bytes, first_len + 1 + second_len)?;
    let (third, third_len) = run(bytes, third_from)?;
    let end = third_from + third_len;
    match (first_len, third_len) {
        (4, 1..=2) => Some((first, second, third, end)),
        (1..=2, 4) => Some((third, first, second, end)),
        _ => None,
    }
}

fn slash(bytes: &[u8], at: usize) -> Option<usize> {
    (bytes.get(at) == Some(&b'/')).then_some(at + 1)
}

/// A number of up to four digits and how many they are.
fn run(bytes: &[u8], from: usize) -> Option<(i64, usize)> {
    let len = bytes.get(from..)?.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    digits(bytes, from, len).filter(|_| len > 0).map(|number| (number, len))
}

fn digits(bytes: &[u8], from: usize, len: usize) -> Option<i64> {
    bytes
        .get(from..from + len)?
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// `h:mm:ss` with a fraction: seconds of the day, nanoseconds, what follows.
fn time_of_day(text: &str) -> Option<(i64, i64, &str)> {
    let bytes = text.as_bytes();
    let (hour, hour_len) = run(bytes, 0).filter(|(_, len)| *len <= 2)?;
    let mut at = hour_len;
    if bytes.get(at) != Some(&b':') {
        return None;
    }
    let minute = digits(bytes, at + 1, 2)?;
    at += 3;
    let mut second = 0;
    if bytes.get(at) == Some(&b':') {
        second = digits(bytes, at + 1, 2)?;
        at += 3;
    }
    let mut fraction = 0;
    if matches!(bytes.get(at), Some(b'.' | b',')) {
        let (nanos, len) = nanos(&bytes[at + 1..])?;
        fraction = nanos;
        at += 1 + len;
    }
    // A leap second counts as the last second of its minute, as everywhere.
    let second = second.min(59 + i64::from(second > 60) * 100);
    (hour < 24 && minute < 60 && second < 60).then(|| (hour * 3600 + minute * 60 + second, fraction, &text[at..]))
}

/// The digits of a fraction as nanoseconds, and how many they are; digits beyond nine are cut off.
fn nanos(bytes: &[u8]) -> Option<(i64, usize)> {
    let len = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let kept = len.min(9);
    let number = digits(bytes, 0, kept)?;
    Some((number * 10_i64.pow(9 - kept as u32), len))
}

/// What follows a time of day: an offset, `AM`, `PM` or nothing.
fn zone_or_half(rest: &str, of_day: i64) -> Option<(i64, Option<i64>)> {
    let twelve = of_day / 3600 == 12;
    // 13:00 PM is no time of day.
    let half = (3600..13 * 3600).contains(&of_day);
    match rest {
        "" => return Some((of_day, None)),
        "Z" | "z" | "UTC" | "GMT" => return Some((of_day, Some(0))),
        _ if half && rest.eq_ignore_ascii_case("am") => {
            return Some((if twelve { of_day - 43_200 } else { of_day }, None));
        }
        _ if half && rest.eq_ignore_ascii_case("pm") => {
            return Some((if twelve { of_day } else { of_day + 43_200 }, None));
        }
        _ => {}
    }
    let sign = match rest.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let bytes = &rest.as_bytes()[1..];
    let hours = digits(bytes, 0, 2)?;
    let minutes_from = if bytes.get(2) == Some(&b':') { 3 } else { 2 };
    let minutes = if bytes.len() > 2 { digits(bytes, minutes_from, 2)? } else { 0 };
    let complete = bytes.len() == 2 || bytes.len() == minutes_from + 2;
    (complete && hours < 24 && minutes < 60).then_some((of_day, Some(sign * (hours * 3600 + minutes * 60))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hours_that_do_not_exist_are_no_times() {
        assert_eq!(days_of(2024, 2), 29);
        assert_eq!(days_of(2100, 2), 28);
        assert!(civil("04/10/2026 12:00:00 AM").is_some());
        for text in ["2026-02-31T13:00:00Z", "2026-04-31 00:00:00", "04/10/2026 13:00:00 PM", "04/10/2026 00:10:00 AM"]
        {
            assert!(civil(text).is_none(), "{text}");
        }
    }
}
