//! The raw side of a worker: decode a record and route its events; keep how far each raw partition has come.

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxBuildHasher;

use super::account::{Account, count};
use super::interval::DeadLetter;
use crate::decode::{Decoded, Decoder, Rejected};
use crate::exchange::{FrameError, Layout, Outgoing, Router, Row};
use crate::model::{Event, EventHead, Origin, RawPartition, Record, ShardId, Time, Values};
use crate::plan::{Plan, Zones};
use crate::time::{PartitionClock, ProgressEntry};

/// A dead letter keeps at most this many bytes of a rejected record; its length and digest are told besides.
pub const LETTER_BYTES: usize = 256 << 10;

/// Rows on their way, one [`Outgoing`] for each shard of the exchange.
#[derive(Debug)]
pub struct Outbox {
    pub layout: Layout,
    pub shards: Vec<Outgoing>,
    /// What could not be written; none of what this crate builds.
    pub fault: Option<FrameError>,
}

/// Decoding, and the progress of the raw partitions that this worker owns.
pub struct Ingest {
    decoder: Decoder,
    /// Time of the last row of each partition: what a record without any time falls back to.
    previous: HashMap<RawPartition, Time, FxBuildHasher>,
    /// How far each owned partition has come, now and at the last commit.
    clocks: BTreeMap<RawPartition, Owned>,
    committed: BTreeMap<RawPartition, Owned>,
    /// All records move this one clock (`replay`: files merged by time are one stream).
    merged: Option<RawPartition>,
    /// When the oldest record of the open interval was logged.
    oldest: Time,
}

/// A raw partition of this worker.
#[derive(Clone, Debug, Default)]
struct Owned {
    clock: PartitionClock,
    /// It was read to its end, and nothing came since.
    at_end: bool,
}

// === impl Outbox ===

impl Outbox {
    pub fn new(plan: &Plan, frame_bytes: usize) -> Self {
        let shards = (0..plan.wants.shards).map(|_| Outgoing::new(frame_bytes)).collect();
        Self { layout: Layout::new(&plan.streams), shards, fault: None }
    }

    /// Takes a row for a shard.
    pub fn send(&mut self, plan: &Plan, shard: ShardId, stream: usize, row: &Row<'_>) {
        let Some(outgoing) = self.shards.get_mut(shard.0 as usize) else { return };
        if let Err(fault) = outgoing.push(stream, &plan.streams[stream], &self.layout, row) {
            self.fault = Some(fault);
        }
    }

    pub fn clear(&mut self) {
        self.shards.iter_mut().for_each(Outgoing::clear);
    }
}

// === impl Ingest ===

impl Ingest {
    pub fn new(decoder: Decoder, merged: Option<RawPartition>) -> Self {
        let clocks = merged.map(|clock| (clock, Owned::default())).into_iter().collect();
        Self { decoder, previous: HashMap::default(), clocks, committed: BTreeMap::new(), merged, oldest: Time::MAX }
    }

    /// Decodes a record and sends its events on their way; a record that can't be decoded becomes a dead letter.
    pub fn take(
        &mut self,
        record: &Record<'_>,
        plan: &Plan,
        zones: &dyn Zones,
        router: &mut Router,
        outbox: &mut Outbox,
        account: &mut Account,
    ) -> Option<DeadLetter> {
        let fallback = record.timestamp.or_else(|| self.previous.get(&record.from).copied()).unwrap_or_default();
        // A clock that is ahead of ours must not make a record younger than its arrival.
        self.oldest = self.oldest.min(record.timestamp.map_or(record.arrival, |logged| logged.min(record.arrival)));
        let mut last = None::<Time>;
        let mut replaced = 0;
        let result = self.decoder.read(record, fallback, &mut |event: &EventHead, values: &dyn Values| {
            last = Some(event.time);
            replaced += u64::from(event.time_replaced);
            let origin = Origin {
                source: record.from.source,
                partition: record.from.partition,
                offset: record.offset,
                index: event.index,
            };
            let mut send = |shard, stream, row: &Row<'_>| outbox.send(plan, shard, stream, row);
            router.values(plan, zones, event, values, origin, &mut send);
        });
        if let Some(last) = last {
            self.previous.insert(record.from, last);
        }
        account.read += 1;
        account.time_replaced += replaced;
        match result {
            Ok(decoded) => {
                tally(account, &decoded);
                self.advance(record, &decoded);
                None
            }
            Err(rejected) => {
                count(&mut account.rejected, rejected.reason.label(), 1);
                Some(letter(record, &rejected))
            }
        }
    }

    /// The events of a record that was read before; nothing is counted, and no clock moves.
    pub fn events(&mut self, record: &Record<'_>, take: &mut dyn FnMut(&Event<'_>)) {
        let fallback = record.timestamp.unwrap_or_default();
        // A record that can't be decoded has none.
        let _ = self.decoder.decode(record, fallback, &mut |event: Event<'_>| take(&event));
        self.decoder.take_field_faults();
    }

    /// A record moves time whether or not somebody wants its events; one without a time of its own does not.
    fn advance(&mut self, record: &Record<'_>, decoded: &Decoded) {
        let owned = self.clocks.entry(self.merged.unwrap_or(record.from)).or_default();
        owned.at_end = false;
        if let Some(time) = decoded.latest {
            owned.clock.saw(time, record.arrival);
        }
    }

    /// Speaks for the raw partitions of another, from where that one stands.
    pub fn take_over(&mut self, other: &mut Self) {
        self.previous = std::mem::take(&mut other.previous);
        self.clocks = std::mem::take(&mut other.clocks);
        self.committed = std::mem::take(&mut other.committed);
    }

    /// Begins to speak for a raw partition.
    pub fn own(&mut self, partition: RawPartition) {
        self.clocks.entry(partition).or_default();
    }

    /// Begins to speak for a raw partition where its last owner stopped.
    pub fn resume(&mut self, partition: RawPartition, remembered: &str) {
        let owned = Owned { clock: PartitionClock::resumed(remembered), at_end: false };
        self.clocks.insert(partition, owned.clone());
        self.committed.insert(partition, owned);
    }

    /// What the next owner of the partition must know.
    pub fn remembered(&self, partition: RawPartition) -> Option<String> {
        self.clocks.get(&partition)?.clock.remembered()
    }

    pub fn disown(&mut self, partition: RawPartition) {
        self.clocks.remove(&partition);
        self.committed.remove(&partition);
    }

    /// Whether it speaks for a raw partition.
    pub fn owns(&self, partition: RawPartition) -> bool {
        self.clocks.contains_key(&partition)
    }

    /// How far an owned partition has come.
    pub fn reached(&self, partition: RawPartition) -> Option<Time> {
        self.clocks.get(&partition)?.clock.seen()
    }

    /// The partition was read to its end.
    pub fn at_end(&mut self, partition: RawPartition) {
        if let Some(owned) = self.clocks.get_mut(&partition) {
            owned.at_end = true;
        }
    }

    /// What the owned partitions tell at the end of an interval.
    pub fn tell(&mut self, now: Time) -> Vec<ProgressEntry> {
        let told = self.clocks.iter_mut().filter_map(|(from, owned)| {
            let progress = owned.clock.tell(now, owned.at_end)?;
            Some(ProgressEntry { from: *from, progress })
        });
        told.collect()
    }

    /// When the oldest record was logged that was taken since the last call; [`Time::MAX`]: none was.
    pub fn take_oldest(&mut self) -> Time {
        std::mem::replace(&mut self.oldest, Time::MAX)
    }

    /// The interval stands.
    pub fn commit(&mut self) {
        self.committed.clone_from(&self.clocks);
    }

    /// Values that were asked for and were of another kind since the last call, by field.
    pub fn take_field_faults(&mut self, account: &mut Account) {
        for (field, faults) in self.decoder.take_field_faults() {
            count(&mut account.field_faults, &field, faults);
        }
    }

    /// Forgets what was read since the last commit.
    pub fn abort(&mut self) {
        let owned = std::mem::take(&mut self.clocks);
        let committed = |partition| self.committed.get(&partition).cloned().unwrap_or_default();
        self.clocks = owned.into_keys().map(|partition| (partition, committed(partition))).collect();
        self.decoder.take_field_faults();
        self.oldest = Time::MAX;
    }
}

fn tally(account: &mut Account, decoded: &Decoded) {
    account.decoded += 1;
    account.events += u64::from(decoded.events) + u64::from(decoded.unwanted);
    account.unwanted += u64::from(decoded.unwanted);
    account.faulty_items += decoded.faulty_items.len() as u64;
    count(&mut account.shapes, decoded.shape.label(), 1);
}

fn letter(record: &Record<'_>, rejected: &Rejected) -> DeadLetter {
    let Record { from, offset, value, .. } = *record;
    DeadLetter {
        origins: vec![Origin { source: from.source, partition: from.partition, offset, index: 0 }],
        reason: rejected.reason.label().to_owned(),
        message: rejected.message.clone(),
        at: rejected.at,
        shape: rejected.shape.map(|shape| shape.label().to_owned()),
        detector: None,
        length: value.len(),
        digest: Some(crate::model::Digest::of(value)),
        value: value[..value.len().min(LETTER_BYTES)].to_vec(),
    }
}
