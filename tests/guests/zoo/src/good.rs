//! The zoo's good behaviour: it counts the rows of each key.

use crate::exports::sekisho::detector::plugin::{
    Call, Change, Entity, EntityKind, Evidence, Field, Finding, Identity, Judged, Kept, KeySpace, Kind, Note, Outcome,
    Plan, Rule, Scalar, Severity, Signal, SignalType, State, Subscription, Technique, Values,
};

/// A finding is raised when a key has had this many rows.
const MANY: u64 = 5;
/// A state is as large as one of a real detector.
const STATE: usize = 200;
const HOUR: u64 = 3600 * 1_000_000_000;

pub fn identity() -> Identity {
    Identity {
        id: "zoo".to_owned(),
        version: "0.1.0".to_owned(),
        title: "Counts rows, or misbehaves".to_owned(),
        settings_schema: r#"{"type": "object"}"#.to_owned(),
        extra: Vec::new(),
    }
}

pub fn plan() -> Plan {
    let rule = |id: &str, key_space| Rule {
        id: id.to_owned(),
        key_space,
        title: "Many rows of one key".to_owned(),
        severity: Severity::Low,
        confidence: 50,
        techniques: vec![Technique { id: "T1110.001".to_owned(), shown_by: "many rows".to_owned() }],
        judged: Judged::Immediate,
        bucket: HOUR,
        advice: "Look at the rows.".to_owned(),
        extra: Vec::new(),
    };
    let subscription = |key_space, key: &str| Subscription {
        source: "authentication".to_owned(),
        key_space,
        key: vec![key.to_owned()],
        fields: fields(),
        where_: Vec::new(),
        lateness: HOUR,
        extra: Vec::new(),
    };
    Plan {
        rules: vec![rule("many-rows", 0), rule("many-rows-of-host", 1)],
        key_spaces: vec![
            KeySpace { name: "user".to_owned(), parts: 1 },
            KeySpace { name: "host".to_owned(), parts: 1 },
        ],
        subscriptions: vec![subscription(0, "user.name"), subscription(1, "dst_endpoint.hostname")],
        signals: vec![SignalType {
            name: "busy".to_owned(),
            key_space: 0,
            fields: vec![field("user.name", Kind::Text), field("count", Kind::Integer)],
            extra: Vec::new(),
        }],
        counters: vec!["rows".to_owned()],
        state_version: 1,
        readable_versions: Vec::new(),
        memory: 2 << 20,
        extra: Vec::new(),
    }
}

fn fields() -> Vec<Field> {
    vec![
        field("user.name", Kind::Text),
        field("src_endpoint.ip", Kind::Text),
        field("dst_endpoint.hostname", Kind::Text),
        field("auth_protocol", Kind::Text),
        field("logon_type_id", Kind::Integer),
        field("activity_id", Kind::Integer),
        field("metadata.event_code", Kind::Integer),
        field("is_remote", Kind::Boolean),
    ]
}

fn field(path: &str, kind: Kind) -> Field {
    Field { path: path.to_owned(), kind, max_bytes: 0 }
}

/// An answer that says nothing.
pub fn nothing() -> Outcome {
    Outcome {
        findings: Vec::new(),
        signals: Vec::new(),
        states: Vec::new(),
        counters: Vec::new(),
        notes: Vec::new(),
        extra: Vec::new(),
    }
}

/// Reads every integer of every row, and the length of every text.
pub fn outcome(call: &Call) -> Outcome {
    let counters = vec![(0, call.order_rows.len() as u64)];
    let mut outcome = Outcome { counters, states: Vec::with_capacity(call.groups.len()), ..nothing() };
    for (at, group) in call.groups.iter().enumerate() {
        let mut state = group.state.as_ref().map_or_else(|| vec![0; STATE], |state| state.bytes.clone());
        let before = state.first_chunk().copied().map_or(0, u64::from_le_bytes);
        let count = before + u64::from(group.rows);
        let seen = (group.first..group.first + group.rows).map(|row| weight(call, row as usize)).sum::<u64>();
        state[..8].copy_from_slice(&count.to_le_bytes());
        state[8..16].copy_from_slice(&seen.to_le_bytes());
        outcome.states.push(Kept {
            group: at as u32,
            state: Some(State { version: 1, bytes: state, expires: None, wake: None }),
        });
        if before < MANY && count >= MANY {
            outcome.findings.push(finding(call, at, count));
            if call.key_space == 0 {
                outcome.signals.push(signal(call, at, count));
            }
        }
        if call.explain {
            outcome.notes.push(Note { group: at as u32, origin: None, text: format!("{count} rows, {MANY} wanted") });
        }
    }
    outcome
}

fn weight(call: &Call, row: usize) -> u64 {
    let (table, row) = (&call.tables[call.order_tables[row] as usize], call.order_rows[row] as usize);
    let of_column = |values: &Values| match values {
        Values::Text(text) => u64::from(text.offsets[row + 1] - text.offsets[row]),
        Values::Integer(integers) => integers[row].unsigned_abs(),
        Values::Boolean(bits) => u64::from(bits[row / 8] >> (row % 8) & 1),
        _ => 0,
    };
    table.columns.iter().map(|column| of_column(&column.values)).sum()
}

/// Token and time of the first row of a group.
fn first_row(call: &Call, group: usize) -> (u64, i64) {
    let first = call.groups[group].first as usize;
    match (call.order_tables.get(first), call.order_rows.get(first)) {
        (Some(&table), Some(&row)) => {
            let (table, row) = (&call.tables[table as usize], row as usize);
            (table.origins[row], table.times[row])
        }
        _ => (0, 0),
    }
}

pub fn finding(call: &Call, group: usize, count: u64) -> Finding {
    let (origin, time) = first_row(call, group);
    let key = call.groups[group].key.join("/");
    Finding {
        group: group as u32,
        rule: call.key_space,
        since: time,
        until: time,
        change: Change::Stands,
        severity: Severity::Low,
        confidence: 50,
        title: format!("{count} rows of {key}"),
        description: String::new(),
        entities: vec![Entity { kind: EntityKind::User, name: key.clone(), role: "source".to_owned() }],
        figures: vec![("rows".to_owned(), count as i64)],
        evidence: vec![Evidence {
            origin,
            time,
            role: "first row".to_owned(),
            seen: vec![("user.name".to_owned(), key)],
            extra: Vec::new(),
        }],
        extra: Vec::new(),
    }
}

pub fn signal(call: &Call, group: usize, count: u64) -> Signal {
    let (origin, time) = first_row(call, group);
    let key = call.groups[group].key.join("/");
    Signal {
        kind: 0,
        group: group as u32,
        time,
        origins: vec![origin],
        values: vec![Some(Scalar::Text(key)), Some(Scalar::Integer(count as i64))],
        extra: Vec::new(),
    }
}
