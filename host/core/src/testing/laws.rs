//! The five laws of the contract, as one function over any detector and any rows.
//!
//! For input within the lateness, what stands unretracted at the end is the same however the pipeline goes about it. The
//! rows are played once plainly, and again once for each law and seed with what that law leaves open changed.

use std::fmt;

use super::row::Row;
use super::stage::{Accounts, Pace, Stage, Standing};
use crate::contract::{DetectorPlan, Finding};
use crate::detect::{Detector, Fault};

/// One of the five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// However the rows are cut into calls.
    Cuts = 1,
    /// Whichever way rows within the lateness are ordered.
    Order,
    /// Whatever other keys share the call.
    Company,
    /// Whether one instance lives long or every call gets a fresh one.
    Instances,
    /// Whenever, at or after its time, a wake-up is told or an expired state dropped.
    Deadlines,
}

/// A law that does not hold, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub law: Law,
    /// The seed by which it is seen again.
    pub seed: u64,
    /// What is different, for people; one line each, the first few.
    pub differences: Vec<String>,
}

/// What the plain run found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub standing: Standing,
    pub accounts: Accounts,
    pub broken: Vec<Broken>,
}

const LAWS: [Law; 5] = [Law::Cuts, Law::Order, Law::Company, Law::Instances, Law::Deadlines];
/// Rows of a delivery in the plain run.
const DELIVERY: usize = 512;
/// Differences told of a broken law.
const TOLD: usize = 5;

/// Plays the rows plainly, and with each law's freedom used, under as many seeds as asked.
///
/// # Errors
/// A call that failed in the plain run.
pub fn check(detector: &mut dyn Detector, plan: &DetectorPlan, rows: &[Row], seeds: u64) -> Result<Verdict, Fault> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(place);
    let plainly = deliveries(plan, rows.clone(), |_| DELIVERY);
    let (standing, accounts) = play(detector, plan, Pace { expire_every: 0, ..Pace::default() }, &plainly)?;
    let mut verdict = Verdict { standing, accounts, broken: Vec::new() };
    for law in LAWS {
        let broken = (1..=seeds.max(1)).find_map(|seed| {
            let (pace, deliveries) = vary(law, plan, &rows, seed);
            let differences = match play(detector, plan, pace, &deliveries) {
                Ok((standing, _)) => differences(plan, &verdict.standing, &standing),
                Err(fault) => vec![format!("a call failed that did not fail before: {fault}")],
            };
            (!differences.is_empty()).then_some(Broken { law, seed, differences })
        });
        verdict.broken.extend(broken);
    }
    Ok(verdict)
}

/// Rows with the watermark before them and after them.
type Delivery = (Vec<Row>, i64, i64);

fn place(row: &Row) -> (i64, u64, u32, u32) {
    (row.time, row.digest, row.index, row.subscription)
}

fn vary(law: Law, plan: &DetectorPlan, rows: &[Row], seed: u64) -> (Pace, Vec<Delivery>) {
    let mut dice = Dice(seed);
    let usual = Pace { expire_every: 0, ..Pace::default() };
    let mut rows = rows.to_vec();
    match law {
        // The first seed gives every row a call of its own: the finest cut.
        Law::Cuts if seed == 1 => (usual, deliveries(plan, rows, |_| 1)),
        Law::Cuts => (usual, deliveries(plan, rows, |_| 1 + dice.below(64) as usize)),
        Law::Order => {
            let delay = |row: &Row| row.time.saturating_add(dice.below(lateness(plan, row).saturating_add(1)));
            let mut delays: Vec<(i64, Row)> = Vec::new();
            let mut delay = delay;
            for row in rows.drain(..) {
                delays.push((delay(&row), row));
            }
            delays.sort_by_key(|(arrival, row)| (*arrival, row.digest));
            let rows = delays.into_iter().map(|(_, row)| row).collect();
            (usual, deliveries(plan, rows, |_| 1 + dice.below(16) as usize))
        }
        Law::Company => (Pace { alone: true, ..usual }, deliveries(plan, rows, |_| DELIVERY)),
        Law::Instances => (Pace { fresh: true, ..usual }, deliveries(plan, rows, |_| 1 + dice.below(64) as usize)),
        Law::Deadlines => {
            let wake_every = 1 + dice.below(8) as usize;
            let expire_every = 1 + dice.below(2) as usize;
            (Pace { wake_every, expire_every, ..usual }, deliveries(plan, rows, |_| 1 + dice.below(32) as usize))
        }
    }
}

/// Cuts rows into deliveries. The watermark goes as far as it may while every row to come is within its lateness, and no
/// further than the rows that were delivered; at last it reaches the end of time.
fn deliveries(plan: &DetectorPlan, rows: Vec<Row>, mut size: impl FnMut(usize) -> usize) -> Vec<Delivery> {
    let mut least = vec![i64::MAX; rows.len() + 1];
    for (at, row) in rows.iter().enumerate().rev() {
        least[at] = least[at + 1].min(row.time.saturating_add(lateness(plan, row)));
    }
    let mut out: Vec<Delivery> = Vec::new();
    let (mut at, mut watermark, mut seen) = (0, i64::MIN, i64::MIN);
    let mut rows = rows.into_iter();
    while at + 1 < least.len() {
        let piece: Vec<Row> = rows.by_ref().take(size(at).max(1)).collect();
        at += piece.len();
        seen = piece.iter().map(|row| row.time).fold(seen, i64::max);
        let after = watermark.max(least[at].min(seen));
        out.push((piece, watermark, after));
        watermark = after;
    }
    out.push((Vec::new(), watermark, i64::MAX));
    out
}

fn play(
    detector: &mut dyn Detector,
    plan: &DetectorPlan,
    pace: Pace,
    deliveries: &[Delivery],
) -> Result<(Standing, Accounts), Fault> {
    detector.renew();
    let mut stage = Stage::new(plan, detector, pace);
    for (rows, watermark, after) in deliveries {
        stage.deliver(rows, *watermark, *after)?;
    }
    Ok((stage.standing, stage.accounts))
}

fn lateness(plan: &DetectorPlan, row: &Row) -> i64 {
    let reader = plan.subscriptions.get(row.subscription as usize);
    reader.and_then(|reader| i64::try_from(reader.lateness).ok()).unwrap_or(0)
}

/// What one stands for and the other does not, or says otherwise.
fn differences(plan: &DetectorPlan, plain: &Standing, varied: &Standing) -> Vec<String> {
    let name = |rule: u32| plan.rules.get(rule as usize).map_or("?", |rule| rule.id.as_str());
    let about = |finding: &Finding, key: &[String]| format!("{} of {}", name(finding.rule), key.join(", "));
    let mut differences = Vec::new();
    for ((rule, key, bucket), finding) in plain {
        match varied.get(&(*rule, key.clone(), *bucket)) {
            None => differences.push(format!("{}: stands plainly, not so", about(finding, key))),
            Some(other) => {
                let changed = changed(finding, other);
                if !changed.is_empty() {
                    differences.push(format!("{}: says otherwise: {changed}", about(finding, key)));
                }
            }
        }
    }
    let more = varied.iter().filter(|(id, _)| !plain.contains_key(*id));
    differences.extend(more.map(|((_, key, _), finding)| format!("{}: stands so, not plainly", about(finding, key))));
    differences.truncate(TOLD);
    differences
}

/// What two findings say otherwise; tokens of rows and processing figures are no part of it.
fn changed(a: &Finding, b: &Finding) -> String {
    let evidence = |finding: &Finding| {
        let each = finding.evidence.iter().map(|e| (e.time, e.role.clone(), e.seen.clone()));
        each.collect::<Vec<_>>()
    };
    let mut changed = Vec::new();
    let mut compare = |what: &str, a: &dyn fmt::Debug, b: &dyn fmt::Debug| {
        let (a, b) = (format!("{a:?}"), format!("{b:?}"));
        if a != b {
            changed.push(format!("{what} {a} / {b}"));
        }
    };
    compare("title", &a.title, &b.title);
    compare("description", &a.description, &b.description);
    compare("change", &a.change, &b.change);
    compare("severity", &(a.severity, a.confidence), &(b.severity, b.confidence));
    compare("span", &(a.since, a.until), &(b.since, b.until));
    compare("entities", &a.entities, &b.entities);
    compare("figures", &a.figures, &b.figures);
    compare("evidence", &evidence(a), &evidence(b));
    changed.join("; ")
}

/// A small source of numbers that a seed decides (splitmix64).
struct Dice(u64);

// === impl Dice ===

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below the limit.
    fn below(&mut self, limit: i64) -> i64 {
        (self.next() % limit.max(1).unsigned_abs()).cast_signed()
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Cuts => "however the rows are cut into calls",
            Self::Order => "whichever way rows within the lateness are ordered",
            Self::Company => "whatever other keys share the call",
            Self::Instances => "whether an instance lives long or every call gets a fresh one",
            Self::Deadlines => "whenever wake-ups are told and expired states dropped",
        };
        write!(f, "law {}: {text}", *self as u8)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} does not hold (seed {})", self.law, self.seed)?;
        self.differences.iter().try_for_each(|difference| write!(f, "\n  {difference}"))
    }
}
