//! The page: `docs/detection.md`, and its first part on the screen.

use std::fmt::Write as _;
use std::path::Path;

use super::alert::{MEDIUM, severity};
use super::data::Purpose;
use super::detectors::Detector;
use super::labels::Fit;
use super::misses::Reasons;
use super::score::{BySeverity, OfRule, Scored, Scores};
use super::sigma::{self, STAGES};
use super::table::Table;

/// All that the page tells of.
pub struct Page<'a> {
    pub scores: &'a Scores,
    pub detectors: &'a [Detector],
    pub fits: &'a [Fit],
    pub reasons: &'a Reasons,
}

// === impl Page ===

impl Page<'_> {
    /// What fits a screen: the tables, noise, and what was missed.
    pub fn summary(&self) -> String {
        let parts =
            [self.stages(), self.noise(), self.benign(), self.rules(), self.rows(), self.missed(), self.beside()];
        parts.concat()
    }

    /// The whole page.
    pub fn whole(&self) -> String {
        let detectors: Vec<_> = self.detectors.iter().map(|detector| format!("`{}`", detector.name)).collect();
        let head = format!(
            "# Detection\n\n*Made by `cargo xtask evaluate --data DIR` from logs that are not part of this repository; file names \
             are relative to the data set.*\n\n\
             Judged: {} with default settings and without an inventory. Each file is judged by itself with empty memory, so what \
             needs a past can't show here; the [generated streams](streams.md) are for that.\n\n",
            detectors.join(", ")
        );
        head + &self.summary() + &self.listing()
    }

    fn stages(&self) -> String {
        let mut table = Table::new(&[
            "stage",
            ">files",
            ">seen at any severity",
            ">medium and up",
            ">high and up",
            ">seen as this very stage",
            ">Sigma, medium and up",
            ">Sigma, high and up",
        ]);
        for stage in &STAGES {
            let files: Vec<_> = self.scores.of_stage(Purpose::Counted, stage.id).collect();
            let found = BySeverity::count(files.iter().map(|scored| scored.found()));
            let own = BySeverity::count(files.iter().map(|scored| scored.found_as(stage.id)));
            let cells = [found.seen, found.medium, found.high, own.seen, stage.medium, stage.high];
            let mut row = vec![stage.title.to_owned(), files.len().to_string()];
            row.extend(cells.map(|count| count.to_string()));
            table.row(row);
        }
        let changed = STAGES
            .iter()
            .filter(|stage| self.scores.of_stage(Purpose::Counted, stage.id).count() as u64 != stage.files);
        let changed: Vec<_> = changed.map(|stage| stage.title).collect();
        let note = if changed.is_empty() {
            String::new()
        } else {
            format!("The Sigma figures were made with another number of files for: {}.\n\n", changed.join(", "))
        };
        format!(
            "## Files found by stage\n\nA file counts as found when an alert of one of its stages cites a row of it. Alerts count \
             once by uid, as they stand at the end; one that was taken back does not count. An alert's stages are those of its \
             techniques. Sigma: 2,407 community \
             rules for Windows (SigmaHQ, by rsigma 0.23), one alert a match.\n\n{table}\n{note}"
        )
    }

    fn noise(&self) -> String {
        let (off, events) = self.scores.off_target();
        let benign = self.benign_count();
        let mut table = Table::new(&[
            "",
            ">seen",
            ">medium and up",
            ">high and up",
            ">Sigma, medium and up",
            ">Sigma, high and up",
        ]);
        let rate = |count: u64| format!("{:.1}", count as f64 * 100_000.0 / events.max(1) as f64);
        let sigma = [sigma::OFF_TARGET_MEDIUM, sigma::OFF_TARGET_HIGH].map(|count| count.to_string());
        let rates = [rate(off.seen), rate(off.medium), rate(off.high)];
        let head = |text: &str| vec![text.to_owned()];
        table.row(head("off-target alerts per 100,000 events").into_iter().chain(rates).chain(sigma));
        let counts = [benign.seen, benign.medium, benign.high, sigma::BENIGN_MEDIUM, sigma::BENIGN_HIGH];
        table.row(head("alerts on benign logs").into_iter().chain(counts.map(|count| count.to_string())));
        format!(
            "## Alerts beside the point\n\nOff-target: alerts on the files above whose stages don't meet the file's, {} of \
             them in {events} events; one without any stage (execution alone) is among them. Off-target is not \
             yet false: many laboratories clear the logs before they begin. The benign logs are the \
             Windows logs of `evtx_rs_samples`.\n\n{table}\n",
            off.seen
        )
    }

    fn benign_files(&self) -> impl Iterator<Item = &Scored> {
        self.scores.of_purpose(Purpose::Benign)
    }

    /// On the logs that the Sigma rules were counted on.
    fn benign_count(&self) -> BySeverity {
        let windows = self.benign_files().filter(|scored| scored.file.name.starts_with("evtx_rs_samples/"));
        BySeverity::count(windows.flat_map(|scored| &scored.alerts).map(|placed| Some(placed.alert.severity)))
    }

    fn benign(&self) -> String {
        let mut table = Table::new(&["file", "severity", "rule", "title"]);
        for scored in self.benign_files() {
            let alerts = scored.alerts.iter().map(|placed| &placed.alert).filter(|alert| alert.severity >= MEDIUM);
            for alert in alerts {
                table.row([scored.file.name.as_str(), severity(alert.severity), &alert.rule, &alert.title]);
            }
        }
        let table = if table.is_empty() { "None.\n".to_owned() } else { table.to_string() };
        format!("### Alerts of medium and up on benign logs\n\n{table}\n")
    }

    fn rules(&self) -> String {
        let told = self.scores.by_rule();
        let mut rules: Vec<_> = self.detectors.iter().flat_map(|detector| detector.rules.keys()).collect();
        rules.sort_by_key(|rule| {
            let of = told.get(rule.as_str()).copied().unwrap_or_default();
            (std::cmp::Reverse(of.off_target + of.benign), std::cmp::Reverse(of.opened), rule.as_str())
        });
        let mut table = Table::new(&[
            "rule",
            ">opened",
            ">on target",
            ">off target",
            ">of them medium and up",
            ">benign",
            ">of them medium and up",
        ]);
        for rule in rules {
            let of: OfRule = told.get(rule.as_str()).copied().unwrap_or_default();
            let counts = [of.opened, of.on_target, of.off_target, of.off_target_medium, of.benign, of.benign_medium];
            table.row(std::iter::once(format!("`{rule}`")).chain(counts.map(|count| count.to_string())));
        }
        format!("## Alerts by rule\n\nThe noisiest first.\n\n{table}\n")
    }

    fn rows(&self) -> String {
        let mut table = Table::new(&[
            "labels",
            ">files",
            ">attack rows",
            ">cited",
            ">right",
            ">precision",
            ">recall",
            ">medium: cited",
            ">precision",
            ">recall",
        ]);
        let percent = |part: usize, whole: usize| {
            if whole == 0 { "–".to_owned() } else { format!("{:.0} %", part as f64 * 100.0 / whole as f64) }
        };
        for fit in self.fits {
            let [seen, medium] = fit.cited;
            table.row([
                fit.what.to_owned(),
                fit.files.to_string(),
                fit.attack.to_string(),
                seen.all.to_string(),
                seen.attack.to_string(),
                percent(seen.attack, seen.all),
                percent(seen.attack, fit.attack),
                medium.all.to_string(),
                percent(medium.attack, medium.all),
                percent(medium.attack, fit.attack),
            ]);
        }
        if table.is_empty() {
            return String::new();
        }
        format!(
            "## Rows cited against labelled rows\n\nAn alert cites some rows of many, so recall by row is low by nature; precision \
             tells whether the cited rows are the right ones.\n\n{table}\n"
        )
    }

    fn missed(&self) -> String {
        let mut table = Table::new(&["file", "stages", ">events", ">rows read", "reason"]);
        let compared = |scored: &&Scored| STAGES.iter().any(|stage| scored.file.stages.contains(stage.id));
        for scored in self.scores.of_purpose(Purpose::Counted).filter(compared) {
            if scored.found().is_none() {
                let stages: Vec<_> = scored.file.stages.iter().map(String::as_str).collect();
                table.row([
                    scored.file.name.clone(),
                    stages.join(", "),
                    scored.file.events.to_string(),
                    scored.account.rows.to_string(),
                    self.reasons.of(scored, self.detectors),
                ]);
            }
        }
        format!(
            "## Misses\n\nReasons are derived, or written by hand in `docs/detection-misses.tsv`. *Silent* names the rules that look \
             for the technique.\n\n{table}\n"
        )
    }

    /// Files that were made to match community rules.
    fn beside(&self) -> String {
        let mut table = Table::new(&["stage", ">files", ">seen at any severity", ">medium and up"]);
        for stage in &STAGES {
            let files: Vec<_> = self.scores.of_stage(Purpose::RuleMade, stage.id).collect();
            if !files.is_empty() {
                let found = BySeverity::count(files.iter().map(|scored| scored.found()));
                let counts = [files.len() as u64, found.seen, found.medium];
                table.row(std::iter::once(stage.title.to_owned()).chain(counts.map(|count| count.to_string())));
            }
        }
        if table.is_empty() {
            return String::new();
        }
        format!(
            "## Files made to match one community rule\n\nLeft out of the comparison, since those rules find all of them.\n\n{table}\n"
        )
    }

    /// The alerts behind the noise, and the files behind each denominator.
    fn listing(&self) -> String {
        let mut text = format!("## Off-target alerts\n\n{}\n## The files behind each number\n", self.off_target());
        for stage in &STAGES {
            let files = self.scores.of_stage(Purpose::Counted, stage.id);
            // Writing into a text does not fail.
            let _ = write!(text, "\n### {}\n\n{}", stage.title, listed(files));
        }
        for (purpose, title) in [
            (Purpose::Labelled, "Files with labelled rows"),
            (Purpose::RuleMade, "Files made to match one community rule"),
        ] {
            let _ = write!(text, "\n### {title}\n\n{}", listed(self.scores.of_purpose(purpose)));
        }
        text
    }

    fn off_target(&self) -> Table {
        let mut table = Table::new(&["rule", "severity", "file", "title"]);
        let mut rows = Vec::new();
        for scored in self.scores.of_purpose(Purpose::Counted) {
            let alerts = scored.alerts.iter().filter(|placed| !placed.on_target).map(|placed| &placed.alert);
            rows.extend(alerts.map(|alert| (&alert.rule, alert.severity, &scored.file.name, &alert.title)));
        }
        rows.sort();
        for (rule, level, file, title) in rows {
            table.row([rule.as_str(), severity(level), file, title]);
        }
        table
    }
}

fn listed<'s>(files: impl Iterator<Item = &'s Scored>) -> Table {
    let mut table = Table::new(&["file", "found", "by"]);
    for scored in files {
        let found = scored.found().map_or("missed", severity);
        table.row([scored.file.name.as_str(), found, &by(scored)]);
    }
    table
}

/// The rules that found a file.
fn by(scored: &Scored) -> String {
    let found = scored.alerts.iter().filter(|placed| placed.on_target);
    let mut rules: Vec<_> = found.map(|placed| placed.alert.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.join(", ")
}

/// Writes the page.
pub fn write(page: &Page<'_>, path: &Path) -> std::io::Result<()> {
    std::fs::write(path, page.whole())
}
