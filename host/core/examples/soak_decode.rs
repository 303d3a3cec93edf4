//! Decodes mutated records for a while: nothing may panic, stall, or hand on what the answer does not count.
//!
//! `cargo run --release --example soak_decode -- --seconds N [--dir DIR] [--seed N]`

#![expect(clippy::disallowed_methods, reason = "a soak lasts for a time, and times what it runs")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho_core::contract::Kind;
use sekisho_core::decode::{Decoder, SourceSettings};
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{RawPartition, Record, Time, TimestampKind};
use sekisho_core::schema::{CLASSES, Projection};

const SAMPLES: &[&str] = &[
    r#"{"winlog":{"event_id":4624,"channel":"Security","event_data":{"TargetUserName":"a","IpAddress":"::ffff:10.0.0.1","LogonType":"3"}},"@timestamp":"2021-05-14T12:40:16.839Z"}"#,
    r##"{"Event":{"System":{"EventID":{"#text":7036},"Provider":{"#attributes":{"Name":"Service Control Manager"}}},"EventData":{"Data":[{"Name":"param1","#text":"x"},"running"]}}}"##,
    r#"{"EventID":13,"SourceName":"Microsoft-Windows-Sysmon","Channel":"x","TargetObject":"HKLM\\a\\b","EventTime":"2020-01-01 00:00:00","Message":"x\r\n\tA: b"}"#,
    "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID></System><EventData><Data Name='Image'>C:\\a&amp;b</Data></EventData></Event>",
    "05/14/2021 12:40:16 PM\nLogName=Security\nEventCode=4624\nMessage=x\r\n\r\nNew Logon:\r\n\tAccount Name:\t\talice\r\n",
    r#"{"Records":[{"class_uid":3002,"time":1621024816839,"user":{"name":"e\ud83d\ude00"}},{"message":"{\"a\":[1,2]}"}]}"#,
    "<165>1 2026-04-08T10:31:05.003Z gw1 fw 77 ID47 - {\"EventID\":4688,\"Channel\":\"Security\"}",
    "date=2026-04-08 time=10:31:05 devname=\"fw\" logid=\"0000000013\" type=\"traffic\" srcip=10.0.0.1",
    r#"{"ts":1621024816.25,"_path":"conn","id.orig_h":"10.0.0.1","id.resp_p":445,"orig_bytes":12}"#,
];

const PATHS: &[&str] = &[
    "user.canonical",
    "src_endpoint.zone",
    "raw_data",
    "metadata.event_code",
    "unmapped.a.b",
    "reg_key.path",
    "job.cmd_line",
];

/// A record may take this long; more is a stall.
const STALL: Duration = Duration::from_millis(500);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| arguments.iter().position(|given| given == name).and_then(|at| arguments.get(at + 1));
    let seconds: u64 = option("--seconds").map_or(Ok(10), |text| text.parse())?;
    let seed: u64 = option("--seed").map_or(Ok(1), |text| text.parse())?;
    let mut samples: Vec<Vec<u8>> = SAMPLES.iter().map(|sample| sample.as_bytes().to_vec()).collect();
    if let Some(directory) = option("--dir") {
        load(Path::new(directory), &mut samples)?;
    }
    let (records, events) = soak(&samples, seed, Duration::from_secs(seconds))?;
    println!("{records} mutated records of {} samples, {events} events, no fault", samples.len());
    Ok(())
}

/// The first lines of every file below a directory.
fn load(directory: &Path, samples: &mut Vec<Vec<u8>>) -> std::io::Result<()> {
    let mut open: Vec<PathBuf> = vec![directory.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in std::fs::read_dir(path)? {
                open.push(entry?.path());
            }
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            let bytes = std::fs::read(path)?;
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && line.len() < 1 << 14);
            samples.extend(lines.take(8).map(<[u8]>::to_vec));
        }
    }
    Ok(())
}

fn soak(samples: &[Vec<u8>], seed: u64, time: Duration) -> Result<(u64, u64), Box<dyn std::error::Error>> {
    let mut projection = Projection::default();
    for class in CLASSES {
        for (at, path) in PATHS.iter().enumerate() {
            projection.want(class.uid, path, [Kind::Text, Kind::Integer, Kind::Texts][at % 3]);
        }
    }
    let mut decoder = Decoder::new(&projection, vec![SourceSettings::default()], Arc::new(Enrichment::default()))?;
    let mut random = Random(seed | 1);
    let (mut records, mut events) = (0, 0);
    let start = Instant::now();
    while start.elapsed() < time {
        for _ in 0..200 {
            let value = mutate(samples, &mut random);
            let begin = Instant::now();
            let told = decode(&mut decoder, &value);
            if begin.elapsed() > STALL {
                return Err(format!("a stall: {:?}", String::from_utf8_lossy(&value)).into());
            }
            events += told.ok_or_else(|| format!("a miscount: {:?}", String::from_utf8_lossy(&value)))?;
            records += 1;
        }
    }
    Ok((records, events))
}

/// The number of events, if the answer counts as many as were handed on and points into the record.
fn decode(decoder: &mut Decoder, value: &[u8]) -> Option<u64> {
    let record = Record {
        from: RawPartition::default(),
        offset: 1,
        timestamp: None,
        timestamp_kind: TimestampKind::Create,
        arrival: Time::MAX,
        value,
    };
    let mut seen = 0;
    let result = decoder.decode(&record, Time::default(), &mut |_| seen += 1);
    match result {
        Ok(decoded) => (u64::from(decoded.events) == seen).then_some(seen),
        Err(rejected) => (seen == 0 && rejected.at.is_none_or(|at| at <= value.len())).then_some(0),
    }
}

/// A sample with some of its bytes changed, cut, doubled, or parts of another sample in it.
fn mutate(samples: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    const SIGNS: &[u8] = b"{}[]\":,\\<>&;=\n\t\0-0x9eE+.u/ \xff\xc3";
    let mut value = samples[random.below(samples.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(value.len() + 1);
        let end = (at + random.below(24)).min(value.len());
        match random.below(8) {
            0 => value.truncate(at),
            1 => drop(value.drain(at..end)),
            2 => value.insert(at, SIGNS[random.below(SIGNS.len())]),
            3 if at < value.len() => value[at] = SIGNS[random.below(SIGNS.len())],
            4 if at < value.len() => value[at] ^= 1 << random.below(8),
            5 => drop(value.splice(at..at, value[at..end].to_vec())),
            6 => {
                let other = &samples[random.below(samples.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(200)).min(other.len());
                value.splice(at..at, other[from..to].to_vec());
            }
            _ => {
                let depth = random.below(200);
                value.splice(at..at, std::iter::repeat_n(b"[{\"a"[random.below(4)], depth));
            }
        }
    }
    value
}

/// A small xorshift generator: the same seed, the same soak.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}
