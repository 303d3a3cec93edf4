//! Each way to break the contract is found, with its place.

use sekisho_core::contract::{
    Call, Change, Column, Condition, DetectorPlan, Entity, EntityKind, Evidence, Field, Finding, Group, Identity,
    IntegersColumn, Judged, Kept, KeySpace, Kind, Note, Outcome, Rule, Scalar, Severity, Signal, SignalType, State,
    Subscription, Table, Technique, Test, Values,
};

use super::super::limits::Limits;
use super::{Asked, identity, outcome, plan};

fn field(path: &str, kind: Kind) -> Field {
    Field { path: path.to_owned(), kind, max_bytes: 0 }
}

fn good_plan() -> DetectorPlan {
    let subscription = |source: &str, key_space, fields| Subscription {
        source: source.to_owned(),
        key_space,
        key: vec!["user.name".to_owned()],
        fields,
        where_: vec![vec![Condition { path: "status_id".to_owned(), negated: false, test: Test::Equals(vec![1]) }]],
        lateness: 0,
        extra: Vec::new(),
    };
    let rule = |id: &str, key_space| Rule {
        id: id.to_owned(),
        key_space,
        title: "Something".to_owned(),
        severity: Severity::Low,
        confidence: 50,
        techniques: vec![Technique { id: "T1021.002".to_owned(), shown_by: "a logon".to_owned() }],
        judged: Judged::Immediate,
        bucket: 1,
        advice: String::new(),
        extra: Vec::new(),
    };
    DetectorPlan {
        rules: vec![rule("one", 0), rule("two", 1)],
        key_spaces: ["user", "host"].map(|name| KeySpace { name: name.to_owned(), parts: 1 }).into(),
        subscriptions: vec![
            subscription("authentication", 0, vec![field("message", Kind::Text)]),
            subscription("signal:self/busy", 0, vec![field("origins", Kind::Integers)]),
            subscription("finding:other", 1, Vec::new()),
        ],
        signals: vec![SignalType {
            name: "busy".to_owned(),
            key_space: 0,
            fields: vec![Field { max_bytes: 4, ..field("who", Kind::Text) }, field("count", Kind::Integer)],
            extra: Vec::new(),
        }],
        counters: vec!["rows_seen".to_owned()],
        state_version: 3,
        ..DetectorPlan::default()
    }
}

/// Two groups: one with a row of its own (token 7) and a signal's row (8, resting on 5 and 6), one that remembers.
fn good_call() -> Call {
    let origins = IntegersColumn { lists: vec![0, 2], items: vec![5, 6] };
    let tables = vec![
        Table { subscription: 0, times: vec![10], origins: vec![7], ..Table::default() },
        Table {
            subscription: 1,
            times: vec![11],
            origins: vec![8],
            columns: vec![Column { values: Values::Integers(origins), valid: None, truncated: None }],
            ..Table::default()
        },
    ];
    let groups = vec![
        Group { rows: 2, ..Group::default() },
        Group { first: 2, state: Some(State::default()), ..Group::default() },
    ];
    Call { tables, groups, order_tables: vec![0, 1], order_rows: vec![0, 0], explain: true, ..Call::default() }
}

fn evidence(origin: u64, time: i64) -> Evidence {
    Evidence { origin, time, role: String::new(), seen: Vec::new(), extra: Vec::new() }
}

fn good_finding() -> Finding {
    Finding {
        group: 0,
        rule: 0,
        since: 10,
        until: 11,
        change: Change::Stands,
        severity: Severity::Low,
        confidence: 50,
        title: "Something".to_owned(),
        description: String::new(),
        entities: Vec::new(),
        figures: Vec::new(),
        evidence: vec![evidence(7, 10), evidence(8, 11), evidence(5, 1)],
        extra: Vec::new(),
    }
}

fn good_outcome() -> Outcome {
    let state = Some(State { version: 3, ..State::default() });
    Outcome {
        findings: vec![good_finding(), Finding { group: 1, evidence: vec![evidence(99, 1)], ..good_finding() }],
        signals: vec![Signal {
            kind: 0,
            group: 0,
            time: 10,
            origins: vec![7],
            values: vec![Some(Scalar::Text("somebody".to_owned())), None],
            extra: Vec::new(),
        }],
        states: vec![Kept { group: 0, state: state.clone() }, Kept { group: 1, state }],
        counters: vec![(0, 1)],
        notes: vec![Note { group: 1, origin: None, text: "because".to_owned() }],
        extra: Vec::new(),
    }
}

fn limits() -> Limits {
    Limits { findings: 3, evidence: 3, state_bytes: 8, entities: 1, text_bytes: 10, ..Limits::default() }
}

fn checked(answer: Outcome) -> Result<Outcome, String> {
    let plan = good_plan();
    outcome(answer, &Asked::of(&good_call(), &plan), &plan, &limits())
}

fn broken(change: impl FnOnce(&mut Outcome)) -> String {
    let mut answer = good_outcome();
    change(&mut answer);
    checked(answer).unwrap_err()
}

#[test]
fn a_good_answer_passes_with_long_texts_cut() {
    let mut expected = good_outcome();
    expected.signals[0].values[0] = Some(Scalar::Text("some".to_owned()));
    assert_eq!(checked(good_outcome()), Ok(expected));
}

#[test]
fn a_finding_that_breaks_the_contract_is_found() {
    let finding = |change: fn(&mut Finding)| broken(|answer| change(&mut answer.findings[0]));
    assert_eq!(finding(|finding| finding.group = 2), "findings/0: group 2 of 2");
    assert_eq!(finding(|finding| finding.rule = 2), "findings/0: rule 2 of 2");
    assert_eq!(finding(|finding| finding.rule = 1), "findings/0: rule two is raised by another key space");
    assert_eq!(finding(|finding| finding.since = 12), "findings/0: it lasts from 12 until 11, which is earlier");
    assert_eq!(finding(|finding| finding.confidence = 101), "findings/0: confidence 101 of 100");
    let foreign = finding(|finding| finding.evidence[1].origin = 99);
    assert_eq!(foreign, "findings/0: evidence/1: origin 99 is of no row of the group");
    let talkative = finding(|finding| finding.evidence[0].seen = vec![<_>::default(); 9]);
    assert_eq!(talkative, "findings/0: evidence/0: 9 values, 8 allowed");
    let many = broken(|answer| answer.findings = vec![good_finding(); 4]);
    assert_eq!(many, "4 findings, 3 allowed");
}

#[test]
fn a_signal_that_breaks_the_contract_is_found() {
    let signal = |change: fn(&mut Signal)| broken(|answer| change(&mut answer.signals[0]));
    assert_eq!(signal(|signal| signal.kind = 1), "signals/0: kind 1 of 1");
    assert_eq!(signal(|signal| signal.values.truncate(1)), "signals/0: 1 values for 2 fields");
    let other = signal(|signal| signal.values[1] = Some(Scalar::Real(1.0)));
    assert_eq!(other, "signals/0: count is not of the field's kind");
    assert_eq!(signal(|signal| signal.origins = vec![1]), "signals/0: origin 1 is of no row of the group");
}

#[test]
fn a_state_that_breaks_the_contract_is_found() {
    let state = |change: fn(&mut State)| broken(|answer| answer.states[1].state.iter_mut().for_each(change));
    assert_eq!(state(|state| state.bytes = vec![0; 9]), "states/1: 9 bytes, 8 allowed");
    assert_eq!(state(|state| state.version = 2), "states/1: version 2, the plan says 3");
    assert_eq!(broken(|answer| answer.states[1].group = 0), "states/1: group 0 has one already");
    assert_eq!(broken(|answer| answer.states[1].group = 2), "states/1: group 2 of 2");
}

#[test]
fn a_counter_or_a_note_out_of_range_is_found() {
    assert_eq!(broken(|answer| answer.counters[0].0 = 1), "counters/0: counter 1 of 1");
    assert_eq!(broken(|answer| answer.counters = vec![(0, 1); 2]), "2 counters, 1 allowed");
    assert_eq!(broken(|answer| answer.notes[0].group = 2), "notes/0: group 2 of 2");
}

#[test]
fn of_too_much_evidence_the_earliest_is_kept_in_its_order() {
    let mut answer = good_outcome();
    answer.findings[0].evidence = [(7, 30), (8, 10), (7, 20), (5, 40), (6, 10)].map(|(o, t)| evidence(o, t)).into();
    answer.findings[0].entities = ["a name that is too long", "b"]
        .map(|name| Entity { kind: EntityKind::User, name: name.to_owned(), role: String::new() })
        .into();
    let finding = checked(answer).unwrap().findings.swap_remove(0);
    assert_eq!(finding.evidence, [(8, 10), (7, 20), (6, 10)].map(|(o, t)| evidence(o, t)));
    assert_eq!(finding.entities.len(), 1);
    assert_eq!(finding.entities[0].name, "a name tha");
}

fn problems(change: impl FnOnce(&mut DetectorPlan)) -> Vec<String> {
    let mut wrong = good_plan();
    change(&mut wrong);
    plan(&wrong).into_iter().map(|problem| format!("{}: {}", problem.at, problem.message)).collect()
}

#[test]
fn a_good_plan_has_no_problem() {
    assert_eq!(problems(|_| {}), Vec::<String>::new());
}

#[test]
fn every_problem_of_a_plan_is_told_with_its_place() {
    let all = problems(|plan| {
        plan.rules[0].id = "One".to_owned();
        plan.rules[1].bucket = 0;
        plan.rules[1].techniques = vec![Technique { id: "T12".to_owned(), shown_by: String::new() }];
        plan.subscriptions[1].source = "signal:self/quiet".to_owned();
        plan.counters.push("rows_seen".to_owned());
    });
    assert_eq!(
        all,
        [
            "/rules/0/id: \"One\" is not a lower-case kebab name of at most 64 bytes",
            "/rules/1/bucket: 0 ns is not between 1 ns and a year",
            "/rules/1/techniques/0/id: \"T12\" is not a technique such as T1021.002",
            "/subscriptions/1/source: the plan has no signal \"quiet\"",
            "/counters/1: \"rows_seen\" is there twice",
        ]
    );
}

#[test]
fn indexes_sizes_and_conditions_of_a_plan_are_checked() {
    let one = |change: fn(&mut DetectorPlan)| problems(change).join("; ");
    assert_eq!(one(|plan| plan.rules[0].key_space = 2), "/rules/0/key-space: 2 of 2 key spaces");
    assert_eq!(one(|plan| plan.rules[0].confidence = 101), "/rules/0/confidence: 101 of 100");
    let four = one(|plan| plan.rules[0].techniques = vec![plan.rules[0].techniques[0].clone(); 4]);
    assert_eq!(four, "/rules/0/techniques: 4 of them, 3 allowed");
    let short = one(|plan| plan.subscriptions[0].key.clear());
    assert_eq!(short, "/subscriptions/0/key: 0 fields for the 1 parts of a key of user");
    let twice = one(|plan| plan.subscriptions[0].fields.push(field("message", Kind::Text)));
    assert_eq!(twice, "/subscriptions/0/fields/1: \"message\" is there twice");
    assert_eq!(one(|plan| plan.subscriptions[2].key_space = 0), "/key-spaces/1: no subscription feeds it");
    let never = one(|plan| plan.subscriptions[0].where_[0][0].test = Test::OneOf(Vec::new()));
    assert_eq!(never, "/subscriptions/0/where/0/0/test: nothing can pass it");
    let odd = one(|plan| plan.subscriptions[0].source = "signal:other".to_owned());
    assert_eq!(odd, "/subscriptions/0/source: \"signal:other\" is not of the form signal:<detector>/<name>");
}

#[test]
fn every_problem_of_an_identity_is_told() {
    let good = Identity {
        id: "zoo-2".to_owned(),
        version: "1.0.0-rc.1".to_owned(),
        title: "A zoo".to_owned(),
        settings_schema: "{}".to_owned(),
        extra: Vec::new(),
    };
    assert_eq!(identity(&good), Vec::new());
    let bad = Identity {
        id: "-".to_owned(),
        version: "1".to_owned(),
        title: "two\nlines".to_owned(),
        settings_schema: String::new(),
        ..good
    };
    let places: Vec<_> = identity(&bad).into_iter().map(|problem| problem.at).collect();
    assert_eq!(places, ["/id", "/version", "/title", "/settings-schema"]);
}
