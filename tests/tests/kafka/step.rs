//! A backlog is read in step by all workers, however unevenly its partitions are filled.

use std::sync::Arc;
use std::time::Duration;

use sekisho::kafka::{Blueprint, Config, Offer, RunError, Shutdown, Topics, prepare};
use sekisho_core::contract::{
    Call, DetectorPlan, Field, Kept, KeySpace, Kind, Outcome, SignalType, State, Subscription,
};
use sekisho_core::decode::Decoder;
use sekisho_core::detect::Fault;
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{RawPartition, SourceId};
use sekisho_core::pipeline::{Worker, WorkerOptions};
use sekisho_core::plan::{Plan, SourceSpec, Wants, build};
use sekisho_core::testing::{Scripted, configured};

use crate::helpers::{committed, config, create_raw, produce, raw_topic, wait_for};

const MINUTE: i64 = 60 * 1_000_000_000;
/// What a subscription tolerates unless said.
const LATENESS: i64 = 5 * MINUTE;
/// Length of the backlog.
const MINUTES: u32 = 60;
/// Records a minute of the full partition; the other has one.
const DENSE: u32 = 60;

/// Counts the rows of a user, and those that came after a row that is later by more than a subscription tolerates.
fn judge(call: Call) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    for (at, group) in (0..).zip(&call.groups) {
        let words = |state: &State| -> Vec<i64> {
            state.bytes.chunks_exact(8).map(|word| i64::from_le_bytes(word.try_into().unwrap())).collect()
        };
        let before = group.state.as_ref().map_or(vec![0, 0, i64::MIN], words);
        let (mut rows, mut disordered, mut latest) = (before[0], before[1], before[2]);
        for row in group.first..group.first + group.rows {
            let row = row as usize;
            let time = call.tables[usize::from(call.order_tables[row])].times[call.order_rows[row] as usize];
            rows += 1;
            disordered += i64::from(time < latest.saturating_sub(LATENESS));
            latest = latest.max(time);
        }
        let bytes = [rows, disordered, latest].into_iter().flat_map(i64::to_le_bytes).collect();
        outcome.states.push(Kept { group: at, state: Some(State { version: 1, bytes, expires: None, wake: None }) });
    }
    Ok(outcome)
}

fn plan(sources: &[SourceSpec], shards: u32) -> Arc<Plan> {
    let key = Field { path: "user.name".to_owned(), kind: Kind::Text, max_bytes: 0 };
    let detector = DetectorPlan {
        key_spaces: vec![KeySpace { name: "user".to_owned(), parts: 1 }],
        subscriptions: vec![Subscription {
            source: "authentication".to_owned(),
            key_space: 0,
            key: vec![key.path.clone()],
            fields: vec![key],
            where_: Vec::new(),
            lateness: LATENESS.unsigned_abs(),
            extra: Vec::new(),
        }],
        signals: Vec::<SignalType>::new(),
        state_version: 1,
        readable_versions: vec![1],
        ..DetectorPlan::default()
    };
    let clocks = (0..sources[0].partitions as i32).map(|partition| RawPartition { source: SourceId(0), partition });
    let wants = Wants {
        detectors: vec![configured("order", detector)],
        sources: sources.to_vec(),
        clocks: clocks.collect(),
        shards,
        inventory: Default::default(),
    };
    Arc::new(build(wants).expect("a plan"))
}

fn run(config: &Config, shutdown: &Shutdown) -> Result<(), RunError> {
    let prepared = prepare(config, &[raw_topic(config)], shutdown)?;
    let plan = plan(prepared.sources(), prepared.shards());
    let of = Arc::clone(&plan);
    let make = move || {
        let known = Arc::new(Enrichment::default());
        let decoder =
            Decoder::new(&of.projection, Vec::new(), Arc::clone(&known) as _).map_err(|error| error.to_string())?;
        Ok(Worker::new(Arc::clone(&of), known, decoder, vec![Box::new(Scripted(judge))], WorkerOptions::default()))
    };
    prepared.run(&Offer::new(Blueprint::new(plan, make)), shutdown)
}

fn line(second: f64) -> String {
    let (minute, second) = ((second / 60.0) as u32, second % 60.0);
    format!(
        r#"{{"@timestamp":"2026-11-25T10:{minute:02}:{second:06.3}Z","event":{{"code":"4625"}},"winlog":{{"channel":"Security","computer_name":"srv1","event_id":"4625","provider_name":"Microsoft-Windows-Security-Auditing","event_data":{{"TargetUserName":"alice","TargetDomainName":"CORP","IpAddress":"10.0.0.5","LogonType":"3"}}}}}}"#
    )
}

/// The rows that were counted, and those out of order, as the changelog has them last.
fn counted(config: &Config) -> Option<(i64, i64)> {
    let states = committed(config, &Topics::of(config).state);
    let of_alice = |key: &[u8]| key.windows(5).any(|part| part == b"alice");
    let last = states.into_iter().rfind(|seen| seen.key.as_deref().is_some_and(of_alice))?.value?;
    // The detector's own bytes stand at the end.
    let word = |from_end: usize| last[last.len() - from_end..][..8].try_into().map(i64::from_le_bytes).unwrap();
    Some((word(24), word(16)))
}

#[test]
fn two_workers_read_a_backlog_in_step_though_one_has_sixty_times_as_much() {
    let Some(mut config) = config("step") else { return };
    config.workers = 2;
    let raw = create_raw(&config, 2);
    let dense = (0..MINUTES * DENSE).map(|at| (0, f64::from(at) * 60.0 / f64::from(DENSE)));
    let sparse = (0..MINUTES).map(|at| (1, f64::from(at) * 60.0 + 30.0));
    produce(&config, &raw, dense.chain(sparse).map(|(partition, second)| (partition, line(second))));
    let all = i64::from(MINUTES * (DENSE + 1));
    let shutdown = Shutdown::default();
    let disordered = std::thread::scope(|scope| {
        let workers = scope.spawn(|| run(&config, &shutdown));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_for("all rows", Duration::from_secs(120), || {
                let (rows, disordered) = counted(&config)?;
                (rows == all).then_some(disordered)
            })
        }));
        shutdown.request();
        workers.join().unwrap().expect("a clean end");
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    assert_eq!(disordered, 0, "no row came after one that is later by more than a subscription tolerates");
}
