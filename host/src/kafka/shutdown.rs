//! A wish to end that any thread can utter and the loops look at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by clones: once requested, it stays so.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<AtomicBool>);

// === impl Shutdown ===

impl Shutdown {
    /// Asks all loops to drain and end. Does nothing but a store, so that a signal handler may call it.
    pub fn request(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// The flag itself, for signal handlers that set one.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}
