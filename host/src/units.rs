//! Sizes and durations as people write them in a configuration: `64MiB`, `500ms`.

/// For `#[serde(with = "units::bytes")]`: a size in bytes, written as `512`, `64KiB`, `16MiB` or `1GiB`.
pub mod bytes {
    use std::fmt;

    use serde::de::{self, Visitor};
    use serde::{Deserializer, Serializer};

    const UNITS: [(&str, u32); 4] = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];

    pub fn serialize<S: Serializer>(size: &usize, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&text(*size))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(Size)
    }

    /// The size in the largest unit that divides it.
    pub fn text(size: usize) -> String {
        let (unit, shift) =
            UNITS.into_iter().find(|(_, shift)| size != 0 && size.is_multiple_of(1 << shift)).unwrap_or(("B", 0));
        format!("{}{unit}", size >> shift)
    }

    /// Reads a size; a number without a unit is bytes.
    pub fn parse(text: &str) -> Option<usize> {
        let text = text.trim();
        let (number, shift) = UNITS
            .into_iter()
            .find_map(|(unit, shift)| text.strip_suffix(unit).map(|number| (number.trim_end(), shift)))
            .unwrap_or((text, 0));
        number.parse::<usize>().ok()?.checked_mul(1 << shift)
    }

    struct Size;

    impl Visitor<'_> for Size {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a size such as 64MiB")
        }
        fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<usize, E> {
            usize::try_from(bytes).map_err(E::custom)
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<usize, E> {
            parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
}

/// For `#[serde(with = "units::duration")]`: a duration, written as `500ms`, `30s`, `5m` or `1h 30m`.
pub mod duration {
    use std::borrow::Cow;
    use std::time::Duration;

    use jiff::SignedDuration;
    use serde::de::{Error, Unexpected};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{duration:?}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse::<SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"a duration such as 500ms"))
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_size_reads_back_as_it_was_written() {
        for size in [0, 1, 1023, 1024, 64 << 20, 3 << 30, (64 << 20) + 1] {
            assert_eq!(bytes::parse(&bytes::text(size)), Some(size));
        }
        assert_eq!(bytes::text(64 << 20), "64MiB");
        assert_eq!(bytes::parse("16 KiB"), Some(16 << 10));
        assert_eq!(bytes::parse("16MB"), None);
        assert_eq!(bytes::parse("99999999999999GiB"), None);
    }
}
