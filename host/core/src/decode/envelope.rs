//! Records in records: members of an object and items of a list as pieces of their text.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::json::{JsonError, fault};

/// A piece of a text and the byte at which it begins.
pub type Piece<'t> = (usize, &'t str);

/// The value of an object's (last) member of a name; none where there is none or the text is broken before it.
pub fn member<'t>(text: &'t str, name: &str) -> Option<Piece<'t>> {
    let mut found = None;
    let mut at = skip(text, 0, b'{')?;
    loop {
        at = blank(text, at);
        if text.as_bytes().get(at) != Some(&b'"') {
            return found;
        }
        let key = value(text, at).ok()?;
        let from = blank(text, skip(text, key.0 + key.1.len(), b':')?);
        let Ok(piece) = value(text, from) else { return found };
        if key.1.get(1..key.1.len() - 1) == Some(name)
            || (key.1.contains('\\') && serde_json::from_str::<Cow<'_, str>>(key.1).is_ok_and(|key| key == name))
        {
            found = Some(piece);
        }
        match skip(text, piece.0 + piece.1.len(), b',') {
            Some(next) => at = next,
            None => return found,
        }
    }
}

/// The items of a list.
#[derive(Debug)]
pub struct Items<'t> {
    text: &'t str,
    at: usize,
    /// Items stand one after another, as lines do, not between brackets and commas.
    bare: bool,
    ended: bool,
}

/// The items of a text that is a list.
pub fn items(text: &str) -> Option<Items<'_>> {
    skip(text, 0, b'[').map(|at| Items { text, at, bare: false, ended: false })
}

/// The values that follow each other in a text, as lines or without anything between them.
pub fn values(text: &str) -> Items<'_> {
    Items { text, at: 0, bare: true, ended: false }
}

// === impl Items ===

impl<'t> Iterator for Items<'t> {
    type Item = Result<Piece<'t>, JsonError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let at = blank(self.text, self.at);
        let next = self.text.as_bytes().get(at);
        if (self.bare && next.is_none()) || (!self.bare && next == Some(&b']')) {
            self.ended = true;
            return None;
        }
        let piece = match value(self.text, at) {
            Ok(piece) => piece,
            Err(error) => {
                self.ended = true;
                return Some(Err(error));
            }
        };
        let end = piece.0 + piece.1.len();
        self.at = end;
        if !self.bare {
            match skip(self.text, end, b',') {
                Some(next) => self.at = next,
                None => self.ended = true,
            }
        }
        Some(Ok(piece))
    }
}

/// The JSON value that begins at a byte.
fn value(text: &str, at: usize) -> Result<Piece<'_>, JsonError> {
    let rest = text.get(at..).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok((at, &rest[..values.byte_offset()])),
        Some(Err(error)) => {
            let error = fault(rest, &error);
            Err(JsonError { at: at + error.at, ..error })
        }
        None => Err(JsonError { message: "a value is missing".to_owned(), at, truncated: true }),
    }
}

fn blank(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// The byte behind a sign, if it comes next.
fn skip(text: &str, at: usize, sign: u8) -> Option<usize> {
    let at = blank(text, at);
    (text.as_bytes().get(at) == Some(&sign)).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_name_and_the_last_one_holds() {
        let text = r#" {"a": [1, {"b": 2}], "\u0062": {"c": "}"}, "a" : 5 } "#;
        assert_eq!(member(text, "a").map(|piece| piece.1), Some("5"));
        assert_eq!(member(text, "b").map(|piece| piece.1), Some(r#"{"c": "}"}"#));
        assert_eq!(member(text, "c"), None);
        assert_eq!(member("[1]", "a"), None);
    }

    #[test]
    fn items_are_told_with_their_places_until_something_is_broken() {
        let text = r#"[{"a":1}, 2 ,"x"]"#;
        let found: Vec<_> = items(text).unwrap().map(Result::unwrap).collect();
        assert_eq!(found, [(1, r#"{"a":1}"#), (10, "2"), (13, "\"x\"")]);
        let mut broken = items("[1, {\"a\":").unwrap();
        assert_eq!(broken.next().unwrap().unwrap(), (1, "1"));
        assert!(broken.next().unwrap().unwrap_err().truncated);
        assert!(broken.next().is_none());
        assert_eq!(values("{\"a\":1}\n{}").count(), 2);
    }
}
