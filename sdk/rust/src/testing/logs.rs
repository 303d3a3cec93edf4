//! Real log lines, read as the pipeline reads them: decoded, enriched, routed.

use std::sync::Arc;

use sekisho_core::contract::DetectorPlan;
use sekisho_core::decode::Decoder;
use sekisho_core::detect::Detector;
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{Digest, RawPartition, Record, Time, TimestampKind};
use sekisho_core::pipeline::{Embedded, Interval, WorkerOptions};
use sekisho_core::plan::{Plan, SourceSpec, Wants, build};
use sekisho_core::testing::{Recorder, Row, configured};

const CLOCK: RawPartition = RawPartition { source: sekisho_core::model::SourceId(0), partition: 0 };

/// The rows that log lines become for a detector, taken down as it gets them.
///
/// # Errors
/// What the pipeline would not read, for people.
pub(super) fn read(
    name: &str,
    contract: &DetectorPlan,
    detector: Box<dyn Detector>,
    enrichment: &Arc<Enrichment>,
    lines: &str,
) -> Result<Vec<Row>, String> {
    let plan = Arc::new(plan(name, contract)?);
    let decoder = Decoder::new(&plan.projection, Vec::new(), enrichment.clone()).map_err(|error| error.to_string())?;
    let (recorder, rows) = Recorder::new(detector, contract);
    let options = WorkerOptions { files: true, merged_clock: Some(CLOCK), ..WorkerOptions::default() };
    let mut pipeline = Embedded::new(plan, enrichment.clone(), decoder, vec![Box::new(recorder)], options)
        .map_err(|error| error.to_string())?;
    let mut refused = Vec::new();
    let mut out = |interval: Interval| {
        for letter in interval.dead_letters {
            let line = letter.origins.first().map_or(0, |origin| origin.offset);
            refused.push(format!("line {line}: {}: {}", letter.reason, letter.message));
        }
    };
    for (line, value) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let record = Record {
            from: CLOCK,
            offset: i64::try_from(line + 1).unwrap_or(i64::MAX),
            timestamp: None,
            timestamp_kind: TimestampKind::Create,
            arrival: Time::MAX,
            value: value.as_bytes(),
        };
        pipeline.feed(&record, &mut out).map_err(|error| error.to_string())?;
    }
    pipeline.finish(&mut out).map_err(|error| error.to_string())?;
    if !refused.is_empty() {
        return Err(refused.join("\n"));
    }
    let rows = rows.borrow().clone();
    Ok(rows)
}

/// A plan with this detector alone, one file and one shard.
fn plan(name: &str, contract: &DetectorPlan) -> Result<Plan, String> {
    let wants = Wants {
        detectors: vec![configured(name, contract.clone())],
        sources: vec![SourceSpec { name: "logs".into(), partitions: 1 }],
        clocks: vec![CLOCK],
        shards: 1,
        inventory: Digest::default(),
    };
    build(wants).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}
