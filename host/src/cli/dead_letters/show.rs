//! Letters for people.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Result};
use serde_json::json;

use super::letter::Letter;
use super::{is_wanted, read};
use crate::cli::arguments::LetterFilter;
use crate::cli::exit::Exit;
use crate::cli::screen::{self, counted, plain};
use crate::kafka::{self, Fetch};

/// The last letters, and how many there are by reason.
pub fn list(config: &kafka::Config, filter: &LetterFilter, limit: usize, as_json: bool) -> Result<Exit> {
    let letters: Vec<_> = read(config)?.into_iter().filter(|letter| is_wanted(letter, filter)).collect();
    let mut out = std::io::stdout().lock();
    let shown = &letters[letters.len().saturating_sub(limit)..];
    if as_json {
        for letter in shown {
            let (id, time, retried) = (&letter.id, &letter.time, &letter.retried);
            writeln!(out, "{}", json!({"id": id, "time": time, "retried": retried, "letter": letter.body}))?;
        }
        return Ok(Exit::Done);
    }
    for letter in shown {
        line(&mut out, letter)?;
    }
    let mut reasons = BTreeMap::<&str, (u64, u64)>::new();
    for letter in &letters {
        let counts = reasons.entry(&letter.reason).or_default();
        counts.0 += 1;
        counts.1 += u64::from(letter.retried.is_some());
    }
    writeln!(out, "{}", counted(letters.len() as u64, "letter", "letters"))?;
    for (reason, (count, retried)) in reasons {
        writeln!(out, "  {:<16} {count:>8}, {retried} retried", plain(reason))?;
    }
    Ok(Exit::Done)
}

fn line(out: &mut dyn Write, letter: &Letter) -> Result<()> {
    let reason = format!("{:<14}", plain(&letter.reason));
    let reason = if screen::look().color { format!("\x1b[31m{reason}\x1b[0m") } else { reason };
    let retried = if letter.retried.is_some() { "  (retried)" } else { "" };
    writeln!(out, "{:<10} {}  {reason} {}{retried}", letter.id, plain(&letter.time), plain(&letter.about()))?;
    Ok(writeln!(out, "{:<10} {}", "", plain(&letter.message))?)
}

/// One letter, whole, with its raw records.
pub fn one(config: &kafka::Config, id: &str) -> Result<Exit> {
    let letter = read(config)?.into_iter().find(|letter| letter.id == id);
    let letter = letter.with_context(|| format!("no letter {id} on {}", config.topic("dead-letters")))?;
    let mut out = std::io::stdout().lock();
    line(&mut out, &letter)?;
    if let Some(at) = &letter.retried {
        writeln!(out, "retried at {}", plain(at))?;
    }
    writeln!(out, "{}", screen::record(&serde_json::to_vec_pretty(&letter.body)?))?;
    let fetch = Fetch::new(config)?;
    let mut gone = 0;
    for origin in &letter.origins {
        writeln!(out, "\n# {}", plain(&origin.place()))?;
        let value = fetch.value(&origin.topic, origin.partition, origin.offset)?;
        match value.or_else(|| letter.record.as_ref()?.whole()) {
            Some(value) => writeln!(out, "{}", screen::record(&value))?,
            None => {
                gone += 1;
                writeln!(out, "(not there any more)")?;
            }
        }
    }
    Ok(if gone == 0 { Exit::Done } else { Exit::Incomplete })
}
