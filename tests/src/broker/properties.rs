//! What a broker is configured with, and its place among others.

use std::net::TcpListener;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use super::Options;

/// One of several brokers that are one cluster, or the only one.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// From 1.
    pub node: usize,
    /// Of the cluster.
    pub id: String,
    /// Its own.
    pub ports: Ports,
    /// The controllers of all nodes, in their order.
    pub quorum: Vec<u16>,
}

/// The ports of one broker.
#[derive(Clone, Debug)]
pub(super) struct Ports {
    pub plain: u16,
    pub controller: u16,
    pub listeners: Vec<u16>,
}

/// Where ports are looked for: below those that systems hand out for connections. While a broker is down, whoever tries to
/// reach it may be given just its port for the attempt (and reach itself), and the broker could not come back.
const FIRST: u16 = 10_000;
const COUNT: usize = 20_000;

// === impl Place ===

impl Place {
    /// Free places for brokers with these options.
    pub fn free(id: &str, options: &[Options]) -> Result<Vec<Self>> {
        // All are held until all are known, so that no port is given twice.
        let (mut held, mut ports) = (Vec::new(), Vec::new());
        let begin = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos() as usize);
        let mut free = (begin..begin + COUNT).filter_map(|at| {
            let port = FIRST + (at % COUNT) as u16;
            held.push(TcpListener::bind(("127.0.0.1", port)).ok()?);
            Some(port)
        });
        for options in options {
            let mut port = || free.next().context("no free port");
            let (plain, controller) = (port()?, port()?);
            let listeners = options.listeners.iter().map(|_| port()).collect::<Result<_>>()?;
            ports.push(Ports { plain, controller, listeners });
        }
        let quorum: Vec<_> = ports.iter().map(|ports| ports.controller).collect();
        let place = |(node, ports)| Self { node, id: id.to_owned(), ports, quorum: quorum.clone() };
        Ok((1..).zip(ports).map(place).collect())
    }

    /// Flags of Java: brokers that share a machine start fast and stay small.
    pub fn flags(&self) -> &'static str {
        if self.quorum.len() == 1 { "-Xmx512m" } else { "-Xmx400m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC" }
    }

    /// A KRaft node that is gentle to tests: few internal partitions, no waiting for members, short sessions. Everything has a
    /// replica on each node, and is written once all but one have it; what is only waited for is short among several.
    pub fn properties(&self, options: &Options, data: &Path) -> String {
        let Self { node, ports: Ports { plain, controller, listeners }, quorum, .. } = self;
        let (mut addresses, mut protocols) = (format!("PLAINTEXT://127.0.0.1:{plain}"), String::new());
        let mut advertised = addresses.clone();
        for ((name, protocol), port) in options.listeners.iter().zip(listeners) {
            let outside = options.advertised.iter().find(|(listener, _)| listener == name);
            let outside = outside.map_or(port, |(_, port)| port);
            addresses += &format!(",{name}://127.0.0.1:{port}");
            advertised += &format!(",{name}://127.0.0.1:{outside}");
            protocols += &format!(",{name}:{protocol}");
        }
        let voters: Vec<_> = (1..).zip(quorum).map(|(node, port)| format!("{node}@127.0.0.1:{port}")).collect();
        let (replicas, in_sync) = (quorum.len(), (quorum.len() - 1).max(1));
        format!(
            "process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners={addresses},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT{protocols}
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=500
auto.create.topics.enable=false
{sessions}
{more}
",
            voters = voters.join(","),
            data = data.display(),
            sessions = if replicas == 1 { ALONE } else { AMONG_OTHERS },
            more = options.properties,
        )
    }
}

const ALONE: &str = "group.consumer.min.session.timeout.ms=6000
group.consumer.session.timeout.ms=6000";

/// A broker that says nothing is taken for dead after 3 s (9 s by default), one that falls behind is out of sync after 5 s
/// (30 s), and transactions that are open for too long are looked for every 2 s (10 s).
const AMONG_OTHERS: &str = "group.consumer.min.session.timeout.ms=4000
group.consumer.session.timeout.ms=4000
group.min.session.timeout.ms=4000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
replica.lag.time.max.ms=5000
transaction.abort.timed.out.transaction.cleanup.interval.ms=2000
num.io.threads=4
num.network.threads=2
log.cleaner.dedupe.buffer.size=16777216";
