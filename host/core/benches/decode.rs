//! Time to decode a record with 14 wanted fields. Run with `cargo bench -p sekisho-core --bench decode`.

use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use sekisho_core::contract::Kind;
use sekisho_core::decode::Decoder;
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{RawPartition, Record, Time, TimestampKind};
use sekisho_core::schema::{ClassUid, Projection};

const FIELDS: &[(&str, Kind)] = &[
    ("user.name", Kind::Text),
    ("user.domain", Kind::Text),
    ("user.uid", Kind::Text),
    ("actor.user.name", Kind::Text),
    ("session.uid", Kind::Text),
    ("src_endpoint.ip", Kind::Text),
    ("src_endpoint.port", Kind::Integer),
    ("src_endpoint.hostname", Kind::Text),
    ("logon_type_id", Kind::Integer),
    ("auth_protocol", Kind::Text),
    ("device.hostname", Kind::Text),
    ("metadata.event_code", Kind::Text),
    ("metadata.log_name", Kind::Text),
    ("status_id", Kind::Integer),
];

const DERIVED: &[(&str, Kind)] = &[
    ("user.canonical", Kind::Text),
    ("user.privileged", Kind::Boolean),
    ("src_endpoint.address", Kind::Text),
    ("src_endpoint.zone", Kind::Text),
    ("device.host", Kind::Text),
];

fn main() {
    divan::main();
}

/// A Winlogbeat record of some 1.4 KB.
fn winlogbeat() -> String {
    r#"{"@timestamp":"2024-05-14T20:40:16.839Z","@metadata":{"beat":"winlogbeat","type":"_doc","version":"8.12.0"},"message":"An account was successfully logged on.\n\nSubject:\n\tSecurity ID:\t\tS-1-5-18\n\tAccount Name:\t\tFS01$\n\tLogon ID:\t\t0x3E7\n\nLogon Information:\n\tLogon Type:\t\t3\n\nNew Logon:\n\tAccount Name:\t\talice\n\nNetwork Information:\n\tSource Network Address:\t10.0.0.7\n","agent":{"type":"winlogbeat","version":"8.12.0","hostname":"fs01","id":"6a1c1c24-5c9f-4e0a-8a0e-6f5f6a8f0c7d"},"host":{"name":"FS01.corp.example"},"event":{"code":"4624","kind":"event","provider":"Microsoft-Windows-Security-Auditing","outcome":"success","action":"Logon"},"winlog":{"event_id":4624,"provider_name":"Microsoft-Windows-Security-Auditing","channel":"Security","computer_name":"FS01.corp.example","record_id":1829536,"keywords":["Audit Success"],"opcode":"Info","task":"Logon","process":{"pid":868,"thread":{"id":2884}},"event_data":{"SubjectUserSid":"S-1-5-18","SubjectUserName":"FS01$","SubjectDomainName":"CORP","SubjectLogonId":"0x3e7","TargetUserSid":"S-1-5-21-4230534742-2542757381-3142984815-1111","TargetUserName":"alice","TargetDomainName":"CORP","TargetLogonId":"0x13b593d","LogonType":"3","LogonProcessName":"NtLmSsp ","AuthenticationPackageName":"NTLM","WorkstationName":"WS12","LogonGuid":"{00000000-0000-0000-0000-000000000000}","IpAddress":"10.0.0.7","IpPort":"49822","ImpersonationLevel":"%%1833"}}}"#.to_owned()
}

/// A flat record of some 1 KB.
fn flat() -> String {
    r#"{"EventTime":"2024-05-14 20:40:16","Hostname":"FS01.corp.example","Keywords":-9214364837600034816,"EventType":"AUDIT_SUCCESS","SeverityValue":2,"Severity":"INFO","EventID":4624,"SourceName":"Microsoft-Windows-Security-Auditing","ProviderGuid":"{54849625-5478-4994-A5BA-3E3B0328C30D}","Version":2,"Task":12544,"OpcodeValue":0,"RecordNumber":73266,"ExecutionProcessID":868,"ThreadID":1512,"Channel":"Security","Message":"An account was successfully logged on.\r\n\r\nSubject:\r\n\tAccount Name:\t\tFS01$\r\n","Category":"Logon","Opcode":"Info","SubjectUserSid":"S-1-5-18","SubjectUserName":"FS01$","TargetUserSid":"S-1-5-21-1-2-3-1111","TargetUserName":"alice","TargetDomainName":"CORP","TargetLogonId":"0x13b593d","LogonType":"3","AuthenticationPackageName":"NTLM","WorkstationName":"WS12","IpAddress":"10.0.0.7","IpPort":"49822","EventReceivedTime":"2024-05-14 20:40:18","SourceModuleName":"eventlog","SourceModuleType":"im_msvistalog","@timestamp":"2024-05-14T11:40:18.455Z"}"#.to_owned()
}

/// The same logon as XML.
fn xml() -> String {
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/><EventID>4624</EventID><Version>2</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode><Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2024-05-14T20:40:16.751175400Z'/><EventRecordID>21623198276</EventRecordID><Execution ProcessID='848' ThreadID='7136'/><Channel>Security</Channel><Computer>FS01.corp.example</Computer><Security/></System><EventData><Data Name='SubjectUserSid'>S-1-5-18</Data><Data Name='SubjectUserName'>FS01$</Data><Data Name='TargetUserSid'>S-1-5-21-1-2-3-1111</Data><Data Name='TargetUserName'>alice</Data><Data Name='TargetDomainName'>CORP</Data><Data Name='TargetLogonId'>0x13b593d</Data><Data Name='LogonType'>3</Data><Data Name='AuthenticationPackageName'>NTLM</Data><Data Name='WorkstationName'>WS12</Data><Data Name='IpAddress'>10.0.0.7</Data><Data Name='IpPort'>49822</Data></EventData></Event>".to_owned()
}

fn run(bencher: Bencher<'_, '_>, text: &str, fields: &[&[(&str, Kind)]]) {
    let mut projection = Projection::default();
    for (path, kind) in fields.iter().copied().flatten() {
        projection.want(ClassUid(3002), path, *kind);
    }
    let mut decoder = Decoder::new(&projection, Vec::new(), Arc::new(Enrichment::default())).expect("valid settings");
    let record = Record {
        from: RawPartition::default(),
        offset: 1,
        timestamp: None,
        timestamp_kind: TimestampKind::Create,
        arrival: Time::MAX,
        value: text.as_bytes(),
    };
    bencher.counter(ItemsCount::new(1_usize)).counter(BytesCount::new(text.len())).bench_local(|| {
        decoder.decode(black_box(&record), Time::default(), &mut |event| {
            black_box(&event);
        })
    });
}

#[divan::bench]
fn winlogbeat_logon(bencher: Bencher<'_, '_>) {
    run(bencher, &winlogbeat(), &[FIELDS]);
}

#[divan::bench]
fn winlogbeat_logon_with_derived_fields(bencher: Bencher<'_, '_>) {
    run(bencher, &winlogbeat(), &[FIELDS, DERIVED]);
}

#[divan::bench]
fn flat_logon(bencher: Bencher<'_, '_>) {
    run(bencher, &flat(), &[FIELDS]);
}

#[divan::bench]
fn xml_logon(bencher: Bencher<'_, '_>) {
    run(bencher, &xml(), &[FIELDS]);
}

#[divan::bench]
fn a_record_of_a_class_that_nobody_wants(bencher: Bencher<'_, '_>) {
    let text = winlogbeat().replace("4624", "4688");
    run(bencher, &text, &[FIELDS]);
}
