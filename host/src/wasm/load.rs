//! From a plugin's file to a detector that can be configured: every reason to refuse it is found here, at the start.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho_core::contract::{Identity, Problem};
use sekisho_core::detect::Fault;
use sekisho_core::model::Digest;
use sekisho_core::plan::Configured;
use wasmtime::component::{Component, Linker};

use super::bindings::DetectorPre;
use super::check;
use super::guard::Guard;
use super::instance::{DetectorInstance, Live};
use super::outline::{INTERFACE, Outline};
use super::runtime::Runtime;
use crate::units;

/// The version of the contract that this host speaks.
pub(super) const VERSION: &str = "0.1.0";

/// Why a file is no detector of ours.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("failed to read {path}: {source}")]
    Read { path: String, source: std::io::Error },
    #[error("not a WebAssembly component: {0}")]
    NotWasm(String),
    #[error("the file is {found}, {allowed} allowed")]
    TooLarge { found: String, allowed: String },
    #[error("a core module, not a component: make one of it with `sekisho plugin pack`")]
    CoreModule,
    #[error("imports {}: a detector may import nothing", list(.0))]
    Imports(Vec<String>),
    #[error("keeps version {} of the contract, this host speaks {VERSION}", .0.join(", "))]
    Version(Vec<String>),
    #[error("not a detector: exports {}, and `{INTERFACE}@{VERSION}` is wanted", list(.0))]
    NotADetector(Vec<String>),
    #[error("does not compile: {0}")]
    Compile(String),
    #[error("does not fit the contract: {0}")]
    Contract(String),
    /// It failed before any row was shown to it.
    #[error("at {at}: {fault}")]
    Fault { at: &'static str, fault: Fault },
    #[error("describes itself wrongly: {}", problems(.0))]
    Identity(Vec<Problem>),
}

/// Why a detector can't run with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// The detector says so; each with a JSON pointer into the settings.
    #[error("settings: {}", problems(.0))]
    Settings(Vec<Problem>),
    /// Its plan breaks the contract; each with a JSON pointer into the plan.
    #[error("its plan: {}", problems(.0))]
    Plan(Vec<Problem>),
    #[error("at configure: {0}")]
    Fault(Fault),
}

/// How long loading took, in wall time.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadTimes {
    /// To compile, or to take from the cache.
    pub compile: Duration,
    pub from_cache: bool,
    /// To make one instance.
    pub instantiate: Duration,
}

/// A detector that was compiled and has shown that it keeps the contract. Clones share the code.
#[derive(Clone)]
pub struct CompiledDetector {
    pub(super) shared: Arc<Compiled>,
}

pub(super) struct Compiled {
    pub(super) runtime: Runtime,
    pub(super) pre: DetectorPre<Guard>,
    digest: Digest,
    identity: Identity,
    code_bytes: usize,
    start_memory: usize,
    times: LoadTimes,
}

fn list(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn problems(problems: &[Problem]) -> String {
    let one = |Problem { at, message }: &Problem| match at.as_str() {
        "" => message.clone(),
        at => format!("{at}: {message}"),
    };
    problems.iter().map(one).collect::<Vec<_>>().join("; ")
}

// === impl Runtime ===

impl Runtime {
    /// Loads a plugin's file.
    ///
    /// # Errors
    /// As [`Runtime::load`], or a file that can't be read.
    pub fn load_file(&self, path: &Path) -> Result<CompiledDetector, LoadError> {
        let wasm =
            std::fs::read(path).map_err(|source| LoadError::Read { path: path.display().to_string(), source })?;
        self.load(&wasm)
    }

    /// Compiles a component, unless the cache has it, and tries it: it is instantiated once under its limits and asked
    /// who it is. The calling thread needs [`super::Limits::thread_stack`].
    ///
    /// # Errors
    /// The reason why it is no detector that this host can run.
    pub fn load(&self, wasm: &[u8]) -> Result<CompiledDetector, LoadError> {
        self.accept(wasm)?;
        let digest = Digest::of(wasm);
        let mut times = LoadTimes::default();
        let begun = Instant::now();
        let component = self.compile(&digest, wasm, &mut times)?;
        times.compile = begun.elapsed();
        let code = component.image_range();
        let contract = |error: wasmtime::Error| LoadError::Contract(format!("{error:#}"));
        let pre = Linker::new(self.engine()).instantiate_pre(&component).map_err(contract)?;
        let pre = DetectorPre::new(pre).map_err(contract)?;

        let begun = Instant::now();
        let mut live = Live::instantiate(self, &pre).map_err(|error| match error {
            // Types are compared as an instance is made; what the guest did wrong itself is a fault of another kind.
            Fault::Start(message) => LoadError::Contract(message),
            fault => LoadError::Fault { at: "its start", fault },
        })?;
        times.instantiate = begun.elapsed();
        let start_memory = live.memory();
        let identity = live.describe(self.limits()).map_err(|fault| LoadError::Fault { at: "describe", fault })?;
        let wrong = check::identity(&identity);
        if !wrong.is_empty() {
            return Err(LoadError::Identity(wrong));
        }
        let code_bytes = code.end.addr().saturating_sub(code.start.addr());
        let runtime = self.clone();
        let compiled = Compiled { runtime, pre, digest, identity, code_bytes, start_memory, times };
        Ok(CompiledDetector { shared: Arc::new(compiled) })
    }

    /// What can be refused before anything is compiled.
    fn accept(&self, wasm: &[u8]) -> Result<(), LoadError> {
        let allowed = self.limits().component_bytes;
        if wasm.len() > allowed {
            let text = units::bytes::text;
            return Err(LoadError::TooLarge { found: text(wasm.len()), allowed: text(allowed) });
        }
        let outline = Outline::of(wasm).map_err(LoadError::NotWasm)?;
        if outline.core {
            return Err(LoadError::CoreModule);
        }
        if !outline.imports.is_empty() {
            return Err(LoadError::Imports(outline.imports));
        }
        let versions = outline.versions();
        if versions.is_empty() {
            return Err(LoadError::NotADetector(outline.exports));
        }
        if !versions.iter().any(|version| compatible(version)) {
            return Err(LoadError::Version(versions.into_iter().map(str::to_owned).collect()));
        }
        Ok(())
    }

    fn compile(&self, digest: &Digest, wasm: &[u8], times: &mut LoadTimes) -> Result<Component, LoadError> {
        if let Some(component) = self.cache().and_then(|cache| cache.load(self.engine(), digest)) {
            times.from_cache = true;
            return Ok(component);
        }
        let component =
            Component::from_binary(self.engine(), wasm).map_err(|error| LoadError::Compile(format!("{error:#}")))?;
        if let Some(cache) = self.cache() {
            cache.store(digest, &component);
        }
        Ok(component)
    }
}

/// Patches of one minor version are one contract as long as the major version is 0.
fn compatible(version: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    minor(version) == minor(VERSION)
}

// === impl CompiledDetector ===

impl CompiledDetector {
    /// Of the plugin's file.
    pub fn digest(&self) -> Digest {
        self.shared.digest
    }

    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    pub fn times(&self) -> LoadTimes {
        self.shared.times
    }

    /// Size of the compiled code, in bytes.
    pub fn code_bytes(&self) -> usize {
        self.shared.code_bytes
    }

    /// Linear memory of a fresh instance, in bytes.
    pub fn start_memory(&self) -> usize {
        self.shared.start_memory
    }

    /// Asks the detector for its plan under these settings (JSON text), in the operator's name for it.
    ///
    /// # Errors
    /// All that the detector finds wrong with the settings, all that is wrong with its plan, or the fault that kept it
    /// from answering.
    pub fn configure(&self, name: &str, settings: &str) -> Result<Configured, ConfigureError> {
        let Compiled { runtime, pre, .. } = &*self.shared;
        let limits = runtime.limits();
        let whole = |message: String| ConfigureError::Settings(vec![Problem { at: String::new(), message }]);
        if settings.len() > limits.settings_bytes {
            let text = units::bytes::text;
            return Err(whole(format!("{}, {} allowed", text(settings.len()), text(limits.settings_bytes))));
        }
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(settings) {
            return Err(whole(format!("not JSON: {error}")));
        }
        let mut live = Live::instantiate(runtime, pre).map_err(ConfigureError::Fault)?;
        let plan =
            live.configure(limits, settings).map_err(ConfigureError::Fault)?.map_err(ConfigureError::Settings)?;
        let wrong = check::plan(&plan);
        if !wrong.is_empty() {
            return Err(ConfigureError::Plan(wrong));
        }
        Ok(Configured {
            name: name.to_owned(),
            plugin: self.digest(),
            identity: self.identity().clone(),
            settings: settings.to_owned(),
            plan,
        })
    }

    /// An instance for one worker, configured at its first call.
    pub fn instance(&self, configured: Arc<Configured>) -> DetectorInstance {
        DetectorInstance::new(self.clone(), configured)
    }
}
