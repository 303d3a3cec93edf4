use super::super::testing::{n, t, tell};
use crate::model::{Time, Value};

// Zeek excerpts: OTRF/Security-Datasets (MIT), SuperCowPowers/zat (MIT), zeek/zeek test baselines (BSD-3-Clause).

#[test]
fn a_flow_from_inside_to_outside_has_its_originators_bytes_out() {
    let record = r#"{"@stream":"conn","@system":"bobs.bigwheel.local","ts":1588205199.82437,"uid":"Cvf4XX17hSAgXDdGEd","id_orig_h":"10.0.1.6","id_orig_p":54243,"id_resp_h":"203.0.113.53","id_resp_p":443,"proto":"tcp","service":"ssl","duration":2.5,"orig_bytes":39,"resp_bytes":55,"conn_state":"SF","orig_pkts":1,"resp_pkts":2}"#;
    let told = tell(
        record,
        4001,
        &[
            ("traffic.bytes_out", n(39)),
            ("traffic.bytes_in", n(55)),
            ("traffic.bytes", n(94)),
            ("traffic.packets", n(3)),
            ("connection_info.direction_id", n(2)),
            ("connection_info.uid", t("Cvf4XX17hSAgXDdGEd")),
            ("connection_info.protocol_name", t("tcp")),
            ("dst_endpoint.port", n(443)),
            ("device.hostname", t("bobs.bigwheel.local")),
            ("start_time", n(1_588_205_199_824)),
            ("duration", n(2_500)),
        ],
    );
    assert_eq!(told.activity, 6);
    assert_eq!(told.time, Some(Time(1_588_205_202_324_370_000)));
}

#[test]
fn a_flow_from_outside_has_its_responders_bytes_out_and_one_within_has_none() {
    let line = |from: &str, to: &str| {
        format!(
            r#"{{"ts":1331901000.0,"uid":"CCUIP21wTjqkj8ZqX5","id.orig_h":"{from}","id.orig_p":50463,"id.resp_h":"{to}","id.resp_p":80,"proto":"tcp","orig_bytes":7,"resp_bytes":9,"conn_state":"SF"}}"#
        )
    };
    let told = |from, to, expected: &[(&str, Value<'_>)]| tell(&line(from, to), 4001, expected);
    told("203.0.113.9", "192.168.202.79", &[("traffic.bytes_out", n(9)), ("connection_info.direction_id", n(1))]);
    told("192.168.229.251", "192.168.202.79", &[("traffic.bytes_out", Value::Null), ("traffic.bytes", n(16))]);
    told("fe80::1", "203.0.113.9", &[("traffic.bytes_out", Value::Null), ("connection_info.direction_id", n(0))]);
}

#[test]
fn file_and_share_accesses_keep_share_path_and_action() {
    let record = r#"{"@stream":"smb_files","ts":1588206049.298765,"uid":"CF37FuG0Jho600cAa","id_orig_h":"10.0.1.6","id_orig_p":56957,"id_resp_h":"10.0.0.4","id_resp_p":445,"action":"SMB::FILE_OPEN","path":"\\\\NEWYORK.dmevals.local\\sysvol","name":"dmevals.local\\Policies\\gpt.ini","size":22}"#;
    let told = tell(
        record,
        4006,
        &[
            ("share", t("\\\\NEWYORK.dmevals.local\\sysvol")),
            ("file.path", t("dmevals.local\\Policies\\gpt.ini")),
            ("file.name", t("gpt.ini")),
            ("file.size", n(22)),
        ],
    );
    assert_eq!(told.activity, 2);
    let record = r#"{"ts":1588205198.912037,"uid":"CbD9Ha1JtdoSnfM4Mf","id.orig_h":"10.0.1.4","id.resp_h":"10.0.0.4","path":"\\\\NEWYORK.dmevals.local\\IPC$","share_type":"PIPE"}"#;
    let told = tell(record, 4006, &[("share", t("\\\\NEWYORK.dmevals.local\\IPC$")), ("share_type_id", n(2))]);
    assert_eq!(told.name, "Share connected");
    let record = r#"{"ts":1588205520.96246,"uid":"CDQRH83UIpbjplJKBc","id.orig_h":"10.0.1.4","id.resp_h":"10.0.0.4","rtt":0.0009,"named_pipe":"\\pipe\\ntsvcs","endpoint":"svcctl","operation":"CreateServiceW"}"#;
    let told = tell(record, 4006, &[("dce_rpc.endpoint", t("svcctl")), ("dce_rpc.command", t("CreateServiceW"))]);
    assert_eq!((told.activity, &*told.name), (99, "CreateServiceW"));
}

#[test]
fn logins_on_the_wire_name_who_and_whether() {
    let record = r#"{"ts":1421708043.26,"uid":"C1","id.orig_h":"192.168.1.31","id.resp_h":"192.168.1.32","request_type":"TGS","client":"valid_client_principal/VLADG.NET","service":"krbtgt/VLADG.NET","success":false,"error_msg":"KDC_ERR_PREAUTH_FAILED"}"#;
    let told = tell(
        record,
        3002,
        &[("user.name", t("valid_client_principal")), ("user.domain", t("VLADG.NET")), ("status_id", n(2))],
    );
    assert_eq!(told.activity, 4);
    let record = r#"{"ts":"2009-11-18T08:00:21.486539Z","uid":"CFLRIC3zaTU1loLGxh","id.orig_h":"192.168.0.173","id.resp_h":"192.168.0.2","username":"ALeonard","hostname":"ALEONARD-XP","domainname":"CNAMIS","server_nb_computer_name":"SATURN","success":true}"#;
    let told = tell(
        record,
        3002,
        &[
            ("user.name", t("ALeonard")),
            ("user.domain", t("CNAMIS")),
            ("src_endpoint.hostname", t("ALEONARD-XP")),
            ("dst_endpoint.hostname", t("SATURN")),
            ("status_id", n(1)),
        ],
    );
    assert_eq!(told.activity, 1);
    assert_eq!(told.time, Some(Time(1_258_531_221_486_539_000)));
}

#[test]
fn names_and_contents_are_told_by_dns_tls_http_dhcp_and_ftp() {
    let record = r#"{"ts":1588205199.82437,"uid":"C1","id.orig_h":"10.0.1.6","id.resp_h":"10.0.0.4","proto":"udp","trans_id":41180,"query":"newyork.dmevals.local","qtype_name":"A","rcode":0,"rcode_name":"NOERROR","answers":["10.0.0.4"]}"#;
    let answers = Value::Texts(vec!["10.0.0.4".into()]);
    let told = tell(
        record,
        4003,
        &[("query.hostname", t("newyork.dmevals.local")), ("answers.rdata", answers), ("rcode_id", n(0))],
    );
    assert_eq!(told.activity, 6);
    let record = r#"{"ts":1588205718.3,"uid":"C2","id.orig_h":"10.0.1.4","id.resp_h":"192.168.0.5","version":"TLSv12","cipher":"TLS_X","established":true,"server_name":"files.example.net"}"#;
    let told = tell(record, 4001, &[("tls.sni", t("files.example.net")), ("tls.version", t("TLSv12"))]);
    assert_eq!(told.activity, 1);
    let record = r#"{"ts":1588206738.09551,"uid":"C3","id.orig_h":"10.0.1.4","id.resp_h":"192.168.0.4","trans_depth":1,"method":"PROPFIND","host":"192.168.0.4","uri":"/","user_agent":"DavClnt","status_code":403,"tags":[]}"#;
    let told = tell(record, 4002, &[("http_request.user_agent", t("DavClnt")), ("http_response.code", n(403))]);
    assert_eq!((told.activity, &*told.name), (99, "PROPFIND"));
    let record = r#"{"ts":1379288650.691137,"uid":"C4","id.orig_h":"192.168.33.10","id.orig_p":68,"id.resp_h":"192.168.33.1","id.resp_p":67,"mac":"00:20:18:eb:ca:21","assigned_ip":"192.168.33.10","lease_time":3600.0,"trans_id":2218089335}"#;
    let told = tell(record, 4004, &[("src_endpoint.mac", t("00:20:18:eb:ca:21")), ("lease_dur", n(3600))]);
    assert_eq!(told.activity, 5);
    let record = r#"{"ts":1319279919.347246,"uid":"C5","id.orig_h":"192.168.118.10","id.resp_h":"93.187.142.14","user":"anonymous","command":"STOR","arg":"ftp://93.187.142.14/a.rar","reply_code":226}"#;
    let told = tell(record, 4008, &[("user.name", t("anonymous")), ("status_code", t("226"))]);
    assert_eq!(told.activity, 1);
}

#[test]
fn a_masked_time_is_no_time_and_the_record_lives() {
    let record = r#"{"ts":"XXXXXXXXXX.XXXXXX","uid":"C1","id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","proto":"tcp","conn_state":"S0"}"#;
    assert_eq!(tell(record, 4001, &[("status_code", t("S0"))]).time, None);
}

#[test]
fn a_log_without_a_class_of_its_own_is_a_base_event_with_its_fields() {
    let record = r#"{"_path":"weird","ts":1588205199.8,"name":"bad_TCP_checksum","notice":false,"peer":"zeek","id":{"orig_h":"10.0.0.1"}}"#;
    let expected = [
        ("metadata.log_name", t("weird")),
        ("unmapped.name", t("bad_TCP_checksum")),
        ("src_endpoint.ip", t("10.0.0.1")),
        ("metadata.product.name", t("Zeek")),
    ];
    assert_eq!(tell(record, 0, &expected).time, Some(Time(1_588_205_199_800_000_000)));
}

#[test]
fn a_record_behind_a_syslog_header_is_read_as_if_it_stood_alone() {
    let record = r#"{"ts":1588205199.8,"uid":"C1","id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","proto":"tcp","conn_state":"S0"}"#;
    for header in ["<13>Apr  8 19:31:05 sensor zeek: ", "<13>1 2026-04-08T10:31:05Z sensor zeek - - - ", "<13>"] {
        let told = tell(&format!("{header}{record}"), 4001, &[("status_code", t("S0"))]);
        assert_eq!(told.time, Some(Time(1_588_205_199_800_000_000)), "{header}");
    }
}
