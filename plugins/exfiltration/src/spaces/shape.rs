//! Which flows matter, by their bytes alone: the host asks it of every flow, so that few are moved at all.
//!
//! A theft fills its destination; reading the web does not. A flow of less than [`WHOLE`] out matters when it is an upload:
//! the rules ask for three or ten bytes out for each byte in, and a flow that alone has less than that can't lift a sum
//! above it. Conditions compare a field with a constant, so that "out is so many times in" becomes a stair: for each
//! doubling of what went out the most that may have come back. Every flow of [`LEAST`] bytes out or more with 2.7 times as
//! much out as in passes, none that receives more than it sends.
//!
//! What comes back matters only where a destination is filled too: it tells a service that is used from a drop. There a
//! sample will do. Sizes of flows have a heavy tail (Downey, "Lognormal and Pareto distributions in the Internet", 2005), so
//! that the large ones are most of the bytes and all count; of those below one in [`SHARE`] stands for the others. It is
//! drawn by the client's port, which all observers of a flow tell alike and which a replay repeats.
//!
//! What slips through is told with the rule of a destination's volume: flows of less than 16 KiB out, 1.4 GB a day for one each
//! second.

use sekisho_sdk::bindings::Condition;
use sekisho_sdk::plan::condition::{mask, not};
use sekisho_sdk::prelude::*;

/// Fewer bytes out are handshakes and beacons.
const LEAST: i64 = 1 << 14;
/// From so many bytes out on a flow counts whatever came back.
const WHOLE: i64 = 1 << 28;
/// From so many bytes in on a flow counts by itself.
const LARGE_IN: i64 = 1 << 23;
/// Fewer bytes in are pages and answers of programs.
const LEAST_IN: i64 = 1 << 19;
/// A sampled flow stands for so many.
const SHARE: i64 = 8;
/// The bits of the client's port that a sampled flow has at zero. Not the lowest: some systems hand out only even or only odd
/// ports for connections.
const PORT_BITS: i64 = 0b1110;
/// From a proxy, which tells of each request by itself, answers from here on.
const ANSWER: i64 = 1 << 20;

/// What a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It counts as it is.
    Whole { out: i64, inward: i64 },
    /// It stands for others that are read too.
    Sampled { inward: i64 },
}

/// Uploads, and all that send much.
pub fn filling(out: &str, inward: &str) -> Vec<Vec<Condition>> {
    let steps = LEAST.ilog2()..WHOLE.ilog2();
    let step = |low: i64| vec![between(out, low, 2 * low - 1), between(inward, 0, most_in(low))];
    steps.map(|bits| step(1 << bits)).chain([vec![between(out, WHOLE, i64::MAX)]]).collect()
}

/// All that receive much, and a sample of those that receive some.
pub fn reading(inward: &str) -> Vec<Vec<Condition>> {
    vec![
        vec![between(inward, LARGE_IN, i64::MAX)],
        vec![between(inward, LEAST_IN, LARGE_IN - 1), not(mask("src_endpoint.port", PORT_BITS))],
    ]
}

/// The same of requests through a proxy.
pub fn requests(out: &str, inward: &str) -> Vec<Vec<Condition>> {
    let mut some = filling(out, inward);
    some.push(vec![between(inward, ANSWER, i64::MAX)]);
    some
}

/// One in four of whatever has a client's port: enough to learn a name that comes again and again.
pub fn one_in_four() -> Condition {
    not(mask("src_endpoint.port", 0b110))
}

/// The most that may come back for an upload of this much up to twice as much.
fn most_in(low: i64) -> i64 {
    low * 3 / 4
}

// === impl Shape ===

impl Shape {
    pub fn of(out: i64, inward: i64) -> Self {
        let (out, inward) = (out.max(0), inward.max(0));
        let upload = out >= LEAST && inward <= most_in(1 << out.max(1).ilog2());
        match upload || out >= WHOLE || inward >= LARGE_IN {
            true => Self::Whole { out, inward },
            false => Self::Sampled { inward },
        }
    }

    /// Bytes out and in as they count. A flow that is read is no upload: what it sent does not count.
    pub fn counted(self) -> (i64, i64) {
        match self {
            Self::Whole { out, inward } => (out, inward),
            Self::Sampled { inward } => (0, inward.saturating_mul(SHARE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_count_as_they_are_and_reading_as_a_sample() {
        assert_eq!(Shape::of(3_000_000, 1_000_000).counted(), (3_000_000, 1_000_000));
        assert_eq!(Shape::of(350_000_000, 400_000_000).counted(), (350_000_000, 400_000_000));
        assert_eq!(Shape::of(9_000_000, 8_000_000).counted(), (0, 64_000_000));
        assert_eq!(Shape::of(40_000, 900_000_000).counted(), (40_000, 900_000_000));
        assert_eq!(Shape::of(200_000, 600_000).counted(), (0, 4_800_000));
        assert_eq!(Shape::of(-5, i64::MIN).counted(), (0, 0));
        assert_eq!(Shape::of(i64::MAX, i64::MAX).counted(), (i64::MAX, i64::MAX));
    }

    #[test]
    fn no_upload_at_three_to_one_lies_below_the_stair() {
        for out in (14..28).flat_map(|bits| [1 << bits, (1 << bits) * 3 / 2, (2 << bits) - 1]) {
            assert!(matches!(Shape::of(out, out / 3), Shape::Whole { .. }), "{out}");
        }
    }
}
