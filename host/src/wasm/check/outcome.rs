//! The answer of a call, held against the call and the plan.

use std::ops::Range;

use sekisho_core::contract::{Call, DetectorPlan, Finding, Kept, Kind, MAX_SEEN, Outcome, Scalar, Signal, Values};

use super::super::limits::Limits;
use super::cap;

/// What of a call an answer to it can break: kept aside, since the call itself moves into the guest.
pub(in super::super) struct Asked {
    key_space: u32,
    explain: bool,
    groups: Vec<AskedGroup>,
    order: Vec<(u8, u32)>,
    tables: Vec<AskedTable>,
}

struct AskedGroup {
    rows: Range<usize>,
    remembers: bool,
}

struct AskedTable {
    origins: Vec<u64>,
    /// The origins that each row of signals and findings rests on: offsets and tokens.
    rests_on: Option<(Vec<u32>, Vec<i64>)>,
}

/// Holds an answer against the contract and cuts its texts and lists to their caps.
///
/// # Errors
/// The first thing about it that breaks the contract or a limit, with its place.
pub(in super::super) fn outcome(
    mut outcome: Outcome,
    asked: &Asked,
    plan: &DetectorPlan,
    limits: &Limits,
) -> Result<Outcome, String> {
    let check = Check { asked, plan, limits };
    check.counts(&outcome)?;
    for (at, finding) in outcome.findings.iter().enumerate() {
        check.finding(finding).map_err(|wrong| format!("findings/{at}: {wrong}"))?;
    }
    for (at, signal) in outcome.signals.iter().enumerate() {
        check.signal(signal).map_err(|wrong| format!("signals/{at}: {wrong}"))?;
    }
    check.states(&outcome.states)?;
    for (at, (counter, _)) in outcome.counters.iter().enumerate() {
        below(*counter, plan.counters.len(), "counter").map_err(|wrong| format!("counters/{at}: {wrong}"))?;
    }
    for (at, note) in outcome.notes.iter().enumerate() {
        check.group(note.group).map_err(|wrong| format!("notes/{at}: {wrong}"))?;
    }
    cap::cap(&mut outcome, plan, asked.explain, limits);
    Ok(outcome)
}

struct Check<'a> {
    asked: &'a Asked,
    plan: &'a DetectorPlan,
    limits: &'a Limits,
}

fn below(index: u32, count: usize, what: &str) -> Result<usize, String> {
    let at = index as usize;
    if at < count { Ok(at) } else { Err(format!("{what} {index} of {count}")) }
}

// === impl Asked ===

impl Asked {
    pub(in super::super) fn of(call: &Call, plan: &DetectorPlan) -> Self {
        let groups = call.groups.iter().map(|group| AskedGroup {
            rows: group.first as usize..(group.first as usize).saturating_add(group.rows as usize),
            remembers: group.state.is_some(),
        });
        let tables = call.tables.iter().map(|table| {
            let subscription = plan.subscriptions.get(table.subscription as usize);
            let rests_on = subscription.and_then(|subscription| {
                let at = subscription.fields.iter().position(|field| field.path == "origins")?;
                match &table.columns.get(at)?.values {
                    Values::Integers(column) => Some((column.lists.clone(), column.items.clone())),
                    _ => None,
                }
            });
            AskedTable { origins: table.origins.clone(), rests_on }
        });
        Self {
            key_space: call.key_space,
            explain: call.explain,
            groups: groups.collect(),
            order: call.order_tables.iter().copied().zip(call.order_rows.iter().copied()).collect(),
            tables: tables.collect(),
        }
    }

    /// Whether the group has a row with this token, or one that rests on it.
    fn has(&self, group: &AskedGroup, token: u64) -> bool {
        let rows = self.order.get(group.rows.clone()).unwrap_or_default();
        rows.iter()
            .any(|&(table, row)| self.tables.get(table as usize).is_some_and(|table| table.has(row as usize, token)))
    }
}

impl AskedTable {
    fn has(&self, row: usize, token: u64) -> bool {
        let rests_on = || {
            let (lists, items) = self.rests_on.as_ref()?;
            items.get(*lists.get(row)? as usize..*lists.get(row + 1)? as usize)
        };
        self.origins.get(row) == Some(&token)
            || rests_on().is_some_and(|items| items.iter().any(|item| item.cast_unsigned() == token))
    }
}

// === impl Check ===

impl Check<'_> {
    fn counts(&self, outcome: &Outcome) -> Result<(), String> {
        for (what, found, allowed) in [
            ("findings", outcome.findings.len(), self.limits.findings),
            ("signals", outcome.signals.len(), self.limits.signals),
            ("states", outcome.states.len(), self.limits.states),
            ("counters", outcome.counters.len(), self.plan.counters.len()),
        ] {
            if found > allowed {
                return Err(format!("{found} {what}, {allowed} allowed"));
            }
        }
        Ok(())
    }

    fn finding(&self, finding: &Finding) -> Result<(), String> {
        let group = self.group(finding.group)?;
        let rule = &self.plan.rules[below(finding.rule, self.plan.rules.len(), "rule")?];
        if rule.key_space != self.asked.key_space {
            return Err(format!("rule {} is raised by another key space", rule.id));
        }
        if finding.since > finding.until {
            return Err(format!("it lasts from {} until {}, which is earlier", finding.since, finding.until));
        }
        if finding.confidence > 100 {
            return Err(format!("confidence {} of 100", finding.confidence));
        }
        for (at, evidence) in finding.evidence.iter().enumerate() {
            if evidence.seen.len() > MAX_SEEN {
                return Err(format!("evidence/{at}: {} values, {MAX_SEEN} allowed", evidence.seen.len()));
            }
            self.origin(group, evidence.origin).map_err(|wrong| format!("evidence/{at}: {wrong}"))?;
        }
        Ok(())
    }

    fn signal(&self, signal: &Signal) -> Result<(), String> {
        let group = self.group(signal.group)?;
        let kind = &self.plan.signals[below(signal.kind, self.plan.signals.len(), "kind")?];
        if kind.key_space != self.asked.key_space {
            return Err(format!("signal {} is sent by another key space", kind.name));
        }
        if signal.values.len() != kind.fields.len() {
            return Err(format!("{} values for {} fields", signal.values.len(), kind.fields.len()));
        }
        for (value, field) in signal.values.iter().zip(&kind.fields) {
            if value.as_ref().is_some_and(|value| kind_of(value) != field.kind) {
                return Err(format!("{} is not of the field's kind", field.path));
            }
        }
        signal.origins.iter().try_for_each(|&origin| self.origin(group, origin))
    }

    fn states(&self, states: &[Kept]) -> Result<(), String> {
        let mut seen = vec![false; self.asked.groups.len()];
        for (at, kept) in states.iter().enumerate() {
            self.state(kept, &mut seen).map_err(|wrong| format!("states/{at}: {wrong}"))?;
        }
        Ok(())
    }

    fn state(&self, kept: &Kept, seen: &mut [bool]) -> Result<(), String> {
        self.group(kept.group)?;
        if std::mem::replace(&mut seen[kept.group as usize], true) {
            return Err(format!("group {} has one already", kept.group));
        }
        let Some(state) = &kept.state else { return Ok(()) };
        if state.bytes.len() > self.limits.state_bytes {
            return Err(format!("{} bytes, {} allowed", state.bytes.len(), self.limits.state_bytes));
        }
        if state.version != self.plan.state_version {
            return Err(format!("version {}, the plan says {}", state.version, self.plan.state_version));
        }
        Ok(())
    }

    fn group(&self, group: u32) -> Result<&AskedGroup, String> {
        below(group, self.asked.groups.len(), "group").map(|at| &self.asked.groups[at])
    }

    /// A group that remembers nothing can only cite rows of its own; older ones come from its state.
    fn origin(&self, group: &AskedGroup, token: u64) -> Result<(), String> {
        if group.remembers || self.asked.has(group, token) {
            return Ok(());
        }
        Err(format!("origin {token} is of no row of the group"))
    }
}

fn kind_of(value: &Scalar) -> Kind {
    match value {
        Scalar::Text(_) => Kind::Text,
        Scalar::Integer(_) => Kind::Integer,
        Scalar::Real(_) => Kind::Real,
        Scalar::Boolean(_) => Kind::Boolean,
        Scalar::Texts(_) => Kind::Texts,
        Scalar::Integers(_) => Kind::Integers,
    }
}
