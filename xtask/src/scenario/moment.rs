//! Moments: nanoseconds since 1970, as the formats write them. The estate lives in Tokyo (UTC+9, no summer time).

pub const SECOND: i64 = 1_000_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Monday 7 September 2026, 00:00 in Tokyo: no public holiday of Japan falls into the first two weeks after it.
pub const START: i64 = 1_788_706_800 * SECOND;

const ZONE: i64 = 9 * HOUR;

/// Midnight of a day, counted from 0.
pub const fn day(number: i64) -> i64 {
    START + number * DAY
}

/// The day, counted from 0, in which a moment lies.
pub const fn day_of(time: i64) -> i64 {
    (time - START).div_euclid(DAY)
}

/// Whether nobody is expected at work on this day.
pub const fn is_weekend(day: i64) -> bool {
    day.rem_euclid(7) >= 5
}

/// `2026-09-07T00:12:03.456Z`
pub fn iso(time: i64) -> String {
    let (date, clock) = parts(time);
    format!("{date}T{clock}.{:03}Z", time.rem_euclid(SECOND) / 1_000_000)
}

/// Date and time of day in Tokyo: `2026-09-07` and `09:12:03`.
pub fn local(time: i64) -> (String, String) {
    parts(time + ZONE)
}

fn parts(time: i64) -> (String, String) {
    let (year, month, day) = civil(time.div_euclid(DAY));
    let second = time.rem_euclid(DAY) / SECOND;
    let clock = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    (format!("{year:04}-{month:02}-{day:02}"), clock)
}

/// Year, month and day of a day since 1970 (Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_is_a_monday_in_tokyo() {
        assert_eq!(local(START), ("2026-09-07".into(), "00:00:00".into()));
        assert_eq!(iso(START + 1_500_000_000), "2026-09-06T15:00:01.500Z");
        assert_eq!((civil(0), civil(11_016)), ((1970, 1, 1), (2000, 2, 29)));
        // 1 January 1970 was a Thursday.
        assert_eq!(((START + ZONE) / DAY + 3).rem_euclid(7), 0);
        assert!(!is_weekend(4) && is_weekend(5) && is_weekend(13) && !is_weekend(14));
        assert_eq!((day_of(day(3) + HOUR), day_of(START - 1)), (3, -1));
    }
}
