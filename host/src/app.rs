//! The wiring: from a configuration to a pipeline. Everything is built and checked before anything runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sekisho_core::decode::Decoder;
use sekisho_core::detect::Detector;
use sekisho_core::enrich::{Enrichment, Inventory};
use sekisho_core::model::{Digest, RawPartition};
use sekisho_core::pipeline::{Embedded, EmbeddedError, Worker, WorkerOptions};
use sekisho_core::plan::{self, Configured, Plan, PlanError, SourceSpec, Wants, Zones};

use crate::config::{Draft, Memory, Source};
use crate::wasm::{CompiledDetector, ConfigureError, Limits, LoadError, Runtime, RuntimeError};

/// Partitions of the exchange in memory: results do not depend on it, and one is fastest.
const EMBEDDED_SHARDS: u32 = 1;

/// All that a pipeline is made of, ready: detectors that took their settings, an inventory without faults.
pub struct App {
    runtime: Runtime,
    detectors: Vec<Ready>,
    enrichment: Arc<Enrichment>,
    inventory: Digest,
    memory: Memory,
}

/// A detector that took its settings.
#[derive(Clone)]
struct Ready {
    compiled: CompiledDetector,
    configured: Arc<Configured>,
}

/// Why a plugin without a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    #[error("{}: {source}", .path.display())]
    Load { path: PathBuf, source: LoadError },
    #[error("{}: {source}", .path.display())]
    Configure { path: PathBuf, source: ConfigureError },
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

// === impl App ===

impl App {
    /// Builds what a configuration asks for. None: something is wrong, and the draft says what.
    ///
    /// # Errors
    /// There is no engine to run detectors with.
    pub fn from_config(draft: &mut Draft) -> Result<Option<Self>, RuntimeError> {
        let config = draft.config.clone();
        let runtime = Runtime::new(if config.limits.problems().is_empty() { config.limits } else { Limits::default() }, config.cache.as_deref())?;
        let mut detectors = Vec::new();
        for (at, detector) in config.detectors.iter().enumerate() {
            if !detector.plugin.exists() {
                // Told by the configuration itself.
                continue;
            }
            match runtime.load_file(&detector.plugin) {
                Err(error) => draft.blame_plugin(at, error.to_string()),
                Ok(compiled) => match compiled.configure(&detector.name, &detector.settings) {
                    Ok(configured) => detectors.push(Ready { compiled, configured: Arc::new(configured) }),
                    Err(ConfigureError::Settings(problems)) => {
                        problems.iter().for_each(|problem| draft.blame_settings(at, &problem.at, &problem.message));
                    }
                    Err(error) => draft.blame_plugin(at, error.to_string()),
                },
            }
        }
        let app = Self {
            runtime,
            detectors,
            enrichment: enrichment(&config.inventory),
            inventory: config.inventory.digest(),
            memory: config.memory,
        };
        // Detectors that could not be made would be missed by those that read their signals.
        if app.detectors.len() == config.detectors.len() {
            let sources = config.sources.iter().map(|source| SourceSpec { name: source.topic.clone(), partitions: 1 });
            if let Err(errors) = app.plan(sources.collect(), Vec::new(), EMBEDDED_SHARDS) {
                errors.iter().for_each(|error| draft.blame_detector(&error.detector, &error.message));
            }
        }
        Ok((draft.mistakes() == 0).then_some(app))
    }

    /// Plugins with their default settings, each under its own id, and no inventory.
    ///
    /// # Errors
    /// The first plugin that can't be used.
    pub fn from_plugins(paths: &[PathBuf], cache: Option<&Path>) -> Result<Self, PluginError> {
        let runtime = Runtime::new(Limits::default(), cache)?;
        let load = |path: &PathBuf| {
            let compiled =
                runtime.load_file(path).map_err(|source| PluginError::Load { path: path.clone(), source })?;
            let name = compiled.identity().id.clone();
            let configured = compiled
                .configure(&name, "{}")
                .map_err(|source| PluginError::Configure { path: path.clone(), source })?;
            Ok(Ready { compiled, configured: Arc::new(configured) })
        };
        let detectors = paths.iter().map(load).collect::<Result<Vec<_>, PluginError>>()?;
        let inventory = Inventory::default();
        Ok(Self {
            runtime,
            detectors,
            enrichment: enrichment(&inventory),
            inventory: inventory.digest(),
            memory: Memory::default(),
        })
    }

    /// With another inventory than before.
    #[must_use]
    pub fn with_inventory(mut self, inventory: &Inventory) -> Self {
        self.enrichment = enrichment(inventory);
        self.inventory = inventory.digest();
        self
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The detectors, each with its plan.
    pub fn configured(&self) -> impl Iterator<Item = &Configured> {
        self.detectors.iter().map(|ready| &*ready.configured)
    }

    /// The plan that follows for these sources.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn plan(
        &self,
        sources: Vec<SourceSpec>,
        clocks: Vec<RawPartition>,
        shards: u32,
    ) -> Result<Arc<Plan>, Vec<PlanError>> {
        let detectors = self.configured().cloned().collect();
        plan::build(Wants { detectors, sources, clocks, shards, inventory: self.inventory }).map(Arc::new)
    }

    /// The plan over files: one source for each, one clock for all, since they are merged by time.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn plan_of_files(&self, files: &[PathBuf]) -> Result<Arc<Plan>, Vec<PlanError>> {
        let sources = files.iter().map(|file| SourceSpec { name: file.display().to_string(), partitions: 1 });
        self.plan(sources.collect(), vec![RawPartition::default()], EMBEDDED_SHARDS)
    }

    /// A worker of the plan for Kafka.
    pub fn worker(&self, plan: &Arc<Plan>, sources: &[Source], frame_bytes: usize) -> Worker {
        let options = WorkerOptions { frame_bytes, quota: self.memory.quota(), ..WorkerOptions::default() };
        Worker::new(Arc::clone(plan), self.zones(), self.decoder(plan, sources), self.instances(), options)
    }

    /// The pipeline in memory, over files.
    ///
    /// # Errors
    /// A plan that no shard can be made for.
    pub fn embedded(
        &self,
        plan: &Arc<Plan>,
        sources: &[Source],
        detectors: Vec<Box<dyn Detector>>,
        explain: bool,
    ) -> Result<Embedded, EmbeddedError> {
        let options = WorkerOptions {
            quota: self.memory.quota(),
            files: true,
            explain,
            merged_clock: Some(RawPartition::default()),
            ..WorkerOptions::default()
        };
        Embedded::new(Arc::clone(plan), self.zones(), self.decoder(plan, sources), detectors, options)
    }

    /// A fresh instance of each detector.
    pub fn instances(&self) -> Vec<Box<dyn Detector>> {
        let instance = |ready: &Ready| Box::new(ready.compiled.instance(Arc::clone(&ready.configured))) as Box<dyn Detector>;
        self.detectors.iter().map(instance).collect()
    }

    /// A decoder of what the plan wants. Source by source, it follows what is said of them.
    pub fn decoder(&self, _plan: &Plan, _sources: &[Source]) -> Decoder {
        Decoder
    }

    /// A decoder that wants nothing: it tells times.
    pub fn timekeeper(&self, _sources: &[Source]) -> Decoder {
        Decoder
    }

    fn zones(&self) -> Arc<dyn Zones + Send + Sync> {
        Arc::clone(&self.enrichment) as Arc<dyn Zones + Send + Sync>
    }
}

/// Faults of an inventory are told by the configuration; one with faults is not used.
fn enrichment(inventory: &Inventory) -> Arc<Enrichment> {
    Arc::new(Enrichment::compile(inventory).unwrap_or_default())
}
