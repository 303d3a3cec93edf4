//! An author's type behind the pipeline's seam, without WebAssembly.

use std::time::{Duration, Instant};

use sekisho_core::contract::{Call, DetectorPlan, Problem};
use sekisho_core::detect::{Detector as Seam, Evaluated, Fault};

use crate::{Detector, Instance};

sekisho_core::contract_bridge!(crate::bindings);

/// A configured detector of the SDK as the pipeline calls it.
#[derive(Debug)]
pub struct NativeDetector<D> {
    settings: String,
    instance: Option<Instance<D>>,
}

// === impl NativeDetector ===

impl<D: Detector> NativeDetector<D> {
    /// Configures one, and tells its plan.
    ///
    /// # Errors
    /// All that is wrong with the settings.
    pub fn configure(settings: &str) -> Result<(Self, DetectorPlan), Vec<Problem>> {
        match Instance::<D>::configure(settings) {
            Ok((instance, plan)) => Ok((Self { settings: settings.into(), instance: Some(instance) }, plan_from(plan))),
            Err(problems) => Err(problems.into_iter().map(problem_from).collect()),
        }
    }
}

impl<D: Detector> Seam for NativeDetector<D> {
    fn evaluate(&mut self, call: Call) -> Evaluated {
        if self.instance.is_none() {
            self.instance = Instance::configure(&self.settings).ok().map(|(instance, _)| instance);
        }
        let Some(instance) = &self.instance else {
            let fault = Fault::Start("its settings were refused".into());
            return Evaluated { outcome: Err(fault), cpu: Duration::ZERO };
        };
        let since = Instant::now();
        let outcome = instance.evaluate(call_into(call)).map(outcome_from).map_err(Fault::Refused);
        Evaluated { outcome, cpu: since.elapsed() }
    }

    fn renew(&mut self) {
        self.instance = None;
    }
}
