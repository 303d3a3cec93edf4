//! `sekisho check`: every mistake of a configuration at once.

use anyhow::Result;

use super::arguments::CheckOptions;
use super::detectors::{self, Given};
use super::exit::Exit;
use super::screen::counted;

pub fn run(options: &CheckOptions) -> Result<Exit> {
    let Some(Given { app, draft }) = detectors::of_config(&options.config)? else { return Ok(Exit::Refused) };
    for configured in app.configured() {
        let plan = &configured.plan;
        println!(
            "{:<24} {} {}: {}, reads {}, remembers by {}",
            configured.name,
            configured.identity.id,
            configured.identity.version,
            counted(plan.rules.len() as u64, "rule", "rules"),
            counted(plan.subscriptions.len() as u64, "source", "sources"),
            plan.key_spaces.iter().map(|space| space.name.as_str()).collect::<Vec<_>>().join(", "),
        );
        for space in plan.key_spaces.iter().filter(|space| space.parts == 0) {
            println!(
                "  warning: its key space {} has one group for the whole stream, on one worker: for low-rate streams only",
                space.name
            );
        }
    }
    if draft.config.kafka.is_none() {
        println!("there is no section `kafka`: `replay` can use this configuration, `run` can't");
    } else if draft.config.sources.is_empty() {
        println!("there are no `sources`: `replay` can use this configuration, `run` can't");
    }
    println!("{} is right", options.config.display());
    Ok(Exit::Done)
}
