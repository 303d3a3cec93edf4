//! Reads the alert topic as a SIEM does, committed records alone, and sees the marks of marked lines come out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use crate::feed::Sent;

/// A reader that runs until it is asked for what it saw.
pub struct Alerts {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
    marks: Arc<AtomicMarks>,
}

/// What came out.
#[derive(Default)]
pub struct Seen {
    /// Alerts by uid.
    pub uids: BTreeSet<String>,
    /// Revisions of alerts.
    pub revisions: u64,
    /// From sending a marked line to reading its alert.
    pub delays: Vec<Duration>,
    /// When the last one came.
    pub last: Option<Instant>,
}

#[derive(Default)]
struct AtomicMarks(std::sync::atomic::AtomicU64);

// === impl Alerts ===

impl Alerts {
    /// Reads a topic of one partition from its beginning. `rule`: what alerts are counted must hold it; empty: all are.
    pub fn watch(broker: &str, topic: &str, rule: &'static str, sent: Arc<Sent>) -> Result<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", broker)
            .set("group.id", "siem")
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("fetch.wait.max.ms", "100")
            .create()?;
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(topic, 0, Offset::Beginning)?;
        consumer.assign(&from).context("the alert topic can't be read")?;
        let (stop, marks) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicMarks::default()));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&marks));
        let thread = thread::spawn(move || {
            let mut seen = Seen::default();
            while !stopped.load(Ordering::Relaxed) {
                let Some(Ok(message)) = consumer.poll(Duration::from_millis(20)) else { continue };
                let now = Instant::now();
                seen.last = Some(now);
                let body = message.payload().unwrap_or_default();
                let uid = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
                seen.revisions += 1;
                if let Some(number) = mark(body) {
                    if seen.uids.insert(uid) {
                        seen.delays.extend(sent.take_age(number, now));
                        counted.0.fetch_add(1, Ordering::Relaxed);
                    }
                } else if holds(body, rule.as_bytes()) {
                    seen.uids.insert(uid);
                }
            }
            seen
        });
        Ok(Self { stop, thread, marks })
    }

    /// How many marks were seen so far.
    pub fn marks(&self) -> u64 {
        self.marks.0.load(Ordering::Relaxed)
    }

    /// Ends the reading.
    pub fn finish(self) -> Result<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the reader of alerts ended by a fault of its own"))
    }
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    part.is_empty() || body.windows(part.len()).any(|window| window == part)
}

/// The number of the marked line that an alert is about.
fn mark(body: &[u8]) -> Option<u64> {
    const MARK: &[u8] = b"marked-";
    let at = body.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let digits = body[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&body[at..at + digits]).ok()?.parse().ok()
}
