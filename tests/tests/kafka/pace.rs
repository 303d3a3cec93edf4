//! How fast the loop is, without detectors: `cargo test --release -p sekisho-tests --test kafka -- pace --ignored --nocapture`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho::kafka::{Blueprint, Offer, Pending, Pipeline, Restorer, Shutdown, Topics, Unreadable, prepare};
use sekisho_core::contract::Change;
use sekisho_core::model::{RawPartition, Record, ShardId, Time};
use sekisho_core::pipeline::Interval;
use sekisho_core::plan::Plan;
use sekisho_core::publish::Alert;

use crate::helpers::{committed, config, create_raw, produce};
use crate::worker::plan;

/// Counts records, sends as many bytes to the exchange as a real one would, and alerts when all were received.
#[derive(Default)]
struct Counter {
    all: u64,
    taken: u64,
    received: u64,
    pending: Pending,
    interval: Interval,
    shutdown: Shutdown,
}

struct Nothing;

/// Bytes of a record's row in the exchange.
const ROW: usize = 155;

impl Pipeline for Counter {
    type Restorer = Nothing;
    type Shard = ();

    fn own_raw(&mut self, _: RawPartition) {}
    fn disown_raw(&mut self, _: RawPartition) {}
    fn take(&mut self, record: &Record<'_>) {
        self.taken += 1;
        self.pending.records += 1;
        self.pending.bytes += record.value.len() as u64;
    }
    fn idle(&mut self, _: RawPartition) {}
    fn restorer(&self, _: ShardId) -> Nothing {
        Nothing
    }
    fn own_shard(&mut self, (): ()) {}
    fn disown_shard(&mut self, _: ShardId) {}
    fn receive(&mut self, _: ShardId, _: i64, frame: &[u8]) -> Result<(), Unreadable> {
        self.received += (frame.len() / ROW) as u64;
        self.pending.records += 1;
        if self.received >= self.all {
            let (uid, body) = ("all".to_owned(), serde_json::json!({}));
            self.interval.alerts.push(Alert { uid, revision: 1, change: Change::Stands, body });
        }
        Ok(())
    }
    fn know_plan(&mut self, _: &Plan) {}
    fn pending(&self) -> Pending {
        self.pending
    }
    fn close(&mut self, _: Time) -> Result<Interval, String> {
        self.pending = Pending::default();
        let rows = std::mem::take(&mut self.taken);
        for rows in [rows / 2, rows - rows / 2] {
            for part in std::iter::successors(Some(rows), |left| left.checked_sub(3000)).map(|left| left.min(3000)) {
                self.interval.frames.push((ShardId(0), vec![b'x'; part as usize * ROW]));
            }
        }
        self.interval.frames.retain(|(_, frame)| !frame.is_empty());
        if self.received >= self.all {
            self.shutdown.request();
        }
        Ok(std::mem::take(&mut self.interval))
    }
    fn committed(&mut self) {}
    fn aborted(&mut self) {
        panic!("nothing is aborted here");
    }
}

impl Restorer for Nothing {
    type Shard = ();

    fn apply(&mut self, _: &[u8], _: Option<&[u8]>) -> Result<(), String> {
        Ok(())
    }
    fn finish(self, _: Option<i64>) -> Result<(), String> {
        Ok(())
    }
}

/// CPU time of this process, in user and kernel mode.
pub fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

#[test]
#[ignore = "a measurement"]
fn pace_of_the_loop() {
    const RECORDS: u64 = 400_000;
    let Some(config) = config("pace") else { return };
    let raw = create_raw(&config, 4);
    let text = "y".repeat(1400);
    produce(&config, &raw, (0..RECORDS).map(|number| (number as i32 % 4, text.clone())));
    let shutdown = Shutdown::default();
    let prepared = prepare(&config, &[raw], &shutdown).unwrap();
    let plan = plan(prepared.sources(), prepared.shards());
    let (start, before) = (Instant::now(), cpu());
    let counted = shutdown.clone();
    let make = move || Ok(Counter { all: RECORDS, shutdown: counted.clone(), ..Counter::default() });
    prepared.run(&Offer::new(Blueprint::new(Arc::new(plan), make)), &shutdown).unwrap();
    let (wall, spent) = (start.elapsed(), cpu() - before);
    let frames = committed(&config, &Topics::of(&config).exchange).len();
    let each = |time: Duration| time.as_nanos() as f64 / 1000.0 / RECORDS as f64;
    eprintln!(
        "{RECORDS} records of 1,400 B in {wall:?}: {:.2} µs wall and {:.2} µs CPU each; {frames} frames",
        each(wall),
        each(spent)
    );
}
