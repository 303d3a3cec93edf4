//! A pipeline of the simplest kind, to test the loop around it: every record travels to the shard of its text's first
//! word and becomes one alert, which says how often that word came. A record that is lost or judged twice shows in the
//! counts, and a memory that does not belong to its offset does too.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho::kafka::{Pending, Pipeline, Restorer, Unreadable};
use sekisho_core::contract::Change;
use sekisho_core::model::{Origin, RawPartition, Record, ShardId, Time};
use sekisho_core::pipeline::{DeadLetter, Interval, StateChange};
use sekisho_core::plan::Plan;
use sekisho_core::publish::Alert;

/// Key of the changelog record that says how far the shard is.
const META: &[u8] = b"meta";

/// Partition and offset of a record.
type Place = (i32, i64);

/// What happens elsewhere just before a restored shard is compared with the group's offset.
pub type Meanwhile = Arc<dyn Fn(ShardId) + Send + Sync>;

#[derive(Default)]
pub struct Echo {
    topic: String,
    pub meanwhile: Option<Meanwhile>,
    shards: u32,
    owned: BTreeMap<ShardId, EchoShard>,
    outbox: BTreeMap<ShardId, Vec<(Place, String)>>,
    interval: Interval,
    pending: Pending,
}

#[derive(Clone, Debug)]
pub struct EchoShard {
    id: ShardId,
    committed: Memory,
    now: Memory,
    moved: bool,
}

#[derive(Clone, Debug, Default)]
struct Memory {
    position: Option<i64>,
    counts: BTreeMap<String, u64>,
}

pub struct EchoRestorer(EchoShard, Option<Meanwhile>);

impl Echo {
    /// An echo of one raw topic.
    pub fn new(topic: &str, shards: u32) -> Self {
        Self { topic: topic.to_owned(), shards, ..Self::default() }
    }

    fn judge(interval: &mut Interval, shard: &mut EchoShard, topic: &str, (place, text): &(Place, String)) {
        let word = text.split(' ').next().unwrap_or_default();
        let count = shard.now.counts.entry(word.to_owned()).or_default();
        *count += 1;
        let change = StateChange { shard: shard.id, key: word.into(), value: Some(count.to_string().into_bytes()) };
        interval.changes.retain(|other| other.key != change.key || other.shard != change.shard);
        interval.changes.push(change);
        let origin = serde_json::json!({"topic": topic, "partition": place.0, "offset": place.1});
        let body = serde_json::json!({"text": text, "evidences": [{"data": {"origin": origin}}]});
        let uid = format!("{word}-{count}");
        interval.alerts.push(Alert { uid, revision: 1, change: Change::Stands, body });
    }
}

impl Pipeline for Echo {
    type Restorer = EchoRestorer;
    type Shard = EchoShard;

    fn own_raw(&mut self, _: RawPartition) {}

    fn disown_raw(&mut self, _: RawPartition) {}

    fn take(&mut self, record: &Record<'_>) {
        self.pending.records += 1;
        self.pending.bytes += record.value.len() as u64;
        let Ok(text) = std::str::from_utf8(record.value).map(str::to_owned) else {
            let origin = Origin { partition: record.from.partition, offset: record.offset, ..Origin::default() };
            self.interval.dead_letters.push(DeadLetter {
                origins: vec![origin],
                reason: "not-utf8".to_owned(),
                message: "is not UTF-8".to_owned(),
                at: None,
                shape: None,
                detector: None,
                value: record.value.to_vec(),
                length: record.value.len(),
                digest: None,
            });
            return;
        };
        let sum: u32 = text.split(' ').next().unwrap_or_default().bytes().map(u32::from).sum();
        self.outbox.entry(ShardId(sum % self.shards)).or_default().push(((record.from.partition, record.offset), text));
    }

    fn idle(&mut self, _: RawPartition) {}

    fn restorer(&self, id: ShardId) -> EchoRestorer {
        let shard = EchoShard { id, committed: Memory::default(), now: Memory::default(), moved: false };
        EchoRestorer(shard, self.meanwhile.clone())
    }

    fn own_shard(&mut self, shard: EchoShard) {
        self.owned.insert(shard.id, shard);
    }

    fn disown_shard(&mut self, shard: ShardId) {
        self.owned.remove(&shard);
    }

    fn receive(&mut self, shard: ShardId, offset: i64, frame: &[u8]) -> Result<(), Unreadable> {
        let broken = |error: &dyn std::fmt::Display| Unreadable::Broken(error.to_string());
        let texts: Vec<(Place, String)> = serde_json::from_slice(frame).map_err(|error| broken(&error))?;
        let shard = self.owned.get_mut(&shard).ok_or_else(|| broken(&"a frame of a shard that is not ours"))?;
        self.pending.records += 1;
        (shard.now.position, shard.moved) = (Some(offset + 1), true);
        texts.iter().for_each(|text| Self::judge(&mut self.interval, shard, &self.topic, text));
        Ok(())
    }

    fn know_plan(&mut self, _: &Plan) {}

    fn pending(&self) -> Pending {
        self.pending
    }

    fn close(&mut self, _: Time) -> Result<Interval, String> {
        self.pending = Pending::default();
        for (shard, texts) in std::mem::take(&mut self.outbox) {
            self.interval.frames.push((shard, serde_json::to_vec(&texts).unwrap()));
        }
        for shard in self.owned.values().filter(|shard| shard.moved) {
            let value = shard.now.position.map(|position| position.to_string().into_bytes());
            self.interval.changes.push(StateChange { shard: shard.id, key: META.to_vec(), value });
        }
        Ok(std::mem::take(&mut self.interval))
    }

    fn committed(&mut self) {
        for shard in self.owned.values_mut().filter(|shard| shard.moved) {
            shard.committed = shard.now.clone();
            shard.moved = false;
        }
    }

    fn aborted(&mut self) {
        self.outbox.clear();
        (self.interval, self.pending) = (Interval::default(), Pending::default());
        for shard in self.owned.values_mut().filter(|shard| shard.moved) {
            shard.now = shard.committed.clone();
            shard.moved = false;
        }
    }
}

impl Restorer for EchoRestorer {
    type Shard = EchoShard;

    fn apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), String> {
        let number: u64 =
            value.and_then(|value| std::str::from_utf8(value).ok()?.parse().ok()).ok_or("not a number")?;
        if key == META {
            self.0.now.position = Some(number as i64);
        } else {
            self.0.now.counts.insert(String::from_utf8_lossy(key).into_owned(), number);
        }
        Ok(())
    }

    fn finish(mut self, position: Option<i64>) -> Result<EchoShard, String> {
        if let Some(meanwhile) = &self.1 {
            meanwhile(self.0.id);
        }
        if position != self.0.now.position {
            return Err(format!("memory of {:?}, offset {position:?}", self.0.now.position));
        }
        self.0.committed = self.0.now.clone();
        Ok(self.0)
    }
}
