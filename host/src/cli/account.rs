//! The account at the end of a replay: what was read, what became of it, and what was not seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use sekisho_core::pipeline::Account;
use serde_json::{Value, json};

use super::alerts::Gathered;
use super::exit::Exit;
use super::screen::{counted, number, plain};
use crate::replay::Judged;

/// The account as people read it: the same for the same input.
pub fn text(judged: &Judged, gathered: &Gathered<'_>, files: usize, passed_over: &[(PathBuf, &'static str)]) -> String {
    let account = &judged.account;
    let mut page = Page(String::new());
    page.line("Files", format!("{} read{}", counted(files as u64, "file", "files"), left_out(passed_over)));
    for (file, reason) in &judged.broken {
        page.line("", format!("not read to its end: {}: {}", plain(file), plain(reason)));
    }
    page.records(account, judged, gathered);
    page.events(account);
    page.detectors(account, gathered);
    page.alerts(account, gathered);
    page.0
}

/// The account of one stream for machines.
pub fn json(files: &[PathBuf], judged: &Judged) -> Value {
    let account = &judged.account;
    let alerts: BTreeMap<_, _> = account
        .alerts
        .iter()
        .map(|(rule, of)| (rule, json!({"opened": of.opened, "revised": of.revised, "closed": of.closed})))
        .collect();
    json!({
        "files": files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
        "broken": judged.broken,
        "read": account.read, "decoded": account.decoded, "rejected": account.rejected, "shapes": account.shapes,
        "faulty_items": account.faulty_items, "events": account.events, "unwanted": account.unwanted,
        "time_replaced": account.time_replaced, "rows": account.rows, "keyless": account.keyless,
        "field_faults": account.field_faults, "quarantined": account.quarantined, "evicted": account.evicted,
        "counters": account.counters, "alerts": alerts,
    })
}

/// Whether all was seen.
pub fn exit(judged: &Judged, gathered: &Gathered<'_>) -> Exit {
    let whole = judged.broken.is_empty() && gathered.failures.is_empty() && gathered.blind.is_empty();
    if whole && judged.account.quarantined.is_empty() { Exit::Done } else { Exit::Incomplete }
}

struct Page(String);

// === impl Page ===

impl Page {
    fn line(&mut self, label: &str, text: impl AsRef<str>) {
        let text = text.as_ref();
        let label = format!("{label:<12}");
        // Writing into a text does not fail.
        let _ = writeln!(self.0, "{label}{text}");
    }

    fn records(&mut self, account: &Account, judged: &Judged, gathered: &Gathered<'_>) {
        let (read, decoded, rejected) = (account.read, account.decoded, account.rejected_total());
        let balance = if account.balances() {
            ""
        } else {
            " (this does not add up, which is a fault of sekisho: please report it)"
        };
        let numbers = format!("{} read = {} decoded + {} rejected", number(read), number(decoded), number(rejected));
        self.line("Records", numbers + balance);
        self.list("Shapes", &account.shapes);
        for (at, (reason, count)) in account.rejected.iter().enumerate() {
            let first = gathered.first_rejected.get(reason).cloned().or_else(|| {
                let (file, line, message) = judged.faults.first()?;
                Some(format!("first {}:{line}: {}", plain(file), plain(message)))
            });
            let first = first.map(|first| format!("; {first}")).unwrap_or_default();
            self.line(if at == 0 { "Rejected" } else { "" }, format!("{} {reason}{first}", number(*count)));
        }
        if account.faulty_items > 0 {
            let items = counted(account.faulty_items, "item", "items");
            self.line("Packs", format!("{items} of packs could not be decoded, apart from the records above"));
        }
    }

    fn events(&mut self, account: &Account) {
        let mut text = format!("{} decoded", counted(account.events, "event", "events"));
        if account.unwanted > 0 {
            let _ = write!(text, ", {} of them of classes that no detector reads", number(account.unwanted));
        }
        if account.time_replaced > 0 {
            let _ = write!(text, ", {} without a time that can be true", number(account.time_replaced));
        }
        self.line("Events", text);
        self.list("Odd fields", &account.field_faults);
        if account.keyless > 0 {
            self.line(
                "",
                format!("{} left out: no value for a detector's key", counted(account.keyless, "row", "rows")),
            );
        }
    }

    fn detectors(&mut self, account: &Account, gathered: &Gathered<'_>) {
        self.list("Counted", &account.counters);
        self.list("Quarantined", &account.quarantined);
        self.list("Evicted", &account.evicted);
        gathered.failures.iter().for_each(|failure| self.line("", failure));
        for (at, blind) in gathered.blind.values().enumerate() {
            let label = if at == 0 { "Not seen" } else { "" };
            self.line(label, format!("{} ({})", blind.message, counted(blind.rows(), "row", "rows")));
        }
    }

    fn alerts(&mut self, account: &Account, gathered: &Gathered<'_>) {
        let standing = gathered.standing().len();
        let mut text = counted(standing as u64, "alert stands", "alerts stand");
        match gathered.retracted() {
            0 => {}
            retracted => {
                let _ = write!(text, ", {} taken back", number(retracted as u64));
            }
        }
        self.line("Alerts", text);
        for (rule, counts) in &account.alerts {
            let revised = if counts.revised > 0 {
                format!(", {}", counted(counts.revised, "revision", "revisions"))
            } else {
                String::new()
            };
            let closed = if counts.closed > 0 { format!(", {} closed", number(counts.closed)) } else { String::new() };
            self.line("", format!("{} {rule}{revised}{closed}", number(counts.opened)));
        }
    }

    /// Names with their counts, the largest first, several a line.
    fn list(&mut self, label: &str, counts: &BTreeMap<String, u64>) {
        const SHOWN: usize = 12;
        let mut counts: Vec<_> = counts.iter().collect();
        counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
        let more = counts.len().saturating_sub(SHOWN);
        let shown: Vec<_> =
            counts.iter().take(SHOWN).map(|(name, count)| format!("{} {}", number(**count), plain(name))).collect();
        for (at, line) in shown.chunks(4).enumerate() {
            let last = (at + 1) * 4 >= shown.len();
            let more = if last && more > 0 { format!(" · and {more} more") } else { String::new() };
            self.line(if at == 0 { label } else { "" }, line.join(" · ") + &more);
        }
    }
}

fn left_out(passed_over: &[(PathBuf, &'static str)]) -> String {
    let mut kinds = BTreeMap::<_, u64>::new();
    passed_over.iter().for_each(|(_, what)| *kinds.entry(*what).or_default() += 1);
    let kinds: Vec<_> = kinds.into_iter().map(|(what, count)| format!("{count} {what}")).collect();
    if kinds.is_empty() { String::new() } else { format!("; passed over in folders: {}", kinds.join(", ")) }
}
