//! Every metric there is: its name, kind and labels, what it says and what to be woken for. `docs/metrics.md`, the help in
//! `/metrics` and the tests of dashboards and alert rules are made of this table.

/// A metric with all its series.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// Without the ending of its unit and of a counter.
    pub stem: &'static str,
    pub kind: Kind,
    pub unit: Option<Unit>,
    pub labels: &'static [&'static str],
    pub help: &'static str,
    /// When an operator should look, for people; empty: it explains others.
    pub watch: &'static str,
}

/// How a metric behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, but for a restart.
    Counter,
    /// As of now.
    Gauge,
    /// How many were at most so large.
    Histogram,
}

/// What a metric is measured in, where it is not just counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Bytes,
}

// === impl Family ===

impl Family {
    /// As it stands behind `# TYPE`.
    pub fn name(&self) -> String {
        match self.unit {
            Some(unit) => format!("{}_{}", self.stem, unit.label()),
            None => self.stem.to_owned(),
        }
    }

    /// As its samples are called: what a query asks for.
    pub fn samples(&self) -> Vec<String> {
        let name = self.name();
        match self.kind {
            Kind::Counter => vec![format!("{name}_total")],
            Kind::Gauge => vec![name],
            Kind::Histogram => ["bucket", "count", "sum"].map(|ending| format!("{name}_{ending}")).to_vec(),
        }
    }
}

// === impl Kind ===

impl Kind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

// === impl Unit ===

impl Unit {
    pub fn label(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
        }
    }
}

/// Declares the families, and [`ALL`] in their order.
macro_rules! families {
    ($($name:ident: $kind:ident $stem:literal $($unit:ident)? [$($label:literal),*], $help:literal, $watch:literal;)*) => {
        $(
            #[doc = $help]
            pub const $name: &Family = &Family {
                stem: $stem,
                kind: Kind::$kind,
                unit: families!(@unit $($unit)?),
                labels: &[$($label),*],
                help: $help,
                watch: $watch,
            };
        )*
        /// Every family, in the order in which they are told.
        pub const ALL: &[&Family] = &[$($name),*];
    };
    (@unit) => { None };
    (@unit $unit:ident) => { Some(Unit::$unit) };
}

families! {
    // === whether it works ===
    BUILD: Gauge "sekisho_build" ["version"], "Always 1; the version that runs.", "";
    UP: Gauge "sekisho_up" Seconds [], "Time since the process began.", "";
    READY: Gauge "sekisho_ready" [], "1 where /health/ready says so.",
        "0 for more than 5 minutes: /health/ready says why";
    LOOP_STILL: Gauge "sekisho_loop_still" Seconds ["worker"], "Time since a worker's loop turned last.",
        "above 60: something holds it; /health/live fails at 120";
    SESSIONS_WAITING: Gauge "sekisho_workers_waiting" [],
        "Workers whose session has failed and that wait for Kafka to answer.", "above 0 for more than a minute";
    BROKERS_SILENT: Gauge "sekisho_brokers_silent" Seconds [], "Time since the brokers last answered.", "above 30";

    // === what came in ===
    READ: Counter "sekisho_records_read" [], "Records read from raw topics.",
        "no increase while the forwarders work";
    DECODED: Counter "sekisho_records_decoded" ["shape"], "Records that became events, by the shape that they were taken for.",
        "a shape that stops: a source has changed its format or has fallen silent";
    REJECTED: Counter "sekisho_records_rejected" ["reason"],
        "Records that could not be decoded and went to the dead letters. Decoded and rejected together are those read.",
        "a rise: a source has changed its format";
    FAULTY_ITEMS: Counter "sekisho_pack_items_rejected" [], "Items of packs that could not be decoded, in records that otherwise were.", "a rise";
    EVENTS: Counter "sekisho_events" [], "Events that came of the records.", "";
    UNWANTED: Counter "sekisho_events_unwanted" [], "Events of classes that no detector asked for.", "";
    TIME_REPLACED: Counter "sekisho_events_time_replaced" [],
        "Events whose own time was missing, unreadable or absurd, and that took their record's.",
        "a rise: a host's clock or a source's format is wrong";
    FIELD_FAULTS: Counter "sekisho_field_faults" ["field"],
        "Values that a condition or a row that travels asks for and that were of another kind, by field.",
        "a rise: a detector does not see this field";
    ROWS: Counter "sekisho_rows_routed" [], "Rows that were sent to a shard: one for each key of an event that a detector remembers by.", "";
    KEYLESS: Counter "sekisho_rows_keyless" [], "Rows that a detector wanted but that lack a value for its key.",
        "a rise: a source no longer names users, hosts or addresses";
    LATE: Counter "sekisho_rows_late" ["detector"],
        "Rows that came later than their subscription tolerates: delivered, and marked as late.",
        "a rise: a forwarder is behind, and settled rules have judged without it";

    // === how far behind ===
    LAG: Gauge "sekisho_lag_records" ["topic", "partition"],
        "Offsets between what was read and the end, for each partition of raw topics and of the exchange that this process owns; 0 at the end. On the way there, marks of transactions count as offsets.",
        "a rise over 10 minutes: it is slower than its input";
    WATERMARK_DELAY: Gauge "sekisho_watermark_delay" Seconds ["shard", "stratum"],
        "How far event time is behind the clock, for each shard and stratum (0: raw events; above: what detectors send each other).",
        "above the time that logs take to arrive: a partition, a forwarder or a peer is behind, and settled rules wait for it";
    CLOCKS_UNHEARD: Gauge "sekisho_watermark_unheard_partitions" [],
        "Raw partitions of which some shard has not heard yet; until then none of its watermarks moves.",
        "above 0 for more than 5 minutes: nobody reads a partition";
    ALERT_LATENCY: Histogram "sekisho_alert_latency" Seconds [],
        "From a log record to the commit of its alert. It counts from the time that the record bears, or from its arrival where that is earlier, of the oldest record in the frame; an alert that follows from another detector's signal counts from that signal.",
        "the 99th percentile above 1 while there is no backlog";
    GATE_OPEN: Gauge "sekisho_gate_open" [], "1 while raw records are read; 0 while the exchange has to catch up.",
        "0 for more than 10 minutes: the shards are slower than the input, or one is not being read";
    BACKLOG: Gauge "sekisho_exchange_backlog" Bytes [],
        "What is written to the exchange and not yet committed as read, in the partition where it is most; estimated from the mean size of a frame.",
        "near 67108864, where the gate shuts";
    FRAME_BYTES: Counter "sekisho_exchange_written" Bytes [], "Frames written to the exchange, before Kafka compresses them.", "";

    // === intervals ===
    TRANSACTIONS: Counter "sekisho_transactions" ["outcome"], "Intervals by what became of their transaction: committed or aborted.",
        "aborted rises by more than a few at each rebalance";
    INTERVAL: Histogram "sekisho_interval" Seconds [], "Length of committed intervals, from the first record to the commit.", "";
    COMMIT: Histogram "sekisho_commit" Seconds [], "Time that writing and committing an interval took.",
        "the 99th percentile above 1: the brokers are slow; transactions end at 15";
    SPENT: Counter "sekisho_worker_time" Seconds ["worker", "stage"],
        "What a worker's time goes to: read (with decoding and routing), judge (the detectors), commit, restore, rebalance; wait is idle.",
        "wait near 0: the worker is at its limit, and the largest stage says why";
    REBALANCES: Counter "sekisho_rebalances" ["how"], "Rebalances of the group that were served: assigned, revoked, or lost without a word.",
        "lost rises: the process is held up for longer than its session";
    RAW_OWNED: Gauge "sekisho_raw_partitions" [], "Raw partitions that this process reads.", "0 in every process";
    SHARDS_OWNED: Gauge "sekisho_shards" [], "Shards that are at work in this process.",
        "the sum over all processes below the configured `topics.shards`";
    RESTORING: Gauge "sekisho_shards_restoring" [], "Shards that are assigned and not restored yet: their rows wait.", "above 0 for more than 5 minutes";
    RESTORE_PART: Gauge "sekisho_restore_part" ["shard"], "Part of the changelog that a restoring shard has read, 0 to 1.", "";

    // === detectors ===
    DETECTOR_CPU: Counter "sekisho_detector_cpu" Seconds ["detector"], "CPU time of a detector's calls.",
        "a sudden rise: an attack on the detector, or a rule that costs too much";
    DETECTOR_CALLS: Counter "sekisho_detector_calls" ["detector"], "Calls of a detector.", "";
    DETECTOR_FAULTS: Counter "sekisho_detector_faults" ["detector", "reason"],
        "Calls that failed: start, trap, out-of-time, out-of-memory, refused, bad-output.", "any";
    QUARANTINES: Counter "sekisho_detector_quarantines" ["detector"],
        "Groups that a detector failed on: their rows went to the dead letters for this detector alone.", "any";
    SUSPENDED: Gauge "sekisho_detector_suspended" ["detector"], "Workers in which a detector is suspended: it sees nothing there.",
        "above 0: a blind spot";
    FINDINGS: Counter "sekisho_findings" ["detector", "rule"], "Judgements of a rule, those that say nothing new included.", "";
    ALERTS: Counter "sekisho_alerts" ["detector", "rule", "change"], "Revisions of alerts published: opened, revised, closed.",
        "a rule that floods, or one that never fires again after an upgrade";
    COUNTERS: Counter "sekisho_detector_counted" ["detector", "counter"], "What a detector counts itself, by the names in its plan.", "";

    // === memory ===
    STATE_BYTES: Gauge "sekisho_state" Bytes ["detector", "shard"], "What a detector remembers in a shard, with the overhead of each state.",
        "near the quota: the least recent states will have to go";
    STATE_KEYS: Gauge "sekisho_state_keys" ["detector", "shard"], "States that a detector keeps in a shard.", "near the quota";
    QUOTA_BYTES: Gauge "sekisho_state_quota" Bytes [], "What one detector may remember in one shard (`memory.bytes`).", "";
    QUOTA_KEYS: Gauge "sekisho_state_quota_keys" [], "States that one detector may keep in one shard (`memory.states`).", "";
    EVICTED: Counter "sekisho_state_evicted" ["detector"], "States that had to go for the quota; told on the coverage topic too.",
        "any: somebody floods keys, or the quota is too small";
    CHANGES: Counter "sekisho_state_changes" [], "Records written to the changelog: one for each key that an interval changed.", "";

    // === what was not handled ===
    DEAD_LETTERS: Counter "sekisho_dead_letters" ["reason"], "Dead letters, by reason: of records that could not be decoded and of groups that a detector failed on.", "a rise";
    GAPS: Counter "sekisho_coverage_gaps" ["detector", "reason"], "Entries of the coverage topic: ranges that a detector did not see.", "any";
    GAP_ROWS: Counter "sekisho_coverage_gap_rows" ["detector", "reason"], "Rows in those ranges.", "";
    HELD_BACK: Counter "sekisho_log_lines_held_back" [], "Warnings of the log that were not written since the same was told too often.", "";

    // === the process ===
    RESIDENT: Gauge "process_resident_memory" Bytes [], "Memory that the process holds.", "near the limit of its container";
    CPU: Counter "process_cpu" Seconds [], "CPU time of the process, librdkafka's threads included.", "";
    FILES: Gauge "process_open_fds" [], "Open files and sockets.", "near the limit of the process";
}
