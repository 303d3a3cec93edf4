//! From what detectors want to streams, strata and a projection.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{FINDING_COLUMNS, signal_columns};
use super::strata::{MAX_STRATA, Node, strata};
use super::{Compiled, Configured, Plan, Reader, Source, Stream, StreamColumn, Wants};
use crate::contract::{Condition, DEFAULT_TEXT_BYTES, Kind, Subscription, Test};
use crate::model::Digest;
use crate::schema::{Class, Projection};

/// A row carries one bit for each reader of its stream.
pub const MAX_READERS: usize = 64;

/// Something that makes a plan impossible; all of them are told at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("detector {detector}: {message}")]
pub struct PlanError {
    pub detector: String,
    pub message: String,
}

/// Who sends rows to whom.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    pub from: Node,
    pub to: Node,
}

/// Makes the plan that follows from what is wanted.
///
/// # Errors
/// Everything that is wrong with it.
pub fn build(wants: Wants) -> Result<Plan, Vec<PlanError>> {
    let mut builder = Builder::default();
    builder.unique_names(&wants);
    for (detector, configured) in wants.detectors.iter().enumerate() {
        for (position, subscription) in configured.plan.subscriptions.iter().enumerate() {
            let place = Place { wants: &wants, detector, position };
            if let Err(message) = builder.subscription(&place, subscription) {
                builder.refuse(configured, format!("subscription {position} ({}): {message}", subscription.source));
            }
        }
    }
    let strata = builder.strata(&wants);
    if !builder.errors.is_empty() {
        return Err(builder.errors);
    }
    let digest = Digest::of(&serde_json::to_vec(&wants).unwrap_or_default());
    Ok(Plan { wants, digest, projection: builder.projection, streams: builder.streams, strata })
}

#[derive(Default)]
struct Builder {
    projection: Projection,
    streams: Vec<Stream>,
    by_route: BTreeMap<(Source, Vec<usize>), usize>,
    edges: Vec<Edge>,
    errors: Vec<PlanError>,
}

/// Where in the wants a subscription stands.
struct Place<'a> {
    wants: &'a Wants,
    detector: usize,
    position: usize,
}

// === impl Builder ===

impl Builder {
    fn refuse(&mut self, configured: &Configured, message: String) {
        self.errors.push(PlanError { detector: configured.name.clone(), message });
    }

    fn unique_names(&mut self, wants: &Wants) {
        let mut names = BTreeSet::new();
        for configured in &wants.detectors {
            if !names.insert(&configured.name) {
                self.refuse(configured, "another detector has this name".to_owned());
            }
        }
    }

    fn subscription(&mut self, place: &Place<'_>, subscription: &Subscription) -> Result<(), String> {
        let source = source(place, &subscription.source)?;
        self.edges_of(place, &source, subscription.key_space);
        let mut columns = Columns { place, source: &source, subscription, projection: &mut self.projection };
        let fields = subscription
            .fields
            .iter()
            .map(|field| {
                let from = columns.position(&field.path, field.kind)?;
                let max_bytes = if field.max_bytes == 0 { DEFAULT_TEXT_BYTES } else { field.max_bytes };
                Ok(StreamColumn { path: field.path.clone(), kind: field.kind, max_bytes, from })
            })
            .collect::<Result<Vec<_>, String>>()?;
        let key = subscription
            .key
            .iter()
            .map(|path| columns.position(path, columns.kind_of(path, Kind::Text)))
            .collect::<Result<Vec<_>, String>>()?;
        let condition = columns.condition(&subscription.where_)?;
        let stream = self.stream(source, key);
        let stream = &mut self.streams[stream];
        if stream.readers.len() == MAX_READERS {
            return Err(format!("more than {MAX_READERS} subscriptions read this source by this key"));
        }
        stream.readers.push(Reader {
            detector: place.detector,
            subscription: place.position,
            key_space: subscription.key_space,
            lateness: i64::try_from(subscription.lateness).unwrap_or(i64::MAX),
            columns: fields.into_iter().map(|field| stream_column(&mut stream.columns, field)).collect(),
            condition,
        });
        Ok(())
    }

    fn stream(&mut self, source: Source, key: Vec<usize>) -> usize {
        *self.by_route.entry((source.clone(), key.clone())).or_insert_with(|| {
            self.streams.push(Stream { source, key, columns: Vec::new(), readers: Vec::new() });
            self.streams.len() - 1
        })
    }

    fn edges_of(&mut self, place: &Place<'_>, source: &Source, key_space: u32) {
        let to = (place.detector, key_space);
        match source {
            Source::Class(_) => {}
            Source::Signal(sender, signal) => {
                let from = (*sender, place.wants.detectors[*sender].plan.signals[*signal].key_space);
                self.edges.push(Edge { from, to });
            }
            Source::Finding(sender) => {
                let rules = &place.wants.detectors[*sender].plan.rules;
                self.edges.extend(rules.iter().map(|rule| Edge { from: (*sender, rule.key_space), to }));
            }
        }
    }

    fn strata(&mut self, wants: &Wants) -> Vec<Vec<u8>> {
        let spaces = |detector: usize| 0..wants.detectors[detector].plan.key_spaces.len() as u32;
        let detectors = 0..wants.detectors.len();
        let nodes = detectors.clone().flat_map(|detector| spaces(detector).map(move |space| (detector, space)));
        match strata(nodes, &self.edges) {
            Ok(strata) => detectors
                .map(|detector| {
                    spaces(detector).map(|space| strata.get(&(detector, space)).copied().unwrap_or(0)).collect()
                })
                .collect(),
            Err((detector, space)) => {
                let configured = &wants.detectors[detector];
                let name = configured.plan.key_spaces.get(space as usize).map_or("?", |space| &space.name);
                self.refuse(
                    configured,
                    format!(
                        "key space {name} is fed by its own signals or findings in a circle, or by a chain of more than \
                         {MAX_STRATA} key spaces"
                    ),
                );
                Vec::new()
            }
        }
    }
}

/// Finds the columns that a subscription names, and asks the projection for them.
struct Columns<'a> {
    place: &'a Place<'a>,
    source: &'a Source,
    subscription: &'a Subscription,
    projection: &'a mut Projection,
}

// === impl Columns ===

impl Columns<'_> {
    /// A field that the subscription asks for is tested, and makes a key, as the kind that it asks for.
    fn kind_of(&self, path: &str, otherwise: Kind) -> Kind {
        self.subscription.fields.iter().find(|field| field.path == path).map_or(otherwise, |field| field.kind)
    }

    fn position(&mut self, path: &str, kind: Kind) -> Result<usize, String> {
        let detectors = &self.place.wants.detectors;
        match self.source {
            Source::Class(class) => Ok(self.projection.want(*class, path, kind)),
            Source::Signal(sender, signal) => {
                let signal = &detectors[*sender].plan.signals[*signal];
                fixed_position(signal_columns(signal), path, kind)
            }
            Source::Finding(_) => fixed_position(FINDING_COLUMNS.iter().copied(), path, kind),
        }
    }

    fn condition(&mut self, any: &[Vec<Condition>]) -> Result<Compiled, String> {
        let mut compiled = Vec::new();
        for all in any {
            let mut checks = Vec::new();
            for condition in all {
                let kind = self.tested_kind(condition);
                checks.push((self.position(&condition.path, kind)?, condition.negated, &condition.test));
            }
            compiled.push(checks);
        }
        Ok(Compiled::new(compiled))
    }

    /// The kind that the subscription asks the field for where the test can be put to it, else the test's own.
    fn tested_kind(&self, condition: &Condition) -> Kind {
        let numeric = [Kind::Integer, Kind::Integers, Kind::Boolean];
        let (fits, own): (&[Kind], _) = match condition.test {
            Test::Equals(_) | Test::Between(_) | Test::Mask(_) => (&numeric, Kind::Integer),
            Test::Present => return self.kind_of(&condition.path, Kind::Text),
            _ => (&[Kind::Text, Kind::Texts], Kind::Text),
        };
        Some(self.kind_of(&condition.path, own)).filter(|kind| fits.contains(kind)).unwrap_or(own)
    }
}

/// Where a column stands among the fixed ones of signal and finding rows. Its kind is what it is: a key or a condition
/// takes it as that.
fn fixed_position<'a>(
    columns: impl Iterator<Item = (&'a str, Kind)>,
    path: &str,
    wanted: Kind,
) -> Result<usize, String> {
    let columns: Vec<_> = columns.collect();
    match columns.iter().position(|(name, _)| *name == path) {
        Some(at) if columns[at].1 == wanted || wanted == Kind::Text => Ok(at),
        Some(at) => Err(format!("{path} is {:?}, not {wanted:?}", columns[at].1)),
        None => {
            let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
            Err(format!("it has no field {path}; it has {}", names.join(", ")))
        }
    }
}

fn stream_column(columns: &mut Vec<StreamColumn>, field: StreamColumn) -> usize {
    match columns.iter().position(|column| column.from == field.from && column.kind == field.kind) {
        Some(at) => {
            columns[at].max_bytes = columns[at].max_bytes.max(field.max_bytes);
            at
        }
        None => {
            columns.push(field);
            columns.len() - 1
        }
    }
}

fn source(place: &Place<'_>, text: &str) -> Result<Source, String> {
    let detector = |name: &str| match name {
        "self" => Ok(place.detector),
        _ => place
            .wants
            .detectors
            .iter()
            .position(|configured| configured.name == name)
            .ok_or_else(|| format!("no detector is configured as {name}")),
    };
    if let Some(name) = text.strip_prefix("finding:") {
        return detector(name).map(Source::Finding);
    }
    if let Some(rest) = text.strip_prefix("signal:") {
        let (name, signal) = rest.split_once('/').ok_or("a signal is named signal:<detector>/<name>")?;
        let sender = detector(name)?;
        let signals = &place.wants.detectors[sender].plan.signals;
        return match signals.iter().position(|known| known.name == signal) {
            Some(at) => Ok(Source::Signal(sender, at)),
            None => Err(format!("detector {name} sends no signal {signal}")),
        };
    }
    match Class::by_name(text) {
        Some(class) => Ok(Source::Class(class.uid)),
        None => Err(format!("no event class is named {text}")),
    }
}
