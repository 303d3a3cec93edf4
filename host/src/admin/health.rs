//! Whether the process lives, and whether it is ready: judged from what the workers told.

use std::time::Duration;

use crate::metrics::{Phase, Snapshot, WorkerView};

/// A loop that has not turned for so long hangs: no single step of it may take longer, a transaction that times out
/// included.
const STILL: Duration = Duration::from_secs(120);
/// Brokers that have not answered for so long are not reached.
const SILENT: Duration = Duration::from_secs(30);
/// So many shards are named, the rest is counted.
const NAMED: usize = 8;

/// Why the process should be started anew; empty: it lives. Waiting for Kafka is no reason: nobody would be helped.
pub fn live(snapshot: &Snapshot) -> Vec<String> {
    let hangs = |worker: &&WorkerView| !matches!(worker.phase, Phase::Waiting(_)) && worker.still > STILL;
    let told = |worker: &WorkerView| {
        format!("the loop of worker {} has not turned for {} s", worker.worker, worker.still.as_secs())
    };
    snapshot.workers.iter().filter(hangs).map(told).collect()
}

/// What keeps the process from its full work; empty: it is ready.
pub fn ready(snapshot: &Snapshot) -> Vec<String> {
    if snapshot.workers.is_empty() {
        return vec!["connecting to kafka".to_owned()];
    }
    let mut reasons = live(snapshot);
    reasons.extend(snapshot.workers.iter().flat_map(hindrances));
    reasons
}

fn hindrances(worker: &WorkerView) -> Vec<String> {
    let number = worker.worker;
    match &worker.phase {
        Phase::Starting => return vec![format!("worker {number} is joining the group")],
        Phase::Waiting(reason) => return vec![format!("worker {number} waits for kafka to answer: {reason}")],
        Phase::Working => {}
    }
    let Some(standing) = worker.last.as_ref().map(|last| &last.standing) else {
        return vec![format!("worker {number} is joining the group")];
    };
    let mut told = Vec::new();
    let silent = standing.silent + worker.age;
    if silent > SILENT {
        told.push(format!("the brokers have not answered worker {number} for {} s", silent.as_secs()));
    }
    if !standing.member {
        told.push(format!("worker {number} is no member of the group"));
    } else if !standing.settled {
        told.push(format!("worker {number} waits for its partitions"));
    }
    let shards = standing.restoring.iter().take(NAMED);
    let named: Vec<_> =
        shards.map(|shard| format!("{} ({:.0}%)", shard.shard.0, (shard.part * 100.0).floor())).collect();
    if !named.is_empty() {
        let more = match standing.restoring.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        told.push(format!("worker {number} restores shards {}{more}", named.join(", ")));
    }
    told
}
