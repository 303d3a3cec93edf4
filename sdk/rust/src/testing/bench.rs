//! The native harness: a configured detector, rows, what came of them.

use std::marker::PhantomData;
use std::sync::Arc;

use sekisho_core::contract::{DetectorPlan, Problem};
use sekisho_core::enrich::{Enrichment, Inventory};
use sekisho_core::plan::Zones;
use sekisho_core::testing::{Pace, Row, Stage, laws, route};

use super::{Findings, NativeDetector, Rows, logs};
use crate::Detector;

/// Seeds that each law is tried with.
const SEEDS: u64 = 5;

/// A configured detector on a bench.
#[derive(Clone, Debug)]
pub struct Bench<D> {
    settings: String,
    plan: DetectorPlan,
    zones: Vec<(String, String)>,
    enrichment: Arc<Enrichment>,
    detector: PhantomData<D>,
}

/// The zones that a test named, before those of its inventory.
struct Table<'z>(&'z [(String, String)], &'z Enrichment);

// === impl Bench ===

impl<D: Detector> Bench<D> {
    /// Configures it with settings as JSON text.
    ///
    /// # Panics
    /// When the settings are refused.
    #[track_caller]
    pub fn new(settings: &str) -> Self {
        match NativeDetector::<D>::configure(settings) {
            Ok((_, plan)) => {
                let (zones, enrichment) = (Vec::new(), Arc::default());
                Self { settings: settings.into(), plan, zones, enrichment, detector: PhantomData }
            }
            Err(problems) => panic!("the settings are refused: {problems:#?}"),
        }
    }

    /// What is wrong with settings; nothing: they are taken.
    pub fn problems(settings: &str) -> Vec<Problem> {
        NativeDetector::<D>::configure(settings).err().unwrap_or_default()
    }

    /// Puts addresses that begin so into a zone, for conditions that ask for it.
    #[must_use]
    pub fn zone(mut self, prefix: &str, zone: &str) -> Self {
        self.zones.push((prefix.into(), zone.into()));
        self
    }

    /// Knows what an operator's inventory (as JSON) says: zones, roles, domains, accounts, office hours.
    ///
    /// # Panics
    /// When it is no inventory, or wrong.
    #[must_use]
    #[track_caller]
    pub fn inventory(mut self, json: &str) -> Self {
        let inventory: Inventory = match serde_json::from_str(json) {
            Ok(inventory) => inventory,
            Err(error) => panic!("no inventory: {error}"),
        };
        match Enrichment::compile(&inventory) {
            Ok(enrichment) => self.enrichment = Arc::new(enrichment),
            Err(problems) => panic!("the inventory is wrong: {problems:#?}"),
        }
        self
    }

    /// The rows that real log lines become: decoded, enriched by the inventory and routed as the pipeline does it.
    ///
    /// # Panics
    /// When a line is not read, with its number and why; or the detector waits for signals of another.
    #[track_caller]
    pub fn logs(&self, lines: &str) -> Rows {
        let name = D::describe().id;
        match logs::read(name, &self.plan, Box::new(self.detector()), &self.enrichment, lines) {
            Ok(reached) => Rows { reached, ..Rows::default() },
            Err(error) => panic!("the logs are not read: {error}"),
        }
    }

    /// The plan that it made of its settings.
    pub fn plan(&self) -> &DetectorPlan {
        &self.plan
    }

    /// The rows that reach it, by its subscriptions' sources, keys and conditions.
    pub fn reach(&self, rows: &Rows) -> Vec<Row> {
        let zones = Table(&self.zones, &self.enrichment);
        let made = rows.fed.iter().flat_map(|fed| route(&self.plan, fed, &zones));
        made.chain(rows.reached.iter().cloned()).collect()
    }

    /// Plays rows in order of time to the end of time. Every note is asked for.
    ///
    /// # Panics
    /// When a call fails.
    #[track_caller]
    pub fn run(&self, rows: &Rows) -> Findings {
        self.run_behind(rows, i64::MIN)
    }

    /// The same under a watermark that is there already (nanoseconds): rows before it are late, as those of a source that
    /// was down.
    ///
    /// # Panics
    /// When a call fails.
    #[track_caller]
    pub fn run_behind(&self, rows: &Rows, mut watermark: i64) -> Findings {
        let mut reached = self.reach(rows);
        reached.sort_by_key(|row| (row.time, row.digest, row.index, row.subscription));
        let mut detector = self.detector();
        let mut stage = Stage::new(&self.plan, &mut detector, Pace::default());
        stage.explain = true;
        for row in reached {
            let after = row.time.max(watermark);
            let told = stage.deliver(&[row], watermark, after);
            told.unwrap_or_else(|fault| panic!("a call failed: {fault}"));
            watermark = after;
        }
        let told = stage.deliver(&[], watermark, i64::MAX);
        told.unwrap_or_else(|fault| panic!("a call failed: {fault}"));
        let counters = stage.counters.iter().filter_map(|(at, by)| Some((self.plan.counters.get(*at as usize)?, *by)));
        Findings {
            counters: counters.map(|(name, by)| (name.clone(), by)).collect(),
            plan: self.plan.clone(),
            standing: stage.standing,
            told: stage.told,
            signals: stage.signals,
            notes: stage.notes.into_iter().map(|note| note.text).collect(),
            accounts: stage.accounts,
        }
    }

    /// Plays rows plainly and with all that the five laws leave open.
    ///
    /// # Panics
    /// When a law does not hold, with what was different.
    #[track_caller]
    pub fn obeys_the_laws(&self, rows: &Rows) {
        let broken = self.broken_laws(rows);
        let told: Vec<String> = broken.iter().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{}", told.join("\n"));
    }

    /// The laws that do not hold over these rows.
    ///
    /// # Panics
    /// When a call fails however it is played.
    #[track_caller]
    pub fn broken_laws(&self, rows: &Rows) -> Vec<laws::Broken> {
        match laws::check(&mut self.detector(), &self.plan, &self.reach(rows), SEEDS) {
            Ok(verdict) => verdict.broken,
            Err(fault) => panic!("a call failed: {fault}"),
        }
    }

    fn detector(&self) -> NativeDetector<D> {
        match NativeDetector::configure(&self.settings) {
            Ok((detector, _)) => detector,
            Err(problems) => panic!("settings that were taken are refused: {problems:#?}"),
        }
    }
}

impl Zones for Table<'_> {
    fn in_zone(&self, address: &str, zone: &str) -> bool {
        let named = self.0.iter().any(|(prefix, name)| name == zone && address.starts_with(prefix.as_str()));
        named || self.1.in_zone(address, zone)
    }
}
