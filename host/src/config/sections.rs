//! What can be set, and what holds where nothing is.

use std::path::PathBuf;

use sekisho_core::decode::{Shape, SourceSettings};
use sekisho_core::enrich::Inventory;
use sekisho_core::state::Quota;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::wasm::Limits;
use crate::{admin, kafka, units};

/// The whole configuration, with all files that it names read or found.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// None: files alone can be read (`replay`, `check`).
    pub kafka: Option<kafka::Config>,
    /// Raw topics.
    pub sources: Vec<Source>,
    /// Of the file that `inventory` names, or written there.
    pub inventory: Inventory,
    pub detectors: Vec<Detector>,
    pub limits: Limits,
    pub memory: Memory,
    /// Where compiled plugins are kept; none: they are compiled at every start.
    pub cache: Option<PathBuf>,
    pub log: Log,
    /// Where metrics and health checks are.
    pub admin: admin::Config,
}

/// A raw topic, and how to read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name.
    pub topic: String,
    /// The shape of its records; told by their content, record by record, unless said.
    #[serde(default)]
    pub shape: Option<Shape>,
    /// IANA name of the zone of times that are written without one; UTC unless said.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// A detector: a plugin under a name of its own, with its settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    /// Names its memory, its signals and its alerts: unique, and the same for as long as it should remember.
    pub name: String,
    /// The plugin's file. A path that is not absolute begins at the folder of the configuration.
    pub plugin: PathBuf,
    /// What the plugin's settings schema allows (`sekisho plugin inspect` shows it), as JSON text.
    #[serde(default = "no_settings", deserialize_with = "read_apart")]
    pub settings: String,
}

/// What one detector may remember in one partition of the exchange.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Memory {
    /// All its states together.
    #[serde(with = "units::bytes")]
    pub bytes: usize,
    /// Number of states: one for each key of each key space.
    pub states: u64,
}

/// What the host says while it runs, on standard error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` for people, `json` for collectors.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,sekisho::kafka=debug`.
    pub level: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For collectors.
    Json,
}

// === impl Source ===

impl Source {
    /// As the decoder takes it.
    pub fn settings(&self) -> SourceSettings {
        SourceSettings { shape: self.shape, time_zone: self.time_zone.clone() }
    }
}

// === impl Memory ===

impl Memory {
    pub fn quota(&self) -> Quota {
        Quota { bytes: self.bytes as u64, states: self.states }
    }
}

impl Default for Memory {
    /// 64 MiB and 200,000 states.
    fn default() -> Self {
        Self { bytes: 64 << 20, states: 200_000 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

/// Settings are a plugin's matter: they are read as a tree, whose places its complaints can name.
fn read_apart<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| no_settings())
}

fn no_settings() -> String {
    "{}".to_owned()
}
