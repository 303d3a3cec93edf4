//! `sekisho heal`: asks the owners of a detector's shards to give it what it missed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use rdkafka::consumer::Consumer;
use sekisho_core::model::ShardId;

use super::arguments::HealOptions;
use super::coverage::{self, Gap, Status};
use super::exit::Exit;
use super::screen::{counted, plain};
use super::topic;
use crate::kafka::{self, Command, Desk, Order};

/// How long a broker may take to answer.
const REQUEST: Duration = Duration::from_secs(10);
/// Between two looks at what became of it.
const LOOK: Duration = Duration::from_secs(1);

pub fn run(options: &HealOptions) -> Result<Exit> {
    let config = match topic::kafka_of(&options.config)? {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let name = &options.detector;
    let gaps = unhealed(&config, name)?;
    if gaps.is_empty() {
        println!("{} has missed nothing that can be healed", plain(name));
        return Ok(Exit::Done);
    }
    let lost = tell_lost(&config, &gaps)?;
    let shards: BTreeMap<u32, Vec<&Gap>> = gaps.iter().fold(BTreeMap::new(), |mut shards, gap| {
        shards.entry(gap.shard).or_insert_with(Vec::new).push(gap);
        shards
    });
    for (shard, gaps) in &shards {
        for gap in gaps {
            println!("shard {shard}: {}", plain(&gap.place(&config.topic("exchange"))));
        }
    }
    if options.dry_run {
        println!("nothing was asked: --dry-run");
        return Ok(Exit::Done);
    }
    let order = |shard: &u32| Order::Command {
        shard: ShardId(*shard),
        id: super::dead_letters::id(),
        command: Command::Heal { detector: name.clone() },
    };
    let orders: Vec<_> = shards.keys().map(order).collect();
    Desk::open(&config)?.write(&orders)?;
    println!("asked the {} of {}", counted(orders.len() as u64, "owner of a shard", "owners of shards"), plain(name));
    match options.wait {
        Some(wait) => await_healing(&config, name, wait),
        None => {
            println!("`sekisho coverage` tells what becomes of it");
            Ok(if lost { Exit::Incomplete } else { Exit::Done })
        }
    }
}

fn unhealed(config: &kafka::Config, name: &str) -> Result<Vec<Gap>> {
    Ok(coverage::read(config)?.into_iter().filter(|gap| gap.detector == name && gap.can_heal()).collect())
}

/// Says which of the gaps begin before what the exchange still holds.
fn tell_lost(config: &kafka::Config, gaps: &[Gap]) -> Result<bool> {
    let reader = topic::connect(config)?;
    let exchange = config.topic("exchange");
    let mut lost = false;
    for gap in gaps {
        let (low, _) = reader.fetch_watermarks(&exchange, gap.shard.cast_signed(), REQUEST)?;
        if low > gap.from {
            lost = true;
            println!(
                "shard {}: frames before offset {low} are beyond the horizon (kafka.topics.healing_horizon); what was \
                 missed of them can't be healed from the exchange",
                gap.shard
            );
        }
    }
    Ok(lost)
}

fn await_healing(config: &kafka::Config, name: &str, wait: Duration) -> Result<Exit> {
    let until = Instant::now() + wait;
    loop {
        let gaps: Vec<_> = coverage::read(config)?.into_iter().filter(|gap| gap.detector == name).collect();
        if !gaps.iter().any(Gap::can_heal) {
            let lost = gaps.iter().any(|gap| gap.status == Status::Lost);
            println!("{} is up to date{}", plain(name), if lost { ", save what was lost" } else { "" });
            return Ok(if lost { Exit::Incomplete } else { Exit::Done });
        }
        if Instant::now() >= until {
            println!("not healed within {} s; it goes on", wait.as_secs());
            return Ok(Exit::Incomplete);
        }
        std::thread::sleep(LOOK);
    }
}
