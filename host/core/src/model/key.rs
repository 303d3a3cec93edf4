//! Keys: the names of entities, written as one piece.

use std::sync::Arc;

/// The parts of a key in one piece. Keys compare as their parts do, one after another.
///
/// Each part ends with `00 01`; a `00` inside it is written `00 FF`. So no two lists of parts are written alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<[u8]>);

// === impl Key ===

impl Key {
    pub fn of<S: AsRef<str>>(parts: &[S]) -> Self {
        let mut out = Vec::with_capacity(parts.iter().map(|part| part.as_ref().len() + 2).sum());
        parts.iter().for_each(|part| Self::push(&mut out, part.as_ref()));
        Self(out.into())
    }

    /// Appends a part to the bytes of a key.
    pub fn push(out: &mut Vec<u8>, part: &str) {
        let mut rest = part.as_bytes();
        while let Some(zero) = memchr::memchr(0, rest) {
            out.extend_from_slice(&rest[..=zero]);
            out.push(0xff);
            rest = &rest[zero + 1..];
        }
        out.extend_from_slice(rest);
        out.extend_from_slice(&[0, 1]);
    }

    /// The key that was written as these bytes; none: they are no key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        split(bytes).map(|_| Self(bytes.into()))
    }

    /// Behind every key.
    pub(crate) fn last() -> Self {
        Self([0xff; 1].as_slice().into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn parts(&self) -> Vec<String> {
        split(&self.0).unwrap_or_default()
    }
}

fn split(bytes: &[u8]) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut rest = bytes;
    while let Some(zero) = memchr::memchr(0, rest) {
        part.extend_from_slice(&rest[..zero]);
        match rest.get(zero + 1)? {
            1 => parts.push(String::from_utf8(std::mem::take(&mut part)).ok()?),
            0xff => part.push(0),
            _ => return None,
        }
        rest = &rest[zero + 2..];
    }
    (part.is_empty() && rest.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_come_back_from_a_key(parts: Vec<String>) {
            let key = Key::of(&parts);
            prop_assert_eq!(key.parts(), parts);
            prop_assert_eq!(Key::from_bytes(key.as_bytes()), Some(key));
        }

        #[test]
        fn keys_compare_as_their_parts_do(a: Vec<String>, b: Vec<String>) {
            prop_assert_eq!(Key::of(&a).cmp(&Key::of(&b)), a.cmp(&b));
        }

        #[test]
        fn no_bytes_make_a_key_panic(bytes: Vec<u8>) {
            let _ = Key::from_bytes(&bytes);
        }
    }

    #[test]
    fn parts_with_zeros_are_kept_apart() {
        assert_ne!(Key::of(&["a\0", "b"]), Key::of(&["a", "\0b"]));
        assert_ne!(Key::of::<&str>(&[]), Key::of(&[""]));
    }
}
