//! The identity of an alert: what it is about, and nothing of how or when it was computed.

use crate::model::{Digest, Time};

/// Marks the form of the derivation; another form is another identity for every alert.
const FORM: &[u8] = b"sekisho alert 1";

/// What makes two findings one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The operator's name for the detector.
    pub detector: &'a str,
    pub rule: &'a str,
    pub key_space: &'a str,
    pub key: &'a [String],
    /// Start of the rule's aligned UTC window that holds the earliest evidence.
    pub bucket: Time,
}

/// The start of the aligned window of `width` nanoseconds that holds a time; without a width all of time is one window.
pub fn bucket_start(time: Time, width: u64) -> Time {
    match i64::try_from(width) {
        Ok(width @ 1..) => Time(time.0.div_euclid(width).saturating_mul(width)),
        _ => Time(0),
    }
}

// === impl Identity ===

impl Identity<'_> {
    /// 32 hexadecimal digits: the first half of the SHA-256 digest of, each behind its length in eight little-endian
    /// bytes: `sekisho alert 1`, detector, rule, key space, the parts of the key, and the bucket's start in nanoseconds
    /// (eight bytes, little endian). Digests of plugin, settings and inventory are no part of it, so an alert keeps its
    /// uid when they change.
    pub fn uid(&self) -> String {
        let bucket = self.bucket.0.to_le_bytes();
        let head = [FORM, self.detector.as_bytes(), self.rule.as_bytes(), self.key_space.as_bytes()];
        let key = self.key.iter().map(String::as_bytes);
        let digest = Digest::of_parts(head.into_iter().chain(key).chain([&bucket[..]]));
        let mut uid = digest.to_string();
        uid.truncate(32);
        uid
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uid(key: &[String], time: i64) -> String {
        let bucket = bucket_start(Time(time), 3600 * Time::SECOND as u64);
        Identity { detector: "d", rule: "r", key_space: "user", key, bucket }.uid()
    }

    proptest! {
        #[test]
        fn a_bucket_holds_its_time(time: i64, width in 1u64..1 << 50) {
            let start = bucket_start(Time(time), width).0;
            prop_assert!(start <= time && (time - start) < width as i64);
        }

        #[test]
        fn different_keys_have_different_uids(a: Vec<String>, b: Vec<String>) {
            prop_assert_eq!(uid(&a, 0) == uid(&b, 0), a == b);
        }
    }

    #[test]
    fn a_uid_is_the_same_in_every_version() {
        assert_eq!(uid(&["corp\\ito".to_owned()], 1_759_315_864_000_000_000), "5dc2d5d3d8b2d64ef731ec6635ee05b6");
    }

    #[test]
    fn evidence_of_one_window_gives_one_uid() {
        let key = ["corp\\ito".to_owned()];
        assert_eq!(uid(&key, 0), uid(&key, 3_599 * Time::SECOND));
        assert_ne!(uid(&key, 0), uid(&key, 3_600 * Time::SECOND));
    }

    #[test]
    fn windows_without_a_width_are_one() {
        assert_eq!(bucket_start(Time(77), 0), bucket_start(Time(-5), 0));
    }
}
