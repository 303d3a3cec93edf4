//! Dialect tables compiled against what is wanted: for each entry and class, where each wanted value comes from.

use std::borrow::Cow;
use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::dialect::{Classify, Compute, Convert, Dialect, Entry, From, Judged, Row, View};
use super::flow::{Direction, FlowFact};
use super::own::Own;
use super::raw::Raw;
use super::trie::Slot;
use crate::contract::Kind;
use crate::enrich::Enricher;
use crate::model::Time;
use crate::schema::{ClassUid, Projection};

/// The wanted source fields of a dialect, numbered.
#[derive(Debug, Default)]
pub struct Names {
    slots: FxHashMap<Box<str>, Slot>,
    /// Paths of users of whom a derived field is wanted.
    users: Vec<Box<str>>,
}

/// A dialect with the values that are wanted of it.
#[derive(Debug)]
pub struct Compiled {
    pub dialect: &'static Dialect,
    pub names: Names,
    lookup: FxHashMap<(&'static str, u32), usize>,
    /// The last one is the dialect's `other`.
    entries: Vec<CompiledEntry>,
}

#[derive(Debug)]
struct CompiledEntry {
    entry: &'static Entry,
    /// The wanted ones of the classes that may come of it.
    classes: Vec<(u32, Vec<Field>)>,
}

/// A wanted value.
#[derive(Debug)]
pub struct Field {
    pub step: Step,
    pub kind: Kind,
    /// Its place among the paths whose faults are counted.
    pub fault: usize,
}

/// How a value is found.
#[derive(Debug)]
pub enum Step {
    Nothing,
    /// The first that says something.
    FirstOf(Box<[Source]>),
    /// The canonical user of a name, a domain and a SID, and which of the dialect's users it is.
    User(Box<[Step; 3]>, UserFact, usize),
    /// The canonical host of a name.
    Host(Box<Step>),
    /// The canonical address.
    Address(Box<Step>),
    Zone(Box<Step>),
    /// Of the addresses of who opened a flow and who answered, and the bytes that either sent.
    Flow(Box<[Step; 4]>, FlowFact),
    /// The role of a host name and an address.
    Role(Box<[Step; 2]>),
}

/// What is asked of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserFact {
    Canonical,
    Privileged,
    ServiceAccount,
}

#[derive(Debug)]
pub enum Source {
    Slot(Slot, Convert),
    Constant(&'static Raw<'static>),
    Computed(Compute),
    Own(Own),
}

/// An event about to be told.
#[derive(Debug)]
pub struct Facts<'v, 'a> {
    pub view: View<'v, 'a>,
    pub judged: Judged,
    pub status: u32,
    pub time: Time,
    pub text: &'v str,
    pub known: Known,
}

/// What was found out about an event once and is asked again, by other fields.
#[derive(Debug, Default)]
pub struct Known {
    /// Canonical users.
    users: [OnceCell<Option<String>>; USERS],
    flow: OnceCell<Direction>,
}

/// Users of one event that are remembered: who acts, who is acted on, and one more.
const USERS: usize = 3;

// === impl Names ===

impl Names {
    pub fn slot(&self, name: &str) -> Option<Slot> {
        self.slots.get(name).copied()
    }

    /// The slot of a name, a new one if it has none yet.
    pub fn add(&mut self, name: &str) -> Slot {
        let next = self.slots.len() as Slot;
        *self.slots.entry(name.into()).or_insert(next)
    }

    /// The number of the user at a path.
    fn user(&mut self, path: &str) -> usize {
        self.users.iter().position(|known| **known == *path).unwrap_or_else(|| {
            self.users.push(path.into());
            self.users.len() - 1
        })
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Slot)> {
        self.slots.iter().map(|(name, slot)| (&**name, *slot))
    }
}

// === impl Compiled ===

impl Compiled {
    /// Compiles a dialect; `faults` gathers the wanted paths.
    pub fn new(dialect: &'static Dialect, projection: &Projection, faults: &mut Vec<String>) -> Self {
        let mut names = Names::default();
        dialect.reads.iter().for_each(|name| {
            names.add(name);
        });
        let mut lookup = FxHashMap::default();
        let mut entries = Vec::new();
        for entry in dialect.entries.iter().flat_map(|table| table.iter()) {
            for code in if entry.codes.is_empty() { &[0] } else { entry.codes } {
                lookup.entry((entry.kind, *code)).or_insert(entries.len());
            }
            entries.push(compile(dialect, entry, projection, &mut names, faults));
        }
        entries.push(compile(dialect, dialect.other, projection, &mut names, faults));
        Self { dialect, names, lookup, entries }
    }

    /// The class of an event, and its wanted fields; none: nobody wants it.
    pub fn judge(&self, view: &View<'_, '_>) -> (Judged, Option<&[Field]>) {
        let (kind, code) = (self.dialect.kind)(view);
        let at = self.lookup.get(&(kind, code)).copied().unwrap_or(self.entries.len() - 1);
        let CompiledEntry { entry, classes } = &self.entries[at];
        let judged = match &entry.class {
            Classify::Is(judged) => *judged,
            Classify::By { decide, .. } => decide(view),
        };
        let fields = classes.iter().find(|(class, _)| *class == judged.class);
        (judged, fields.map(|(_, fields)| fields.as_slice()))
    }
}

fn compile(
    dialect: &'static Dialect,
    entry: &'static Entry,
    projection: &Projection,
    names: &mut Names,
    faults: &mut Vec<String>,
) -> CompiledEntry {
    let mut classes = Vec::new();
    for class in entry.classes() {
        let Some(wanted) = projection.fields(ClassUid(class)) else { continue };
        let fields = wanted.iter().map(|wanted| Field {
            step: step(dialect, entry, &wanted.path, names),
            kind: wanted.kind,
            fault: place(faults, &wanted.path),
        });
        classes.push((class, fields.collect()));
    }
    // Where nobody wants any of its classes, it does not matter which of them it is.
    if !classes.is_empty() {
        entry.reads().iter().for_each(|name| {
            names.add(name);
        });
    }
    CompiledEntry { entry, classes }
}

fn place(faults: &mut Vec<String>, path: &str) -> usize {
    faults.iter().position(|known| known == path).unwrap_or_else(|| {
        faults.push(path.to_owned());
        faults.len() - 1
    })
}

/// Where a path's value comes from in an entry.
fn step(dialect: &'static Dialect, entry: &'static Entry, path: &str, names: &mut Names) -> Step {
    let rows = entry.rows.iter().flat_map(|rows| rows.iter()).chain(dialect.common);
    let rows: Vec<&'static Row> = rows.filter(|row| row.path == path).collect();
    if let Some(fact) = rows.iter().find_map(|row| row.flow_fact()) {
        let ends = ["src_endpoint.ip", "dst_endpoint.ip", "@sent", "@received"];
        return Step::Flow(Box::new(ends.map(|path| step(dialect, entry, path, names))), fact);
    }
    let own = Own::of(path);
    if own == Some(Own::StatusId) {
        dialect.status_reads.iter().for_each(|name| {
            names.add(name);
        });
    }
    if let Some(own) = own.filter(|own| own.is_judged()) {
        return Step::FirstOf([Source::Own(own)].into());
    }
    let mut sources: Vec<Source> = rows.into_iter().filter_map(|row| source(row, names)).collect();
    if sources.is_empty()
        && own.is_none()
        && let Some(step) = derived(dialect, entry, path, names)
    {
        return step;
    }
    if let Some(field) = (dialect.unmapped)(path) {
        sources.push(Source::Slot(names.add(&field), super::dialect::convert::PLAIN));
    }
    sources.extend(own.map(Source::Own));
    if sources.is_empty() { Step::Nothing } else { Step::FirstOf(sources.into()) }
}

fn source(row: &'static Row, names: &mut Names) -> Option<Source> {
    Some(match &row.from {
        From::Field(field, convert) => Source::Slot(names.add(field), *convert),
        From::Constant(raw) => Source::Constant(raw),
        From::Flow(_) => return None,
        From::Computed { reads, compute, .. } => {
            reads.iter().for_each(|name| {
                names.add(name);
            });
            Source::Computed(*compute)
        }
    })
}

/// The fields that Sekisho adds beside a user (`canonical`, …) or an endpoint (`host`, `address`, …).
fn derived(dialect: &'static Dialect, entry: &'static Entry, path: &str, names: &mut Names) -> Option<Step> {
    let (of, fact) = path.rsplit_once('.')?;
    if of.starts_with("unmapped") {
        return None;
    }
    let mut beside = |field: &str| step(dialect, entry, &format!("{of}.{field}"), names);
    let fact = match fact {
        "canonical" => UserFact::Canonical,
        "privileged" => UserFact::Privileged,
        "service_account" => UserFact::ServiceAccount,
        "host" => return Some(Step::Host(Box::new(beside("hostname")))),
        "address" => return Some(Step::Address(Box::new(beside("ip")))),
        "zone" => return Some(Step::Zone(Box::new(beside("ip")))),
        "role" => return Some(Step::Role(Box::new([beside("hostname"), beside("ip")]))),
        _ => return None,
    };
    let steps = Box::new([beside("name"), beside("domain"), beside("uid")]);
    Some(Step::User(steps, fact, names.user(of)))
}

// === impl Step ===

impl Step {
    pub fn value<'v>(&'v self, facts: &'v Facts<'v, '_>, enricher: &'v dyn Enricher) -> Raw<'v> {
        match self {
            Self::Nothing => Raw::Null,
            Self::FirstOf(sources) => first_of(sources, facts, enricher),
            Self::User(steps, fact, number) => user(steps, *fact, *number, facts, enricher).unwrap_or(Raw::Null),
            Self::Host(step) => text(step, facts, enricher, |text| enricher.host(text)),
            Self::Address(step) => text(step, facts, enricher, |text| enricher.address(text)),
            Self::Zone(step) => zone(step, facts, enricher).unwrap_or(Raw::Null),
            Self::Flow(steps, fact) => flow(steps, *fact, facts, enricher).map_or(Raw::Null, Raw::Integer),
            Self::Role(steps) => role(steps, facts, enricher).unwrap_or(Raw::Null),
        }
    }
}

fn zone<'v>(step: &'v Step, facts: &'v Facts<'v, '_>, enricher: &'v dyn Enricher) -> Option<Raw<'v>> {
    let address = step.value(facts, enricher);
    enricher.zone(address.text()?).map(|zone| Raw::Text(zone.into()))
}

fn flow(steps: &[Step; 4], fact: FlowFact, facts: &Facts<'_, '_>, enricher: &dyn Enricher) -> Option<i64> {
    let [from, to, sent, received] = steps;
    // The steps are the same whatever is asked.
    let direction = *facts.known.flow.get_or_init(|| {
        let (from, to) = (from.value(facts, enricher), to.value(facts, enricher));
        Direction::of(enricher, from.text(), to.text())
    });
    let count = |step: &Step| step.value(facts, enricher).integer();
    match fact {
        FlowFact::Direction => Some(direction.id()),
        FlowFact::BytesOut => direction.bytes(count(sent), count(received)).out,
        FlowFact::BytesIn => direction.bytes(count(sent), count(received)).inward,
    }
}

fn first_of<'v>(sources: &'v [Source], facts: &'v Facts<'v, '_>, enricher: &dyn Enricher) -> Raw<'v> {
    for source in sources {
        let raw = match source {
            Source::Slot(slot, convert) => match facts.view.slots.get(*slot as usize) {
                Some(raw) if raw.says() => (convert.with)(raw),
                _ => continue,
            },
            Source::Constant(raw) => raw.borrow(),
            Source::Computed(compute) => compute(&facts.view),
            Source::Own(own) => own.value(facts, enricher),
        };
        if raw.says() {
            return raw;
        }
    }
    Raw::Null
}

fn text<'v>(
    step: &'v Step,
    facts: &'v Facts<'v, '_>,
    enricher: &'v dyn Enricher,
    ask: impl Fn(&str) -> Option<String>,
) -> Raw<'v> {
    let raw = step.value(facts, enricher);
    raw.text().and_then(ask).map_or(Raw::Null, Raw::owned)
}

fn user<'v>(
    steps: &'v [Step; 3],
    fact: UserFact,
    number: usize,
    facts: &'v Facts<'v, '_>,
    enricher: &'v dyn Enricher,
) -> Option<Raw<'v>> {
    let ask = || canonical(steps, facts, enricher);
    let Some(known) = facts.known.users.get(number) else {
        return Some(told_of(fact, ask()?.into(), enricher));
    };
    Some(told_of(fact, known.get_or_init(ask).as_deref()?.into(), enricher))
}

fn told_of<'v>(fact: UserFact, canonical: Cow<'v, str>, enricher: &dyn Enricher) -> Raw<'v> {
    match fact {
        UserFact::Canonical => Raw::Text(canonical),
        UserFact::Privileged => Raw::Boolean(enricher.privileged(&canonical)),
        UserFact::ServiceAccount => Raw::Boolean(enricher.service_account(&canonical)),
    }
}

fn canonical(steps: &[Step; 3], facts: &Facts<'_, '_>, enricher: &dyn Enricher) -> Option<String> {
    let [name, domain, uid] = steps;
    let (name, domain) = (name.value(facts, enricher), domain.value(facts, enricher));
    let by_name = name.text().and_then(|name| enricher.user(name, domain.text()));
    // A SID alone is a name too; one without a name is what deleted accounts leave.
    by_name.or_else(|| {
        let uid = uid.value(facts, enricher);
        let uid = uid.text().filter(|uid| uid.starts_with("S-1-") && *uid != "S-1-0-0")?;
        enricher.user(uid, None)
    })
}

fn role<'v>(steps: &'v [Step; 2], facts: &'v Facts<'v, '_>, enricher: &'v dyn Enricher) -> Option<Raw<'v>> {
    let [host, address] = steps;
    let host = host.value(facts, enricher).text().and_then(|host| enricher.host(host));
    let address = address.value(facts, enricher).text().and_then(|address| enricher.address(address));
    enricher.role(host.as_deref(), address.as_deref()).map(|role| Raw::Text(role.into()))
}
