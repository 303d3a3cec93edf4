//! What the workers of a process are to run; it may be replaced while they run.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sekisho_core::plan::Plan;

/// Makes pipelines of one plan.
pub struct Blueprint<P> {
    /// What the pipelines want.
    pub plan: Arc<Plan>,
    make: Box<dyn Fn() -> Result<P, String> + Send + Sync>,
}

/// The blueprint that holds now. Workers look between two intervals whether it is still theirs, and take over the new one
/// with all that they own and remember.
pub struct Offer<P> {
    current: Mutex<Arc<Blueprint<P>>>,
    /// Grows with each replacement.
    number: AtomicU64,
}

// === impl Blueprint ===

impl<P> Blueprint<P> {
    /// `make` makes a pipeline of the plan that owns nothing; it may be called at any time, from any worker.
    pub fn new(plan: Arc<Plan>, make: impl Fn() -> Result<P, String> + Send + Sync + 'static) -> Self {
        Self { plan, make: Box::new(make) }
    }

    /// A pipeline that owns nothing.
    ///
    /// # Errors
    /// It can't be made; the reason is for people.
    pub fn make(&self) -> Result<P, String> {
        (self.make)()
    }
}

impl<P> fmt::Debug for Blueprint<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blueprint").field("plan", &self.plan.digest).finish_non_exhaustive()
    }
}

// === impl Offer ===

impl<P> Offer<P> {
    /// The first.
    pub fn new(blueprint: Blueprint<P>) -> Self {
        Self { current: Mutex::new(Arc::new(blueprint)), number: AtomicU64::new(0) }
    }

    /// The blueprint that holds now, with its number.
    pub fn current(&self) -> (u64, Arc<Blueprint<P>>) {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        (self.number.load(Ordering::Acquire), Arc::clone(&current))
    }

    /// The number of the blueprint that holds now. Cheap: asked after every interval.
    pub fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// From now on this one holds.
    pub fn replace(&self, blueprint: Blueprint<P>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(blueprint);
        self.number.fetch_add(1, Ordering::AcqRel);
    }
}

impl<P> fmt::Debug for Offer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer").field("number", &self.number()).finish_non_exhaustive()
    }
}
