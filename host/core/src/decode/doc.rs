//! The mapping as people and other code read it: a page of tables, and the fields that can be filled.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::dialect::{Classify, DIALECTS, Dialect, Entry, From, Row};
use super::own::OWN;
use super::raw::Raw;
use crate::schema::{Class, ClassUid};

/// Every path that some mapping can fill for a class, `unmapped.*` and OCSF records aside; sorted.
pub fn known_fields(class: ClassUid) -> Vec<&'static str> {
    let mut fields: BTreeSet<&'static str> = OWN.iter().map(|(path, _)| *path).collect();
    for dialect in DIALECTS {
        for entry in entries(dialect).filter(|entry| entry.classes().contains(&class.0)) {
            fields.extend(rows(dialect, entry).map(|row| row.path));
        }
    }
    fields.into_iter().collect()
}

/// `docs/mapping.md`.
pub fn mapping_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for dialect in DIALECTS {
        let _ = write!(page, "\n## {}\n", dialect.name);
        let tables = dialect.entries.iter().flat_map(|table| table.iter());
        for entry in tables.chain([dialect.other]) {
            describe(&mut page, entry);
        }
        if !dialect.common.is_empty() {
            page.push_str("\n### All of them\n");
            table(&mut page, dialect.common.iter());
        }
    }
    page
}

const INTRODUCTION: &str = "\
# From log source to OCSF

This page is generated from the decoder's tables; the test of its freshness rewrites it with `SEKISHO_BLESS=1`.

A row fills an OCSF path from a field of the source. Where a path has several rows, the first that says something wins;
empty texts and `-` say nothing. Fields that begin with `@` are the header's (event id, provider, channel, computer,
user, message), wherever a shape keeps them. `unmapped.<name>` reaches any field of the source by its own name.

Every event has `class_uid`, `class_name`, `category_uid`, `activity_id`, `activity_name`, `type_uid`, `status_id`,
`severity_id`, `time` (milliseconds), `raw_data` and `off_hours`. Beside a user stand `canonical`, `privileged` and `service_account`, beside an endpoint or device `host`, `address`, `zone` and `role`.
";

fn entries(dialect: &'static Dialect) -> impl Iterator<Item = &'static Entry> {
    dialect.entries.iter().flat_map(|table| table.iter()).chain([dialect.other])
}

fn rows(dialect: &'static Dialect, entry: &'static Entry) -> impl Iterator<Item = &'static Row> {
    entry.rows.iter().flat_map(|rows| rows.iter()).chain(dialect.common)
}

fn describe(page: &mut String, entry: &'static Entry) {
    let codes: Vec<String> = entry.codes.iter().map(u32::to_string).collect();
    let title = match (entry.kind, codes.is_empty()) {
        ("", _) => "Anything else".to_owned(),
        (kind, true) => kind.to_owned(),
        (kind, false) => format!("{kind} {}", codes.join(", ")),
    };
    let _ = write!(page, "\n### {title}\n\n");
    match &entry.class {
        Classify::Is(judged) => {
            let status = match judged.status {
                Some(1) => ", success",
                Some(2) => ", failure",
                _ => "",
            };
            let (activity, name) = (judged.activity, judged.name);
            let _ = writeln!(page, "{}: {activity} {name}{status}.", class(judged.class));
        }
        Classify::By { classes, told, .. } => {
            let classes: Vec<String> = if classes.len() > 8 {
                vec!["any class".to_owned()]
            } else {
                classes.iter().map(|uid| class(*uid)).collect()
            };
            let _ = writeln!(page, "{}: by {told}.", classes.join(", "));
        }
    }
    table(page, entry.rows.iter().flat_map(|rows| rows.iter()));
}

fn class(uid: u32) -> String {
    let caption = Class::by_uid(ClassUid(uid)).map_or("unknown", |class| class.caption);
    format!("{uid} {caption}")
}

fn table(page: &mut String, rows: impl Iterator<Item = &'static Row>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    page.push_str("\n| path | from |\n|---|---|\n");
    for row in rows {
        let from = match &row.from {
            From::Field(field, convert) if convert.name.is_empty() => format!("`{field}`"),
            From::Field(field, convert) => format!("`{field}`: {}", convert.name),
            From::Constant(Raw::Text(text)) => format!("always `{text}`"),
            From::Constant(Raw::Integer(number)) => format!("always {number}"),
            From::Constant(_) => "always".to_owned(),
            From::Flow(_) => "which way the flow goes, by the zones of its ends".to_owned(),
            From::Computed { told, .. } => (*told).to_owned(),
        };
        let _ = writeln!(page, "| `{}` | {} |", row.path, from.replace('|', "\\|"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_mapping_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mapping.md");
        let page = mapping_markdown();
        if std::env::var_os("SEKISHO_BLESS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == page, "docs/mapping.md is stale: run the test with SEKISHO_BLESS=1");
    }

    #[test]
    fn every_class_of_the_tables_is_known_and_no_event_stands_twice() {
        for dialect in DIALECTS {
            let mut seen = BTreeSet::new();
            for entry in entries(dialect) {
                for uid in entry.classes() {
                    assert!(Class::by_uid(ClassUid(uid)).is_some(), "{uid} of {}", entry.kind);
                }
                for code in entry.codes {
                    assert!(seen.insert((entry.kind, *code)), "{} {code} stands twice", entry.kind);
                }
            }
        }
    }
}
