//! Which fields of which classes somebody wants: nothing else is extracted.

use std::collections::BTreeMap;

use super::ClassUid;
use crate::contract::Kind;

/// The wanted fields of every wanted class. An event's values stand in the order of its class's fields here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    classes: BTreeMap<ClassUid, Vec<Wanted>>,
}

/// A wanted field. One path may be wanted as several kinds: each is a field of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub path: String,
    pub kind: Kind,
}

// === impl Projection ===

impl Projection {
    /// Asks for a field and tells its position among the class's values; asking twice is asking once.
    pub fn want(&mut self, class: ClassUid, path: &str, kind: Kind) -> usize {
        let fields = self.classes.entry(class).or_default();
        match fields.iter().position(|field| field.path == path && field.kind == kind) {
            Some(at) => at,
            None => {
                fields.push(Wanted { path: path.to_owned(), kind });
                fields.len() - 1
            }
        }
    }

    /// The fields wanted of a class; none: nobody wants the class.
    pub fn fields(&self, class: ClassUid) -> Option<&[Wanted]> {
        self.classes.get(&class).map(Vec::as_slice)
    }

    pub fn classes(&self) -> impl Iterator<Item = (ClassUid, &[Wanted])> {
        self.classes.iter().map(|(class, fields)| (*class, fields.as_slice()))
    }
}
