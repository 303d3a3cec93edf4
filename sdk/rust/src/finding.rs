//! A finding under construction: what an analyst is told.

use crate::bindings::{Entity, EntityKind, Evidence, Severity};
use crate::rows::Row;
use crate::state::{hash, mix};

/// Evidence that one finding shows; the earliest are kept.
const MAX_EVIDENCE: usize = 20;
/// Values that one piece of evidence shows.
pub(crate) const MAX_SEEN: usize = 8;

/// A finding as it is said; since, until and identity follow from its evidence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<u8>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) figures: Vec<(String, i64)>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) span: Option<(i64, i64)>,
}

// === impl Draft ===

impl Draft {
    /// One line: who did what to whom.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// A few sentences: from where, to where, how much, since when, how unusual and against which past.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Another severity than the rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// A severity that follows a sum of oddities, by its least points for medium, high and critical; low below.
    #[must_use]
    pub fn severity_by(self, points: i64, medium: i64, high: i64, critical: i64) -> Self {
        let severity = match points {
            _ if points >= critical => Severity::Critical,
            _ if points >= high => Severity::High,
            _ if points >= medium => Severity::Medium,
            _ => Severity::Low,
        };
        self.severity(severity)
    }

    /// Another confidence than the rule's, 0 to 100.
    #[must_use]
    pub fn confidence(mut self, confidence: u8) -> Self {
        self.confidence = Some(confidence.min(100));
        self
    }

    /// A user it is about.
    #[must_use]
    pub fn user(self, name: impl Into<String>, role: &str) -> Self {
        self.entity(EntityKind::User, name, role)
    }

    /// A host it is about.
    #[must_use]
    pub fn host(self, name: impl Into<String>, role: &str) -> Self {
        self.entity(EntityKind::Host, name, role)
    }

    /// An address it is about.
    #[must_use]
    pub fn address(self, name: impl Into<String>, role: &str) -> Self {
        self.entity(EntityKind::Address, name, role)
    }

    /// Somebody or something it is about; an empty name and one that is there already are passed over.
    #[must_use]
    pub fn entity(mut self, kind: EntityKind, name: impl Into<String>, role: &str) -> Self {
        let entity = Entity { kind, name: name.into(), role: role.into() };
        if !entity.name.is_empty() && !self.entities.contains(&entity) {
            self.entities.push(entity);
        }
        self
    }

    /// A named integer, such as `bytes_out` or `distinct_targets`.
    #[must_use]
    pub fn figure(mut self, name: &str, value: impl TryInto<i64>) -> Self {
        self.figures.push((name.into(), value.try_into().unwrap_or(i64::MAX)));
        self
    }

    /// One row that it rests on.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Rows that it rests on.
    #[must_use]
    pub fn evidences(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Times of the earliest and the latest evidence, where they are not among those shown.
    #[must_use]
    pub fn span(mut self, since: i64, until: i64) -> Self {
        self.span = Some((since, until));
        self
    }

    /// Brings evidence in order, fills the span and answers it.
    pub(crate) fn settle(&mut self) -> Option<(i64, i64)> {
        self.evidence.sort_by(|x, y| (x.time, &x.role, &x.seen, x.origin).cmp(&(y.time, &y.role, &y.seen, y.origin)));
        let shown = self.evidence.first().zip(self.evidence.iter().map(|e| e.time).max());
        let shown = shown.map(|(first, last)| (first.time, last));
        self.evidence.truncate(MAX_EVIDENCE);
        self.evidence.iter_mut().for_each(|evidence| evidence.seen.truncate(MAX_SEEN));
        self.span = match (self.span, shown) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (span, shown) => span.or(shown),
        };
        self.span
    }

    /// A digest of all that an analyst reads; tokens of rows are left out.
    pub(crate) fn digest(&self, severity: Severity, confidence: u8) -> u64 {
        let mut h = hash(self.title.as_bytes());
        let mut text = |part: &str| h = mix(part.as_bytes(), h ^ part.len() as u64);
        text(&self.description);
        for entity in &self.entities {
            text(&entity.name);
            text(&entity.role);
        }
        self.figures.iter().for_each(|(name, _)| text(name));
        for evidence in &self.evidence {
            text(&evidence.role);
            evidence.seen.iter().for_each(|(path, value)| {
                text(path);
                text(value);
            });
        }
        let (since, until) = self.span.unwrap_or_default();
        let words = [i64::from(severity as u8), i64::from(confidence), since, until].into_iter();
        let words = words.chain(self.figures.iter().map(|(_, value)| *value));
        let words = words.chain(self.entities.iter().map(|entity| i64::from(entity.kind as u8)));
        words.chain(self.evidence.iter().map(|evidence| evidence.time)).fold(h, |h, word| mix(&word.to_le_bytes(), h))
    }
}

impl Row<'_> {
    /// This row as evidence, with values captured as they are seen.
    pub fn evidence(&self, role: &str, seen: &[(&str, Option<&str>)]) -> Evidence {
        let seen = seen.iter().filter_map(|(path, value)| Some(((*path).into(), value.as_ref()?.to_string())));
        let seen = seen.take(MAX_SEEN).collect();
        Evidence { origin: self.origin(), time: self.time(), role: role.into(), seen, extra: Vec::new() }
    }
}
