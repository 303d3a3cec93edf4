//! Event time.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment: nanoseconds since 1970-01-01T00:00:00Z. Fits 1677-09-21 to 2262-04-11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

// === impl Time ===

impl Time {
    /// Before everything; as a watermark: not known yet.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything; as a watermark: the end of time.
    pub const MAX: Self = Self(i64::MAX);
    pub const SECOND: i64 = 1_000_000_000;
    pub const MINUTE: i64 = 60 * Self::SECOND;

    pub fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    pub fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment moved by nanoseconds, stopping at the ends of time.
    pub fn plus(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    pub fn minus(self, nanos: i64) -> Self {
        Self(self.0.saturating_sub(nanos))
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC, with as many digits as there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::MIN => f.write_str("the beginning of time"),
            Self::MAX => f.write_str("the end of time"),
            Self(nanos) => match jiff::Timestamp::from_nanosecond(i128::from(nanos)) {
                Ok(timestamp) => write!(f, "{timestamp}"),
                Err(_) => write!(f, "{nanos} ns"),
            },
        }
    }
}
