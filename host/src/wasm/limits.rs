//! What a detector may use: one struct, enforced by [`super::guard`] while it runs and by [`super::check`] afterwards.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units;

/// The limits of every detector of a process.
///
/// Defaults leave room for components of every tried language (a Python one needs 13 MiB and starts in some
/// milliseconds) and for calls some hundred times slower than those of our own detectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// CPU time of one call. Time in which a busy machine ran somebody else does not count. The default lets the host
    /// halve a call of 4,096 groups down to the one that loops, 13 calls, within the 3 s that a detector may take of an
    /// interval.
    #[serde(with = "units::duration")]
    pub call_time: Duration,
    /// CPU time to start: to instantiate, to describe and to configure, each.
    #[serde(with = "units::duration")]
    pub start_time: Duration,
    /// Linear memory of an instance, all its memories together.
    #[serde(with = "units::bytes")]
    pub memory: usize,
    /// Memories of an instance.
    pub memories: usize,
    /// Tables of an instance.
    pub tables: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Core instances that one component may be made of.
    pub instances: usize,
    /// Detector instances that may live at one time in the process.
    pub detectors: usize,
    /// Stack of a guest; the thread that calls it needs 1 MiB more. At most 1 MiB.
    #[serde(with = "units::bytes")]
    pub stack: usize,
    /// Size of a plugin's file.
    #[serde(with = "units::bytes")]
    pub component_bytes: usize,
    /// Size of the settings, as JSON text.
    #[serde(with = "units::bytes")]
    pub settings_bytes: usize,
    /// Size of an identity or a plan, as the host holds it.
    #[serde(with = "units::bytes")]
    pub plan_bytes: usize,
    /// Size of one answer, as the host holds it.
    #[serde(with = "units::bytes")]
    pub output_bytes: usize,
    /// Bytes of one key's state. At most 256 KiB, which every topic of ours can hold.
    #[serde(with = "units::bytes")]
    pub state_bytes: usize,
    /// States of one answer.
    pub states: usize,
    /// Findings of one answer.
    pub findings: usize,
    /// Signals of one answer.
    pub signals: usize,
    /// Notes of one answer; more are dropped.
    pub notes: usize,
    /// Evidence of one finding, and origins of one signal; of more, the earliest are kept.
    pub evidence: usize,
    /// Entities of one finding, and figures of one finding; more are dropped.
    pub entities: usize,
    /// Bytes of a finding's title, of a name, role, path or shown value; longer ones are cut at a character's end.
    #[serde(with = "units::bytes")]
    pub text_bytes: usize,
    /// Bytes of a finding's description or a note; longer ones are cut at a character's end.
    #[serde(with = "units::bytes")]
    pub description_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_time: Duration::from_millis(200),
            start_time: Duration::from_secs(5),
            memory: 128 << 20,
            memories: 4,
            tables: 20,
            table_elements: 100_000,
            instances: 60,
            detectors: 128,
            stack: 512 << 10,
            component_bytes: 64 << 20,
            settings_bytes: 4 << 20,
            plan_bytes: 4 << 20,
            output_bytes: 32 << 20,
            state_bytes: Self::STATE_CEILING,
            states: 4096,
            findings: 10_000,
            signals: 10_000,
            notes: 10_000,
            evidence: 100,
            entities: 64,
            text_bytes: 1 << 10,
            description_bytes: 8 << 10,
        }
    }
}

// === impl Limits ===

impl Limits {
    /// wasmtime aborts the process when a guest's stack outgrows its thread's.
    const STACK_CEILING: usize = 1 << 20;
    const STATE_CEILING: usize = 256 << 10;

    /// The stack that a thread needs to call guests.
    pub fn thread_stack(&self) -> usize {
        self.stack + (1 << 20)
    }

    /// What is wrong with these limits: nothing runs under them until it is put right.
    pub fn problems(&self) -> Vec<String> {
        let at_least_one = [
            ("memories", self.memories),
            ("instances", self.instances),
            ("detectors", self.detectors),
            ("states", self.states),
            ("findings", self.findings),
            ("evidence", self.evidence),
        ];
        let mut problems: Vec<_> = at_least_one
            .into_iter()
            .filter(|(_, value)| *value == 0)
            .map(|(name, _)| format!("{name} must be at least 1"))
            .collect();
        for (name, time) in [("call_time", self.call_time), ("start_time", self.start_time)] {
            if time.is_zero() {
                problems.push(format!("{name} must be more than nothing"));
            }
        }
        for (name, value, ceiling) in [
            ("stack", self.stack, Self::STACK_CEILING),
            ("state_bytes", self.state_bytes, Self::STATE_CEILING),
            ("memory", self.memory, 4 << 30),
        ] {
            if !(1..=ceiling).contains(&value) {
                let (value, ceiling) = (units::bytes::text(value), units::bytes::text(ceiling));
                problems.push(format!("{name} is {value} and must be more than nothing and at most {ceiling}"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_with_units_and_default_where_unsaid() {
        let limits: Limits = serde_json::from_str(r#"{"call_time": "2s", "memory": "64MiB"}"#).unwrap();
        let expected = Limits { call_time: Duration::from_secs(2), memory: 64 << 20, ..Limits::default() };
        assert_eq!(limits, expected);
        let text = serde_json::to_string(&limits).unwrap();
        assert_eq!(serde_json::from_str::<Limits>(&text).unwrap(), limits);
    }

    #[test]
    fn limits_that_would_kill_the_process_are_refused() {
        assert_eq!(Limits::default().problems(), Vec::<String>::new());
        let limits = Limits { stack: 2 << 20, findings: 0, ..Limits::default() };
        let expected = ["findings must be at least 1", "stack is 2MiB and must be more than nothing and at most 1MiB"];
        assert_eq!(limits.problems(), expected);
    }
}
