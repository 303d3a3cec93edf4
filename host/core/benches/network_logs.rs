//! Cost of decoding the logs of network sensors, with the fields that a detector of exfiltration asks for.

use std::sync::Arc;

use divan::{Bencher, counter::BytesCount};
use sekisho_core::contract::Kind;
use sekisho_core::decode::Decoder;
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{RawPartition, Record, Time, TimestampKind};
use sekisho_core::schema::{ClassUid, Projection};

fn main() {
    divan::main();
}

/// Zeek's flow, naming its log; field names as in Zeek's log reference.
const ZEEK: &str = r#"{"_path":"conn","ts":1588205199.82437,"uid":"Cvf4XX17hSAgXDdGEd","id.orig_h":"10.0.1.6","id.orig_p":54243,"id.resp_h":"203.0.113.53","id.resp_p":443,"proto":"tcp","service":"ssl","duration":12.528,"orig_bytes":391234,"resp_bytes":5512,"conn_state":"SF","missed_bytes":0,"history":"ShADdFaf","orig_pkts":301,"orig_ip_bytes":401234,"resp_pkts":83,"resp_ip_bytes":8123,"orig_l2_addr":"00:0d:3a:13:e3:69","resp_l2_addr":"12:34:56:78:9a:bc"}"#;

/// A FortiGate's closed session; field names as in the vendor's log reference.
const FORTIGATE: &str = r#"<189>date=2026-04-08 time=19:31:05 devname="fw1" devid="FGT60F0000000001" eventtime=1775644265123456789 tz="+0900" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.8.0.21 srcport=51022 srcintf="ssl.root" srcintfrole="undefined" dstip=203.0.113.9 dstport=443 dstintf="wan1" dstintfrole="wan" srccountry="Reserved" dstcountry="Japan" sessionid=4711 proto=6 action="close" policyid=12 policytype="policy" poluuid="e1a2b3c4-0000-51e9-b350-76ee9ac39102" service="HTTPS" trandisp="snat" transip=198.51.100.2 transport=51022 user="alice" group="vpn-users" duration=65 sentbyte=500123 rcvdbyte=7012 sentpkt=400 rcvdpkt=90 appcat="unscanned""#;

const FIELDS: &[(&str, Kind)] = &[
    ("src_endpoint.address", Kind::Text),
    ("src_endpoint.zone", Kind::Text),
    ("dst_endpoint.address", Kind::Text),
    ("dst_endpoint.zone", Kind::Text),
    ("dst_endpoint.port", Kind::Integer),
    ("traffic.bytes_out", Kind::Integer),
    ("traffic.bytes_in", Kind::Integer),
    ("traffic.bytes", Kind::Integer),
    ("connection_info.uid", Kind::Text),
    ("connection_info.direction_id", Kind::Integer),
    ("connection_info.protocol_name", Kind::Text),
    ("metadata.product.name", Kind::Text),
    ("device.hostname", Kind::Text),
    ("user.canonical", Kind::Text),
];

#[divan::bench]
fn zeek(bencher: Bencher<'_, '_>) {
    decode(bencher, ZEEK.to_owned());
}

#[divan::bench]
fn zeek_without_its_logs_name(bencher: Bencher<'_, '_>) {
    decode(bencher, ZEEK.replace(r#""_path":"conn","#, ""));
}

#[divan::bench]
fn fortigate(bencher: Bencher<'_, '_>) {
    decode(bencher, FORTIGATE.to_owned());
}

fn decode(bencher: Bencher<'_, '_>, line: String) {
    let mut projection = Projection::default();
    for (path, kind) in FIELDS {
        projection.want(ClassUid(4001), path, *kind);
    }
    let enricher = Arc::new(Enrichment::default());
    let mut decoder = Decoder::new(&projection, Vec::new(), enricher).expect("the projection is small");
    bencher.counter(BytesCount::of_str(&line)).bench_local(|| {
        let record = Record {
            from: RawPartition::default(),
            offset: 1,
            timestamp: None,
            timestamp_kind: TimestampKind::Create,
            arrival: Time::MAX,
            value: line.as_bytes(),
        };
        let mut bytes = 0;
        let result = decoder.decode(&record, Time(0), &mut |event| bytes += event.values[5].as_integer().unwrap_or(0));
        (result.is_ok(), bytes)
    });
}
