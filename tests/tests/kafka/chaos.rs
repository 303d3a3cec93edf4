//! Exactly once, whatever strikes: the real binary and its detectors under faults, compared with an undisturbed run.
//!
//! `SEKISHO_CHAOS_SEED` runs a seed again; the long form is `cargo xtask chaos`.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sekisho_tests::chaos::{COUNTER, Report, Run};
use sekisho_tests::{broker, guests};

use crate::product::binary;

/// Runs a seed again.
const SEED: &str = "SEKISHO_CHAOS_SEED";
/// How many faults the long form has.
const FAULTS: &str = "SEKISHO_CHAOS_FAULTS";
/// `consumer` or `classic`.
const PROTOCOL: &str = "SEKISHO_CHAOS_PROTOCOL";

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo")
}

/// The configuration of Sekisho's own detectors, one that counts rows, and the demo's inventory.
pub fn detectors() -> String {
    let detectors = [
        ("lateral-movement", "lateral_movement"),
        ("admin-abuse", "admin_abuse"),
        ("exfiltration", "exfiltration"),
        (COUNTER, "sekisho_guest_zoo"),
    ]
    .map(|(name, file)| {
        format!("  - name: {name}\n    plugin: {}\n", guests::directory().join(format!("{file}.wasm")).display())
    });
    format!("inventory: {}\ndetectors:\n{}", demo().join("inventory.yaml").display(), detectors.concat())
}

fn asked<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// None where no broker can be started.
fn chaos(faults: usize, copies: usize, protocol: &'static str, tell: impl FnMut(usize, &str)) -> Option<Report> {
    if !broker::can_start() {
        return None;
    }
    let any = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_millis() as u64);
    let seed = asked(SEED).unwrap_or_else(any);
    eprintln!("chaos: seed {seed}, {faults} faults, protocol {protocol} ({SEED}={seed} runs it again)");
    let run =
        Run { binary: binary(), detectors: detectors(), logs: demo().join("logs"), seed, faults, copies, protocol };
    Some(run.go(tell).unwrap_or_else(|error| panic!("{error:?}")))
}

#[test]
fn whatever_strikes_nothing_is_lost_and_nothing_doubled() {
    let Some(report) = chaos(20, 4, "consumer", |turn, fault| eprintln!("{turn:>3} {fault}")) else { return };
    eprintln!("{report}");
    assert!(report.differences.is_empty(), "{report}");
    assert!(report.alerts.0 > 40 && report.letters > 20, "there was something to lose: {report}");
}

#[test]
#[ignore = "the long form: cargo xtask chaos"]
fn long_form() {
    let faults = asked(FAULTS).unwrap_or(1000);
    let protocol = if asked::<String>(PROTOCOL).is_some_and(|name| name == "classic") { "classic" } else { "consumer" };
    let bar = indicatif::ProgressBar::new(faults as u64);
    let style =
        indicatif::ProgressStyle::with_template("{bar:40} {pos} of {len} faults, {elapsed}, {eta} to go  {msg}");
    bar.set_style(style.unwrap());
    let (plain, begun) = (bar.is_hidden(), std::time::Instant::now());
    let report = chaos(faults, (faults / 5).clamp(4, 200), protocol, |turn, fault| {
        bar.set_position(turn as u64);
        bar.set_message(fault.to_owned());
        if plain {
            eprintln!("{:>5} s {turn:>4} {fault}", begun.elapsed().as_secs());
        }
    });
    bar.finish_and_clear();
    if let Some(report) = report {
        println!("{report}");
        assert!(report.differences.is_empty(), "the runs differ");
    }
}
