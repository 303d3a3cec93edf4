//! What a run found, with assertions that read well.

use sekisho_core::contract::{DetectorPlan, Finding, Severity};
use sekisho_core::testing::{Accounts, Fed, Standing};

/// What stood unretracted at the end of a run.
#[derive(Clone, Debug)]
pub struct Findings {
    pub(crate) plan: DetectorPlan,
    /// By rule, key and bucket.
    pub standing: Standing,
    /// Everything that was told, retractions too, with its key, in order.
    pub told: Vec<(Vec<String>, Finding)>,
    /// Signals that were sent.
    pub signals: Vec<Fed>,
    /// What was counted, by name.
    pub counters: Vec<(String, u64)>,
    /// Notes, as an operator who asks why gets them.
    pub notes: Vec<String>,
    /// What was done.
    pub accounts: Accounts,
}

/// One finding that stands.
#[derive(Clone, Copy, Debug)]
pub struct Found<'f> {
    /// It, whole.
    pub finding: &'f Finding,
    /// Its key.
    pub key: &'f [String],
}

// === impl Findings ===

impl Findings {
    /// The findings of a rule that stand.
    pub fn of(&self, rule: &str) -> Vec<Found<'_>> {
        let named = |index: u32| self.plan.rules.get(index as usize).is_some_and(|named| named.id == rule);
        assert!(self.plan.rules.iter().any(|named| named.id == rule), "there is no rule {rule}");
        let found = self.standing.iter().filter(|((index, _, _), _)| named(*index));
        found.map(|((_, key, _), finding)| Found { finding, key }).collect()
    }

    /// The one finding of a rule about a key (its parts, by commas) that stands.
    ///
    /// # Panics
    /// When there is none, or more than one.
    #[track_caller]
    pub fn finds(&self, rule: &str, key: &str) -> Found<'_> {
        let found: Vec<_> = self.of(rule).into_iter().filter(|found| found.key.join(",") == key).collect();
        match found.as_slice() {
            [one] => *one,
            others => panic!("{} findings of {rule} about {key} stand\n{}", others.len(), self.story()),
        }
    }

    /// Nothing stands.
    ///
    /// # Panics
    /// When something does.
    #[track_caller]
    pub fn finds_nothing(&self) {
        assert!(self.standing.is_empty(), "something stands\n{}", self.story());
    }

    /// Signals of a name that were sent.
    pub fn signals_of(&self, name: &str) -> Vec<&Fed> {
        let source = format!("signal:self/{name}");
        self.signals.iter().filter(|signal| signal.source == source).collect()
    }

    /// How often something was counted.
    pub fn counted(&self, name: &str) -> u64 {
        self.counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, by)| *by)
    }

    /// What stands and what the detector noted, for people.
    pub fn story(&self) -> String {
        let rule = |index: u32| self.plan.rules.get(index as usize).map_or("?", |rule| rule.id.as_str());
        let stands = self
            .standing
            .iter()
            .map(|((index, key, _), finding)| format!("  {} about {}: {}", rule(*index), key.join(","), finding.title));
        let notes = self.notes.iter().map(|note| format!("  note: {note}"));
        stands.chain(notes).collect::<Vec<_>>().join("\n")
    }
}

// === impl Found ===

impl<'f> Found<'f> {
    /// Its title or description contains this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let (title, description) = (&self.finding.title, &self.finding.description);
        assert!(title.contains(text) || description.contains(text), "{text} is not in: {title}\n{description}");
        self
    }

    /// It weighs this.
    #[track_caller]
    pub fn weighs(self, severity: Severity) -> Self {
        assert_eq!(self.finding.severity, severity, "{}", self.finding.title);
        self
    }

    /// It has a figure of this name and value.
    #[track_caller]
    pub fn counts(self, figure: &str, value: i64) -> Self {
        let figures = &self.finding.figures;
        let found = figures.iter().find(|(name, _)| name == figure).map(|(_, value)| *value);
        assert_eq!(found, Some(value), "{figure} of {figures:?}");
        self
    }

    /// It is about this.
    #[track_caller]
    pub fn names(self, entity: &str) -> Self {
        let entities = &self.finding.entities;
        assert!(entities.iter().any(|named| named.name == entity), "{entity} is not in {entities:?}");
        self
    }

    /// It has evidence of this role that shows this value; an empty value: whatever it shows.
    #[track_caller]
    pub fn shows(self, role: &str, value: &str) -> Self {
        let evidence = &self.finding.evidence;
        let mut of_role = evidence.iter().filter(|evidence| evidence.role == role);
        let shown = of_role.any(|e| value.is_empty() || e.seen.iter().any(|(_, seen)| seen == value));
        assert!(shown, "no {role} that shows {value} in {evidence:#?}");
        self
    }

    /// Its earliest evidence is of this time, as RFC 3339.
    #[track_caller]
    pub fn since(self, time: &str) -> Self {
        let since = sekisho_core::model::Time(self.finding.since);
        assert_eq!(Some(self.finding.since), super::rows::parse(time), "it is since {since}");
        self
    }
}
