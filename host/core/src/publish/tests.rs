//! The laws of revisions, and what a body holds at its limits.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::contract::{
    Change, DetectorPlan, Entity, EntityKind, Evidence, Finding, Identity as Plugin, Judged, KeySpace, Rule, Severity,
    Technique as Shown,
};
use crate::model::{Digest, Origin, SourceId, Time};
use crate::plan::{Configured, Plan, SourceSpec, Wants, build};
use crate::state::{Names, StateKey, Store};

fn plan() -> Plan {
    let rule = Rule {
        id: "fan-out".into(),
        key_space: 0,
        title: "Logons fan out".into(),
        severity: Severity::Medium,
        confidence: 60,
        techniques: vec![Shown { id: "T1021.002".into(), shown_by: "network logons".into() }],
        judged: Judged::Immediate,
        bucket: 3600 * Time::SECOND as u64,
        advice: "Ask the user.".into(),
        extra: vec![],
    };
    let plugin = Plugin {
        id: "lateral-movement".into(),
        version: "1.2.3".into(),
        title: "t".into(),
        settings_schema: "{}".into(),
        extra: vec![],
    };
    let detector = Configured {
        name: "lateral".into(),
        plugin: Digest::of(b"plugin"),
        identity: plugin,
        settings: "{}".into(),
        plan: DetectorPlan {
            rules: vec![rule],
            key_spaces: vec![KeySpace { name: "user".into(), parts: 1 }],
            ..DetectorPlan::default()
        },
    };
    let sources = vec![SourceSpec { name: "logs.windows".into(), partitions: 1 }];
    let wants = Wants { detectors: vec![detector], sources, clocks: vec![], shards: 1, inventory: Digest::of(b"") };
    build(wants).unwrap()
}

fn finding(hosts: &[&str], severity: Severity, bytes: i64) -> Finding {
    let entity = |name: &&str| Entity { kind: EntityKind::Host, name: (*name).into(), role: "target".into() };
    Finding {
        group: 0,
        rule: 0,
        since: 0,
        until: 60 * Time::SECOND,
        change: Change::Stands,
        severity,
        confidence: 60,
        title: "ito logs on everywhere".into(),
        description: "Five hosts in ten minutes.".into(),
        entities: hosts.iter().map(entity).collect(),
        figures: vec![("bytes_out".into(), bytes)],
        evidence: vec![],
        extra: vec![],
    }
}

fn changed(change: Change, finding: Finding) -> Finding {
    Finding { change, ..finding }
}

fn drafted(finding: &Finding) -> Draft {
    let plan = plan();
    let origin = |token| Some(Origin { source: SourceId(0), partition: 0, offset: token as i64, index: 0 });
    draft(&Context { plan: &plan, files: false, version: "0.1.0" }, 0, &["ito".into()], finding, origin).unwrap()
}

/// One alert in a store, told one finding after another.
struct Told {
    store: Store,
    key: StateKey,
}

impl Told {
    fn new() -> Self {
        Self { store: Store::new(Names::from(&plan())), key: StateKey::new(0, 0, &["ito"]) }
    }

    fn tell(&mut self, finding: &Finding, watermark: i64) -> Option<Alert> {
        record(&mut self.store, &self.key, drafted(finding), Time(watermark)).unwrap()
    }

    fn published(&mut self, finding: &Finding, watermark: i64) -> Option<u32> {
        self.tell(finding, watermark).map(|alert| alert.revision)
    }

    fn holds(&self) -> bool {
        self.store.due_alerts(|_, _| Time::MAX).len() == 1
    }

    fn released(&mut self, watermark: i64) -> Vec<Alert> {
        let due = self.store.due_alerts(|_, _| Time(watermark));
        due.iter().filter_map(|uid| release(&mut self.store, uid, Time(watermark)).unwrap()).collect()
    }
}

const LOW: Severity = Severity::Low;

#[test]
fn a_finding_that_says_the_same_is_nothing() {
    let mut told = Told::new();
    assert_eq!(told.published(&finding(&["a"], LOW, 10), 0), Some(1));
    told.store.commit();
    assert_eq!(told.tell(&finding(&["a"], LOW, 10), 0), None);
    assert!(!told.store.is_changed(), "it costs no changelog record either");
}

#[test]
fn a_finding_told_again_is_known_without_a_draft() {
    let (plan, mut told) = (plan(), Told::new());
    let context = Context { plan: &plan, files: false, version: "0.1.0" };
    let subject = |finding: &Finding| Subject::of(&context, 0, &["ito".into()], finding).unwrap();
    let (first, grown) = (finding(&["a"], LOW, 10), finding(&["a"], LOW, 11));
    assert!(!is_told(&told.store, &subject(&first)));
    told.tell(&first, 0);
    assert!(is_told(&told.store, &subject(&first)) && !is_told(&told.store, &subject(&grown)));
    told.tell(&grown, 0);
    assert!(is_told(&told.store, &subject(&grown)), "what is held was told");
    assert!(!is_told(&told.store, &subject(&first)), "it takes the held back");
    assert_eq!(subject(&first).uid, drafted(&first).uid);
}

#[test]
fn a_fold_never_hides_news() {
    let mut told = Told::new();
    told.tell(&finding(&["a"], LOW, 10), 0);
    assert_eq!(told.published(&finding(&["a", "b"], LOW, 10), 1), Some(2), "a new entity");
    assert_eq!(told.published(&finding(&["a", "b"], Severity::High, 10), 2), Some(3), "a higher severity");
    assert_eq!(told.published(&finding(&["a", "b"], Severity::High, 20), 3), Some(4), "a figure that doubled");
    assert_eq!(told.published(&changed(Change::Closed, finding(&["a"], LOW, 20)), 4), Some(5), "a closing");
}

#[test]
fn what_grows_a_little_is_folded_and_released_in_event_time() {
    let mut told = Told::new();
    told.tell(&finding(&["a"], LOW, 10), 100);
    assert!(!told.holds());
    assert_eq!(told.tell(&finding(&["a"], LOW, 11), 200), None);
    assert_eq!(told.tell(&finding(&["a"], LOW, 12), 300), None);
    assert!(told.holds());
    assert!(told.released(100 + FOLD - 1).is_empty());
    let released = told.released(100 + FOLD);
    assert_eq!(released.len(), 1);
    let own = &released[0].body["unmapped"]["sekisho"];
    assert_eq!((&own["figures"]["bytes_out"], &own["folded"], &own["revision"]), (&json!(12), &json!(2), &json!(2)));
    assert!(told.released(i64::MAX).is_empty(), "it is released once");
}

#[test]
fn what_is_held_is_released_at_the_end_of_time() {
    let mut told = Told::new();
    told.tell(&finding(&["a"], LOW, 10), 100);
    told.tell(&finding(&["a"], LOW, 11), 200);
    assert_eq!(told.released(i64::MAX).len(), 1);
}

#[test]
fn a_retraction_closes_what_was_told_with_its_reason() {
    let mut told = Told::new();
    told.tell(&finding(&["a"], LOW, 10), 0);
    let mut retraction = changed(Change::Retracted, finding(&[], LOW, 0));
    retraction.extra = vec![("reason".into(), "an earlier logon moved the window".into())];
    let alert = told.tell(&retraction, 1).unwrap();
    assert_eq!((&alert.body["activity_id"], &alert.body["type_uid"]), (&json!(3), &json!(200_403)));
    assert_eq!(alert.body["status_detail"], "an earlier logon moved the window");
    assert_eq!(alert.body["observables"][0]["value"], "a");
    assert_eq!(told.tell(&retraction, 2), None);
    assert!(!told.store.has_open_alert(&told.key));
}

#[test]
fn a_retraction_of_what_was_never_told_is_nothing() {
    assert_eq!(Told::new().tell(&changed(Change::Retracted, finding(&["a"], LOW, 1)), 0), None);
}

#[test]
fn a_finding_that_stands_again_is_told_again() {
    let mut told = Told::new();
    told.tell(&finding(&["a"], LOW, 10), 0);
    told.tell(&changed(Change::Retracted, finding(&["a"], LOW, 10)), 1);
    assert_eq!(told.published(&finding(&["a"], LOW, 10), 2), Some(3));
}

#[test]
fn an_aborted_interval_gives_its_revision_number_back() {
    let mut told = Told::new();
    told.tell(&finding(&["a"], LOW, 10), 0);
    told.store.abort();
    assert_eq!(told.published(&finding(&["a"], LOW, 10), 0), Some(1));
}

fn tellings() -> impl Strategy<Value = Vec<Finding>> {
    let change = prop_oneof![6 => Just(Change::Stands), 1 => Just(Change::Closed), 1 => Just(Change::Retracted)];
    let severity = prop_oneof![Just(LOW), Just(Severity::High)];
    let one = (change, severity, prop::sample::subsequence(vec!["a", "b", "c"], 0..3), 0i64..50);
    let one = one.prop_map(|(change, severity, hosts, bytes)| changed(change, finding(&hosts, severity, bytes)));
    prop::collection::vec(one, 1..10)
}

proptest! {
    /// The last word stands, whatever was folded on the way, and no revision is told twice.
    #[test]
    fn the_last_revision_says_what_the_detector_said_last(findings in tellings(), mut times in prop::collection::vec(0..3 * FOLD, 10)) {
        times.sort_unstable();
        let mut told = Told::new();
        let mut revisions: Vec<Alert> = Vec::new();
        for (finding, time) in findings.iter().zip(times) {
            revisions.extend(told.released(time));
            revisions.extend(told.tell(finding, time));
        }
        revisions.extend(told.released(i64::MAX));
        prop_assert!(revisions.iter().map(|alert| alert.revision).eq(1..=revisions.len() as u32));
        let last = findings.last().unwrap();
        match revisions.last() {
            Some(alert) if last.change == Change::Retracted => prop_assert_eq!(alert.change, Change::Retracted),
            Some(alert) => {
                let only = Told::new().tell(last, 0).unwrap();
                prop_assert_eq!(canonical(&alert.body), canonical(&only.body));
            }
            None => prop_assert!(findings.iter().all(|finding| finding.change == Change::Retracted)),
        }
    }

    #[test]
    fn a_memory_comes_back_from_its_bytes(findings in tellings()) {
        let mut memory = None;
        for finding in findings {
            memory = tell(memory, drafted(&finding), Time(0)).0;
            if let Some(memory) = &memory {
                prop_assert_eq!(&Memory::from_bytes(&memory.to_bytes()).unwrap(), memory);
            }
        }
    }

    #[test]
    fn no_text_makes_the_readable_form_move_the_cursor(text: String) {
        let mut finding = finding(&[&text], LOW, 1);
        finding.title = text.clone();
        finding.description = text.clone();
        finding.evidence = vec![evidence(&text, 1)];
        let alert = Told::new().tell(&finding, 0).unwrap();
        let shown = readable(&alert.body, Look { color: false, width: 80 });
        prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    }
}

fn evidence(text: &str, at: i64) -> Evidence {
    Evidence {
        origin: at as u64,
        time: at,
        role: text.into(),
        seen: vec![("process.cmd_line".into(), text.into()); 8],
        extra: vec![],
    }
}

#[test]
fn an_alert_stays_below_its_limit_however_much_it_is_told() {
    let escaped = "\u{1}".repeat(20_000);
    let mut finding = finding(&[], LOW, 1);
    (finding.title, finding.description) = (escaped.clone(), escaped.clone());
    finding.figures = vec![(escaped.clone(), 1)];
    finding.evidence = (0..1000).map(|at| evidence(&escaped, 1000 - at)).collect();
    finding.entities = vec![Entity { kind: EntityKind::File, name: escaped.clone(), role: escaped }; 1000];
    let alert = Told::new().tell(&finding, 0).unwrap();
    let text = alert.body.to_string();
    assert!(text.len() <= MAX_ALERT_BYTES + 4096, "{}", text.len());
    let own = &alert.body["unmapped"]["sekisho"];
    let shown = alert.body["evidences"].as_array().unwrap();
    assert_eq!(own["evidence_left_out"], json!(1000 - shown.len()));
    assert!(!shown.is_empty());
    assert_eq!(shown[0]["data"]["origin"]["offset"], json!(1), "the earliest is kept");
}

#[test]
fn evidence_names_the_file_and_line_under_replay() {
    let plan = plan();
    let mut finding = finding(&["a"], LOW, 1);
    finding.evidence = vec![evidence("logon", 7)];
    let origin = |_| Some(Origin { source: SourceId(0), partition: 0, offset: 42, index: 3 });
    let context = Context { plan: &plan, files: true, version: "0.1.0" };
    let draft = draft(&context, 0, &["ito".into()], &finding, origin).unwrap();
    let place = &draft.body["evidences"][0]["data"]["origin"];
    assert_eq!(*place, json!({"file": "logs.windows", "line": 42, "index": 3}));
}

#[test]
fn two_runs_that_differ_in_origins_and_revisions_agree_on_the_canonical_body() {
    let mut one = finding(&["a"], LOW, 10);
    one.evidence = vec![evidence("logon", 1)];
    let mut other = one.clone();
    other.evidence[0].origin = 99;
    let mut told = Told::new();
    told.tell(&finding(&["a"], LOW, 1), 0);
    let (second, first) = (told.tell(&other, 1).unwrap(), Told::new().tell(&one, 0).unwrap());
    assert_ne!(first.body, second.body);
    assert_eq!(canonical(&first.body), canonical(&second.body));
}
