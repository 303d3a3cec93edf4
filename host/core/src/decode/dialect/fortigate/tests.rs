use super::super::testing::{n, t, tell, tell_in};
use crate::model::{Time, Value};

// The lines of a FortiGate are made up after the field names of the vendor's log reference.

fn traffic(rest: &str) -> String {
    format!(
        r#"<189>date=2026-04-08 time=19:31:05 devname="fw1" devid="FGT60F0000000001" eventtime=1775644265123456789 tz="+0900" type="traffic" subtype="forward" level="notice" vd="root" srcip=10.8.0.21 srcport=51022 srcintf="ssl.root" dstip=203.0.113.9 dstport=443 sessionid=4711 proto=6 user="alice" policyid=12 service="HTTPS" {rest}"#
    )
}

#[test]
fn each_byte_of_a_session_stands_in_one_increment() {
    let cases: [(&str, Value<'_>, Value<'_>); 6] = [
        // A short session has one line.
        (r#"logid="0000000013" action="close" duration=65 sentbyte=500 rcvdbyte=70"#, n(500), n(570)),
        // A long one on its way, and at its end.
        (
            r#"logid="0000000020" action="accept" duration=120 sentbyte=500 rcvdbyte=70 sentdelta=500 rcvddelta=70"#,
            n(500),
            n(570),
        ),
        (
            r#"logid="0000000013" action="close" duration=200 sentbyte=800 rcvdbyte=90 sentdelta=300 rcvddelta=20"#,
            n(300),
            n(890),
        ),
        // On its way without increments: the detector may subtract sums, nobody may add them.
        (r#"logid="0000000020" action="accept" duration=240 sentbyte=900 rcvdbyte=90"#, Value::Null, n(990)),
        (r#"logid="0000000015" action="start" sentbyte=0 rcvdbyte=0"#, Value::Null, n(0)),
        // UDP ends with `accept`, and firmware before 5.6.6 tells a long session once.
        (r#"logid="0000000013" action="accept" duration=7200 sentbyte=92 rcvdbyte=64"#, n(92), n(156)),
    ];
    for (rest, out, sum) in cases {
        tell(&traffic(rest), 4001, &[("traffic.bytes_out", out), ("traffic.bytes", sum)]);
    }
}

#[test]
fn a_traffic_line_tells_who_where_and_by_which_device() {
    let told = tell(
        &traffic(r#"logid="0000000013" action="close" duration=65 sentbyte=500 rcvdbyte=70"#),
        4001,
        &[
            ("src_endpoint.ip", t("10.8.0.21")),
            ("dst_endpoint.port", n(443)),
            ("connection_info.uid", t("FGT60F0000000001/root/4711")),
            ("connection_info.protocol_name", t("tcp")),
            ("connection_info.direction_id", n(2)),
            ("user.name", t("alice")),
            ("device.hostname", t("fw1")),
            ("metadata.product.name", t("FortiGate")),
            ("metadata.log_name", t("traffic/forward")),
            ("metadata.event_code", t("0000000013")),
            ("action_id", n(1)),
        ],
    );
    assert_eq!(told.activity, 6);
    let told = tell(&traffic(r#"logid="0000000013" action="deny""#), 4001, &[("action_id", n(2))]);
    assert_eq!(told.activity, 5);
}

#[test]
fn tunnels_of_both_kinds_tell_who_got_which_address() {
    let ssl = r#"date=2026-04-08 time=19:31:05 devid="FGT1" logid="0101039947" type="event" subtype="vpn" vd="root" logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=77 remip=203.0.113.77 tunnelip=10.8.0.21 user="alice" group="vpn-users" dst_host="N/A" reason="tunnel established""#;
    let told = tell(
        ssl,
        4014,
        &[
            ("src_endpoint.ip", t("203.0.113.77")),
            ("tunnel_interface.ip", t("10.8.0.21")),
            ("user.name", t("alice")),
            ("protocol_name", t("SSL")),
            ("session.uid", t("77")),
            ("traffic.bytes_out", Value::Null),
        ],
    );
    assert_eq!(told.activity, 1);
    let ipsec = r#"date=2026-04-08 time=19:31:05 devid="FGT1" logid="0101037139" type="event" subtype="vpn" action="tunnel-down" remip=203.0.113.77 locip=198.51.100.2 remport=4500 user="peer1" xauthuser="alice" assignip=10.9.0.3 vpntunnel="dialup" tunnelip=N/A tunnelid=99 tunneltype="ipsec" duration=600 sentbyte=10 rcvdbyte=20"#;
    let told = tell(
        ipsec,
        4014,
        &[
            ("tunnel_interface.ip", t("10.9.0.3")),
            ("user.name", t("alice")),
            ("protocol_name", t("IPsec")),
            ("duration", n(600_000)),
            ("traffic.bytes", n(30)),
        ],
    );
    assert_eq!(told.activity, 2);
    let stats = ipsec.replace("tunnel-down", "tunnel-stats").replace("xauthuser=\"alice\"", "xauthuser=\"N/A\"");
    assert_eq!(tell(&stats, 4014, &[("user.name", t("peer1"))]).activity, 3);
    let phase = tell(&ipsec.replace("tunnel-down", "negotiate"), 4014, &[]);
    assert_eq!((phase.activity, &*phase.name), (99, "negotiate"));
}

#[test]
fn logins_and_changes_are_told_with_their_author() {
    let fail = r#"date=2026-04-08 time=1:0:0 devid="FGT1" logid="0101039426" type="event" subtype="vpn" action="ssl-login-fail" remip=203.0.113.77 user="root" reason="sslvpn_login_unknown_user""#;
    let told =
        tell(fail, 3002, &[("status_id", n(2)), ("user.name", t("root")), ("src_endpoint.ip", t("203.0.113.77"))]);
    assert_eq!(told.activity, 1);
    let admin = r#"date=2026-04-08 time=19:31:05 devname="fw1" devid="FGT1" logid="0100032001" type="event" subtype="system" logdesc="Admin login successful" user="admin" ui="https(10.1.0.9)" method="https" action="login" status="success""#;
    let told = tell(
        admin,
        3002,
        &[("src_endpoint.ip", t("10.1.0.9")), ("status_id", n(1)), ("dst_endpoint.hostname", t("fw1"))],
    );
    assert_eq!(told.activity, 1);
    let account = r#"devid="FGT1" logid="0100044547" type="event" subtype="system" user="admin" ui="GUI(10.1.0.9)" action="Add" cfgpath="user.local" cfgobj="backdoor" cfgattr="type[password]""#;
    let told = tell(account, 3001, &[("user.name", t("backdoor")), ("actor.user.name", t("admin"))]);
    assert_eq!(told.activity, 1);
    let policy = account.replace("user.local", "firewall.policy").replace("Add", "Edit");
    let told = tell(&policy, 3004, &[("entity.name", t("backdoor")), ("entity.type", t("firewall.policy"))]);
    assert_eq!(told.activity, 3);
}

#[test]
fn inspection_lines_go_to_their_classes() {
    let line = |subtype: &str, rest: &str| {
        format!(
            r#"devid="FGT1" logid="1501054000" type="utm" subtype="{subtype}" srcip=10.0.0.5 dstip=203.0.113.9 proto=17 sessionid=1 {rest}"#
        )
    };
    let told = tell(
        &line("dns", r#"eventtype="dns-query" qname="example.net" qtype="A""#),
        4003,
        &[("query.hostname", t("example.net"))],
    );
    assert_eq!(told.activity, 1);
    let web = line("webfilter", r#"hostname="example.net" url="https://example.net/up" httpmethod="POST" sentbyte=5"#);
    let told = tell(&web, 4002, &[("http_request.url.hostname", t("example.net")), ("traffic.bytes_out", Value::Null)]);
    assert_eq!(told.activity, 6);
    tell(&line("virus", r#"virus="EICAR""#), 2004, &[("finding_info.title", t("EICAR"))]);
    assert_eq!(tell(&line("app-ctrl", ""), 4001, &[]).name, "app-ctrl");
    tell(&line("dns", "").replace("type=\"utm\" subtype=\"dns\"", "type=\"event\" subtype=\"ha\""), 0, &[]);
}

#[test]
fn a_time_is_read_from_its_counter_or_its_clock() {
    let time = |rest: &str| tell_in(&format!("devid=FGT1 logid=1 type=event {rest}"), Some("Asia/Tokyo"), 0, &[]).time;
    let moment = Time(1_775_644_265_000_000_000);
    assert_eq!(time("eventtime=1775644265000000000 date=1999-01-01 time=00:00:00"), Some(moment));
    assert_eq!(time("eventtime=1775644265000000"), Some(moment));
    assert_eq!(time("eventtime=1775644265000"), Some(moment));
    assert_eq!(time("eventtime=1775644265"), Some(moment));
    assert_eq!(time("date=2026-04-08 time=19:31:05"), Some(moment));
    assert_eq!(time("date=2026-04-08 time=10:31:05 tz=\"+0000\""), Some(moment));
    assert_eq!(time("date=2026-04-08 time=05:31:05 tz=\"UTC-5\""), Some(moment));
    assert_eq!(time("date=2026-04-08 time=25:31:05"), None);
    assert_eq!(time("eventtime=-5 date=x"), None);
}

proptest::proptest! {
    #[test]
    fn any_line_with_a_fortigates_marks_is_one_event(rest in "( [a-z]{2,9}=(\"[ -~]{0,12}\"?|[ -~]{0,9}))*", action in "[a-zA-Z-]{0,12}") {
        let line = format!("logid=0101039947 type=event subtype=vpn devid=F action={action}");
        let expected = if action.starts_with("ssl-login") { 3002 } else { 4014 };
        tell(&format!("{line}{rest}"), expected, &[]);
    }
}
