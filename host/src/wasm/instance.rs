//! A detector at work: one instance for one worker, thrown away at its first fault and made anew.

use std::sync::Arc;

use sekisho_core::contract::{Call, DetectorPlan, Identity, Outcome, Problem};
use sekisho_core::detect::{Detector, Evaluated, Fault};
use sekisho_core::plan::Configured;
use wasmtime::Store;

use super::bindings::{self, DetectorPre, call_into, identity_from, outcome_from, plan_from, problem_from};
use super::check::{self, Asked};
use super::clock::thread_cpu;
use super::guard::{self, Guard};
use super::limits::Limits;
use super::load::CompiledDetector;
use super::runtime::Runtime;

/// A configured detector of one worker. It runs on the calling thread, which needs [`Limits::thread_stack`].
pub struct DetectorInstance {
    compiled: CompiledDetector,
    configured: Arc<Configured>,
    /// None: the next call makes one.
    live: Option<Live>,
}

/// An instance in its store. After an error it can't be entered again.
pub(super) struct Live {
    store: Store<Guard>,
    detector: bindings::Detector,
}

// === impl DetectorInstance ===

impl DetectorInstance {
    pub(super) fn new(compiled: CompiledDetector, configured: Arc<Configured>) -> Self {
        Self { compiled, configured, live: None }
    }

    pub fn configured(&self) -> &Configured {
        &self.configured
    }

    /// Linear memory in use, in bytes.
    pub fn memory(&self) -> usize {
        self.live.as_ref().map_or(0, Live::memory)
    }

    /// Makes the instance now instead of at the first call.
    ///
    /// # Errors
    /// What keeps it from starting.
    pub fn ready(&mut self) -> Result<(), Fault> {
        self.live().map(|_| ())
    }

    fn live(&mut self) -> Result<&mut Live, Fault> {
        match &mut self.live {
            Some(live) => Ok(live),
            none => Ok(none.insert(start(&self.compiled, &self.configured)?)),
        }
    }

    fn judge(&mut self, call: Call) -> Result<Outcome, Fault> {
        let limits = Arc::clone(self.compiled.shared.runtime.limits());
        let asked = Asked::of(&call, &self.configured.plan);
        let outcome = self.live()?.evaluate(&limits, call)?;
        check::outcome(outcome, &asked, &self.configured.plan, &limits).map_err(Fault::BadOutput)
    }
}

impl Detector for DetectorInstance {
    fn evaluate(&mut self, call: Call) -> Evaluated {
        let begun = thread_cpu();
        let outcome = self.judge(call);
        if outcome.is_err() {
            self.renew();
        }
        Evaluated { outcome, cpu: thread_cpu().saturating_sub(begun) }
    }

    fn renew(&mut self) {
        self.live = None;
    }
}

/// A fresh instance with the settings and the plan that everyone else goes by.
fn start(compiled: &CompiledDetector, configured: &Configured) -> Result<Live, Fault> {
    let shared = &compiled.shared;
    let begin = |fault: Fault| match fault {
        Fault::Start(message) => Fault::Start(message),
        fault => Fault::Start(fault.to_string()),
    };
    let mut live = Live::instantiate(&shared.runtime, &shared.pre).map_err(begin)?;
    match live.configure(shared.runtime.limits(), &configured.settings).map_err(begin)? {
        Ok(plan) if plan == configured.plan => Ok(live),
        Ok(_) => Err(Fault::Start("it answered the same settings with another plan".to_owned())),
        Err(_) => Err(Fault::Start("it refused settings that it had taken before".to_owned())),
    }
}

// === impl Live ===

impl Live {
    /// Makes an instance. What is wrong with it itself is [`Fault::Start`]; a limit that it broke is that fault.
    pub(super) fn instantiate(runtime: &Runtime, pre: &DetectorPre<Guard>) -> Result<Self, Fault> {
        let limits = runtime.limits();
        let mut store = guard::store(runtime.engine(), limits);
        guard::arm(&mut store, limits.start_time, limits.plan_bytes);
        match pre.instantiate(&mut store) {
            Ok(detector) => Ok(Self { store, detector }),
            Err(error) => Err(match guard::fault(&store, &error) {
                Fault::BadOutput(_) => Fault::Start(format!("{error:#}")),
                fault => fault,
            }),
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.store.data().memory()
    }

    pub(super) fn describe(&mut self, limits: &Limits) -> Result<Identity, Fault> {
        guard::arm(&mut self.store, limits.start_time, limits.plan_bytes);
        let answer = self.detector.sekisho_detector_plugin().call_describe(&mut self.store);
        answer.map(identity_from).map_err(|error| guard::fault(&self.store, &error))
    }

    pub(super) fn configure(
        &mut self,
        limits: &Limits,
        settings: &str,
    ) -> Result<Result<DetectorPlan, Vec<Problem>>, Fault> {
        guard::arm(&mut self.store, limits.start_time, limits.plan_bytes);
        let answer = self.detector.sekisho_detector_plugin().call_configure(&mut self.store, settings);
        let answer = answer.map_err(|error| guard::fault(&self.store, &error))?;
        Ok(answer.map(plan_from).map_err(|problems| problems.into_iter().map(problem_from).collect()))
    }

    fn evaluate(&mut self, limits: &Limits, call: Call) -> Result<Outcome, Fault> {
        let call = call_into(call);
        guard::arm(&mut self.store, limits.call_time, limits.output_bytes);
        let answer = self.detector.sekisho_detector_plugin().call_evaluate(&mut self.store, &call);
        let answer = answer.map_err(|error| guard::fault(&self.store, &error))?;
        answer.map(outcome_from).map_err(|message| Fault::Refused(check::line(&message)))
    }
}
