//! Which way a flow goes, and which of its bytes leave.

use crate::enrich::Enricher;

/// OCSF `connection_info.direction_id`, seen from the organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// One end is unknown, or both lie outside.
    #[default]
    Unknown,
    /// From outside to inside.
    Inbound,
    /// From inside to outside.
    Outbound,
    /// From inside to inside.
    Lateral,
}

/// What is asked of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowFact {
    /// OCSF `direction_id`.
    Direction,
    /// Bytes that left; none where nothing can leave, or nobody knows.
    BytesOut,
    /// Bytes that came in.
    BytesIn,
}

/// Bytes by the way they went, seen from the organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    pub out: Option<i64>,
    pub inward: Option<i64>,
}

// === impl Direction ===

impl Direction {
    /// The direction of a flow by the addresses of who opened it and who answered, in any spelling.
    pub fn of(enricher: &dyn Enricher, originator: Option<&str>, responder: Option<&str>) -> Self {
        let inside = |address: Option<&str>| address.and_then(|address| enricher.inside(address));
        match (inside(originator), inside(responder)) {
            (Some(true), Some(false)) => Self::Outbound,
            (Some(false), Some(true)) => Self::Inbound,
            (Some(true), Some(true)) => Self::Lateral,
            _ => Self::Unknown,
        }
    }

    /// OCSF `direction_id`.
    pub fn id(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Inbound => 1,
            Self::Outbound => 2,
            Self::Lateral => 3,
        }
    }

    /// Sorts the bytes that either end sent; nothing leaves with a lateral flow.
    pub fn bytes(self, by_originator: Option<i64>, by_responder: Option<i64>) -> Bytes {
        match self {
            Self::Outbound => Bytes { out: by_originator, inward: by_responder },
            Self::Inbound => Bytes { out: by_responder, inward: by_originator },
            Self::Unknown | Self::Lateral => Bytes::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::Enrichment;

    #[test]
    fn bytes_leave_with_whoever_sits_inside() {
        let enricher = Enrichment::default();
        let bytes = |from, to| Direction::of(&enricher, Some(from), Some(to)).bytes(Some(7), Some(9));
        assert_eq!(bytes("10.0.0.1", "203.0.113.1"), Bytes { out: Some(7), inward: Some(9) });
        assert_eq!(bytes("203.0.113.1", "10.0.0.1"), Bytes { out: Some(9), inward: Some(7) });
        assert_eq!(bytes("10.0.0.1", "10.0.0.2"), Bytes::default());
        assert_eq!(bytes("203.0.113.1", "203.0.113.2"), Bytes::default());
        assert_eq!(Direction::of(&enricher, None, Some("10.0.0.1")), Direction::Unknown);
    }
}
