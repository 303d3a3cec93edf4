//! What is refused at the start, with the reason.

use rstest::rstest;
use sekisho::wasm::{ConfigureError, Limits, LoadError, Runtime, pack};
use sekisho_tests::guests;

use crate::support::{RUNTIME, ZOO, tight};

fn refusal(wasm: &[u8]) -> LoadError {
    RUNTIME.load(wasm).map(|_| ()).expect_err("it must be refused")
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[rstest]
#[case(b"", "not a WebAssembly component: the file is empty")]
#[case(b"\x7fELF and more", "not a WebAssembly component: it does not begin as WebAssembly does")]
#[case(b"\0asm\x0d\0\x01\0\x01\xff\xff\xff\x0f", "not a WebAssembly component: ")]
fn a_file_that_is_not_webassembly_is_refused(#[case] file: &[u8], #[case] reason: &str) {
    let refusal = refusal(file).to_string();
    assert!(refusal.starts_with(reason), "{refusal}");
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let zoo = guests::wasm("sekisho_guest_zoo");
    for at in (0..zoo.len()).step_by(zoo.len() / 20) {
        assert!(RUNTIME.load(&zoo[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_core_module_is_refused_with_a_hint_to_pack_it() {
    let refusal = refusal(&component("(module)")).to_string();
    assert_eq!(refusal, "a core module, not a component: make one of it with `sekisho plugin pack`");
}

#[test]
fn every_import_is_refused_by_its_name() {
    let wasm = component(
        r#"(component
            (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))
            (import "log" (func (param "text" string))))"#,
    );
    let refusal = refusal(&wasm).to_string();
    let expected = "imports `wasi:clocks/monotonic-clock@0.2.0`, `log`: a detector may import nothing";
    assert_eq!(refusal, expected);
}

#[test]
fn another_version_of_the_contract_is_refused_with_both_versions() {
    let zoo = guests::wasm("sekisho_guest_zoo");
    let newer = guests::rewritten(&zoo, b"plugin@0.1.0", b"plugin@0.2.0");
    assert_eq!(refusal(&newer).to_string(), "keeps version 0.2.0 of the contract, this host speaks 0.1.0");
    let patched = guests::rewritten(&zoo, b"plugin@0.1.0", b"plugin@0.1.7");
    assert!(RUNTIME.load(&patched).is_ok(), "a patch of the same version is the same contract");
}

#[test]
fn a_component_that_is_no_detector_is_refused_with_what_it_exports() {
    let wasm = component(r#"(component (instance $i) (export "wasi:http/handler@0.2.0" (instance $i)))"#);
    let expected = "not a detector: exports `wasi:http/handler@0.2.0`, and `sekisho:detector/plugin@0.1.0` is wanted";
    assert_eq!(refusal(&wasm).to_string(), expected);
}

#[test]
fn an_interface_with_other_functions_or_types_is_refused_with_what_differs() {
    let wasm = component(r#"(component (instance $i) (export "sekisho:detector/plugin@0.1.0" (instance $i)))"#);
    let refusal = refusal(&wasm).to_string();
    assert!(refusal.starts_with("does not fit the contract: ") && refusal.contains("describe"), "{refusal}");
}

#[rstest]
#[case("(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))", "relaxed SIMD")]
#[case("(memory 1 1 shared)", "threads")]
fn code_that_may_answer_differently_elsewhere_is_refused(#[case] code: &str, #[case] reason: &str) {
    let wasm = component(&format!(
        r#"(component (core module {code}) (instance $i) (export "sekisho:detector/plugin@0.1.0" (instance $i)))"#
    ));
    let refusal = refusal(&wasm).to_string();
    assert!(refusal.starts_with("does not compile: ") && refusal.contains(reason), "{refusal}");
}

#[rstest]
#[case("trap", "at describe: trapped: ")]
#[case("loop", "at describe: spent its time: ")]
#[case("memory", "at describe: asked for too much memory: ")]
#[case("stack", "at describe: trapped: ")]
#[case("slow", "at describe: spent its time: ")]
#[case("huge", "at describe: answered against the contract: more than the 4MiB allowed")]
#[case("bad-id", "describes itself wrongly: /id: \"Not Kebab\" is not a lower-case kebab name")]
#[case("bad-version", "describes itself wrongly: /version: ")]
#[case("bad-schema", "describes itself wrongly: /settings-schema: ")]
fn a_detector_that_misbehaves_at_describe_is_refused(#[case] deed: &str, #[case] reason: &str) {
    let refusal = refusal(&guests::zoo_that_describes(deed)).to_string();
    assert!(refusal.starts_with(reason), "{refusal}");
}

#[rstest]
#[case("trap", "at configure: trapped: ")]
#[case("loop", "at configure: spent its time: ")]
#[case("memory", "at configure: asked for too much memory: ")]
#[case("stack", "at configure: trapped: ")]
#[case("slow", "at configure: spent its time: ")]
#[case("huge-plan", "at configure: answered against the contract: more than the 4MiB allowed")]
#[case("refuse", "settings: /configure: it asks for a refusal")]
#[case("key-space-out-of-range", "its plan: /rules/0/key-space: 9 of 2 key spaces")]
#[case("rule-twice", "its plan: /rules/1/id: \"many-rows\" is there twice")]
#[case("key-too-long", "its plan: /subscriptions/0/key: 2 fields for the 1 parts of a key of user")]
#[case("unknown-own-signal", "its plan: /subscriptions/1/source: the plan has no signal \"quiet\"")]
fn a_detector_that_misbehaves_at_configure_is_refused(#[case] deed: &str, #[case] reason: &str) {
    let settings = format!(r#"{{"configure": "{deed}"}}"#);
    let refusal = ZOO.configure("zoo", &settings).unwrap_err().to_string();
    assert!(refusal.starts_with(reason), "{refusal}");
    assert!(ZOO.configure("zoo", "{}").is_ok(), "and the next one is served");
}

#[test]
fn settings_that_are_not_json_are_refused_before_the_detector_sees_them() {
    let ConfigureError::Settings(problems) = ZOO.configure("zoo", "{").unwrap_err() else { panic!() };
    assert!(problems[0].message.starts_with("not JSON: "), "{problems:?}");
}

#[test]
fn a_slow_start_within_its_time_is_accepted() {
    let limits = Limits { start_time: std::time::Duration::from_secs(30), ..tight() };
    let runtime = Runtime::new(limits, None).unwrap();
    let zoo = runtime.load(&guests::zoo_that_describes("slow")).unwrap();
    assert!(zoo.configure("zoo", r#"{"configure": "slow"}"#).is_ok());
}

#[test]
fn a_detector_larger_than_its_memory_at_the_start_is_refused() {
    let runtime = Runtime::new(Limits { memory: 1 << 20, ..tight() }, None).unwrap();
    match runtime.load(&guests::wasm("sekisho_guest_zoo")).map(|_| ()) {
        Err(LoadError::Compile(reason)) => assert!(reason.contains("memory"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

/// The handwritten guest with other fields and another beginning of `describe`.
fn handwritten(fields: &str, describe: &str) -> Vec<u8> {
    let text = include_str!("../../guests/wasip1.wat")
        .replace(r#"(memory (export "memory") 2)"#, fields)
        .replace(";; Output is swallowed and counts as written.", describe);
    pack(&component(&text)).unwrap()
}

#[test]
fn a_table_that_grows_beyond_its_limit_is_refused() {
    let fields = r#"(memory (export "memory") 2) (table $t 1 funcref)"#;
    let wasm = handwritten(fields, "(drop (table.grow $t (ref.null func) (i32.const 200000)))");
    let expected = "at describe: asked for too much memory: a table of 200001 elements, 100000 allowed";
    assert_eq!(refusal(&wasm).to_string(), expected);
}

#[test]
fn memory_that_the_guest_denies_itself_is_not_held_against_it() {
    let grow = "(loop $again
        (drop (memory.grow (i32.const 1)))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get 0) (i32.const 10000))))";
    let fields = format!(r#"(memory (export "memory") 2 3) (func $grow (local i32) {grow})"#);
    assert!(RUNTIME.load(&handwritten(&fields, "(call $grow)")).is_ok());
}

#[test]
fn compiled_code_is_taken_from_the_cache_at_the_second_start() {
    let home = tempfile::tempdir().unwrap();
    let wasm = guests::wasm("sekisho_guest_zoo");
    let cached = || {
        let runtime = Runtime::new(tight(), Some(&home.path().join("compiled"))).unwrap();
        let zoo = runtime.load(&wasm).unwrap();
        zoo.configure("zoo", "{}").unwrap();
        zoo.times().from_cache
    };
    assert!(!cached());
    assert!(cached());
}
