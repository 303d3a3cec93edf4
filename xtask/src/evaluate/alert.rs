//! Of an alert, what its score depends on.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

/// OCSF `severity_id` of medium.
pub const MEDIUM: u64 = 3;
/// OCSF `severity_id` of high.
pub const HIGH: u64 = 4;

/// One revision of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub uid: String,
    /// `detector/rule`.
    pub rule: String,
    pub title: String,
    /// OCSF `severity_id`: 1 informational to 5 critical.
    pub severity: u64,
    /// False: it was taken back.
    pub stands: bool,
    /// Sub-techniques where it names them.
    pub techniques: Vec<String>,
    /// The file of its evidence.
    pub file: String,
    /// Lines of that file that it cites, from 1.
    pub lines: BTreeSet<u64>,
}

// === impl Alert ===

impl Alert {
    /// Reads one revision as `sekisho replay` writes it.
    pub fn of_json(line: &str) -> Result<Self> {
        let body: Value = serde_json::from_str(line).context("failed to read an alert")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let finding = &body["finding_info"];
        let mut file = String::new();
        let mut lines = BTreeSet::new();
        for evidence in body["evidences"].as_array().into_iter().flatten() {
            let origin = &evidence["data"]["origin"];
            if let (Some(name), Some(line)) = (origin["file"].as_str(), origin["line"].as_u64()) {
                name.clone_into(&mut file);
                lines.insert(line);
            }
        }
        let technique = |attack: &Value| {
            let sub = attack["sub_technique"]["uid"].as_str();
            sub.or_else(|| attack["technique"]["uid"].as_str()).map(str::to_owned)
        };
        Ok(Self {
            uid: text(&finding["uid"]),
            rule: text(&finding["analytic"]["uid"]),
            title: text(&finding["title"]),
            severity: body["severity_id"].as_u64().unwrap_or_default(),
            stands: body["unmapped"]["sekisho"]["change"] != "retracted",
            techniques: finding["attacks"].as_array().into_iter().flatten().filter_map(technique).collect(),
            file,
            lines,
        })
    }
}

/// A severity in words.
pub fn severity(id: u64) -> &'static str {
    match id {
        0 => "",
        1 => "informational",
        2 => "low",
        3 => "medium",
        4 => "high",
        _ => "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finest_technique_and_every_cited_line_are_read() {
        let alert = Alert::of_json(
            r#"{"severity_id":4,"finding_info":{"uid":"u","title":"t","analytic":{"uid":"d/r"},"attacks":[
            {"technique":{"uid":"T1021"},"sub_technique":{"uid":"T1021.002"}},{"technique":{"uid":"T1047"}}]},
            "evidences":[{"data":{"origin":{"file":"a","line":3}}},{"data":{"origin":{"file":"a","line":1}}}],
            "unmapped":{"sekisho":{"change":"opened"}}}"#,
        )
        .unwrap();
        assert_eq!(alert.techniques, ["T1021.002", "T1047"]);
        assert_eq!((alert.file.as_str(), alert.lines.into_iter().collect::<Vec<_>>()), ("a", vec![1, 3]));
        assert!(alert.stands);
    }
}
