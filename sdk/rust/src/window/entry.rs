//! What is put into a window, and what comes out of it.

use super::paths;
use crate::bindings::Evidence;
use crate::finding::MAX_SEEN;
use crate::rows::Row;
use crate::state::table::clip;

/// A value seen is kept up to this many bytes.
const MAX_VALUE: usize = 255;

/// One event as a window takes it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'e> {
    pub(crate) time: i64,
    pub(crate) origin: u64,
    pub(crate) name: &'e str,
    pub(crate) amounts: (i64, i64),
    pub(crate) seen: &'e [(&'e str, Option<&'e str>)],
}

/// One member of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'s> {
    /// Its name.
    pub name: &'s str,
    /// Time of its first event.
    pub first: i64,
    /// Token of its first event.
    pub origin: u64,
    /// Time of its last event.
    pub last: i64,
    /// Its events.
    pub count: u64,
    /// The first amount, summed.
    pub sum: i64,
    /// The second amount, summed.
    pub sum2: i64,
    pub(crate) seen: &'s [u8],
}

// === impl Entry ===

impl<'e> Entry<'e> {
    /// A row that stands for this member (a host, an address, a step; empty where only sums matter).
    pub fn of(row: &Row<'_>, name: &'e str) -> Self {
        Self { time: row.time(), origin: row.origin(), name, amounts: (0, 0), seen: &[] }
    }

    /// What to sum, such as bytes out.
    #[must_use]
    pub fn amount(mut self, amount: i64) -> Self {
        self.amounts.0 = amount;
        self
    }

    /// What else to sum, such as bytes in.
    #[must_use]
    pub fn and(mut self, amount: i64) -> Self {
        self.amounts.1 = amount;
        self
    }

    /// Another time than the row's, such as the one that a signal tells.
    #[must_use]
    pub fn at(mut self, time: i64) -> Self {
        self.time = time;
        self
    }

    /// Up to eight values to show when it becomes evidence, by path. They are copied only when they are kept.
    #[must_use]
    pub fn seen(mut self, seen: &'e [(&'e str, Option<&'e str>)]) -> Self {
        self.seen = seen;
        self
    }

    /// The values seen as a window keeps them: for each, length and text of the path (or a zero and its number), length and
    /// text of the value.
    pub(crate) fn packed(&self) -> Vec<u8> {
        if self.seen.is_empty() {
            return Vec::new();
        }
        let mut packed = Vec::with_capacity(128);
        let values = self.seen.iter().filter_map(|(path, value)| Some((*path, (*value)?)));
        for (path, value) in values.filter(|(path, _)| !path.is_empty()).take(MAX_SEEN) {
            match paths::number(path) {
                Some(number) => packed.extend([0, number]),
                None => put(&mut packed, path),
            }
            put(&mut packed, value);
        }
        packed
    }
}

fn put(packed: &mut Vec<u8>, text: &str) {
    let text = clip(text, MAX_VALUE);
    packed.push(u8::try_from(text.len()).unwrap_or(0));
    packed.extend_from_slice(text.as_bytes());
}

// === impl Member ===

impl<'s> Member<'s> {
    /// Its first event as evidence.
    pub fn evidence(&self, role: &str) -> Evidence {
        evidence(self.origin, self.first, role, self.seen)
    }

    /// A value that its first event showed, by path.
    pub fn seen(&self, path: &str) -> Option<&'s str> {
        unpack(self.seen).find(|(name, _)| *name == path).map(|(_, value)| value)
    }

    /// Takes in the same member from another pane.
    pub(crate) fn join(&mut self, other: Self) {
        if (other.first, other.seen, other.origin) < (self.first, self.seen, self.origin) {
            (self.first, self.seen, self.origin) = (other.first, other.seen, other.origin);
        }
        self.last = self.last.max(other.last);
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.sum2 = self.sum2.saturating_add(other.sum2);
    }
}

/// Kept values as evidence.
pub(crate) fn evidence(origin: u64, time: i64, role: &str, seen: &[u8]) -> Evidence {
    let seen = unpack(seen).map(|(path, value)| (path.to_owned(), value.to_owned())).collect();
    Evidence { origin, time, role: role.into(), seen, extra: Vec::new() }
}

/// Path and value of what was seen.
pub(crate) fn unpack(packed: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = packed;
    std::iter::from_fn(move || {
        let path = match rest {
            [0, number, tail @ ..] => {
                rest = tail;
                paths::path(*number)?
            }
            _ => take(&mut rest)?,
        };
        Some((path, take(&mut rest)?))
    })
}

fn take<'p>(rest: &mut &'p [u8]) -> Option<&'p str> {
    let (len, tail) = rest.split_first()?;
    let (text, tail) = tail.split_at_checked(usize::from(*len))?;
    *rest = tail;
    std::str::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_paths_that_are_known_take_two_bytes() {
        let long = "x".repeat(300);
        let seen = [("device.host", Some("")), ("h", Some("pc7")), ("file.path", None), ("off_hours", Some(&*long))];
        let entry = Entry { time: 0, origin: 0, name: "", amounts: (0, 0), seen: &seen };
        let packed = entry.packed();
        assert_eq!(packed.len(), 3 + 6 + 2 + 1 + MAX_VALUE);
        let told: Vec<_> = unpack(&packed).collect();
        assert_eq!(told, [("device.host", ""), ("h", "pc7"), ("off_hours", &long[..MAX_VALUE])]);
        assert_eq!(unpack(&[0, 255, 1, 65]).count(), 0);
    }
}
