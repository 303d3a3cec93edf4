//! Event times: which one, in what zone, and which are not believed.

use super::support::{ANY, FALLBACK, decoder, record, run};
use crate::decode::SourceSettings;
use crate::model::{Event, Time};

fn time_of(value: &str, zone: Option<&str>) -> Option<Time> {
    let settings = SourceSettings { shape: None, time_zone: zone.map(str::to_owned) };
    decoder(ANY, settings).time_of(&record(value.as_bytes()))
}

fn at(text: &str) -> Option<Time> {
    let timestamp: jiff::Timestamp = text.parse().unwrap();
    Some(Time(i64::try_from(timestamp.as_nanosecond()).unwrap()))
}

#[test]
fn times_are_read_in_many_forms_to_the_nanosecond() {
    let forms = [
        ("\"2021-05-14T20:40:16.839115123Z\"", "2021-05-14T20:40:16.839115123Z"),
        ("\"2021-05-14T20:40:16+09:00\"", "2021-05-14T11:40:16Z"),
        ("\"2021-05-14 20:40:16.5 -0130\"", "2021-05-14T22:10:16.5Z"),
        ("\"2021-05-14 20:40:16\"", "2021-05-14T20:40:16Z"),
        ("1621024816", "2021-05-14T20:40:16Z"),
        ("\"1621024816.25\"", "2021-05-14T20:40:16.25Z"),
        ("1621024816.25", "2021-05-14T20:40:16.25Z"),
        ("1621024816839", "2021-05-14T20:40:16.839Z"),
        ("1621024816839115", "2021-05-14T20:40:16.839115Z"),
        ("1621024816839115123", "2021-05-14T20:40:16.839115123Z"),
        ("132654984168391150", "2021-05-14T20:40:16.839115Z"),
        ("\"/Date(1621024816839)/\"", "2021-05-14T20:40:16.839Z"),
        ("\"05/14/2021 08:40:16 PM\"", "2021-05-14T20:40:16Z"),
        ("\"05/14/2021 12:40:16 AM\"", "2021-05-14T00:40:16Z"),
        ("\"5/4/2021 8:40:16 PM\"", "2021-05-04T20:40:16Z"),
        ("\"2021/05/14 20:40:16\"", "2021-05-14T20:40:16Z"),
    ];
    for (form, expected) in forms {
        assert_eq!(time_of(&format!("{{\"time\":{form}}}"), None), at(expected), "{form}");
    }
}

#[test]
fn local_times_are_of_the_sources_zone() {
    let record = r#"{"EventID":1,"Channel":"x","EventTime":"2021-05-14 20:40:16"}"#;
    assert_eq!(time_of(record, Some("Asia/Tokyo")), at("2021-05-14T11:40:16Z"));
    assert_eq!(time_of(record, None), at("2021-05-14T20:40:16Z"));
}

#[test]
fn a_local_time_without_a_zone_is_moved_by_its_receipt() {
    let record =
        r#"{"EventID":1,"Channel":"x","EventTime":"2020-09-20 12:16:06","@timestamp":"2020-09-20T16:16:08.455Z"}"#;
    assert_eq!(time_of(record, None), at("2020-09-20T16:16:06Z"));
    assert_eq!(time_of(record, Some("America/New_York")), at("2020-09-20T16:16:06Z"));
}

#[test]
fn times_that_cannot_be_true_are_replaced_and_move_nothing() {
    let arrival = at("2021-05-14T20:40:16Z").unwrap();
    let cases = [
        ("\"1601-01-01T00:00:00Z\"", false),
        ("\"1989-12-31T23:59:59Z\"", false),
        ("\"2021-05-14T20:46:00Z\"", false),
        ("\"9999-01-01T00:00:00Z\"", false),
        ("\"not a time\"", false),
        ("\"2021-13-14T20:40:16Z\"", false),
        ("\"2021-05-14T20:45:00Z\"", true),
    ];
    for (form, trusted) in cases {
        let value = format!("{{\"time\":{form}}}");
        let record = crate::model::Record { arrival, ..record(value.as_bytes()) };
        let mut told = None;
        let mut decoder = decoder(ANY, SourceSettings::default());
        let decoded = decoder.decode(&record, FALLBACK, &mut |event: Event<'_>| {
            told = Some((event.time == FALLBACK, event.time_replaced));
        });
        assert_eq!(told, Some((!trusted, !trusted)), "{form}");
        assert_eq!(decoded.unwrap().latest.is_some(), trusted, "{form}");
    }
}

#[test]
fn an_unknown_zone_is_refused() {
    let settings = SourceSettings { shape: None, time_zone: Some("Mars/Olympus".to_owned()) };
    let projection = crate::schema::Projection::default();
    let enricher = std::sync::Arc::new(crate::enrich::Enrichment::default());
    assert!(crate::decode::Decoder::new(&projection, vec![settings], enricher).is_err());
}

#[test]
fn an_unwanted_record_still_tells_its_time() {
    let enricher = std::sync::Arc::new(crate::enrich::Enrichment::default());
    let mut decoder = crate::decode::Decoder::new(&crate::schema::Projection::default(), Vec::new(), enricher).unwrap();
    let (result, seen) = run(&mut decoder, br#"{"time":1621024816}"#);
    let decoded = result.unwrap();
    assert_eq!((decoded.events, decoded.unwanted, decoded.latest, seen), (0, 1, at("2021-05-14T20:40:16Z"), vec![]));
}
