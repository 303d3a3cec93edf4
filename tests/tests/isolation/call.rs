//! What is contained in its call: states stay, and the next call works.

use std::sync::Arc;

use rstest::rstest;
use sekisho_core::detect::{Detector, Fault};
use sekisho_tests::zoo::call;

use crate::support::{ZOO, assert_good, provoke, state, zoo, zoo_that_evaluates};

#[test]
fn a_good_detector_judges_and_remembers() {
    let mut detector = zoo("{}");
    let mut first = call(&["alice", "bob"], 3);
    first.explain = true;
    let outcome = detector.evaluate(first).outcome.unwrap();
    assert_eq!((outcome.findings.len(), outcome.notes.len(), &outcome.counters), (0, 2, &vec![(0, 6)]));
    let mut second = call(&["alice", "bob"], 3);
    second.groups[1].state = Some(state(&outcome, 1));
    let outcome = detector.evaluate(second).outcome.unwrap();
    assert_eq!(outcome.findings.len(), 1);
    assert_eq!((outcome.findings[0].group, outcome.findings[0].title.as_str()), (1, "6 rows of bob"));
    assert_eq!(outcome.findings[0].evidence[0].origin, 1003);
    assert!(outcome.notes.is_empty(), "nobody asked");
}

#[test]
fn the_same_call_has_the_same_answer_from_an_old_instance_and_a_new_one() {
    let mut detector = zoo("{}");
    let mut answer = || detector.evaluate(call(&["alice", "bob"], 7)).outcome.unwrap();
    let (first, second) = (answer(), answer());
    let fresh = zoo("{}").evaluate(call(&["alice", "bob"], 7)).outcome.unwrap();
    assert_eq!(first, second);
    assert_eq!(first, fresh);
}

#[rstest]
#[case("trap", "trap")]
#[case("loop", "out-of-time")]
#[case("slow", "out-of-time")]
#[case("memory", "out-of-memory")]
#[case("stack", "trap")]
#[case("refuse", "refused")]
#[case("group-out-of-range", "bad-output")]
#[case("rule-of-another-key-space", "bad-output")]
#[case("foreign-origin", "bad-output")]
#[case("too-many-findings", "bad-output")]
#[case("signal-of-another-kind", "bad-output")]
#[case("too-few-values", "bad-output")]
#[case("state-too-large", "bad-output")]
#[case("state-twice", "bad-output")]
#[case("counter-out-of-range", "bad-output")]
#[case("not-utf-8", "bad-output")]
#[case("out-of-bounds", "bad-output")]
#[case("overlapping", "bad-output")]
fn a_bad_call_is_a_fault_of_its_kind_and_the_next_call_works(#[case] deed: &str, #[case] label: &str) {
    let fault = provoke(&mut zoo_that_evaluates(deed));
    assert_eq!(fault.label(), label, "{fault}");
    assert!(!fault.to_string().contains('\n'), "{fault}");
}

#[test]
fn a_trap_names_the_functions_that_led_to_it() {
    let fault = provoke(&mut zoo_that_evaluates("trap"));
    let expected = "trapped: wasm `unreachable` instruction executed in sekisho_guest_zoo::deeds::commit, from ";
    assert!(fault.to_string().starts_with(expected), "{fault}");
}

#[test]
fn a_stack_overflow_says_so() {
    let fault = provoke(&mut zoo_that_evaluates("stack"));
    assert!(fault.to_string().starts_with("trapped: call stack exhausted in "), "{fault}");
}

#[test]
fn a_refusal_is_told_in_one_line() {
    let fault = provoke(&mut zoo_that_evaluates("refuse"));
    assert_eq!(fault, Fault::Refused("these rows are refused".to_owned()));
}

#[test]
fn a_long_title_is_cut_at_a_characters_end_and_is_no_fault() {
    let outcome = zoo_that_evaluates("long-title").evaluate(call(&["mallory"], 1)).outcome.unwrap();
    assert_eq!(outcome.findings[0].title, "é".repeat(512));
}

#[test]
fn an_instance_that_answers_the_settings_with_another_plan_does_not_start() {
    let mut configured = ZOO.configure("zoo", "{}").unwrap();
    configured.plan.counters.push("another".to_owned());
    let mut detector = ZOO.instance(Arc::new(configured));
    let fault = detector.ready().unwrap_err();
    assert_eq!(detector.evaluate(call(&["alice"], 1)).outcome.unwrap_err(), fault);
    assert_eq!(fault.to_string(), "could not be started: it answered the same settings with another plan");
}

#[test]
fn an_answer_larger_than_its_limit_is_refused_before_it_is_taken_over() {
    let fault = provoke(&mut zoo_that_evaluates("overlapping"));
    assert_eq!(fault, Fault::BadOutput("more than the 32MiB allowed".to_owned()));
}

#[test]
fn a_renewed_instance_goes_on_as_before() {
    let mut detector = zoo("{}");
    for _ in 0..3 {
        assert_good(&detector.evaluate(call(&["alice"], 6)).outcome.unwrap(), 1);
        detector.renew();
    }
}

#[test]
fn a_neighbour_gives_the_same_answers_beside_a_detector_that_fails() {
    let (mut good, mut bad) = (zoo("{}"), zoo_that_evaluates("trap"));
    let alone = zoo("{}").evaluate(call(&["mallory"], 6)).outcome.unwrap();
    for _ in 0..5 {
        assert!(bad.evaluate(call(&["mallory"], 6)).outcome.is_err());
        assert_eq!(good.evaluate(call(&["mallory"], 6)).outcome.unwrap(), alone);
    }
}
