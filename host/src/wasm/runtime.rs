//! The engine: how WebAssembly is compiled and run here, the same for every detector of the process.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use wasmtime::{Config, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::cache::{Cache, CacheError};
use super::limits::Limits;

/// How often a running guest's CPU time is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Compiles and runs detectors. Clones share one engine.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    limits: Arc<Limits>,
    cache: Option<Cache>,
    _ticker: Ticker,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    #[error("limits of detectors: {}", .0.join("; "))]
    Limits(Vec<String>),
    /// Most often the pool: 4 GiB of address space for each detector that may live, none of it memory until it is used.
    #[error("failed to set up the WebAssembly engine (is address space limited by `ulimit -v`?): {0:#}")]
    Engine(wasmtime::Error),
    #[error("failed to start the engine's clock: {0}")]
    Ticker(std::io::Error),
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// A thread that moves the engine's epoch on; it ends with this handle.
struct Ticker {
    _stop: mpsc::Sender<()>,
}

// === impl Runtime ===

impl Runtime {
    /// An engine under these limits, which keeps compiled code in the directory, where one is given.
    ///
    /// # Errors
    /// Limits that contradict themselves, a machine without room for the pool of memories, or a cache directory that is
    /// not ours alone.
    pub fn new(limits: Limits, cache: Option<&Path>) -> Result<Self, RuntimeError> {
        let problems = limits.problems();
        if !problems.is_empty() {
            return Err(RuntimeError::Limits(problems));
        }
        let engine = Engine::new(&config(&limits)).map_err(RuntimeError::Engine)?;
        let cache = cache.map(|directory| Cache::open(directory, &engine)).transpose()?;
        let ticker = Ticker::start(engine.weak()).map_err(RuntimeError::Ticker)?;
        Ok(Self { shared: Arc::new(Shared { engine, limits: Arc::new(limits), cache, _ticker: ticker }) })
    }

    pub fn limits(&self) -> &Arc<Limits> {
        &self.shared.limits
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    pub(super) fn cache(&self) -> Option<&Cache> {
        self.shared.cache.as_ref()
    }
}

/// The same code gives the same answers on every machine: no threads, no relaxed SIMD, one NaN.
fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    config
}

/// Room for as many instances as may live, each as large as it may grow; only address space until it is used.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    const PAGE: usize = 64 << 10;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let of_all = |each: usize| count(limits.detectors.saturating_mul(each));
    let mut pool = PoolingAllocationConfig::default();
    // Most components have one memory, one table and a few core instances; few need their whole allowance.
    pool.total_component_instances(count(limits.detectors))
        .total_core_instances(of_all(limits.instances.min(8)).max(count(limits.instances)))
        .total_memories(of_all(1).max(count(limits.memories)))
        .total_tables(of_all(limits.tables.min(4)).max(count(limits.tables)))
        .max_core_instances_per_component(count(limits.instances))
        .max_memories_per_component(count(limits.memories))
        .max_tables_per_component(count(limits.tables))
        .max_tables_per_module(count(limits.tables))
        .max_memories_per_module(count(limits.memories))
        .table_elements(limits.table_elements)
        .max_memory_size(limits.memory.next_multiple_of(PAGE))
        .linear_memory_keep_resident(PAGE)
        .max_unused_warm_slots(count(limits.detectors.min(16)));
    pool
}

// === impl Ticker ===

impl Ticker {
    fn start(engine: EngineWeak) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        thread::Builder::new().name("sekisho-epoch".to_owned()).spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        })?;
        Ok(Self { _stop: stop })
    }
}
