//! Alerts as others see them: valid by two independent checks of OCSF, and shown in `docs/alerts.md` as they are.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod examples;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io::Write as _};

use examples::{Example, examples, hostile};
use sekisho_core::publish::{Alert, Look, readable};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_alert_is_valid_by_both_checks_of_ocsf() {
    match validators() {
        Ok(python) => {
            let alerts = examples().into_iter().map(|example| example.alert).chain(hostile());
            let (valid, said) = validate(&python, alerts);
            assert!(valid, "{said}");
            println!("{said}");
        }
        Err(why) if env::var_os("CI").is_some() => panic!("the checks of OCSF can't run: {why}"),
        Err(why) => println!("skipped: the checks of OCSF can't run: {why}"),
    }
}

#[test]
fn the_checks_of_ocsf_refuse_an_alert_that_is_wrong() {
    let Ok(python) = validators() else { return println!("skipped: the checks of OCSF can't run") };
    let wrong = |change: fn(&mut Value)| {
        let mut alert = examples().remove(0).alert;
        change(&mut alert.body);
        !validate(&python, [alert]).0
    };
    assert!(wrong(|body| body["type_uid"] = 200_402.into()), "a type that does not fit the activity");
    assert!(wrong(|body| body["no_such_field"] = 1.into()), "an unknown field");
    assert!(wrong(|body| body["severity"] = "Low".into()), "a caption that does not fit its number");
}

/// A Python that has the checkers, installed once beside the build.
fn validators() -> Result<PathBuf, String> {
    static ONCE: std::sync::OnceLock<Result<PathBuf, String>> = std::sync::OnceLock::new();
    ONCE.get_or_init(install).clone()
}

fn install() -> Result<PathBuf, String> {
    let venv = root().join(".cache/ocsf");
    let python = venv.join("bin/python");
    let wanted = root().join("tests/ocsf/requirements.txt");
    let installed = venv.join("requirements.txt");
    let content = |path: &Path| fs::read(path).ok();
    if content(&installed).is_some() && content(&installed) == content(&wanted) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&wanted))?;
    fs::copy(&wanted, &installed).map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{shown}: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{shown}: {}", told.trim())) }
}

fn validate(python: &Path, alerts: impl IntoIterator<Item = Alert>) -> (bool, String) {
    let mut child = Command::new(python)
        .arg(root().join("tests/ocsf/validate.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for alert in alerts {
        writeln!(input, "{}", alert.body).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_page_on_alerts_shows_them_as_they_are() {
    let path = root().join("docs/alerts.md");
    let page = page(&examples());
    if env::var_os("SEKISHO_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    assert!(stands == page, "docs/alerts.md is not up to date: run this test with SEKISHO_BLESS=1");
}

fn page(examples: &[Example]) -> String {
    let mut page = include_str!("alerts/page.md").to_owned();
    let mut before: Option<&Value> = None;
    for Example { title, about, alert } in examples {
        let text = readable(&alert.body, Look { color: false, width: 100 });
        page += &format!("\n## {title}\n\n{about}\n\n```text\n{text}```\n\n");
        let (said, body) = match before {
            Some(before) if alert.revision > 1 => {
                ("What differs from the revision before, but for the evidence", differing(before, &alert.body))
            }
            _ => ("As JSON, with the first two of its evidences", shortened(&alert.body)),
        };
        let json = serde_json::to_string_pretty(&body).unwrap();
        page += &format!("{said}:\n\n```json\n{json}\n```\n");
        before = Some(&alert.body);
    }
    page
}

fn shortened(body: &Value) -> Value {
    let mut body = body.clone();
    body["evidences"].as_array_mut().unwrap().truncate(2);
    body
}

/// The members of an object that another does not have alike, at any depth.
fn differing(before: &Value, now: &Value) -> Value {
    let (Some(before), Some(now)) = (before.as_object(), now.as_object()) else { return now.clone() };
    let changed = now.iter().filter(|(name, value)| *name != "evidences" && before.get(*name) != Some(value));
    let inner = |(name, value): (&String, &Value)| {
        (name.clone(), before.get(name).map_or_else(|| value.clone(), |before| differing(before, value)))
    };
    changed.map(inner).collect::<serde_json::Map<_, _>>().into()
}
