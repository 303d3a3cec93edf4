//! `sekisho demo`: logs that the program brings along, through the real pipeline, told one alert after another.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sekisho_core::enrich::Inventory;
use sekisho_core::publish::readable;
use serde_json::Value;

use super::alerts::Gathered;
use super::arguments::DemoOptions;
use super::exit::Exit;
use super::screen::{self, counted};
use super::{account, detectors};
use crate::app::App;
use crate::config;
use crate::replay::{Judged, Options, judge_with};

/// The logs of `demo/`, by name and text.
const LOGS: [(&str, &str); 7] = [
    ("firewall.log", include_str!("../../../demo/logs/firewall.log")),
    ("windows.ndjson", include_str!("../../../demo/logs/windows.ndjson")),
    ("system.ndjson", include_str!("../../../demo/logs/system.ndjson")),
    ("sysmon.xml.log", include_str!("../../../demo/logs/sysmon.xml.log")),
    ("zeek-conn.ndjson", include_str!("../../../demo/logs/zeek-conn.ndjson")),
    ("otrf-psexec.ndjson", include_str!("../../../demo/logs/otrf-psexec.ndjson")),
    ("evtx-to-mitre-log-cleared.ndjson", include_str!("../../../demo/logs/evtx-to-mitre-log-cleared.ndjson")),
];
const INVENTORY: &str = include_str!("../../../demo/inventory.yaml");

/// All alerts together are shown within this time.
const SHOW: Duration = Duration::from_secs(6);
/// One alert is looked at for at most this long.
const PAUSE: Duration = Duration::from_millis(900);

const SEVERITIES: [&str; 5] = ["Critical", "High", "Medium", "Low", "Informational"];

pub fn run(options: &DemoOptions) -> Result<Exit> {
    let app = match detectors::of_plugins(&options.plugins)? {
        Ok(app) if options.plugins.inventory.is_some() => app,
        Ok(app) => app.with_inventory(&inventory()?),
        Err(exit) => return Ok(exit),
    };
    println!(
        "An evening at a made-up company, told by its firewall, its Windows machines and Zeek, and two captures of real\n\
         attacks: the same pipeline as on Kafka, here on a log in memory.\n"
    );
    let (judged, gathered) = judge_logs(&app)?;
    let standing = gathered.standing();
    tell(&standing, options.fast)?;
    summary(&judged, &standing);
    Ok(account::exit(&judged, &gathered))
}

fn inventory() -> Result<Inventory> {
    let draft = config::inventory_of("demo/inventory.yaml", INVENTORY);
    ensure!(draft.mistakes() == 0, "{}", draft.render(false, screen::width()));
    Ok(draft.config.inventory)
}

fn judge_logs(app: &App) -> Result<(Judged, Gathered<'static>)> {
    let folder = tempfile::Builder::new().prefix("sekisho-demo-").tempdir().context("failed to make a folder")?;
    let mut files = Vec::new();
    for (name, text) in LOGS {
        let file = folder.path().join(name);
        std::fs::write(&file, text).with_context(|| format!("failed to write {}", file.display()))?;
        files.push(file);
    }
    // Evidence names the files as the repository does.
    let names: Vec<PathBuf> = LOGS.iter().map(|(name, _)| Path::new("demo/logs").join(name)).collect();
    let plan = app
        .plan_of_files(&names)
        .map_err(|errors| anyhow::anyhow!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let mut gathered = Gathered::new();
    let judged = judge_with(app, &files, &plan, app.instances(), &Options::default(), &mut gathered)?;
    Ok((judged, gathered))
}

/// One alert after another, as fast as one can glance at them; at once where nobody looks.
fn tell(standing: &[Value], fast: bool) -> Result<()> {
    let slowly = screen::is_watched() && !fast;
    let pause = if slowly { PAUSE.min(SHOW / u32::try_from(standing.len().max(1))?) } else { Duration::ZERO };
    let look = screen::look();
    let mut out = io::stdout().lock();
    for body in standing {
        writeln!(out, "{}", readable(body, look))?;
        out.flush()?;
        thread::sleep(pause);
    }
    Ok(())
}

fn summary(judged: &Judged, standing: &[Value]) {
    let records = counted(judged.account.read, "record", "records");
    let events = counted(judged.account.events, "event", "events");
    let alerts = counted(standing.len() as u64, "alert", "alerts");
    println!("{records} of {} logs became {events} and {alerts}.\n", LOGS.len());
    let mut stages = BTreeMap::<&str, [u64; 5]>::new();
    for body in standing {
        let severity = SEVERITIES.iter().position(|name| body["severity"] == *name).unwrap_or(4);
        let mut tactics: Vec<_> = body["finding_info"]["attacks"].as_array().into_iter().flatten().collect();
        tactics.dedup_by_key(|attack| attack["tactic"]["name"].as_str().map(str::to_owned));
        for attack in tactics {
            let stage = attack["tactic"]["name"].as_str().unwrap_or("Other");
            stages.entry(stage).or_default()[severity] += 1;
        }
    }
    if !stages.is_empty() {
        println!("{:<22}{:>9}{:>9}{:>9}{:>9}{:>9}", "Stage of the attack", "critical", "high", "medium", "low", "info");
    }
    for (stage, counts) in &stages {
        let shown: String = counts
            .iter()
            .map(|count| if *count == 0 { format!("{:>9}", "·") } else { format!("{count:>9}") })
            .collect();
        println!("{stage:<22}{shown}");
    }
    println!(
        "\nNext:\n  \
         sekisho replay --each demo/logs --explain   why each rule did or did not fire\n  \
         sekisho replay YOUR/LOGS/                   files and folders of your own: JSON, XML, key=value, .evtx, .gz\n  \
         sekisho check -c config/example.yaml        every setting, with a word on each\n  \
         sekisho run -c sekisho.yaml                 your Kafka"
    );
}
