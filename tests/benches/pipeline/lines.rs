//! The input: generated log lines, the same for the same seed, and the truth about them.
//!
//! Modelled on what Winlogbeat (nested ECS), NXLog (flat) and Zeek (dotted keys) write, in their proportion of a usual
//! site; 1.45 KB on average. People keep to their habits, so that alerts are rare, as they must be. Every name and
//! address is invented.

use std::collections::HashMap;
use std::fmt::Write as _;

/// A window of the count that systems are compared by, in milliseconds.
pub const WINDOW: i64 = 300_000;
/// Failed logons of one host in one window that raise an alert.
pub const THRESHOLD: u32 = 6;

/// What is generated.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub seed: u64,
    /// Number of the first line.
    pub first: u64,
    pub count: u64,
    /// Hosts and, twice as many, users: what bounds the number of keys.
    pub hosts: u64,
    /// Event time of the first line, in milliseconds since 1970.
    pub start: i64,
    /// Event time from line to line, in microseconds.
    pub step: i64,
    /// Every so many lines one is marked; 0: none.
    pub mark_every: u64,
    /// Logons and processes alone, of which detectors want every one; else as an audited site writes them, where most
    /// lines are of kinds that no detector asks for.
    pub dense: bool,
}

/// One line.
pub struct Line<'a> {
    pub number: u64,
    /// Event time in milliseconds.
    pub time: i64,
    pub text: &'a str,
    /// It carries the mark of its number.
    pub marked: bool,
}

/// What a count over all lines must find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Failed logons.
    pub matches: u64,
    /// Pairs of host and window that have any.
    pub keys: u64,
    /// Pairs that reach the threshold.
    pub bursts: u64,
    pub bytes: u64,
}

/// Kinds of events, each with its weight: what a site with the usual auditing writes (filtering platform, handles,
/// processes, logons), with many failed logons, since those are what is counted.
const USUAL: &[(u64, u64)] =
    &[(22, 5156), (18, 4658), (19, 4625), (12, 4624), (12, 4634), (7, 4689), (6, 4688), (4, 4672)];
const USUAL_FLAT: &[(u64, u64)] = &[(40, 5156), (30, 4658), (15, 4624), (15, 4634)];
const DENSE: &[(u64, u64)] = &[(43, 4624), (19, 4625), (20, 4634), (10, 4688), (8, 4672)];
const DENSE_FLAT: &[(u64, u64)] = &[(60, 4624), (40, 4634)];

/// Writes lines one after another.
pub struct Generator {
    spec: Spec,
    written: u64,
    random: Random,
    text: String,
    failed: HashMap<(u64, i64), u32>,
    truth: Truth,
}

/// SplitMix64, by Sebastiano Vigna (public domain).
struct Random(u64);

/// Who did what where, as every shape tells it.
struct Act {
    time: i64,
    user: String,
    host: u64,
    address: String,
    port: u64,
    logon: u64,
}

// === impl Spec ===

impl Spec {
    /// Lines that end just before `now` (milliseconds), in steps of 9 ms: 400,000 are an hour.
    pub fn until(now: i64, count: u64) -> Self {
        let step = 9_000;
        let start = now - count as i64 * step / 1000 - WINDOW;
        Self {
            seed: 20_260_101,
            first: 0,
            count,
            hosts: 5_000,
            start: start - start.rem_euclid(WINDOW),
            step,
            mark_every: 0,
            dense: false,
        }
    }
}

// === impl Generator ===

impl Generator {
    pub fn new(spec: Spec) -> Self {
        let random = Random(spec.seed);
        Self {
            spec,
            written: 0,
            random,
            text: String::with_capacity(4096),
            failed: HashMap::new(),
            truth: Truth::default(),
        }
    }

    /// The next line; none after the last.
    pub fn line(&mut self) -> Option<Line<'_>> {
        if self.written >= self.spec.count {
            return None;
        }
        let at = self.written;
        self.written += 1;
        let marked = self.spec.mark_every > 0 && at.is_multiple_of(self.spec.mark_every);
        let time = self.spec.start + at as i64 * self.spec.step / 1000;
        Some(self.write(self.spec.first + at, time, marked))
    }

    /// A marked line beyond the count, as the last of a partition.
    pub fn last(&mut self, number: u64) -> Line<'_> {
        let time = self.spec.start + self.spec.count as i64 * self.spec.step / 1000;
        self.write(number, time, true)
    }

    /// The truth about all lines so far.
    pub fn truth(&self) -> Truth {
        let bursts = self.failed.values().filter(|count| **count >= THRESHOLD).count() as u64;
        Truth { keys: self.failed.len() as u64, bursts, ..self.truth.clone() }
    }

    fn write(&mut self, number: u64, time: i64, marked: bool) -> Line<'_> {
        self.text.clear();
        let mut act = self.act(time);
        if marked {
            act.user = mark(number);
        }
        match self.random.below(100) {
            _ if marked => self.winlogbeat(&act, number, 4624),
            0..50 => {
                let kinds = if self.spec.dense { DENSE } else { USUAL };
                let code = self.random.pick(kinds);
                self.winlogbeat(&act, number, code);
            }
            50..75 => {
                let kinds = if self.spec.dense { DENSE_FLAT } else { USUAL_FLAT };
                let code = self.random.pick(kinds);
                self.nxlog(&act, number, code);
            }
            _ => self.zeek(&act),
        }
        self.truth.bytes += self.text.len() as u64;
        Line { number, time, text: &self.text, marked }
    }

    fn act(&mut self, time: i64) -> Act {
        let random = &mut self.random;
        let hosts = self.spec.hosts;
        let person = random.below(hosts * 2);
        // People work on their own machine and on one server; now and then somebody goes elsewhere.
        let mut habit = Random(match random.below(20_000) {
            0 => random.next(),
            chance => person * 2 + chance % 2,
        });
        // Some hosts see much more than others.
        let host = habit.skewed(hosts);
        Act {
            time,
            user: format!("user{person:07}"),
            host,
            address: format!("10.{}.{}.{}", person >> 16 & 255, person >> 8 & 255, person & 255),
            port: 49_152 + random.below(16_000),
            logon: random.next() & 0xffff_ffff,
        }
    }

    fn winlogbeat(&mut self, act: &Act, number: u64, code: u64) {
        let Act { user, host, address, port, logon, .. } = act;
        let stamp = stamp(act.time);
        if code == 4625 {
            self.truth.matches += 1;
            *self.failed.entry((*host, act.time.div_euclid(WINDOW))).or_default() += 1;
        }
        let (outcome, what) = match code {
            4625 => ("failure", "An account failed to log on."),
            4634 => ("success", "An account was logged off."),
            4672 => ("success", "Special privileges assigned to new logon."),
            4688 => ("success", "A new process has been created."),
            4689 => ("success", "A process has exited."),
            4658 => ("success", "The handle to an object was closed."),
            5156 => ("success", "The Windows Filtering Platform has permitted a connection."),
            _ => ("success", "An account was successfully logged on."),
        };
        let data = if matches!(code, 4658 | 4689 | 5156) {
            other_data(act, code)
        } else if code == 4688 {
            format!(
                r#""NewProcessId":"0x{logon:x}","NewProcessName":"C:\\Program Files\\Site Tools\\inventory.exe","TokenElevationType":"%%1938","ProcessId":"0x3e8","CommandLine":"\"C:\\Program Files\\Site Tools\\inventory.exe\" /quiet /site:7 /report:weekly","ParentProcessName":"C:\\Windows\\System32\\svchost.exe","MandatoryLabel":"S-1-16-8192""#
            )
        } else {
            format!(
                r#""TargetUserSid":"S-1-5-21-4230534742-2542757381-3142984815-{port}","TargetUserName":"{user}","TargetDomainName":"CORP","TargetLogonId":"0x{logon:x}","LogonType":"3","LogonProcessName":"NtLmSsp ","AuthenticationPackageName":"NTLM","WorkstationName":"PC{port}","LogonGuid":"{{00000000-0000-0000-0000-000000000000}}","KeyLength":"128","IpAddress":"{address}","IpPort":"{port}","ImpersonationLevel":"%%1833","Status":"0xc000006d","SubStatus":"0xc000006a","FailureReason":"%%2313""#
            )
        };
        let _ = write!(
            self.text,
            r#"{{"@timestamp":"{stamp}","@metadata":{{"beat":"winlogbeat","type":"_doc","version":"8.12.0"}},"message":"{what}\n\nSubject:\n\tSecurity ID:\t\tS-1-5-18\n\tAccount Name:\t\tWS{host:06}$\n\tAccount Domain:\t\tCORP\n\tLogon ID:\t\t0x3E7\n\nLogon Information:\n\tLogon Type:\t\t3\n\tRestricted Admin Mode:\t-\n\tVirtual Account:\t\tNo\n\tElevated Token:\t\tYes\n\nAccount For Which It Was:\n\tAccount Name:\t\t{user}\n\tAccount Domain:\t\tCORP\n\nNetwork Information:\n\tSource Network Address:\t{address}\n\tSource Port:\t\t{port}\n","agent":{{"type":"winlogbeat","version":"8.12.0","hostname":"ws{host:06}","id":"6a1c1c24-5c9f-4e0a-8a0e-6f5f6a8f0c7d","ephemeral_id":"0f5a1d3e-8b1a-4c38-9d0b-2f2a9c1f7e11"}},"ecs":{{"version":"8.0.0"}},"host":{{"name":"WS{host:06}.corp.example"}},"event":{{"code":"{code}","kind":"event","provider":"Microsoft-Windows-Security-Auditing","outcome":"{outcome}","action":"Logon","created":"{stamp}"}},"winlog":{{"event_id":{code},"provider_name":"Microsoft-Windows-Security-Auditing","provider_guid":"{{54849625-5478-4994-a5ba-3e3b0328c30d}}","api":"wineventlog","channel":"Security","computer_name":"WS{host:06}.corp.example","record_id":{number},"keywords":["Audit Success"],"opcode":"Info","task":"Logon","process":{{"pid":868,"thread":{{"id":2884}}}},"event_data":{{"SubjectUserSid":"S-1-5-18","SubjectUserName":"WS{host:06}$","SubjectDomainName":"CORP","SubjectLogonId":"0x3e7",{data}}}}}}}"#
        );
    }

    fn nxlog(&mut self, act: &Act, number: u64, code: u64) {
        let Act { user, host, address, port, logon, .. } = act;
        let stamp = stamp(act.time);
        let plain = format!("{} {}", &stamp[..10], &stamp[11..19]);
        let what = match code {
            4634 => "An account was logged off.",
            4658 => "The handle to an object was closed.",
            5156 => "The Windows Filtering Platform has permitted a connection.",
            _ => "An account was successfully logged on.",
        };
        let data = if matches!(code, 4658 | 5156) {
            other_data(act, code)
        } else {
            format!(
                r#""TargetUserSid":"S-1-5-21-1-2-3-{port}","TargetUserName":"{user}","TargetDomainName":"CORP","TargetLogonId":"0x{logon:x}","LogonType":"3","LogonProcessName":"NtLmSsp ","AuthenticationPackageName":"NTLM","WorkstationName":"PC{port}","IpAddress":"{address}","IpPort":"{port}","ImpersonationLevel":"%%1833""#
            )
        };
        let _ = write!(
            self.text,
            r#"{{"EventTime":"{plain}","Hostname":"WS{host:06}.corp.example","Keywords":-9214364837600034816,"EventType":"AUDIT_SUCCESS","SeverityValue":2,"Severity":"INFO","EventID":{code},"SourceName":"Microsoft-Windows-Security-Auditing","ProviderGuid":"{{54849625-5478-4994-A5BA-3E3B0328C30D}}","Version":2,"Task":12544,"OpcodeValue":0,"RecordNumber":{number},"ExecutionProcessID":868,"ThreadID":1512,"Channel":"Security","Message":"{what}\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tWS{host:06}$\r\n\tAccount Domain:\t\tCORP\r\n\tLogon ID:\t\t0x3E7\r\n\r\nLogon Type:\t\t\t3\r\n\r\nNew Logon:\r\n\tAccount Name:\t\t{user}\r\n\tLogon ID:\t\t0x{logon:x}\r\n\r\nNetwork Information:\r\n\tSource Network Address:\t{address}\r\n\tSource Port:\t\t{port}\r\n\r\nThis event is generated when a logon session is created. It is generated on the computer that was accessed.","Category":"Logon","Opcode":"Info","SubjectUserSid":"S-1-5-18","SubjectUserName":"WS{host:06}$","SubjectLogonId":"0x3e7",{data},"EventReceivedTime":"{plain}","SourceModuleName":"eventlog","SourceModuleType":"im_msvistalog","@timestamp":"{stamp}"}}"#
        );
    }

    fn zeek(&mut self, act: &Act) {
        let Act { address, port, logon, time, .. } = act;
        let (seconds, millis) = (time.div_euclid(1000), time.rem_euclid(1000));
        let (out, back) = (200 + self.random.below(20_000), 500 + self.random.below(200_000));
        let server = self.random.below(250) + 1;
        let _ = write!(
            self.text,
            r#"{{"_path":"conn","ts":{seconds}.{millis:03},"uid":"C{logon:08x}hSAgXDdGEd","id.orig_h":"{address}","id.orig_p":{port},"id.resp_h":"203.0.113.{server}","id.resp_p":443,"proto":"tcp","service":"ssl","duration":12.528,"orig_bytes":{out},"resp_bytes":{back},"conn_state":"SF","local_orig":true,"local_resp":false,"missed_bytes":0,"history":"ShADdFaf","orig_pkts":31,"orig_ip_bytes":{out},"resp_pkts":83,"resp_ip_bytes":{back},"orig_l2_addr":"00:0d:3a:13:e3:69","resp_l2_addr":"12:34:56:78:9a:bc"}}"#
        );
    }
}

/// The data of events that are no logons: a connection, a handle, the end of a process.
fn other_data(act: &Act, code: u64) -> String {
    let Act { address, port, logon, .. } = act;
    match code {
        5156 => format!(
            r#""ProcessID":"{port}","Application":"\\device\\harddiskvolume3\\program files\\site tools\\inventory.exe","Direction":"%%14593","SourceAddress":"{address}","SourcePort":"{port}","DestAddress":"10.200.0.20","DestPort":"445","Protocol":"6","FilterRTID":"71{port}","LayerName":"%%14611","LayerRTID":"48","RemoteUserID":"S-1-0-0","RemoteMachineID":"S-1-0-0""#
        ),
        4658 => format!(
            r#""ObjectServer":"Security","HandleId":"0x{port:x}","ProcessId":"0x{logon:x}","ProcessName":"C:\\Program Files\\Site Tools\\inventory.exe","ObjectType":"File","ObjectName":"D:\\shares\\projects\\report-{port}.docx","AccessMask":"0x120089""#
        ),
        _ => format!(
            r#""Status":"0x0","ProcessId":"0x{logon:x}","ProcessName":"C:\\Program Files\\Site Tools\\inventory.exe","ExitCode":"{port}","Parent":"C:\\Windows\\System32\\svchost.exe""#
        ),
    }
}

/// The user of a marked line.
pub fn mark(number: u64) -> String {
    format!("marked-{number}")
}

/// RFC 3339 in UTC with milliseconds.
fn stamp(millis: i64) -> String {
    // Days to a date of the proleptic Gregorian calendar, by Howard Hinnant's algorithm (public domain).
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second, milli) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

// === impl Random ===

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Small numbers more often than large ones.
    fn skewed(&mut self, end: u64) -> u64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((unit * unit * end as f64) as u64).min(end - 1)
    }

    /// One of several, each with its weight in a hundred.
    fn pick(&mut self, choices: &[(u64, u64)]) -> u64 {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        0
    }
}
