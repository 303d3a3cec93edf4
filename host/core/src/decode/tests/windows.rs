//! One Windows event in every shape it comes in tells the same; classes and fields of the tables.

use super::support::{decoder, run, texts};
use crate::contract::Kind;
use crate::decode::{Shape, SourceSettings};
use crate::model::Value;

const LOGON: &[(&str, &str)] = &[
    ("user.name", "alice"),
    ("user.domain", "CORP"),
    ("user.canonical", "corp\\alice"),
    ("actor.user.name", "FS01$"),
    ("session.uid", "0x13b593d"),
    ("src_endpoint.ip", "10.0.0.7"),
    ("src_endpoint.address", "10.0.0.7"),
    ("src_endpoint.port", "49822"),
    ("logon_type_id", "3"),
    ("auth_protocol", "NTLM"),
    ("device.hostname", "FS01.corp.example"),
    ("device.host", "fs01"),
    ("dst_endpoint.host", "fs01"),
    ("metadata.event_code", "4624"),
    ("metadata.log_name", "Security"),
    ("metadata.product.name", "Windows"),
    ("unmapped.LogonType", "3"),
    ("activity_id", "1"),
    ("activity_name", "Logon"),
    ("type_uid", "300201"),
    ("status_id", "1"),
    ("severity_id", "1"),
    ("time", "1620996016839"),
];

const WINLOGBEAT: &str = r#"{"@timestamp":"2021-05-14T12:40:16.839Z","message":"An account was logged on.","winlog":{"event_id":4624,
"provider_name":"Microsoft-Windows-Security-Auditing","channel":"Security","computer_name":"FS01.corp.example",
"keywords":["Audit Success"],"event_data":{"TargetUserName":"alice","TargetDomainName":"CORP","TargetLogonId":"0x13B593D",
"SubjectUserName":"FS01$","LogonType":"3","IpAddress":"::ffff:10.0.0.7","IpPort":"49822","AuthenticationPackageName":"NTLM"}}}"#;

const EVTX: &str = r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},
"EventID":{"#attributes":{"Qualifiers":0},"#text":4624},"Level":0,"TimeCreated":{"#attributes":{"SystemTime":"2021-05-14T12:40:16.839115Z"}},
"Channel":"Security","Computer":"FS01.corp.example"},"EventData":{"TargetUserName":"alice","TargetDomainName":"CORP",
"TargetLogonId":"0x13b593d","SubjectUserName":"FS01$","LogonType":3,"IpAddress":"10.0.0.7","IpPort":49822,
"AuthenticationPackageName":"NTLM"}}}"##;

const EVTX_PAIRS: &str = r##"{"Event":{"System":{"Provider":{"Name":"Microsoft-Windows-Security-Auditing"},"EventID":"4624",
"TimeCreated":{"SystemTime":"2021-05-14T12:40:16.839115Z"},"Channel":"Security","Computer":"FS01.corp.example"},
"EventData":{"Data":[{"Name":"TargetUserName","text":"alice"},{"Name":"TargetDomainName","text":"CORP"},
{"Name":"TargetLogonId","text":"0x13b593d"},{"#attributes":{"Name":"SubjectUserName"},"#text":"FS01$"},
{"Name":"LogonType","text":"3"},{"Name":"IpAddress","text":"10.0.0.7"},{"Name":"IpPort","text":"49822"},
{"Name":"AuthenticationPackageName","text":"NTLM"}]}}}"##;

const FLAT: &str = r#"{"EventID":4624,"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security",
"Hostname":"FS01.corp.example","TimeCreated":"2021-05-14T12:40:16.839Z","Keywords":-9214364837600034816,
"TargetUserName":"alice","TargetDomainName":"CORP","TargetLogonId":"0x13b593d","SubjectUserName":"FS01$",
"LogonType":"3","IpAddress":"10.0.0.7","IpPort":"49822","AuthenticationPackageName":"NTLM"}"#;

const CLOUD: &str = r#"{"TenantId":"x","EventID":"4624","TimeGenerated":"2021-05-14 12:40:16.839","Computer":"FS01.corp.example",
"TargetUserName":"alice","TargetDomainName":"CORP","TargetLogonId":"0x13b593d","SubjectUserName":"FS01$",
"LogonType":"3","IpAddress":"10.0.0.7","IpPort":"49822","AuthenticationPackageName":"NTLM"}"#;

const XML: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
<Provider Name='Microsoft-Windows-Security-Auditing'/><EventID Qualifiers='0'>4624</EventID><Keywords>0x8020000000000000</Keywords>\
<TimeCreated SystemTime='2021-05-14T12:40:16.839115500Z'/><Channel>Security</Channel><Computer>FS01.corp.example</Computer><Security/></System>\
<EventData><Data Name='TargetUserName'>alice</Data><Data Name='TargetDomainName'>CORP</Data><Data Name='TargetLogonId'>0x13b593d</Data>\
<Data Name='SubjectUserName'>FS01$</Data><Data Name='LogonType'>3</Data><Data Name='IpAddress'>10.0.0.7</Data>\
<Data Name='IpPort'>49822</Data><Data Name='AuthenticationPackageName'>NTLM</Data></EventData></Event>";

const TEXT: &str = "05/14/2021 12:40:16.839 PM\nLogName=Security\nEventCode=4624\nEventType=0\n\
ComputerName=FS01.corp.example\nSourceName=Microsoft Windows security auditing.\nType=Information\nKeywords=Audit Success\n\
Message=An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tFS01$\r\n\
\tAccount Domain:\t\tCORP\r\n\tLogon ID:\t\t0x3E7\r\n\r\nLogon Information:\r\n\tLogon Type:\t\t3\r\n\r\nNew Logon:\r\n\
\tSecurity ID:\t\tCORP\\alice\r\n\tAccount Name:\t\talice\r\n\tAccount Domain:\t\tCORP\r\n\tLogon ID:\t\t0x13B593D\r\n\r\n\
Network Information:\r\n\tWorkstation Name:\t-\r\n\tSource Network Address:\t10.0.0.7\r\n\tSource Port:\t\t49822\r\n\r\n\
Detailed Authentication Information:\r\n\tAuthentication Package:\tNTLM\r\n\r\n\
This event is generated when a logon session is created.";

#[test]
fn a_logon_tells_the_same_in_every_shape() {
    let paths: Vec<_> = LOGON.iter().map(|(path, _)| *path).collect();
    let expected: Vec<_> = LOGON.iter().map(|(_, value)| (*value).to_owned()).collect();
    for record in [WINLOGBEAT, EVTX, EVTX_PAIRS, FLAT, CLOUD, XML, TEXT] {
        let (class, values) = texts(record, &paths);
        let told: Vec<_> = paths.iter().zip(values).collect();
        let expected: Vec<_> = paths.iter().zip(expected.clone()).collect();
        assert_eq!((class, told), (3002, expected), "{record}");
    }
}

#[test]
fn a_record_decodes_the_same_whatever_came_before_it() {
    let records =
        [(WINLOGBEAT, Shape::Winlogbeat), (FLAT, Shape::WindowsFlat), (EVTX, Shape::EvtxJson), ("{}", Shape::Json)];
    let mut decoder = decoder(&[("user.name", Kind::Text)], SourceSettings::default());
    for before in records {
        for (record, shape) in records {
            run(&mut decoder, before.0.as_bytes()).0.unwrap();
            assert_eq!(run(&mut decoder, record.as_bytes()).0.unwrap().shape, shape);
        }
    }
}

#[test]
fn values_come_in_the_wanted_kind_and_others_are_counted() {
    let fields = [
        ("src_endpoint.port", Kind::Integer),
        ("src_endpoint.port", Kind::Text),
        ("user.name", Kind::Integer),
        ("user.privileged", Kind::Boolean),
        ("user.privileged", Kind::Integer),
        ("logon_type_id", Kind::Integers),
    ];
    let mut decoder = decoder(&fields, SourceSettings::default());
    let (_, seen) = run(&mut decoder, FLAT.as_bytes());
    assert_eq!(seen[0].values[..2], [Value::Integer(49822), Value::Text("49822".into())]);
    assert_eq!(seen[0].values[2], Value::Null);
    assert_eq!(seen[0].values[3..], [Value::Boolean(false), Value::Integer(0), Value::Integers(vec![3])]);
    assert_eq!(decoder.take_field_faults(), [("user.name".to_owned(), 1)]);
    assert_eq!(decoder.take_field_faults(), []);
}

fn sysmon(id: u32, data: &str) -> String {
    format!(
        r#"{{"winlog":{{"event_id":{id},"provider_name":"Microsoft-Windows-Sysmon","channel":"Microsoft-Windows-Sysmon/Operational",
        "computer_name":"h","event_data":{data}}}}}"#
    )
}

#[test]
fn sysmon_events_tell_processes_keys_and_names() {
    let launch = sysmon(
        1,
        r#"{"Image":"C:\\Windows\\cmd.exe","CommandLine":"cmd /c x","User":"CORP\\bob","ProcessId":"77","ProcessGuid":"{AB-1}",
        "OriginalFileName":"Cmd.Exe","ParentImage":"C:\\a\\b.exe","LogonId":"0x3E7"}"#,
    );
    let paths =
        ["process.file.name", "process.cmd_line", "user.name", "user.domain", "process.uid", "process.original_name"];
    let told = ["cmd.exe", "cmd /c x", "bob", "CORP", "ab-1", "Cmd.Exe"].map(str::to_owned).to_vec();
    assert_eq!(texts(&launch, &paths), (1007, told));
    let paths = ["process.parent_process.file.name", "session.uid", "activity_name", "metadata.product.name"];
    let told = ["b.exe", "0x3e7", "Launch", "Sysmon"].map(str::to_owned).to_vec();
    assert_eq!(texts(&launch, &paths), (1007, told));

    let set =
        sysmon(13, r#"{"EventType":"SetValue","TargetObject":"HKLM\\Run\\x","Details":"y.exe","Image":"C:\\r.exe"}"#);
    let paths =
        ["reg_key.path", "reg_value.name", "reg_value.path", "reg_value.data", "actor.process.file.path", "type_uid"];
    let told = ["HKLM\\Run", "x", "HKLM\\Run\\x", "y.exe", "C:\\r.exe", "20100202"].map(str::to_owned).to_vec();
    assert_eq!(texts(&set, &paths), (201_002, told));

    let open = sysmon(10, r#"{"SourceImage":"C:\\a.exe","TargetImage":"C:\\lsass.exe","GrantedAccess":"0x1FFFFF"}"#);
    let (class, told) = texts(&open, &["actor.process.file.path", "process.file.name", "actual_permissions"]);
    assert_eq!((class, told), (1007, ["C:\\a.exe", "lsass.exe", "2097151"].map(str::to_owned).to_vec()));
}

fn security(id: u32, data: &str) -> String {
    format!(
        r#"{{"EventID":{id},"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security","Hostname":"dc1",{data}}}"#
    )
}

#[test]
fn security_events_find_their_class_by_their_fields() {
    let object = |kind: &str, mask: &str| {
        security(4663, &format!(r#""ObjectType":"{kind}","ObjectName":"C:\\x\\y","AccessMask":"{mask}""#))
    };
    let class = |record: &str| texts(record, &["activity_name"]);
    assert_eq!(class(&object("File", "0x10000")), (1001, vec!["Delete".to_owned()]));
    assert_eq!(class(&object("Key", "0x1")), (201_001, vec!["Read".to_owned()]));
    assert_eq!(class(&object("Process", "0x10")), (1007, vec!["Open".to_owned()]));
    assert_eq!(class(&object("SAM_DOMAIN", "0x1")), (201_003, vec!["Access".to_owned()]));
    assert_eq!(texts(&object("File", "0x1"), &["file.name", "reg_key.path"]).1, ["y", ""]);
    assert_eq!(class(&security(4719, r#""AuditPolicyChanges":"%%8448, %%8450""#)).1, ["Disable"]);
    assert_eq!(texts(&security(4771, r#""Status":"0x18""#), &["status_id", "activity_id"]).1, ["2", "6"]);
    assert_eq!(texts(&security(4769, r#""Status":"0x0""#), &["status_id"]).1, ["1"]);
    let member =
        security(4728, r#""MemberName":"CN=Eve\\, A,OU=x","MemberSid":"S-1","TargetUserName":"Domain Admins""#);
    assert_eq!(
        texts(&member, &["user.name", "group.name"]),
        (3006, vec!["Eve, A".to_owned(), "Domain Admins".to_owned()])
    );
    let task = security(
        4698,
        r#""TaskName":"\\t","TaskContent":"<Task><Exec><Command>c.exe</Command><Arguments>/a &gt; b</Arguments></Exec></Task>""#,
    );
    assert_eq!(texts(&task, &["job.name", "job.cmd_line"]), (1006, vec!["\\t".to_owned(), "c.exe /a > b".to_owned()]));
    let explicit = security(4648, r#""TargetServerName":"srv9","TargetUserName":"adm","SubjectUserName":"joe""#);
    assert_eq!(texts(&explicit, &["dst_endpoint.hostname", "device.hostname"]).1, ["srv9", "dc1"]);
}

#[test]
fn a_cleared_log_is_named_from_user_data_or_the_message() {
    let evtx = r##"{"Event":{"System":{"Provider":{"Name":"Microsoft-Windows-Eventlog"},"EventID":104,"Channel":"System"},
    "UserData":{"LogFileCleared":{"#attributes":{"xmlns":"x"},"SubjectUserName":"tony","Channel":"Application"}}}}"##;
    assert_eq!(
        texts(evtx, &["log_name", "actor.user.name"]),
        (1008, vec!["Application".to_owned(), "tony".to_owned()])
    );
    let flat = r#"{"EventID":1102,"SourceName":"Microsoft-Windows-Eventlog","Channel":"Security",
    "Message":"The audit log was cleared.\r\nSubject:\r\n\tAccount Name:\twardog\r\n\tLogon ID:\t0xC61D9"}"#;
    assert_eq!(texts(flat, &["log_name", "actor.user.name"]), (1008, vec!["Security".to_owned(), "wardog".to_owned()]));
}

#[test]
fn nobody_forges_fields_of_a_rendered_message_from_a_later_line() {
    let record = "LogName=Security\nEventCode=4688\nMessage=A new process has been created.\r\n\r\nProcess Information:\r\n\
    \tNew Process Name:\tC:\\a.exe\r\n\tProcess Command Line:\tcmd /c x\r\n\tNew Process Name:\tC:\\good.exe\r\n";
    assert_eq!(texts(record, &["process.file.path", "process.cmd_line"]).1, ["C:\\a.exe", "cmd /c x"]);
}

#[test]
fn logons_of_services_beside_windows_are_read_from_their_sentences() {
    let event = |provider: &str, id: u32, data: &str| {
        format!(
            r#"{{"Event":{{"System":{{"Provider":{{"Name":"{provider}"}},"EventID":{id},"Computer":"h"}},"EventData":{data}}}}}"#
        )
    };
    let paths = ["user.name", "src_endpoint.ip", "src_endpoint.port", "status_id"];
    let told = |record: &str| texts(record, &paths);
    // A name may hold what sshd writes behind it.
    let ssh = r#"{"payload":"Failed password for invalid user x from 10.0.0.1 port 2 from 10.9.9.9 port 56605 ssh2"}"#;
    let name = "x from 10.0.0.1 port 2";
    let expected = [name, "10.9.9.9", "56605", "2"].map(str::to_owned).to_vec();
    assert_eq!(told(&event("OpenSSH", 4, ssh)), (3002, expected));
    let sql = r#"{"Data":["sa"," Reason: none."," [CLIENT: 10.2.3.4]"]}"#;
    assert_eq!(told(&event("MSSQL$X", 18456, sql)), (3002, ["sa", "10.2.3.4", "", "2"].map(str::to_owned).to_vec()));
    let rdp = r#"{"ConnType":"TCP","ClientIP":"[fe80::1]:36160"}"#;
    let provider = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS";
    assert_eq!(told(&event(provider, 131, rdp)), (4005, ["", "fe80::1", "36160", "0"].map(str::to_owned).to_vec()));
    let audit = r##"{"Data":{"#text":"action_id:LGIF\nsucceeded:false\nserver_principal_name:eve\n"}}"##;
    assert_eq!(told(&event("MSSQL$X", 33205, audit)), (3002, ["eve", "", "", "2"].map(str::to_owned).to_vec()));
}
