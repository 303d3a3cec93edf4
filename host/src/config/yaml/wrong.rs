//! What is wrong with a value, while it is read.

use std::fmt;

use serde::de;

use super::node::Place;
use super::show::Mistake;
use super::suggest::closest;

/// One thing that is wrong.
#[derive(Debug)]
pub struct Wrong {
    pub(super) at: Option<Place>,
    /// It is the key that is wrong, not its value.
    pub(super) in_key: bool,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Unknown(String, &'static [&'static str]),
    Missing(&'static str),
    Other(String),
}

// === impl Wrong ===

impl Wrong {
    /// In this place, unless a narrower one is known.
    pub(super) fn at(mut self, place: Place) -> Self {
        self.at.get_or_insert(place);
        self
    }

    pub(super) fn at_key(mut self, place: Place) -> Self {
        self.in_key = self.at.is_none();
        self.at(place)
    }

    pub(super) fn mistake(&self) -> Mistake {
        let mistake = Mistake::new(self.at.unwrap_or_default(), self.to_string());
        let Kind::Unknown(name, known) = &self.kind else { return mistake };
        match closest(name, known.iter().copied()) {
            Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
            None => mistake.help(format!("known here: {}", known.join(", "))),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unknown(name, _) => write!(f, "`{name}` is not known here"),
            Kind::Missing(name) => write!(f, "`{name}` is missing"),
            Kind::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { at: None, in_key: false, kind: Kind::Other(message.to_string()) }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self { at: None, in_key: false, kind: Kind::Unknown(field.to_owned(), expected) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self { at: None, in_key: false, kind: Kind::Unknown(variant.to_owned(), expected) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { at: None, in_key: false, kind: Kind::Missing(field) }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("this is {found}, and {expected} is wanted"))
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("this is {found}, and {expected} is wanted"))
    }
}
