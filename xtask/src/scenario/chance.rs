//! Random draws that are the same on every machine: integers alone, one stream for each seed, purpose and number.
//!
//! Because every trap and every day draws from a stream of its own, leaving one trap out changes nothing of the others.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng as _, SeedableRng as _};

use super::moment::SECOND;

/// A stream of draws.
pub struct Chance(Pcg64Mcg);

// === impl Chance ===

impl Chance {
    /// The stream for this purpose.
    pub fn of(seed: u64, purpose: &str, number: i64) -> Self {
        // FNV-1a: any mixing will do, as long as it is the same everywhere.
        let bytes = seed.to_le_bytes().into_iter().chain(number.to_le_bytes()).chain(purpose.bytes());
        let mixed = bytes
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(Pcg64Mcg::seed_from_u64(mixed))
    }

    /// 0 up to, not including, `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0.next_u64() % most.max(1)
    }

    /// Both ends included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// A place in a list of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A place in a list, the first ones far more often than the last: browsing habits follow such a curve
    /// (Breslau and others, "Web Caching and Zipf-like Distributions", 1999).
    pub fn ranked(&mut self, length: usize) -> usize {
        let octaves = u64::from((length as u64).max(1).ilog2());
        let octave = self.between(0, octaves);
        self.index(length.min(1 << octave))
    }

    /// A size with a heavy tail around a median: half of the draws lie between a quarter and four times of it, one in a
    /// hundred beyond some sixteen times (sizes of flows are close to log-normal: Downey, "Lognormal and Pareto
    /// distributions in the Internet", 2005).
    pub fn heavy(&mut self, median: u64) -> u64 {
        // Eight uniform draws make a bell over ±8 octaves, in sixteenths of an octave.
        let bell: u64 = (0..8).map(|_| self.below(33)).sum();
        let (whole, part) = (bell / 16, bell % 16);
        // 2^x by its straight line between powers of two.
        let scaled = median.saturating_mul(16 + part) / 16;
        if whole >= 8 { scaled.saturating_mul(1 << (whole - 8)) } else { scaled >> (8 - whole) }
    }

    /// A moment within a span that begins at `from`, nanoseconds.
    pub fn within(&mut self, from: i64, span: i64) -> i64 {
        from + self.below(span.max(1).unsigned_abs()).cast_signed()
    }

    /// A pause of up to so many seconds, nanoseconds.
    pub fn seconds(&mut self, most: i64) -> i64 {
        self.within(0, most * SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_two_purposes_differ_and_one_purpose_repeats() {
        let draws = |purpose, number| {
            let mut chance = Chance::of(7, purpose, number);
            [chance.below(1000), chance.below(1000), chance.below(1000)]
        };
        assert_eq!(draws("web", 1), draws("web", 1));
        assert_ne!(draws("web", 1), draws("web", 2));
        assert_ne!(draws("web", 1), draws("dns", 1));
    }

    #[test]
    fn heavy_sizes_lie_around_their_median() {
        let mut chance = Chance::of(1, "sizes", 0);
        let mut sizes: Vec<_> = (0..10_000).map(|_| chance.heavy(1_000_000)).collect();
        sizes.sort_unstable();
        assert!((700_000..1_400_000).contains(&sizes[5000]), "{}", sizes[5000]);
        assert!(sizes[9900] > 4_000_000 && sizes[100] < 250_000, "{} {}", sizes[9900], sizes[100]);
    }
}
