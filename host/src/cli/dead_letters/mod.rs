//! `sekisho dead-letters`: what could not be handled, shown, and tried again when its cause is mended.

mod letter;
mod retry;
mod show;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use anyhow::Result;
use sekisho_core::model::Digest;

use super::arguments::{DeadLettersVerb, LetterFilter};
use super::exit::Exit;
use super::topic;
use crate::kafka;
use letter::{Letter, Letters};

pub fn run(verb: DeadLettersVerb) -> Result<Exit> {
    let path = match &verb {
        DeadLettersVerb::List { config, .. } => config,
        DeadLettersVerb::Show { config, .. } => config,
        DeadLettersVerb::Retry(options) => &options.config,
    };
    let config = match topic::kafka_of(path)? {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    match verb {
        DeadLettersVerb::List { filter, limit, json, .. } => show::list(&config, &filter, limit, json),
        DeadLettersVerb::Show { id, .. } => show::one(&config, &id),
        DeadLettersVerb::Retry(options) => retry::run(&config, &options),
    }
}

/// All letters of the topic, oldest first.
fn read(config: &kafka::Config) -> Result<Vec<Letter>> {
    let reader = topic::connect(config)?;
    let mut letters = Letters::default();
    topic::entries(config, &reader, &config.topic("dead-letters"), |entry| letters.take(entry))?;
    Ok(letters.finish())
}

fn is_wanted(letter: &Letter, filter: &LetterFilter) -> bool {
    let detector = letter.group.as_ref().map(|group| group.name.as_str());
    filter.reason.as_ref().is_none_or(|reason| *reason == letter.reason)
        && filter.detector.as_ref().is_none_or(|wanted| detector == Some(wanted.as_str()))
}

/// 16 hexadecimal digits that no other command has.
pub fn id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let parts = [
        since.as_nanos().to_le_bytes().to_vec(),
        std::process::id().to_le_bytes().to_vec(),
        COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes().to_vec(),
    ];
    Digest::of_parts(parts.iter().map(Vec::as_slice)).short()
}
