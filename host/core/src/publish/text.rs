//! An alert as a tired analyst reads it in a terminal: who, from where, to where, what, since when, on what evidence,
//! and what to do next.

use std::fmt::Write as _;

use serde_json::Value;

/// How a terminal shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub color: bool,
    /// Columns; longer lines of prose are wrapped.
    pub width: usize,
}

const INDENT: &str = "          ";
const BOLD: &str = "1";
const DIM: &str = "2";

/// The whole alert, several lines, with a closing line break. Everything from logs is shown without control characters:
/// a log line can't move the cursor. Of a retracted alert it tells which it was and why: there is nothing to be done.
pub fn readable(body: &Value, look: Look) -> String {
    let mut out = Page { out: String::new(), look, body };
    out.head();
    out.entities();
    if body["unmapped"]["sekisho"]["change"] == "retracted" {
        return out.out;
    }
    out.prose("What", body["finding_info"]["desc"].as_str());
    out.figures();
    out.techniques();
    out.evidence();
    out.prose("Next", body["remediation"]["desc"].as_str());
    out.out
}

struct Page<'a> {
    out: String,
    look: Look,
    body: &'a Value,
}

// === impl Page ===

impl Page<'_> {
    fn head(&mut self) {
        let body = self.body;
        let own = &body["unmapped"]["sekisho"];
        let severity = text(&body["severity"]).to_uppercase();
        let color = match body["severity_id"].as_u64() {
            Some(5) => "1;37;41",
            Some(4) => "1;31",
            Some(3) => "1;33",
            _ => "1;36",
        };
        let (badge, title) = (self.paint(color, &format!("{severity:<9}")), self.paint(BOLD, &text(&body["message"])));
        let _ = writeln!(self.out, "{badge} {title}");
        let times = span(body["start_time"].as_i64(), body["end_time"].as_i64());
        let change = match (own["change"].as_str(), own["revision"].as_u64()) {
            (Some("retracted"), _) => "retracted",
            (Some("closed"), _) => "closed",
            (_, Some(1)) => "new",
            _ => "grown",
        };
        let revision = own["revision"].as_u64().unwrap_or_default();
        let confidence = body["confidence_score"].as_u64().unwrap_or_default();
        let _ = writeln!(self.out, "{INDENT}{times} · {change}, revision {revision} · confidence {confidence} of 100");
        let names =
            format!("{}/{} · {}", text(&own["detector"]), text(&own["rule"]), text(&body["finding_info"]["uid"]));
        let names = self.paint(DIM, &names);
        let _ = writeln!(self.out, "{INDENT}{names}");
        if own["change"] != "stands" {
            self.prose("Why", body["status_detail"].as_str());
        }
    }

    fn entities(&mut self) {
        let own = &self.body["unmapped"]["sekisho"];
        let entities: Vec<_> = own["entities"].as_array().into_iter().flatten().collect();
        let role_of = |entity: &Value| text(&entity["role"]).to_lowercase();
        let place = |entity: &Value| match role_of(entity).as_str() {
            _ if entity["kind"] == "user" => "Who",
            "source" | "src" | "from" | "client" => "From",
            "target" | "destination" | "dst" | "to" | "server" => "To",
            _ => "With",
        };
        for label in ["Who", "From", "To", "With"] {
            let of = entities.iter().filter(|entity| place(entity) == label);
            let shown: Vec<_> = of
                .map(|entity| match (label, role_of(entity)) {
                    ("From" | "To", _) => text(&entity["name"]),
                    (_, role) if role.is_empty() => text(&entity["name"]),
                    (_, role) => format!("{} ({role})", text(&entity["name"])),
                })
                .collect();
            if !shown.is_empty() {
                let more = shown.len().saturating_sub(10);
                let mut line = shown[..shown.len() - more].join(", ");
                if more > 0 {
                    let _ = write!(line, " and {more} more");
                }
                self.prose(label, Some(&line));
            }
        }
    }

    fn figures(&mut self) {
        let figures = self.body["unmapped"]["sekisho"]["figures"].as_object();
        let shown = figures.into_iter().flatten().map(|(name, figure)| {
            let figure = figure.as_i64().unwrap_or_default();
            let name = clean(name);
            let shown = if name.contains("bytes") { bytes(figure) } else { figure.to_string() };
            format!("{} {shown}", name.replace('_', " "))
        });
        let line = shown.collect::<Vec<_>>().join(" · ");
        self.prose("How much", Some(&line));
    }

    fn techniques(&mut self) {
        let attacks = self.body["finding_info"]["attacks"].as_array();
        for (at, attack) in attacks.into_iter().flatten().enumerate() {
            let (whole, part) = (&attack["technique"], &attack["sub_technique"]);
            let id = if part.is_null() { text(&whole["uid"]) } else { text(&part["uid"]) };
            let shown_by = text(&self.body["unmapped"]["sekisho"]["techniques"][id.as_str()]);
            let mut line = format!("{id} {}", text(&whole["name"]));
            if !part.is_null() {
                let _ = write!(line, ": {}", text(&part["name"]));
            }
            if !shown_by.is_empty() {
                let _ = write!(line, ", shown by {shown_by}");
            }
            self.prose(if at == 0 { "ATT&CK" } else { "" }, Some(&line));
        }
    }

    fn evidence(&mut self) {
        let evidences: Vec<_> = self.body["evidences"].as_array().into_iter().flatten().collect();
        for (at, evidence) in evidences.iter().enumerate() {
            let data = &evidence["data"];
            let place = place(&data["origin"]);
            let time = data["time"].as_str().and_then(|time| time.parse().ok()).map(moment).unwrap_or_default();
            let line = format!("{time}  {}  {}", text(&data["role"]), self.paint(DIM, &place));
            self.line(if at == 0 { "Evidence" } else { "" }, line.trim_end());
            let seen = data["seen"].as_object();
            let shown = seen.into_iter().flatten().map(|(path, value)| format!("{}={}", clean(path), text(value)));
            let shown = shown.collect::<Vec<_>>().join("  ");
            if !shown.is_empty() {
                self.line("", &format!("  {shown}"));
            }
        }
        if let Some(more) = self.body["unmapped"]["sekisho"]["evidence_left_out"].as_u64() {
            self.line("", &format!("and {more} more"));
        }
    }

    /// A label and prose, wrapped.
    fn prose(&mut self, label: &str, prose: Option<&str>) {
        let mut label = label;
        let width = self.look.width.saturating_sub(INDENT.len()).max(40);
        for paragraph in prose.unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
            for line in wrapped(&clean(paragraph), width) {
                self.line(label, &line);
                label = "";
            }
        }
    }

    fn line(&mut self, label: &str, line: &str) {
        let label = self.paint(BOLD, &format!("{label:<9}"));
        let _ = writeln!(self.out, "{label} {line}");
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.look.color && !text.trim().is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => clean(&other.to_string()),
    }
}

/// Without what moves a cursor or turns the direction of writing.
fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

fn place(origin: &Value) -> String {
    let place = match origin["file"] {
        Value::String(_) => format!("{}:{}", text(&origin["file"]), text(&origin["line"])),
        _ if origin.is_null() => return String::new(),
        _ => format!("{}/{}@{}", text(&origin["topic"]), text(&origin["partition"]), text(&origin["offset"])),
    };
    if origin["index"].is_null() { place } else { format!("{place}#{}", text(&origin["index"])) }
}

/// Such as `2025-10-01 11:32:05.500`.
fn moment(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
}

/// In UTC, the day told once where both ends share it.
fn span(from: Option<i64>, until: Option<i64>) -> String {
    let shown = |millis: Option<i64>| match jiff::Timestamp::from_millisecond(millis.unwrap_or_default()) {
        Ok(time) => moment(time),
        Err(_) => "the end of time".to_owned(),
    };
    let (from, until) = (shown(from), shown(until));
    match from.split_once(' ').zip(until.split_once(' ')) {
        _ if from == until => format!("{from} UTC"),
        Some(((day, _), (same, time))) if day == same => format!("{from} to {time} UTC"),
        _ => format!("{from} to {until} UTC"),
    }
}

fn bytes(count: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut shown = count as f64;
    while shown.abs() >= 1000.0 && unit + 1 < UNITS.len() {
        shown /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} B") } else { format!("{shown:.1} {}", UNITS[unit]) }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let len = word.chars().count();
        if used > 0 && used + 1 + len > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += len;
        }
    }
    lines
}
