//! Letters tried again, when their cause is mended.
//!
//! A record that could not be decoded is produced once more, the same bytes to the same partition of its raw topic: no
//! event had come of it, so none comes twice. A group that a detector failed on goes back to the owner of its shard, which
//! gives it to that detector alone. What was done stands behind the letters, in the same transaction.

use anyhow::{Result, ensure};
use sekisho_core::model::ShardId;

use super::letter::{Group, Letter};
use super::{id, is_wanted, read};
use crate::cli::arguments::RetryOptions;
use crate::cli::exit::Exit;
use crate::cli::screen::plain;
use crate::kafka::{self, Bytes, Command, Desk, Fetch, Fetched, Order, RawRecord, RetryGroup};

/// Raw records of one group, in bytes: they travel in one command, which the control topic must take.
const MOST: usize = 3 << 20;

/// What is to be done with a letter.
enum Plan {
    Do(Order, String),
    /// It can't be done, or was done before; why.
    Not(String),
}

pub fn run(config: &kafka::Config, options: &RetryOptions) -> Result<Exit> {
    let chosen = !options.ids.is_empty() || options.all || options.filter.reason.is_some();
    ensure!(
        chosen || options.filter.detector.is_some(),
        "name letters by their ids, by --reason or --detector, or --all of them"
    );
    // Whoever holds the desk sees all marks: two operators at one time can't both retry.
    let desk = if options.dry_run { None } else { Some(Desk::open(config)?) };
    let letters = read(config)?;
    for id in &options.ids {
        ensure!(letters.iter().any(|letter| letter.id == *id), "no letter {id} on {}", config.topic("dead-letters"));
    }
    let is_named = |letter: &Letter| options.ids.is_empty() || options.ids.contains(&letter.id);
    let fetch = Fetch::new(config)?;
    let (mut done, mut left) = (0, 0);
    for letter in letters.iter().filter(|letter| is_named(letter) && is_wanted(letter, &options.filter)) {
        match plan(&fetch, letter, options.again)? {
            Plan::Not(why) => {
                left += 1;
                println!("{}: {}", letter.id, plain(&why));
            }
            Plan::Do(order, what) => {
                if let Some(desk) = &desk {
                    let (key, body) = letter.mark(if letter.group.is_some() { "asked" } else { "produced" });
                    desk.write(&[order, Order::Mark { key, body }])?;
                }
                done += 1;
                println!("{}: {}{}", letter.id, if options.dry_run { "would be " } else { "" }, plain(&what));
            }
        }
    }
    println!("{done} {}, {left} not", if options.dry_run { "to be retried" } else { "retried" });
    Ok(if left == 0 { Exit::Done } else { Exit::Incomplete })
}

fn plan(fetch: &Fetch, letter: &Letter, again: bool) -> Result<Plan> {
    if let Some(at) = letter.retried.as_ref().filter(|_| !again) {
        return Ok(Plan::Not(format!("was retried at {at}; --again does it once more")));
    }
    match &letter.group {
        None => rejected(fetch, letter),
        Some(group) => quarantined(fetch, letter, group),
    }
}

fn rejected(fetch: &Fetch, letter: &Letter) -> Result<Plan> {
    let Some(origin) = letter.origins.first() else { return Ok(Plan::Not("names no record".to_owned())) };
    let is_it = |value: &[u8]| letter.record.as_ref().is_none_or(|kept| kept.is(value));
    let fetched = fetch.record(&origin.topic, origin.partition, origin.offset)?;
    let fetched = fetched.filter(|record| is_it(record.value.as_deref().unwrap_or_default()));
    let kept = || {
        let value = letter.record.as_ref()?.whole()?;
        Some(Fetched { value: Some(value), ..Fetched::default() })
    };
    let Some(record) = fetched.or_else(kept) else {
        return Ok(Plan::Not(format!(
            "can't be retried: {} does not have it any more, and the letter holds its head alone",
            origin.topic
        )));
    };
    let (topic, partition) = (origin.topic.clone(), origin.partition);
    let what = format!("produced again to {topic}/{partition}");
    Ok(Plan::Do(Order::Record { topic, partition, letter: letter.id.clone(), record }, what))
}

fn quarantined(fetch: &Fetch, letter: &Letter, group: &Group) -> Result<Plan> {
    let not = |why: &str| Ok(Plan::Not(format!("can't be retried: {why}")));
    let Some(shard) = group.shard else { return not("an older version wrote it, and it does not name its shard") };
    if let Some(all) = letter.origins_in_all {
        return not(&format!("it names {} of its {all} records alone", letter.origins.len()));
    }
    if letter.origins.is_empty() {
        return not("it was a wake-up, which rests on no record; what the key remembers is tried again by itself");
    }
    let mut records: Vec<RawRecord> = Vec::new();
    for origin in &letter.origins {
        let same = |record: &&mut RawRecord| {
            (&record.topic, record.partition, record.offset) == (&origin.topic, origin.partition, origin.offset)
        };
        if let Some(known) = records.iter_mut().find(same) {
            known.indexes.push(origin.index);
            continue;
        }
        let Some(fetched) = fetch.record(&origin.topic, origin.partition, origin.offset)? else {
            return not(&format!("its record {} is not there any more", origin.place()));
        };
        records.push(RawRecord {
            topic: origin.topic.clone(),
            partition: origin.partition,
            offset: origin.offset,
            indexes: vec![origin.index],
            timestamp: fetched.timestamp,
            appended: fetched.appended,
            value: Bytes::of(fetched.value.as_deref().unwrap_or_default()),
        });
    }
    let size = |record: &RawRecord| match &record.value {
        Bytes::Text(text) | Bytes::Hex(text) => text.len(),
    };
    if records.iter().map(size).sum::<usize>() > MOST {
        return not("its records are too many bytes for one command");
    }
    let what = format!("asked of the owner of shard {shard}, for {}", group.name);
    let command = Command::Retry(RetryGroup {
        detector: group.name.clone(),
        key_space: group.key_space.clone(),
        key: group.key.clone(),
        records,
    });
    Ok(Plan::Do(Order::Command { shard: ShardId(shard), id: id(), command }, what))
}
