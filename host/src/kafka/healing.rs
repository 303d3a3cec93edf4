//! A session at an operator's word: it takes commands to its shards, and reads frames again for detectors that are healed.

use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use sekisho_core::model::ShardId;
use sekisho_core::pipeline::Asked;

use super::changelog::is_passing;
use super::client::Isolation;
use super::command::Command;
use super::connect::{Reader, ends, reader};
use super::failure::Failure;
use super::pipeline::Pipeline;
use super::worker::{Session, Shared, deliver};

/// Frames of one shard between two looks at the rest: live frames come first.
const TURN: usize = 64;
/// And bytes of one interval.
const MOST: u64 = 4 << 20;

/// Reads a shard's frames of before.
pub(super) struct Healer {
    shard: ShardId,
    reader: Reader,
    /// Where it goes on.
    next: i64,
}

// === impl Session ===

impl<P: Pipeline> Session<'_, P> {
    /// Takes what operators ask, and goes on with what they asked before. Answers whether it read anything.
    pub(super) fn attend(&mut self) -> Result<bool, Failure> {
        self.commands.look()?;
        let shards: Vec<_> = self.shards.iter().map(|lane| (lane.id, lane.saved())).collect();
        let mut moved = false;
        for (shard, saved) in shards {
            self.shared.gate.hold(shard, self.pipeline.held(shard).map_or(saved, |from| from.min(saved)));
            if !self.commands.is_empty() {
                moved |= self.take_commands(shard);
            }
            match self.pipeline.wanted(shard) {
                Some(range) => moved |= self.heal(shard, range)?,
                None => self.healers.retain(|healer| healer.shard != shard),
            }
        }
        if moved {
            self.touch();
        }
        Ok(moved)
    }

    fn take_commands(&mut self, shard: ShardId) -> bool {
        let mut taken = false;
        for (key, command) in self.commands.of(shard) {
            let id = Command::parse_key(&key).map(|(_, id)| id.to_owned()).unwrap_or_default();
            let asked = command.as_ref().map_or(Asked::Nothing, |command| self.pipeline.command(shard, &id, command));
            match asked {
                Asked::Later => continue,
                Asked::Taken => tracing::info!(shard = shard.0, id, "command taken"),
                Asked::Nothing => tracing::warn!(shard = shard.0, id, "command asks for nothing that can be done here"),
            }
            self.commands.serve(key);
            taken = true;
        }
        taken
    }

    /// Reads some frames of a range again. Answers whether it gave the pipeline any.
    fn heal(&mut self, shard: ShardId, (from, to): (i64, i64)) -> Result<bool, Failure> {
        let Self { shared, pipeline, healers, .. } = self;
        let at = match healers.iter().position(|healer| healer.shard == shard) {
            Some(at) => at,
            None => {
                healers.push(Healer::new(shared, shard)?);
                healers.len() - 1
            }
        };
        let healer = &mut healers[at];
        if healer.next != from && !healer.begin(shared, from)? {
            let low = healer.next;
            tracing::warn!(
                shard = shard.0,
                from,
                low,
                "frames that were to be healed are not in the exchange any more"
            );
            pipeline.lost(shard, low);
            healer.next = -1;
            return Ok(true);
        }
        let mut read = 0;
        while read < TURN && pipeline.pending().bytes < MOST {
            match healer.reader.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) if message.offset() >= to => {
                    // Its last frame is gone.
                    pipeline.lost(shard, to);
                    return Ok(true);
                }
                Some(Ok(message)) => {
                    deliver(shared, pipeline, &message, |pipeline, offset, frame| {
                        pipeline.replay(shard, offset, frame)
                    })?;
                    healer.next = message.offset() + 1;
                    read += 1;
                    if healer.next >= to {
                        break;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) if is_passing(&error) => {}
                Some(Err(error)) => {
                    let lost = [RDKafkaErrorCode::AutoOffsetReset, RDKafkaErrorCode::OffsetOutOfRange];
                    if error.rdkafka_error_code().is_some_and(|code| lost.contains(&code)) {
                        healer.next = -1;
                        break;
                    }
                    return Err(Failure::outside("read frames again", &error));
                }
            }
        }
        Ok(read > 0)
    }
}

// === impl Healer ===

impl Healer {
    fn new(shared: &Shared<'_>, shard: ShardId) -> Result<Self, Failure> {
        let reader = reader(shared.config, Isolation::Committed).map_err(|error| Failure::Fatal(error.to_string()))?;
        Ok(Self { shard, reader, next: -1 })
    }

    /// Goes to an offset. False: the topic begins behind it, and `next` is where.
    fn begin(&mut self, shared: &Shared<'_>, from: i64) -> Result<bool, Failure> {
        let (topic, partition) = (&shared.topics.exchange, self.shard.0.cast_signed());
        let failed = |error: KafkaError| Failure::outside(&format!("read {topic}/{partition} again"), &error);
        let (low, _) = ends(shared.uncommitted, topic, partition).map_err(failed)?;
        if low > from {
            self.next = low;
            return Ok(false);
        }
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(topic, partition, Offset::Offset(from)).map_err(failed)?;
        self.reader.assign(&place).map_err(failed)?;
        self.next = from;
        Ok(true)
    }
}
