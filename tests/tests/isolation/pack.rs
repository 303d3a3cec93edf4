//! Core modules become components that import nothing.

use sekisho::wasm::{PackError, inspect, pack};
use sekisho_core::detect::Detector;
use sekisho_tests::guests;
use sekisho_tests::zoo::call;

use crate::support::RUNTIME;

/// The first core module inside a component: what a compiler would have left without the last step.
fn core_of(component: &[u8]) -> Vec<u8> {
    wasmparser::Parser::new(0)
        .parse_all(component)
        .find_map(|payload| match payload {
            Ok(wasmparser::Payload::ModuleSection { unchecked_range, .. }) => Some(component[unchecked_range].to_vec()),
            _ => None,
        })
        .unwrap()
}

#[test]
fn a_packed_module_is_a_detector() {
    let packed = pack(&core_of(&guests::wasm("sekisho_guest_zoo"))).unwrap();
    let zoo = RUNTIME.load(&packed).unwrap();
    assert_eq!(zoo.identity().id, "zoo");
    let configured = zoo.configure("zoo", "{}").unwrap();
    assert!(zoo.instance(configured.into()).evaluate(call(&["alice"], 6)).outcome.is_ok());
}

#[test]
fn system_calls_of_a_packed_module_are_answered_inside_it() {
    let packed = pack(&wat::parse_str(include_str!("../../guests/wasip1.wat")).unwrap()).unwrap();
    let seen = inspect(&RUNTIME, &packed, "{}");
    assert!(seen.imports.is_empty());
    assert_eq!(seen.accepted.expect("it is a detector").identity.title, "Makes system calls.");
}

#[test]
fn a_component_is_not_packed_again() {
    assert!(matches!(pack(&guests::wasm("sekisho_guest_zoo")), Err(PackError::Component)));
}

#[test]
fn imports_that_nobody_answers_are_named() {
    let module = wat::parse_str(
        r#"(module (import "env" "now" (func)) (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#,
    );
    let refusal = pack(&module.unwrap()).unwrap_err().to_string();
    assert_eq!(refusal, "imports env/now: only calls of wasi_snapshot_preview1 can be answered for it");
}

#[test]
fn a_module_without_the_functions_of_the_contract_is_refused() {
    let refusal = pack(&wat::parse_str("(module)").unwrap()).unwrap_err().to_string();
    assert!(refusal.contains("describe"), "{refusal}");
}

#[test]
fn a_file_that_is_refused_can_still_be_inspected() {
    let wasm = wat::parse_str(r#"(component (import "clock" (func (result u64))))"#).unwrap();
    let seen = inspect(&RUNTIME, &wasm, "{}");
    assert_eq!((seen.imports, seen.accepted.is_none()), (vec!["clock".to_owned()], true));
    assert_eq!(seen.problems, ["imports `clock`: a detector may import nothing"]);
    let seen = inspect(&RUNTIME, &guests::wasm("sekisho_guest_zoo"), "{}");
    let accepted = seen.accepted.unwrap();
    assert_eq!(accepted.plan.unwrap().rules.len(), 2);
    assert!(accepted.code_bytes > 0 && accepted.start_memory > 0);
}
