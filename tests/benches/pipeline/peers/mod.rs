//! Other stream processors on the windowed count, each as its own documentation has it written.
//!
//! Each is fetched once by its ordinary package client into the cache folder, beside the jars of Kafka; where the client is
//! missing, or fails, the system is skipped with a word. What they answer is checked against the truth.

mod fetch;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use crate::child::Running;
use crate::feed::Loaded;
use crate::lab::{Figures, Lab, PARTITIONS};
use crate::lines::{Spec, THRESHOLD, Truth};

/// A system beside ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    KafkaStreams,
    Quix,
    Tenzir,
}

/// How long a started system is given until it has its partitions.
const SETTLE: Duration = Duration::from_secs(8);

// === impl Peer ===

impl Peer {
    pub const ALL: [Self; 3] = [Self::KafkaStreams, Self::Quix, Self::Tenzir];

    /// With its version.
    pub fn name(self) -> String {
        match self {
            Self::KafkaStreams => format!("Kafka Streams {}, exactly once", fetch::STREAMS),
            Self::Quix => format!("Quix Streams {}, exactly once", fetch::QUIX),
            Self::Tenzir => format!("Tenzir {}, counted at the end", fetch::TENZIR),
        }
    }

    /// The windowed count over all lines; with `warm` over the second half of them alone.
    pub fn measure(self, lab: &Lab, cache: &Path, spec: Spec, warm: bool) -> Result<Figures> {
        let folder = match self {
            Self::KafkaStreams => fetch::streams(cache)?,
            Self::Quix | Self::Tenzir => fetch::python(cache)?,
        };
        let (from, loaded) = lab.load(spec)?;
        let to = lab.topic("bursts", 1)?;
        let (records, truth) = (loaded.records, loaded.truth.clone());
        let mut command = self.command(lab, &folder, &from, &to, records, &truth)?;
        let mut child = Running::start(&self.name(), &mut command)?;
        if self != Self::Tenzir {
            child.wait_for("ready")?;
        }
        std::thread::sleep(SETTLE);
        let mut figures = self.time(lab, child, loaded, warm)?;
        figures.note = told(&truth, &bursts(lab.address(), &to)?);
        lab.empty(&from, PARTITIONS)?;
        Ok(figures)
    }

    fn command(self, lab: &Lab, folder: &Path, from: &str, to: &str, records: u64, truth: &Truth) -> Result<Command> {
        let state = lab.folder().join(to);
        std::fs::create_dir_all(&state)?;
        let mut command;
        match self {
            Self::KafkaStreams => {
                command = Command::new("java");
                command.arg("-cp").arg(format!("{0}/classes:{0}/lib/*", folder.display())).arg("Count");
            }
            Self::Quix => {
                command = Command::new(folder.join("bin/python"));
                command.arg("-c").arg(include_str!("count.py"));
            }
            Self::Tenzir => {
                command = Command::new(folder.join("bin/tenzir"));
                command.args(["--parallelism=max", &tenzir(lab.address(), from, to, records)]);
                return Ok(command);
            }
        }
        command.args([lab.address(), from, to]).arg(&state);
        command.args([records, truth.matches, u64::from(THRESHOLD)].map(|number| number.to_string()));
        Ok(command)
    }

    fn time(self, lab: &Lab, child: Running, loaded: Loaded, warm: bool) -> Result<Figures> {
        let mut running = [child];
        let mut events = loaded.records;
        let mut start = lab.clock(&running);
        loaded.release()?;
        if warm {
            running[0].wait_for("half")?;
            start = lab.clock(&running);
            events /= 2;
        }
        match self {
            Self::Tenzir => running[0].wait_exit()?,
            Self::KafkaStreams | Self::Quix => drop(running[0].wait_for("done")?),
        }
        let figures = lab.since(&start, &running, events);
        let [child] = running;
        match self {
            Self::Tenzir => child.ended_well()?,
            Self::KafkaStreams | Self::Quix => child.stop()?,
        }
        Ok(figures)
    }
}

/// The pipeline in Tenzir's language. Summaries come at the end: it stops after the last record.
fn tenzir(broker: &str, from: &str, to: &str, records: u64) -> String {
    format!(
        "from_kafka \"{from}\", count={records}, offset=\"beginning\", \
         options={{\"bootstrap.servers\": \"{broker}\", \"group.id\": \"{to}\"}}\n\
         | this = message.parse_json()\n\
         | where event?.code? == \"4625\"\n\
         | window = this[\"@timestamp\"].floor(5m)\n\
         | host = host.name\n\
         | summarize host, window, failures=count()\n\
         | where failures >= {THRESHOLD}\n\
         | to_kafka \"{to}\", message=this.print_json(), options={{\"bootstrap.servers\": \"{broker}\"}}"
    )
}

/// The alerts on a topic: keys, each once, and how many there are in all.
fn bursts(broker: &str, topic: &str) -> Result<(BTreeSet<Vec<u8>>, u64)> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker)
        .set("group.id", "siem")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()?;
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning)?;
    consumer.assign(&from)?;
    let (mut seen, mut all) = (BTreeSet::new(), 0);
    loop {
        match consumer.poll(Duration::from_secs(20)).context("the answers can't be read")? {
            Ok(message) => {
                // The key alone is not enough where a system keys by the window alone.
                seen.insert([message.key().unwrap_or_default(), message.payload().unwrap_or_default()].concat());
                all += 1;
            }
            Err(KafkaError::PartitionEOF(_)) => return Ok((seen, all)),
            Err(error) => return Err(error.into()),
        }
    }
}

fn told(truth: &Truth, (seen, all): &(BTreeSet<Vec<u8>>, u64)) -> String {
    let doubled = all - seen.len() as u64;
    let doubled = if doubled == 0 { String::new() } else { format!(", {doubled} doubled") };
    format!("{} alerts where {} are right{doubled}", seen.len(), truth.bursts)
}
