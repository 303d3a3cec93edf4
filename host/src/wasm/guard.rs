//! Limits while a guest runs: memory and tables as it asks for them, CPU time as the epoch ticks.

use std::sync::Arc;
use std::time::Duration;

use sekisho_core::detect::Fault;
use wasmtime::{Engine, ResourceLimiter, Store, Trap, UpdateDeadline, WasmBacktrace};

use super::clock::thread_cpu;
use super::limits::Limits;
use crate::units;

/// What the store of every guest holds: its limits, what it has used of them, and which one it broke.
pub(super) struct Guard {
    limits: Arc<Limits>,
    /// Linear memory of all its memories.
    memory: usize,
    /// CPU time of the thread when the call under way began.
    begun: Duration,
    /// CPU time that the call under way may take.
    budget: Duration,
    broke: Option<Fault>,
}

/// An empty store whose guest can't outgrow its limits.
pub(super) fn store(engine: &Engine, limits: &Arc<Limits>) -> Store<Guard> {
    let guard =
        Guard { limits: Arc::clone(limits), memory: 0, begun: Duration::ZERO, budget: Duration::ZERO, broke: None };
    let mut store = Store::new(engine, guard);
    store.limiter(|guard| guard);
    store.epoch_deadline_callback(|mut context| context.data_mut().tick());
    store
}

/// Gives the call that is about to begin its time and its room for an answer.
pub(super) fn arm(store: &mut Store<Guard>, budget: Duration, answer: usize) {
    let guard = store.data_mut();
    guard.begun = thread_cpu();
    guard.budget = budget;
    // Bounds what lifting the answer may allocate, also where its parts overlap in the guest's memory.
    store.set_hostcall_fuel(answer);
    store.set_epoch_deadline(1);
}

/// The fault behind an error of a call: the limit that was broken, or else a trap.
pub(super) fn fault(store: &Store<Guard>, error: &wasmtime::Error) -> Fault {
    if let Some(broke) = &store.data().broke {
        return broke.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => Fault::Trap(told(*trap, error.downcast_ref::<WasmBacktrace>())),
        // The code came to its end, but what it answered could not be taken over.
        None => {
            let cause = error.root_cause().to_string();
            // wasmtime has no type for this one.
            if cause.contains("hostcalls") {
                let allowed = units::bytes::text(store.hostcall_fuel());
                return Fault::BadOutput(format!("more than the {allowed} allowed"));
            }
            Fault::BadOutput(one_line(&cause))
        }
    }
}

/// What stopped the code, and in which functions, innermost first.
fn told(trap: Trap, backtrace: Option<&WasmBacktrace>) -> String {
    const FRAMES: usize = 6;
    let frames = backtrace.map_or(&[][..], WasmBacktrace::frames);
    let mut functions: Vec<_> = frames.iter().filter_map(|frame| frame.func_name().map(demangled)).collect();
    // Recursion is told once.
    functions.dedup();
    let author = functions.iter().position(|name| !is_panic_machinery(name)).unwrap_or(0);
    let trap = trap.to_string();
    let trap = trap.trim_start_matches("wasm trap: ");
    match &functions[author..] {
        [] => one_line(trap),
        functions => one_line(&format!("{trap} in {}", functions[..functions.len().min(FRAMES)].join(", from "))),
    }
}

/// Functions of Rust's standard library that lie between an author's panic and the trap.
fn is_panic_machinery(function: &str) -> bool {
    ["__rustc::", "std::panicking::", "core::panicking::", "std::sys::backtrace::", "abort"]
        .iter()
        .any(|start| function.starts_with(start))
}

/// A function's name as in the source.
fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

fn one_line(text: &str) -> String {
    const LONGEST: usize = 600;
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.truncate(line.floor_char_boundary(LONGEST));
    line
}

// === impl Guard ===

impl Guard {
    /// Linear memory in use, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// The epoch has moved on: the verdict is the CPU clock's.
    fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        let spent = thread_cpu().saturating_sub(self.begun);
        if spent < self.budget {
            return Ok(UpdateDeadline::Continue(1));
        }
        let fault = Fault::OutOfTime(format!("{spent:.0?} of CPU time, {:?} allowed", self.budget));
        Err(self.convict(fault))
    }

    fn convict(&mut self, fault: Fault) -> wasmtime::Error {
        let error = wasmtime::Error::msg(fault.to_string());
        self.broke.get_or_insert(fault);
        error
    }
}

impl ResourceLimiter for Guard {
    fn memory_growing(&mut self, current: usize, desired: usize, most: Option<usize>) -> wasmtime::Result<bool> {
        if most.is_some_and(|most| desired > most) {
            // More than the guest allows itself: it is told no, and nothing was taken.
            return Ok(false);
        }
        let wanted = self.memory.saturating_add(desired.saturating_sub(current));
        if wanted > self.limits.memory {
            let allowed = units::bytes::text(self.limits.memory);
            return Err(self.convict(Fault::OutOfMemory(format!("{wanted} bytes, {allowed} allowed"))));
        }
        self.memory = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let allowed = self.limits.table_elements;
        if desired > allowed {
            let message = format!("a table of {desired} elements, {allowed} allowed");
            return Err(self.convict(Fault::OutOfMemory(message)));
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
