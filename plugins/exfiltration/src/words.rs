//! Figures as an analyst reads them.

use sekisho_sdk::prelude::{DAY, EntityKind, HOUR, MINUTE};

use crate::memory::Sums;

/// Bytes in thousands: `12.3 GB`.
pub fn size(bytes: i64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) if bytes >= 100 * unit => format!("{} {name}", bytes / unit),
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} B"),
    }
}

/// A duration in its two greatest units: `2 d 8 h`.
pub fn span(nanos: i64) -> String {
    match nanos.max(0) {
        n if n >= DAY => format!("{} d {} h", n / DAY, n % DAY / HOUR),
        n if n >= HOUR => format!("{} h {} min", n / HOUR, n % HOUR / MINUTE),
        n => format!("{} min", n / MINUTE),
    }
}

/// A moment: `2025-10-01 11:32 UTC`.
pub fn moment(nanos: i64) -> String {
    let (days, rest) = (nanos.div_euclid(DAY), nanos.rem_euclid(DAY));
    // From days to a civil date: eras of 400 years that begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * march + 2) / 5 + 1, if march < 10 { march + 3 } else { march - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", rest / HOUR, rest % HOUR / MINUTE)
}

/// Bytes over a time as a rate: `5.3 GB an hour`.
pub fn rate(bytes: i64, nanos: i64) -> String {
    let hours = nanos.max(HOUR);
    let hourly = i128::from(bytes) * i128::from(HOUR) / i128::from(hours);
    format!("{} an hour", size(i64::try_from(hourly).unwrap_or(i64::MAX)))
}

/// What a destination is: an address, or the name that a proxy was asked for.
pub fn kind_of(destination: &str) -> EntityKind {
    let address = destination.contains(':') || destination.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if address { EntityKind::Address } else { EntityKind::Domain }
}

/// Which part left outside office hours, as a sentence; without office hours nothing.
pub fn night(sums: Sums) -> String {
    sums.off_hours_share().map_or_else(String::new, |share| format!(" {share} % left outside office hours."))
}

/// Up to so many names, and how many more there are.
pub fn list<'n>(names: impl IntoIterator<Item = &'n str>, most: usize) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown = names.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    if names.len() > most { format!("{shown} and {} more", names.len() - most) } else { shown }
}

/// At most so many characters of a text.
pub fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.into() } else { text.chars().take(most).chain("…".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(size(12_345_678_901), "12.3 GB");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(300_000_000_000), "300 GB");
        assert_eq!(moment(1_759_318_320_000_000_000), "2025-10-01 11:32 UTC");
        assert_eq!(moment(951_782_400_000_000_000), "2000-02-29 00:00 UTC");
        assert_eq!(span(2 * DAY + 8 * HOUR), "2 d 8 h");
        assert_eq!(rate(10_600_000_000, 2 * HOUR), "5.3 GB an hour");
        assert_eq!(list(["a", "b", "c"], 2), "a, b and 1 more");
    }
}
