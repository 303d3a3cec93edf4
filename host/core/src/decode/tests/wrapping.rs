//! Envelopes and packs.

use super::support::{ANY, decoder, run, texts};
use crate::contract::Kind;
use crate::decode::{Reason, Shape, SourceSettings};
use crate::model::Value;

const EVENT: &str = r#"{"EventID":4624,"Channel":"Security","Hostname":"h","TargetUserName":"alice"}"#;

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn a_record_in_an_envelope_is_decoded_as_itself() {
    let nested = format!("{{\"raw\":{}}}", quoted(&format!("{{\"log\":{}}}", quoted(EVENT))));
    for record in [
        format!("{{\"message\":{}}}", quoted(EVENT)),
        format!("{{\"event\":{{\"original\":{}}}}}", quoted(EVENT)),
        format!("{{\"id\":1,\"event\":{EVENT}}}"),
        format!("<13>Apr  8 19:31:05 gw1 app: {EVENT}"),
        nested,
    ] {
        let told = texts(&record, &["user.name", "raw_data"]);
        assert_eq!(told, (3002, vec!["alice".to_owned(), EVENT.to_owned()]), "{record}");
    }
}

#[test]
fn an_envelope_of_nothing_known_is_a_base_event_of_its_own() {
    let told = texts(r#"{"message":"hello","a":{"b":7},"c.d":"x"}"#, &["message", "unmapped.a.b", "unmapped.c.d"]);
    assert_eq!(told, (0, vec!["hello".to_owned(), "7".to_owned(), "x".to_owned()]));
    assert_eq!(texts("just a line", &["message", "raw_data"]), (0, vec!["just a line".to_owned(); 2]));
}

#[test]
fn items_of_a_pack_are_events_with_an_index_and_faults_of_their_own() {
    let packs = [
        format!("{{\"Records\":[{EVENT},{{}},{EVENT}]}}"),
        format!("{{\"value\":[{EVENT},{{}},{EVENT}]}}"),
        format!("[{EVENT},{{}},{}]", quoted(EVENT)),
        format!("{EVENT}\n{{}}\n{EVENT}\n"),
    ];
    for pack in packs {
        let (result, seen) = run(&mut decoder(ANY, SourceSettings::default()), pack.as_bytes());
        assert_eq!(result.unwrap().events, 3, "{pack}");
        assert_eq!(
            seen.iter().map(|event| (event.class, event.index)).collect::<Vec<_>>(),
            [(3002, 0), (0, 1), (3002, 2)]
        );
    }
    let broken = format!("[{EVENT},5,{EVENT},{{\"a\":");
    let (result, seen) = run(&mut decoder(ANY, SourceSettings::default()), broken.as_bytes());
    let decoded = result.unwrap();
    assert_eq!((decoded.events, decoded.faulty_items.len(), seen.len()), (2, 2, 2));
    assert_eq!(decoded.faulty_items[0].at, Some(1 + EVENT.len() + 1));
    assert_eq!(decoded.faulty_items[1].reason, Reason::Truncated);
}

#[test]
fn a_pack_of_faults_is_rejected() {
    let (result, _) = run(&mut decoder(ANY, SourceSettings::default()), br#"[{"a":}, 5]"#);
    assert_eq!(result.unwrap_err().reason, Reason::Pack);
}

#[test]
fn ocsf_passes_through() {
    let record = r#"{"class_uid":3002,"activity_id":1,"time":1621024816839,"status_id":2,"activity_name":"Logon",
    "user":{"name":"eve"},"metadata":{"product":{"name":"P"}},"resources":[{"uid":"a"},{"uid":"b"}],"unmapped":{"x":1}}"#;
    let paths = ["user.name", "metadata.product.name", "status_id", "type_uid", "unmapped.x", "user.canonical"];
    let told = ["eve", "P", "2", "300201", "1", "eve"].map(str::to_owned).to_vec();
    assert_eq!(texts(record, &paths), (3002, told));
    let mut decoder = decoder(&[("resources.uid", Kind::Texts)], SourceSettings::default());
    let (_, seen) = run(&mut decoder, record.as_bytes());
    assert_eq!(seen[0].values, [Value::Texts(vec!["a".into(), "b".into()])]);
}

#[test]
fn a_source_of_one_shape_rejects_others() {
    let settings = SourceSettings { shape: Some(Shape::WindowsFlat), time_zone: None };
    let mut decoder = decoder(ANY, settings);
    assert!(run(&mut decoder, EVENT.as_bytes()).0.is_ok());
    let rejected = run(&mut decoder, b"{}").0.unwrap_err();
    assert_eq!((rejected.reason, rejected.shape), (Reason::OtherShape, Some(Shape::Json)));
}
