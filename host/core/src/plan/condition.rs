//! The conditions of a subscription, ready to be asked of an event.

use crate::model::Value;

/// Answers whether an address lies in a zone of the inventory.
pub trait Zones {
    fn in_zone(&self, address: &str, zone: &str) -> bool;
}

/// Any of all of, over the values of a class's projection.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    _any: Vec<()>,
}

// === impl Compiled ===

impl Compiled {
    /// Whether the event is wanted.
    pub fn holds(&self, _values: &[Value<'_>], _zones: &dyn Zones) -> bool {
        self._any.is_empty()
    }
}
