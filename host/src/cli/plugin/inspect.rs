//! `sekisho plugin inspect`: what a plugin is, what it asks for and what it costs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use sekisho_core::contract::DetectorPlan;
use sekisho_core::enrich::Inventory;
use serde_json::{Value, json};

use super::super::alerts::Gathered;
use super::super::arguments::Format;
use super::super::detectors;
use super::super::exit::Exit;
use super::super::replay::files;
use super::super::screen::{counted, number, plain};
use super::meter::{Meter, Reading};
use super::read;
use crate::app::App;
use crate::replay::{Options, judge_with};
use crate::units;
use crate::wasm::{Inspection, Limits, Runtime, inspect};

/// Logs to judge, and the inventory of their network.
pub struct Sample<'s> {
    pub logs: &'s [PathBuf],
    pub inventory: Option<&'s Path>,
}

/// What the sample cost, over so many events.
struct Cost {
    reading: Reading,
    events: u64,
}

/// Keys shown of each key space.
const WIDEST: usize = 5;

pub fn run(file: &Path, settings: &str, sample: &Sample<'_>, format: Format) -> Result<Exit> {
    let inventory = match sample.inventory.map(detectors::inventory).transpose()? {
        Some(Err(exit)) => return Ok(exit),
        Some(Ok(inventory)) => Some(inventory),
        None => None,
    };
    let wasm = read(file)?;
    let limits = Limits::default();
    let runtime = Runtime::new(limits.clone(), None)?;
    let inspection = inspect(&runtime, &wasm, settings);
    let right = inspection.problems.is_empty();
    let cost =
        if right && !sample.logs.is_empty() { cost(file, settings, sample.logs, inventory.as_ref())? } else { None };
    let plan = inspection.accepted.as_ref().and_then(|accepted| accepted.plan.as_ref());
    if format == Format::Json {
        let sample = cost.as_ref().zip(plan).map(|(cost, plan)| told(cost, plan));
        println!("{}", json!({"plugin": inspection, "limits": limits, "sample": sample}));
    } else {
        show(file, &inspection, &limits);
        if let (Some(cost), Some(plan)) = (&cost, plan) {
            show_cost(&cost.reading, plan);
        }
    }
    Ok(if right { Exit::Done } else { Exit::Refused })
}

fn show(file: &Path, inspection: &Inspection, limits: &Limits) {
    line("File", format!("{}, {} bytes", file.display(), number(inspection.bytes as u64)));
    line("Digest", inspection.digest.to_string());
    let none = |names: &[String]| if names.is_empty() { "nothing".to_owned() } else { plain(&names.join(", ")) };
    line("Imports", none(&inspection.imports));
    line("Exports", none(&inspection.exports));
    if let Some(accepted) = &inspection.accepted {
        let identity = &accepted.identity;
        line("Detector", format!("{} {}: {}", plain(&identity.id), plain(&identity.version), plain(&identity.title)));
        line(
            "Cost",
            format!(
                "compiles in {:.0?}, starts in {:.1?}; {} of code, {} of memory at the start",
                accepted.times.compile,
                accepted.times.instantiate,
                units::bytes::text(accepted.code_bytes.next_multiple_of(1 << 10)),
                units::bytes::text(accepted.start_memory),
            ),
        );
        line("Settings", plain(&identity.settings_schema));
        if let Some(plan) = &accepted.plan {
            show_plan(plan);
        }
    }
    line(
        "Limits",
        format!(
            "{:?} of CPU time a call, {} of memory, {} of state a key, {} an answer",
            limits.call_time,
            units::bytes::text(limits.memory),
            units::bytes::text(limits.state_bytes),
            units::bytes::text(limits.output_bytes),
        ),
    );
    for problem in &inspection.problems {
        line("Refused", plain(problem));
    }
}

fn show_plan(plan: &DetectorPlan) {
    for (at, rule) in plan.rules.iter().enumerate() {
        let techniques: Vec<_> = rule.techniques.iter().map(|technique| technique.id.as_str()).collect();
        let severity = format!("{:?}", rule.severity).to_lowercase();
        let text = format!("{} ({severity}, {}) {}: {}", rule.id, rule.confidence, techniques.join(" "), rule.title);
        line(if at == 0 { "Rules" } else { "" }, plain(&text));
    }
    for (at, space) in plan.key_spaces.iter().enumerate() {
        let parts = counted(u64::from(space.parts), "part", "parts");
        line(if at == 0 { "Remembers by" } else { "" }, format!("{} ({parts})", space.name));
    }
    for (at, subscription) in plan.subscriptions.iter().enumerate() {
        let space = plan.key_spaces.get(subscription.key_space as usize).map_or("", |space| &space.name);
        let fields: Vec<_> = subscription.fields.iter().map(|field| field.path.as_str()).collect();
        let text = format!(
            "{} by {} into {space}, {:?} of lateness: {}",
            subscription.source,
            subscription.key.join(" and "),
            Duration::from_nanos(subscription.lateness),
            fields.join(", ")
        );
        line(if at == 0 { "Reads" } else { "" }, plain(&text));
    }
    for (at, signal) in plan.signals.iter().enumerate() {
        let fields: Vec<_> = signal.fields.iter().map(|field| field.path.as_str()).collect();
        line(if at == 0 { "Signals" } else { "" }, plain(&format!("{}: {}", signal.name, fields.join(", "))));
    }
}

/// Judges the sample, counting.
fn cost(file: &Path, settings: &str, logs: &[PathBuf], inventory: Option<&Inventory>) -> Result<Option<Cost>> {
    let Some(found) = files(logs) else { return Ok(None) };
    let mut app = App::from_plugin(file, settings)?;
    if let Some(inventory) = inventory {
        app = app.with_inventory(inventory);
    }
    let plan = app
        .plan_of_files(&found.files)
        .map_err(|errors| anyhow::anyhow!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let (meter, reading) = Meter::new(app.instances().pop().context("no detector")?);
    let judged =
        judge_with(&app, &found.files, &plan, vec![Box::new(meter)], &Options::default(), &mut Gathered::new())?;
    Ok(Some(Cost { reading: reading.take(), events: judged.account.events }))
}

/// The cost for machines.
fn told(cost: &Cost, plan: &DetectorPlan) -> Value {
    let reading = &cost.reading;
    let at = |space: usize| u32::try_from(space).unwrap_or(u32::MAX);
    let spaces = plan.key_spaces.iter().enumerate().map(|(space, named)| {
        let spent = reading.spaces.get(&at(space)).copied().unwrap_or_default();
        let keys = reading.keys.keys().filter(|(of, _)| *of == at(space)).count();
        json!({"key_space": named.name, "keys": keys, "calls": spent.calls, "rows": spent.rows, "cpu_ns": nanos(spent.cpu)})
    });
    let subscriptions = plan.subscriptions.iter().enumerate().map(|(number, subscription)| {
        let rows = reading.subscriptions.get(&at(number)).copied().unwrap_or_default();
        json!({"source": subscription.source, "key_space": subscription.key_space, "rows": rows})
    });
    let rules = plan.rules.iter().enumerate().map(|(number, rule)| {
        let told = reading.told.get(&at(number)).copied().unwrap_or_default();
        json!({"rule": rule.id, "key_space": rule.key_space, "told": told})
    });
    json!({
        "events": cost.events, "calls": reading.calls, "rows": reading.rows, "cpu_ns": nanos(reading.cpu),
        "largest_state": reading.largest_state, "key_spaces": spaces.collect::<Vec<_>>(),
        "subscriptions": subscriptions.collect::<Vec<_>>(), "rules": rules.collect::<Vec<_>>(),
    })
}

fn show_cost(reading: &Reading, plan: &DetectorPlan) {
    let a_row = nanos(reading.cpu) / reading.rows.max(1);
    line(
        "Sample",
        format!(
            "{} in {}, {} ns of CPU time a row; largest state {}",
            counted(reading.rows, "row", "rows"),
            counted(reading.calls, "call", "calls"),
            number(a_row),
            units::bytes::text(reading.largest_state)
        ),
    );
    for (space, named) in plan.key_spaces.iter().enumerate() {
        let own = reading.keys.iter().filter(|((of, _), _)| *of as usize == space);
        let mut keys: Vec<_> = own.map(|((_, key), rows)| (key, *rows)).collect();
        keys.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        let shown = keys.iter().take(WIDEST).map(|(key, rows)| format!("{} {}", plain(&key.join(" ")), number(*rows)));
        let shown = shown.collect::<Vec<_>>().join(" · ");
        let spent = reading.spaces.get(&u32::try_from(space).unwrap_or(u32::MAX)).copied().unwrap_or_default();
        let (keys, a_row) = (counted(keys.len() as u64, "key", "keys"), nanos(spent.cpu) / spent.rows.max(1));
        line("", format!("{}: {keys}, {} ns a row; widest: {shown}", named.name, number(a_row)));
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn line(label: &str, text: impl AsRef<str>) {
    println!("{label:<13}{}", text.as_ref());
}
