//! Bad input is rejected with its reason and place, or read where that is right; never a panic.

use proptest::prelude::*;

use super::support::{ANY, decoder, run, texts};
use crate::contract::Kind;
use crate::decode::{Reason, SourceSettings};

fn rejected(value: &[u8]) -> (Reason, Option<usize>) {
    let fields = [("user.name", Kind::Text), ("unmapped.a", Kind::Text)];
    let rejected = run(&mut decoder(&fields, SourceSettings::default()), value).0.unwrap_err();
    (rejected.reason, rejected.at)
}

#[test]
fn bad_records_are_rejected_with_their_place() {
    assert_eq!(rejected(b""), (Reason::Empty, None));
    assert_eq!(rejected(b" \n\0"), (Reason::Empty, None));
    assert_eq!(rejected(b"{\"a\":\"\xff\"}"), (Reason::Encoding, Some(6)));
    assert_eq!(rejected(br#"{"a":1,}"#), (Reason::Json, Some(7)));
    assert_eq!(rejected(b"{\"a\":\n tru}"), (Reason::Json, Some(10)));
    assert_eq!(rejected(br#"{"a":1} x"#), (Reason::Json, Some(8)));
    assert_eq!(rejected(br#"{"a":{"b":1"#), (Reason::Truncated, Some(10)));
    assert_eq!(rejected(b"<Event><System><EventID>1"), (Reason::Truncated, Some(25)));
    assert_eq!(rejected(b"<Event><System></Sys>").0, Reason::Xml);
}

#[test]
fn of_duplicate_members_the_last_one_holds() {
    assert_eq!(texts(r#"{"a":1,"a":2}"#, &["unmapped.a"]).1, ["2"]);
}

#[test]
fn numbers_beyond_64_bits_keep_their_digits_or_their_size() {
    assert_eq!(texts(r#"{"a":18446744073709551615}"#, &["unmapped.a"]).1, ["18446744073709551615"]);
    assert_eq!(texts(r#"{"a":100000000000000000000000}"#, &["unmapped.a"]).1, ["100000000000000000000000"]);
    assert_eq!(rejected(br#"{"a":1e999}"#).0, Reason::Json);
    assert_eq!(texts(r#"{"b":1e999}"#, &["unmapped.a"]).1, [""]);
}

#[test]
fn lone_surrogates_are_replaced() {
    assert_eq!(
        texts(r#"{"a":"x\ud800y\\ud800\ud83d\ude00\udc00"}"#, &["unmapped.a"]).1,
        ["x\u{fffd}y\\ud800😀\u{fffd}"]
    );
}

#[test]
fn a_million_levels_and_ten_megabytes_are_survived() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert_eq!(texts(&deep, &["unmapped.b"]).1, [""]);
    let unclosed = format!("{{\"a\":{}", "{\"a\":".repeat(1_000_000));
    assert!(matches!(rejected(unclosed.as_bytes()).0, Reason::Truncated | Reason::Json));
    let lists = "[".repeat(1_000_000);
    assert!(run(&mut decoder(ANY, SourceSettings::default()), lists.as_bytes()).0.is_err());
    let xml = "<Event>".repeat(200_000);
    assert_eq!(rejected(xml.as_bytes()).0, Reason::Truncated);
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(10 << 20));
    assert_eq!(texts(&long, &["unmapped.a"]).1[0].len(), 10 << 20);
    let wrapped = (0..12).fold("{}".to_owned(), |inner, _| format!("[{inner}]"));
    assert!(run(&mut decoder(ANY, SourceSettings::default()), wrapped.as_bytes()).0.is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_survived(value in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = run(&mut decoder(&[("raw_data", Kind::Text)], SourceSettings::default()), &value);
    }

    #[test]
    fn any_text_like_a_record_is_survived(value in r#"(\{"(Event|winlog|raw|Records|message)":)?["\[\]{}:,a-zA-Z<>=\\ 0-9\n]{0,80}"#) {
        let fields = [("raw_data", Kind::Text), ("user.name", Kind::Text)];
        let _ = run(&mut decoder(&fields, SourceSettings::default()), value.as_bytes());
    }
}
