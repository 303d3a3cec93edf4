//! The fields that follow from the mapping and the record as a whole, and values in their wanted kinds.

use std::borrow::Cow;

use super::compile::Facts;
use super::raw::Raw;
use crate::contract::Kind;
use crate::enrich::Enricher;
use crate::model::Value;
use crate::schema::{Class, ClassUid};

/// A field that no source field fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    ClassUid,
    ClassName,
    CategoryUid,
    ActivityId,
    ActivityName,
    TypeUid,
    StatusId,
    SeverityId,
    Time,
    RawData,
    OffHours,
}

/// All of them by path.
pub const OWN: &[(&str, Own)] = &[
    ("class_uid", Own::ClassUid),
    ("class_name", Own::ClassName),
    ("category_uid", Own::CategoryUid),
    ("activity_id", Own::ActivityId),
    ("activity_name", Own::ActivityName),
    ("type_uid", Own::TypeUid),
    ("status_id", Own::StatusId),
    ("severity_id", Own::SeverityId),
    ("time", Own::Time),
    ("raw_data", Own::RawData),
    ("off_hours", Own::OffHours),
];

// === impl Own ===

impl Own {
    pub fn of(path: &str) -> Option<Self> {
        OWN.iter().find(|(own, _)| *own == path).map(|(_, own)| *own)
    }

    /// The mapping alone says it, whatever the record holds.
    pub fn is_judged(self) -> bool {
        !matches!(self, Self::SeverityId | Self::ActivityName)
    }

    pub fn value<'v>(self, facts: &'v Facts<'v, '_>, enricher: &dyn Enricher) -> Raw<'v> {
        let judged = facts.judged;
        let class = || Class::by_uid(ClassUid(judged.class));
        match self {
            Self::ClassUid => Raw::Integer(judged.class.into()),
            Self::ClassName => class().map_or(Raw::Null, |class| Raw::word(class.caption)),
            Self::CategoryUid => class().map_or(Raw::Null, |class| Raw::Integer(class.category_uid.into())),
            Self::ActivityId => Raw::Integer(judged.activity.into()),
            Self::ActivityName => Raw::word(judged.name),
            Self::TypeUid => Raw::Integer(i64::from(judged.class) * 100 + i64::from(judged.activity)),
            Self::StatusId => Raw::Integer(facts.status.into()),
            // Informational: a log entry states a fact.
            Self::SeverityId => Raw::Integer(1),
            Self::Time => Raw::Integer(facts.time.millis()),
            Self::RawData => Raw::Text(facts.text.into()),
            Self::OffHours => enricher.off_hours(facts.time).map_or(Raw::Null, Raw::Boolean),
        }
    }
}

/// A value of the wanted kind; none: it is of another kind.
pub fn coerce(raw: Raw<'_>, kind: Kind) -> Option<Value<'_>> {
    if !raw.says() {
        return Some(Value::Null);
    }
    Some(match kind {
        Kind::Text => Value::Text(into_text(raw)?),
        Kind::Integer => Value::Integer(raw.integer()?),
        Kind::Real => Value::Real(raw.real()?),
        Kind::Boolean => Value::Boolean(raw.boolean()?),
        Kind::Texts => match raw {
            Raw::List(items) => Value::Texts(items.into_iter().map(into_text).collect::<Option<_>>()?),
            other => Value::Texts(vec![into_text(other)?]),
        },
        Kind::Integers => match raw {
            Raw::List(items) => Value::Integers(items.iter().map(Raw::integer).collect::<Option<_>>()?),
            other => Value::Integers(vec![other.integer()?]),
        },
    })
}

fn into_text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    match raw {
        Raw::Text(text) => Some(text),
        other => other.to_text().map(|text| Cow::Owned(text.into_owned())),
    }
}
