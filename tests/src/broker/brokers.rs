//! Several brokers that are one cluster, as a site has them: three replicas of everything, two of which must be written.

use std::fmt;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::properties::Place;
use super::{Broker, Options, jars};

/// How long a client may wait for an answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Brokers of one cluster, each a controller too; all end when this value is dropped.
#[derive(Debug)]
pub struct Brokers {
    nodes: Vec<Broker>,
}

/// A transaction that its coordinator knows nothing of any more, or calls complete, and a partition holds open: nobody will
/// ever end it, and readers of committed records wait there for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hanging {
    /// Topic and partition.
    pub place: (String, i32),
    /// The producer's id and epoch.
    pub producer: (i64, i64),
    /// Where it begins.
    pub from: i64,
}

// === impl Brokers ===

impl Brokers {
    /// Starts as many brokers as there are options; the first is node 1.
    ///
    /// # Errors
    /// When the jars can't be fetched, or one does not open its port in time.
    pub fn start(options: &[Options]) -> Result<Self> {
        let jars = jars::fetch()?;
        let places = Place::free(&jars::cluster_id(&jars)?, options)?;
        let launched = thread::scope(|scope| {
            let launch = |(options, place)| {
                let jars = jars.clone();
                scope.spawn(move || Broker::launch(jars, options, place))
            };
            let all: Vec<_> = options.iter().zip(&places).map(launch).collect();
            all.into_iter().map(|one| one.join().map_err(|_| anyhow!("a launch panicked"))?).collect::<Result<Vec<_>>>()
        });
        let mut nodes = launched?;
        nodes.iter_mut().try_for_each(Broker::wait)?;
        Ok(Self { nodes })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// `host:port` of each, divided by commas.
    pub fn address(&self) -> String {
        let addresses: Vec<_> = self.nodes.iter().map(Broker::address).collect();
        addresses.join(",")
    }

    /// One of them, from 0.
    ///
    /// # Panics
    /// There are not so many.
    pub fn node(&mut self, at: usize) -> &mut Broker {
        &mut self.nodes[at]
    }

    /// Waits until every broker is there and every replica of every partition is in sync.
    ///
    /// # Errors
    /// They are not in time.
    pub fn in_sync(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        let reader: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", self.address()).set("socket.timeout.ms", "3000").create()?;
        loop {
            let behind = self.behind(&reader);
            let Some(behind) = behind else { return Ok(()) };
            ensure!(Instant::now() < deadline, "after {} s {behind}", limit.as_secs());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// What is not in sync, in words.
    fn behind(&self, reader: &BaseConsumer) -> Option<String> {
        let metadata = match reader.fetch_metadata(None, ANSWER) {
            Ok(metadata) => metadata,
            Err(error) => return Some(format!("no broker answers: {error}")),
        };
        let up = metadata.brokers().len();
        if up < self.count() {
            return Some(format!("{up} of {} brokers are up", self.count()));
        }
        let mut partitions =
            metadata.topics().iter().flat_map(|topic| topic.partitions().iter().map(move |one| (topic.name(), one)));
        let (topic, one) = partitions.find(|(_, one)| one.leader() < 0 || one.isr().len() < one.replicas().len())?;
        Some(format!("{topic}/{} is in sync on {:?} of {:?}", one.id(), one.isr(), one.replicas()))
    }

    /// The transactions that Kafka's own tool calls hanging, among those that are open for longer than a minute.
    ///
    /// # Errors
    /// The tool can't be run, or says what is not understood.
    pub fn hanging_transactions(&self) -> Result<Vec<Hanging>> {
        let mut found = Vec::new();
        for node in 1..=self.count() {
            let own = self.nodes[node - 1].own.as_ref().context("not a broker of ours")?;
            let output = jars::java(&own.jars)
                .arg("org.apache.kafka.tools.TransactionsCommand")
                .args(["--bootstrap-server", &self.address(), "find-hanging"])
                .args(["--broker-id", &node.to_string(), "--max-transaction-timeout", "1"])
                .stderr(Stdio::null())
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            ensure!(output.status.success(), "find-hanging failed: {text}");
            found.extend(hanging(&text));
        }
        Ok(found)
    }
}

/// Reads the tool's table: topic, partition, producer id and epoch, coordinator epoch, start offset, and times.
fn hanging(table: &str) -> impl Iterator<Item = Hanging> {
    table.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let topic = words.next()?.to_owned();
        let mut number = || words.next()?.parse::<i64>().ok();
        let (partition, id, epoch, _coordinator, from) = (number()?, number()?, number()?, number()?, number()?);
        Some(Hanging { place: (topic, i32::try_from(partition).ok()?), producer: (id, epoch), from })
    })
}

impl fmt::Display for Hanging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place: (topic, partition), producer: (id, epoch), from } = self;
        write!(f, "{topic}/{partition} has a hanging transaction of producer {id} (epoch {epoch}) from offset {from}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_hanging_transactions_is_read() {
        let table = "Topic          \tPartition \tProducerId \tProducerEpoch \tCoordinatorEpoch \tStartOffset \tLastTimestamp \tDuration(min)\t\n\
                     disturbed.state\t5         \t7          \t12            \t-1               \t841         \t1795639113908 \t3             \t\n";
        let found: Vec<_> = hanging(table).collect();
        let told = "disturbed.state/5 has a hanging transaction of producer 7 (epoch 12) from offset 841";
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [told]);
        assert_eq!(hanging("Topic\tPartition\tProducerId\n").count(), 0);
    }
}
