//! Account of a directory of logs: how many records of which shapes, classes and faults, and which stay unmapped.
//!
//! `cargo run --release --example decode_account -- DIR [--unmapped]`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sekisho_core::contract::Kind;
use sekisho_core::decode::{Decoder, SourceSettings};
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{Event, RawPartition, Record, Time, TimestampKind};
use sekisho_core::schema::{CLASSES, Projection};

const FIELDS: &[&str] = &["metadata.log_provider", "metadata.event_code", "activity_name"];

#[derive(Default)]
struct Account {
    records: u64,
    shapes: BTreeMap<&'static str, u64>,
    classes: BTreeMap<String, u64>,
    rejects: BTreeMap<String, u64>,
    unmapped: BTreeMap<String, u64>,
    untimed: u64,
    faulty_items: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("usage: decode_account DIR [--unmapped]")?;
    let by_file = arguments.next().is_some_and(|argument| argument == "--unmapped");
    let mut files = Vec::new();
    list(Path::new(&directory), &mut files)?;
    files.sort();
    let mut projection = Projection::default();
    for class in CLASSES {
        FIELDS.iter().for_each(|path| {
            projection.want(class.uid, path, Kind::Text);
        });
    }
    let mut decoder = Decoder::new(&projection, vec![SourceSettings::default()], Arc::new(Enrichment::default()))?;
    let mut account = Account::default();
    for file in &files {
        let before: u64 = account.unmapped.values().sum();
        let records = account.records;
        read(file, &mut decoder, &mut account)?;
        let unmapped = account.unmapped.values().sum::<u64>() - before;
        if by_file && unmapped > 0 {
            println!("{unmapped:>8} of {:>8} unmapped  {}", account.records - records, file.display());
        }
    }
    report(&account);
    Ok(())
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(file: &Path, decoder: &mut Decoder, account: &mut Account) -> std::io::Result<()> {
    let bytes = std::fs::read(file)?;
    for (line, value) in bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, value)| !value.is_empty()) {
        let record = Record {
            from: RawPartition::default(),
            offset: line as i64 + 1,
            timestamp: None,
            timestamp_kind: TimestampKind::Create,
            arrival: Time::MAX,
            value,
        };
        account.records += 1;
        let Account { classes, unmapped, untimed, .. } = account;
        let result = decoder.decode(&record, Time::default(), &mut |event: Event<'_>| {
            let field = |at: usize| event.values[at].as_text().unwrap_or_default();
            *classes.entry(format!("{} {}", event.class.0, field(2))).or_default() += 1;
            *untimed += u64::from(event.time_replaced);
            if event.class.0 == 0 {
                *unmapped.entry(format!("{} {}", field(0), field(1))).or_default() += 1;
            }
        });
        match result {
            Ok(decoded) => {
                *account.shapes.entry(decoded.shape.label()).or_default() += 1;
                account.faulty_items += decoded.faulty_items.len() as u64;
            }
            Err(rejected) => {
                *account.rejects.entry(rejected.reason.label().to_owned()).or_default() += 1;
                println!("rejected {}:{line}: {} at {:?}", file.display(), rejected.message, rejected.at);
            }
        }
    }
    Ok(())
}

fn report(account: &Account) {
    println!(
        "{} records, {} events without a time, {} faulty items",
        account.records, account.untimed, account.faulty_items
    );
    table("shapes", account.shapes.iter());
    table("rejects", account.rejects.iter());
    table("classes and activities", account.classes.iter());
    let mut unmapped: Vec<_> = account.unmapped.iter().collect();
    unmapped.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    table("unmapped: provider and event code", unmapped.into_iter().take(80));
}

fn table<K: AsRef<str>>(title: &str, rows: impl Iterator<Item = (K, impl std::fmt::Display)>) {
    println!("\n{title}");
    for (name, count) in rows {
        println!("{count:>10}  {}", name.as_ref());
    }
}
