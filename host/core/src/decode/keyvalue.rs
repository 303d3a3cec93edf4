//! `key=value key="a value"` text, as firewalls write it.

use std::borrow::Cow;

/// The pairs of a text, in its order. Words without `=` are skipped; a quotation that never closes ends with the text.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a str,
}

/// Reads the pairs of a text.
pub fn pairs(text: &str) -> Pairs<'_> {
    Pairs { rest: text }
}

// === impl Pairs ===

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            let end = self.rest.bytes().position(|byte| byte == b'=' || byte.is_ascii_whitespace())?;
            let (key, rest) = self.rest.split_at(end);
            if !rest.starts_with('=') || key.is_empty() {
                self.rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let rest = &rest[1..];
            let (value, rest) = match rest.strip_prefix('"') {
                Some(quoted) => quotation(quoted),
                None => {
                    let end = rest.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(rest.len());
                    (Cow::Borrowed(&rest[..end]), &rest[end..])
                }
            };
            self.rest = rest;
            return Some((key, value));
        }
    }
}

/// The text up to the closing quotation mark, and what follows it. `\"` is a quotation mark and `\\` a backslash; any
/// other backslash stands for itself, since user names and paths are written with it.
fn quotation(text: &str) -> (Cow<'_, str>, &str) {
    let bytes = text.as_bytes();
    let Some(first) = memchr::memchr2(b'"', b'\\', bytes) else { return (Cow::Borrowed(text), "") };
    if bytes[first] == b'"' {
        return (Cow::Borrowed(&text[..first]), &text[first + 1..]);
    }
    let mut value = String::with_capacity(text.len().min(256));
    let mut from = 0;
    let mut at = first;
    loop {
        match bytes[at] {
            b'"' => {
                value.push_str(&text[from..at]);
                return (Cow::Owned(value), &text[at + 1..]);
            }
            _ if matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => {
                value.push_str(&text[from..at]);
                from = at + 1;
                at += 2;
            }
            _ => at += 1,
        }
        match bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            Some(next) => at += next,
            None => {
                value.push_str(&text[from..]);
                return (Cow::Owned(value), "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<(&str, String)> {
        pairs(text).map(|(key, value)| (key, value.into_owned())).collect()
    }

    fn of(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
    }

    #[test]
    fn bare_and_quoted_values_are_read() {
        assert_eq!(
            all(r#"date=2026-04-08 user="CORP\alice" msg="said \"no\" to C:\\x" empty="" none= last=1"#),
            of(&[
                ("date", "2026-04-08"),
                ("user", "CORP\\alice"),
                ("msg", "said \"no\" to C:\\x"),
                ("empty", ""),
                ("none", ""),
                ("last", "1"),
            ])
        );
    }

    #[test]
    fn words_between_pairs_are_skipped_and_an_open_quotation_ends_with_the_text() {
        assert_eq!(all("<189> fw: a=1 word b=\"x y"), of(&[("a", "1"), ("b", "x y")]));
        assert_eq!(all("=a b"), []);
    }

    proptest! {
        #[test]
        fn a_quoted_value_is_read_as_it_was_written(value in "\\PC{0,30}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!("a=1 key=\"{escaped}\" z=2");
            prop_assert_eq!(all(&text), vec![("a", "1".to_owned()), ("key", value), ("z", "2".to_owned())]);
        }

        #[test]
        fn any_text_is_survived(text in "[a-z =\"\\\\é]{0,40}") {
            prop_assert!(pairs(&text).count() <= text.len());
        }
    }
}
