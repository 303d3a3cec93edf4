//! The wiring: from a configuration to a pipeline. Everything is built and checked before anything runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sekisho_core::decode::{DecodeConfigError, Decoder};
use sekisho_core::detect::Detector;
use sekisho_core::enrich::{Enricher, Enrichment, Inventory};
use sekisho_core::model::{Digest, RawPartition, SourceId};
use sekisho_core::pipeline::{Embedded, EmbeddedError, Worker, WorkerOptions};
use sekisho_core::plan::{self, Configured, Plan, PlanError, SourceSpec, Wants, Zones};
use sekisho_core::schema::Projection;

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

/// Why there is no pipeline in memory.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    #[error(transparent)]
    Decoder(#[from] DecodeConfigError),
    #[error(transparent)]
    Pipeline(#[from] EmbeddedError),
}

// === impl App ===

impl App {
    /// Builds what a configuration asks for. None: something is wrong, and the draft says what.
    ///
    /// # Errors
    /// There is no engine to run detectors with.
    pub fn from_config(draft: &mut Draft) -> Result<Option<Self>, RuntimeError> {
        let config = draft.config.clone();
        let runtime = Runtime::new(
            if config.limits.problems().is_empty() { config.limits } else { Limits::default() },
            config.cache.as_deref(),
        )?;
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
            match app.plan(sources.collect(), Vec::new(), EMBEDDED_SHARDS) {
                Err(errors) => errors.iter().for_each(|error| draft.blame_detector(&error.detector, &error.message)),
                Ok(plan) => {
                    if let Err(error @ DecodeConfigError::TooManyFields { .. }) = app.decoder(&plan.projection, &[]) {
                        draft.blame("detectors", error.to_string());
                    }
                }
            }
        }
        Ok((draft.mistakes() == 0).then_some(app))
    }

    /// Plugins with their default settings, each under its own id, and no inventory.
    ///
    /// # Errors
    /// The first plugin that can't be used.
    pub fn from_plugins(paths: &[PathBuf], cache: Option<&Path>) -> Result<Self, PluginError> {
        let plugins: Vec<_> = paths.iter().map(|path| (path.as_path(), "{}")).collect();
        Self::load(Runtime::new(Limits::default(), cache)?, &plugins)
    }

    fn load(runtime: Runtime, plugins: &[(&Path, &str)]) -> Result<Self, PluginError> {
        let ready = |&(path, settings): &(&Path, &str)| {
            let path = path.to_owned();
            let compiled =
                runtime.load_file(&path).map_err(|source| PluginError::Load { path: path.clone(), source })?;
            let name = compiled.identity().id.clone();
            let configured =
                compiled.configure(&name, settings).map_err(|source| PluginError::Configure { path, source })?;
            Ok(Ready { compiled, configured: Arc::new(configured) })
        };
        let detectors = plugins.iter().map(ready).collect::<Result<Vec<_>, PluginError>>()?;
        let inventory = Inventory::default();
        Ok(Self {
            runtime,
            detectors,
            enrichment: enrichment(&inventory),
            inventory: inventory.digest(),
            memory: Memory::default(),
        })
    }

    /// One plugin with settings (JSON text), under its own id.
    ///
    /// # Errors
    /// It can't be used, or not with these settings.
    pub fn from_plugin(path: &Path, settings: &str) -> Result<Self, PluginError> {
        Self::load(Runtime::new(Limits::default(), None)?, &[(path, settings)])
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

    /// The plan over raw topics: every partition has a clock of its own.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn plan_of_topics(&self, topics: &[SourceSpec], shards: u32) -> Result<Arc<Plan>, Vec<PlanError>> {
        let clocks = topics.iter().enumerate().flat_map(|(at, topic)| {
            let source = SourceId(u32::try_from(at).unwrap_or(u32::MAX));
            (0..topic.partitions).map(move |partition| RawPartition { source, partition: partition.cast_signed() })
        });
        self.plan(topics.to_vec(), clocks.collect(), shards)
    }

    /// A worker of the plan for Kafka, with copies of late rows or without.
    ///
    /// # Errors
    /// A plan that no decoder can serve.
    pub fn worker(
        &self,
        plan: &Arc<Plan>,
        sources: &[Source],
        frame_bytes: usize,
        copy_late: bool,
    ) -> Result<Worker, DecodeConfigError> {
        let options = WorkerOptions { frame_bytes, copy_late, quota: self.memory.quota(), ..WorkerOptions::default() };
        let decoder = self.decoder(&plan.projection, sources)?;
        Ok(Worker::new(Arc::clone(plan), self.zones(), decoder, self.instances(), options))
    }

    /// The pipeline in memory, over files.
    ///
    /// # Errors
    /// A plan that no decoder or shard can serve.
    pub fn embedded(
        &self,
        plan: &Arc<Plan>,
        sources: &[Source],
        detectors: Vec<Box<dyn Detector>>,
        explain: bool,
    ) -> Result<Embedded, EmbedError> {
        let options = WorkerOptions {
            quota: self.memory.quota(),
            files: true,
            explain,
            merged_clock: Some(RawPartition::default()),
            ..WorkerOptions::default()
        };
        let decoder = self.decoder(&plan.projection, sources)?;
        Ok(Embedded::new(Arc::clone(plan), self.zones(), decoder, detectors, options)?)
    }

    /// A fresh instance of each detector.
    pub fn instances(&self) -> Vec<Box<dyn Detector>> {
        let instance =
            |ready: &Ready| Box::new(ready.compiled.instance(Arc::clone(&ready.configured))) as Box<dyn Detector>;
        self.detectors.iter().map(instance).collect()
    }

    /// A decoder of what is wanted; an empty projection makes one that tells times alone.
    ///
    /// # Errors
    /// More fields are wanted than a decoder can tell apart.
    pub fn decoder(&self, projection: &Projection, sources: &[Source]) -> Result<Decoder, DecodeConfigError> {
        let sources = sources.iter().map(Source::settings).collect();
        Decoder::new(projection, sources, Arc::clone(&self.enrichment) as Arc<dyn Enricher>)
    }

    fn zones(&self) -> Arc<dyn Zones + Send + Sync> {
        Arc::clone(&self.enrichment) as Arc<dyn Zones + Send + Sync>
    }
}

/// Faults of an inventory are told by the configuration; one with faults is not used.
fn enrichment(inventory: &Inventory) -> Arc<Enrichment> {
    Arc::new(Enrichment::compile(inventory).unwrap_or_default())
}
