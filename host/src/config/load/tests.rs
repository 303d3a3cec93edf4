use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::*;
use crate::config::{Log, Memory};
use crate::kafka;
use crate::wasm::Limits;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn example() -> String {
    fs::read_to_string(repository().join("config/example.yaml")).unwrap()
}

/// What is wrong with a configuration, plugins that are not built left aside: text and line.
fn mistakes(text: &str) -> Vec<(String, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sekisho.yaml");
    fs::write(&path, text).unwrap();
    told(&load(&path, &|name| (name == "KAFKA_PASSWORD").then(|| "hush".to_owned())).unwrap())
}

fn told(draft: &Draft) -> Vec<(String, usize)> {
    let line = |at: Place| draft.main.text[..at.offset].matches('\n').count() + 1;
    let mut told: Vec<_> = draft
        .main
        .mistakes
        .iter()
        .filter(|mistake| !mistake.message.contains(".wasm: "))
        .map(|mistake| (mistake.message.clone(), line(mistake.at)))
        .collect();
    told.sort_by_key(|(_, line)| *line);
    told
}

const DETECTORS: &str = "detectors: [{name: a, plugin: a.wasm}]\n";

#[test]
fn the_example_and_the_least_are_right() {
    for name in ["example.yaml", "minimal.yaml"] {
        let path = repository().join("config").join(name);
        let draft = load(&path, &|_| Some("hush".to_owned())).unwrap();
        let ca_is_missing = |message: &str| message.contains("ca-certificates");
        let told: Vec<_> = told(&draft).into_iter().filter(|(message, _)| !ca_is_missing(message)).collect();
        assert_eq!(told, [], "{name}");
        assert!(draft.inventory.is_none_or(|sheet| sheet.mistakes.is_empty()));
        assert!(draft.config.kafka.is_some() && draft.config.detectors.len() == 3);
    }
}

#[test]
fn the_example_holds_the_defaults_where_it_says_so() {
    let node = Node::parse(&example()).unwrap();
    let section = |name: &str| node.get(name).unwrap().clone();
    assert_eq!(read::<Limits>(&section("limits"), &mut Vec::new()), Some(Limits::default()));
    assert_eq!(read::<Memory>(&section("memory"), &mut Vec::new()), Some(Memory::default()));
    assert_eq!(read::<Log>(&section("log"), &mut Vec::new()), Some(Log::default()));
}

/// The fields of a section, as its own complaint about an unknown one names them.
fn fields<T: DeserializeOwned>() -> Vec<String> {
    let mut mistakes = Vec::new();
    read::<T>(&Node::parse("qqqqqqqqqqqqqqqqqqqq: 1").unwrap(), &mut mistakes);
    let help = mistakes[0].help.clone().unwrap();
    help.strip_prefix("known here: ").unwrap().split(", ").map(str::to_owned).collect()
}

#[test]
fn the_example_shows_every_setting() {
    let example = example();
    let sections = [
        fields::<kafka::Config>(),
        fields::<kafka::Security>(),
        fields::<kafka::Tls>(),
        fields::<kafka::Sasl>(),
        fields::<kafka::TopicsConfig>(),
        fields::<Source>(),
        fields::<Detector>(),
        fields::<Memory>(),
        fields::<Log>(),
        fields::<crate::admin::Config>(),
        fields::<Limits>(),
        SECTIONS.map(str::to_owned).to_vec(),
    ];
    for field in sections.concat() {
        assert!(example.contains(&format!("{field}:")), "{field} is not in config/example.yaml");
    }
}

#[test]
fn the_page_on_configuration_is_fresh() {
    let inventory = fs::read_to_string(repository().join("config/inventory.example.yaml")).unwrap();
    let page = format!(
        "# Configuration\n\n<!-- made of config/example.yaml and config/inventory.example.yaml by a test, which \
         `SEKISHO_BLESS=1 cargo test -p sekisho` lets write -->\n\n\
         `sekisho run -c FILE`, `sekisho replay -c FILE` and `sekisho check -c FILE` read one YAML file. Below is every \
         setting of it, then the inventory that it may name.\n`config/minimal.yaml` is the least that works.\n\n\
         ## sekisho.yaml\n\n```yaml\n{}```\n\n## The inventory\n\n```yaml\n{inventory}```\n",
        example()
    );
    let path = repository().join("docs/config.md");
    if std::env::var_os("SEKISHO_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page);
}

#[test]
fn every_mistake_is_told_in_one_go_with_its_line() {
    let text = "kafka:\n  brokers: [localhost]\n  goup: x\nsource:\n  - topic: a\nsources:\n  - topic: a\n    shape: winlogbeet\n  \
                - topic: b\n    time_zone: Asia/Tokio\ndetectors:\n  - name: One\n    plugin: one.wasm\n  - plugin: two.wasm\n\
                memory:\n  bytes: 64MB\nlimits:\n  stack: 2MiB\nlog:\n  level: ${LEVEL}\n";
    let expected = [
        ("\"localhost\" is not host:port", 2),
        ("`goup` is not known here", 3),
        ("`source` is not a section", 4),
        ("`winlogbeet` is not known here", 8),
        ("\"Asia/Tokio\" is no time zone", 10),
        ("\"One\" is no name: lower-case letters, digits and hyphens", 12),
        ("`name` is missing", 14),
        ("this is string \"64MB\", and a size such as 64MiB is wanted", 16),
        ("stack is 2MiB and must be more than nothing and at most 1MiB", 18),
        ("LEVEL is not set in the environment", 20),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(message, line)| (message.to_owned(), line)).collect();
    assert_eq!(mistakes(text), expected);
}

#[test]
fn a_misspelt_section_is_told_with_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sekisho.yaml");
    fs::write(&path, format!("kafak: {{}}\n{DETECTORS}")).unwrap();
    let shown = load(&path, &|_| None).unwrap().render(false, 80);
    assert!(shown.contains("did you mean `kafka`?"), "{shown}");
}

#[test]
fn what_a_detector_says_of_its_settings_is_shown_in_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sekisho.yaml");
    fs::write(
        &path,
        "detectors:\n  - name: a\n    plugin: a.wasm\n    settings:\n      hosts:\n        - 3\n        - many\n",
    )
    .unwrap();
    let mut draft = load(&path, &|_| None).unwrap();
    draft.blame_settings(0, "/hosts/1", "a number is wanted");
    assert_eq!(told(&draft), [("/hosts/1: a number is wanted".to_owned(), 7)]);
}

#[test]
fn an_inventory_may_stand_in_the_file_and_is_checked_there() {
    let told = mistakes(&format!("inventory:\n  zones:\n    vpn-pool: [10.8.0.0/40]\n{DETECTORS}"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].1, 3);
}

#[test]
fn a_secret_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sekisho.yaml");
    let text = "kafka:\n  security:\n    sasl:\n      mechanism: plain\n      password: hunter2\n      usrname: x\n";
    fs::write(&path, format!("{text}{DETECTORS}")).unwrap();
    let draft = load(&path, &|_| None).unwrap();
    let shown = draft.render(false, 80) + &format!("{draft:?}");
    assert!(shown.contains("usrname") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_wrong_address_of_the_admin_endpoint_is_told_with_its_line_and_what_is_right() {
    for wrong in ["everywhere", "localhost", "9464", "127.0.0.1", "127.0.0.1:http", "\"\""] {
        let told = mistakes(&format!("{DETECTORS}admin:\n  listen: {wrong}\n"));
        let [(message, 3)] = &told[..] else { panic!("{wrong}: {told:?}") };
        assert!(message.contains("127.0.0.1:9464"), "{wrong}: {message}");
    }
    for right in ["0.0.0.0:9464", "\"[::1]:80\"", "off"] {
        assert_eq!(mistakes(&format!("{DETECTORS}admin:\n  listen: {right}\n")), []);
    }
}
