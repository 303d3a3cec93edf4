//! A shard: one partition of the exchange, with the states of its keys.

use crate::bytes::{CodecError, Reader, Writer};
use crate::detect::Standing;
use crate::exchange::{OriginTable, Section};
use crate::model::{Digest, ShardId, Time};
use crate::plan::Plan;
use crate::state::{Names, Store};
use crate::time::Watermarks;

use super::retrying::Again;
use super::told::Told;

/// One partition of the exchange as its owner holds it. Everything that moves with it is undone by [`Shard::abort`].
#[derive(Debug)]
pub struct Shard {
    pub id: ShardId,
    pub(crate) store: Store,
    pub(crate) origins: OriginTable,
    pub(crate) watermarks: Watermarks,
    /// How far each stratum was told to be.
    pub(super) strata_told: Vec<Time>,
    /// Offset of the next frame.
    position: i64,
    pub(super) inbox: Vec<Section>,
    pub(super) told: Vec<Told>,
    /// Groups asked to be woken again and again, or a detector is to be tried again: the next interval goes on with it.
    pub(super) restless: bool,
    /// Of each detector of the plan.
    pub(super) standings: Vec<Standing>,
    /// Frames of before that a detector missed.
    pub(super) replay: Option<Replay>,
    /// Groups that are to be judged again.
    pub(super) again: Vec<Again>,
    /// The last commands that asked for it.
    pub(super) served: Vec<String>,
    saved: Saved,
}

/// Frames that one detector missed and is to be given now.
#[derive(Debug, Default)]
pub(super) struct Replay {
    pub detector: usize,
    /// Offset behind the last of them.
    pub next: i64,
    pub sections: Vec<Section>,
    pub told: Vec<Told>,
}

/// What the last commit left.
#[derive(Debug, Default)]
struct Saved {
    restless: bool,
    position: i64,
    origins: usize,
    watermarks: Watermarks,
    strata_told: Vec<Time>,
    standings: Vec<Standing>,
    served: Vec<String>,
}

/// Makes a shard from its changelog.
#[derive(Debug)]
pub struct Restorer {
    id: ShardId,
    store: Store,
    watermarks: Watermarks,
    plan: Digest,
    records: u64,
}

/// Why a shard can't run. It would judge on a memory that does not belong to its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    #[error("shard {shard}: a changelog record can't be read: {error}", shard = .shard.0)]
    Record { shard: ShardId, error: CodecError },
    #[error(
        "shard {shard}: its memory is that of exchange offset {meta}, but the group stands at {group}; \
         the state topic and the group's offsets do not belong together",
        shard = .shard.0
    )]
    Torn { shard: ShardId, meta: String, group: String },
}

// === impl Shard ===

impl Shard {
    /// Offset of the next frame that it takes.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Whether this interval moved it, or has to.
    pub(super) fn moved(&self) -> bool {
        self.position != self.saved.position
            || self.restless
            || self.replay.is_some()
            || self.standings != self.saved.standings
            || self.served != self.saved.served
    }

    pub(super) fn receive(&mut self, offset: i64, sections: Vec<Section>, told: Told) {
        self.position = offset + 1;
        self.inbox.extend(sections);
        self.told.push(told);
    }

    /// Offsets of the frames in the inbox, both included.
    pub(super) fn range(&self) -> (i64, i64) {
        (self.saved.position, self.position - 1)
    }

    /// Writes where it stands into its memory, to be committed with it.
    pub(super) fn write_meta(&mut self, plan: &Plan) {
        let mut out = Writer::versioned(2);
        out.i64(self.position).bytes(&plan.digest.0).bytes(&self.watermarks.to_bytes());
        out.varint(self.strata_told.len() as u64);
        for time in &self.strata_told {
            out.i64(time.0);
        }
        out.bytes(&serde_json::to_vec(&self.origins).unwrap_or_default());
        let standings = plan.wants.detectors.iter().zip(&self.standings);
        let standings: Vec<_> = standings.filter(|(_, standing)| !standing.is_plain()).collect();
        out.varint(standings.len() as u64);
        for (detector, standing) in standings {
            standing.write(out.text(&detector.name));
        }
        out.varint(self.served.len() as u64);
        for id in &self.served {
            out.text(id);
        }
        self.store.set_meta(out.finish());
    }

    pub(super) fn commit(&mut self) {
        self.store.commit();
        self.save();
    }

    pub(super) fn abort(&mut self) {
        self.store.abort();
        self.inbox.clear();
        self.told.clear();
        self.restless = self.saved.restless;
        self.replay = None;
        self.again.clear();
        self.served.clone_from(&self.saved.served);
        self.standings.clone_from(&self.saved.standings);
        self.position = self.saved.position;
        self.origins.truncate(self.saved.origins);
        self.watermarks.clone_from(&self.saved.watermarks);
        self.strata_told.clone_from(&self.saved.strata_told);
    }

    fn save(&mut self) {
        self.saved.restless = self.restless;
        self.saved.position = self.position;
        self.saved.origins = self.origins.len();
        self.saved.watermarks.clone_from(&self.watermarks);
        self.saved.strata_told.clone_from(&self.strata_told);
        self.saved.standings.clone_from(&self.standings);
        self.saved.served.clone_from(&self.served);
    }
}

// === impl Restorer ===

impl Restorer {
    pub fn new(id: ShardId, plan: &Plan) -> Self {
        let strata = plan.strata_count();
        Self {
            id,
            store: Store::new(Names::from(plan)),
            watermarks: Watermarks::new(&plan.wants.clocks, plan.wants.shards, strata),
            plan: plan.digest,
            records: 0,
        }
    }

    /// Replays a record of the changelog; no value is a tombstone.
    ///
    /// # Errors
    /// A record that no version up to this one wrote.
    pub fn apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RestoreError> {
        self.records += 1;
        self.store.restore(key, value).map_err(|error| RestoreError::Record { shard: self.id, error })
    }

    /// Records replayed so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The shard, if its memory is that of the group's committed offset (`None`: the group has none for it).
    ///
    /// # Errors
    /// The two do not belong together.
    pub fn finish(self, plan: &Plan, position: Option<i64>) -> Result<Shard, RestoreError> {
        let torn = |meta: &str| RestoreError::Torn {
            shard: self.id,
            meta: meta.to_owned(),
            group: position.map_or("no offset".to_owned(), |position| format!("offset {position}")),
        };
        let mut shard = Shard {
            id: self.id,
            origins: OriginTable::default(),
            strata_told: vec![Time::MIN; usize::from(plan.strata_count())],
            position: 0,
            inbox: Vec::new(),
            told: Vec::new(),
            restless: false,
            standings: vec![Standing::default(); plan.wants.detectors.len()],
            replay: None,
            again: Vec::new(),
            served: Vec::new(),
            saved: Saved::default(),
            watermarks: self.watermarks,
            store: self.store,
        };
        match shard.store.meta().map(<[u8]>::to_vec) {
            None if position.unwrap_or(0) == 0 => {}
            None => return Err(torn("none")),
            Some(meta) => {
                read_meta(&mut shard, &meta, plan).map_err(|error| RestoreError::Record { shard: self.id, error })?;
                if position != Some(shard.position) {
                    return Err(torn(&shard.position.to_string()));
                }
            }
        }
        // What was still to be woken when it stopped elsewhere is woken here, though nothing more comes.
        let Shard { store, watermarks, .. } = &shard;
        shard.restless =
            store.may_be_due(|detector, space| watermarks.at(plan.stratum(usize::from(detector), u32::from(space))));
        shard.save();
        Ok(shard)
    }

    /// The plan that it restores for.
    pub fn plan(&self) -> Digest {
        self.plan
    }
}

fn read_meta(shard: &mut Shard, meta: &[u8], plan: &Plan) -> Result<(), CodecError> {
    let mut reader = Reader::versioned(meta, 2)?;
    shard.position = reader.i64()?;
    let _plan = reader.bytes()?;
    shard.watermarks = Watermarks::from_bytes(reader.bytes()?)?;
    shard.watermarks.expect(&plan.wants.clocks, plan.wants.shards, plan.strata_count());
    for stratum in 0..reader.varint()? {
        let time = Time(reader.i64()?);
        if let Some(told) = shard.strata_told.get_mut(stratum as usize) {
            *told = time;
        }
    }
    let origins = reader.bytes()?;
    shard.origins = serde_json::from_slice(origins).map_err(|_| reader.invalid("an origin table"))?;
    if reader.is_empty() {
        // Version 1 knew no more.
        return Ok(());
    }
    for _ in 0..reader.varint()? {
        let name = reader.text()?;
        let mut standing = Standing::read(&mut reader)?;
        if let Some(suspension) = &mut standing.suspended {
            suspension.watermarks.expect(&plan.wants.clocks, plan.wants.shards, plan.strata_count());
        }
        // A detector that is configured no more has nothing to be healed.
        if let Some(at) = plan.wants.detectors.iter().position(|known| known.name == name) {
            shard.standings[at] = standing;
        }
    }
    for _ in 0..reader.varint()? {
        shard.served.push(reader.text()?.to_owned());
    }
    reader.end()
}
