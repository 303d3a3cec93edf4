//! `sekisho plugin`: what authors and reviewers of plugins need.

mod inspect;
mod meter;
mod pack;
mod test;

use std::path::Path;

use anyhow::{Context, Result};

use super::arguments::PluginVerb;
use super::exit::Exit;

pub fn run(verb: PluginVerb) -> Result<Exit> {
    match verb {
        PluginVerb::Inspect { file, settings, sample, inventory, format } => {
            let sample = inspect::Sample { logs: &sample, inventory: inventory.as_deref() };
            inspect::run(&file, &self::settings(&settings)?, &sample, format)
        }
        PluginVerb::Test { file, logs, settings, seeds, zone } => {
            test::run(&file, &self::settings(&settings)?, &logs, seeds, zone)
        }
        PluginVerb::Pack { module, output } => pack::run(&module, &output),
    }
}

/// Settings as they were given: JSON itself, or a file that holds it.
fn settings(given: &str) -> Result<String> {
    if given.trim_start().starts_with('{') {
        return Ok(given.to_owned());
    }
    std::fs::read_to_string(given).with_context(|| format!("failed to read the settings {given}"))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))
}
