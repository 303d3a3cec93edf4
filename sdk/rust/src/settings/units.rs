//! Durations and sizes as settings: "30m" and "5GB", not numbers whose unit one must know.

use super::{Json, Problems, Setting, json, kind_of};
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// A duration: `"90s"`, `"10m"`, `"1h"`, `"30d"`, `"500ms"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

/// A size: `"500MB"`, `"5GB"` (thousands), `"64MiB"` (1,024s), `"120B"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub i64);

const SPANS: [(&str, i64); 5] = [("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", SECOND / 1000)];
const SIZES: [(&str, i64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

// === impl Span ===

impl Span {
    /// So many seconds.
    pub const fn seconds(count: i64) -> Self {
        Self(count.saturating_mul(SECOND))
    }

    /// So many minutes.
    pub const fn minutes(count: i64) -> Self {
        Self(count.saturating_mul(MINUTE))
    }

    /// So many hours.
    pub const fn hours(count: i64) -> Self {
        Self(count.saturating_mul(HOUR))
    }

    /// So many days.
    pub const fn days(count: i64) -> Self {
        Self(count.saturating_mul(DAY))
    }

    /// In nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for Span {
    /// In the largest unit that fits whole.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write_in(f, self.0, &SPANS)
    }
}

impl std::fmt::Display for Bytes {
    /// In the largest unit that fits whole.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write_in(f, self.0, &SIZES)
    }
}

impl Setting for Span {
    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" })
    }

    fn json(&self) -> Json {
        self.to_string().into()
    }

    fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
        read_in(json, &SPANS, "a duration such as \"30s\", \"10m\", \"1h\" or \"30d\"", at, problems).map(Self)
    }
}

impl Setting for Bytes {
    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[0-9]+(B|KB|KiB|MB|MiB|GB|GiB|TB|TiB)$" })
    }

    fn json(&self) -> Json {
        self.to_string().into()
    }

    fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
        read_in(json, &SIZES, "a size such as \"500MB\" or \"5GiB\"", at, problems).map(Self)
    }
}

fn write_in(f: &mut std::fmt::Formatter<'_>, value: i64, units: &[(&str, i64)]) -> std::fmt::Result {
    let whole = units.iter().find(|(_, unit)| value != 0 && value % unit == 0);
    let (name, unit) = whole.or(units.last()).copied().unwrap_or(("", 1));
    write!(f, "{}{name}", value / unit)
}

fn read_in(json: &Json, units: &[(&str, i64)], wanted: &str, at: &str, problems: &mut Problems) -> Option<i64> {
    let read = json.as_str().and_then(|text| {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (_, unit) = units.iter().find(|(name, _)| *name == text[digits..].trim())?;
        text[..digits].parse::<i64>().ok()?.checked_mul(*unit)
    });
    if read.is_none() {
        let what = json.as_str().map_or(kind_of(json).to_owned(), |text| format!("\"{text}\""));
        problems.add(at, format!("{wanted} is wanted, not {what}"));
    }
    read
}
