//! The tables, as text and into a page of the documentation.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use sekisho_tests::broker;

use crate::lab::Figures;
use crate::{plot, product, usage};

const BEGIN: &str = "<!-- made by `cargo xtask bench pipeline` -->";
/// Beside the page.
const PLOT: &str = "performance-pipeline.svg";
const END: &str = "<!-- end -->";

/// Which table a row stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Full speed, against the copy.
    Full,
    /// At a given pace.
    Paced,
    /// One thing varied.
    Varied,
}

/// A line of a table.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub figures: Figures,
}

/// All that one run measured.
pub struct Report {
    head: String,
    rows: Vec<(Section, Row)>,
}

/// The row that others are set against.
const YARDSTICK: &str = "raw copy in transactions of 100 ms";

// === impl Report ===

impl Report {
    pub fn new(lines: u64, load: &str) -> Result<Self> {
        let head = format!(
            "On {}; {}; Apache Kafka {}, librdkafka {}; {lines} lines on 4 partitions, one worker unless said. Tasks that \
             wanted a processor in the minute before the run: {load}.",
            usage::machine(),
            product::version()?,
            broker::version(),
            rdkafka::util::get_rdkafka_version().1,
        );
        Ok(Self { head, rows: Vec::new() })
    }

    pub fn add(&mut self, section: Section, row: Row) {
        eprintln!("    {}", cells(&row, self.yardstick()).join(" | "));
        self.rows.push((section, row));
    }

    fn yardstick(&self) -> Option<f64> {
        self.rows.iter().find(|(_, row)| row.name == YARDSTICK).map(|(_, row)| row.figures.process_micros())
    }

    /// Markdown.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.head);
        let sections = [(Section::Full, "At full speed"), (Section::Paced, "At a pace"), (Section::Varied, "Varied")];
        for (section, title) in sections {
            let rows: Vec<_> = self.rows.iter().filter(|(of, _)| *of == section).map(|(_, row)| row).collect();
            if rows.is_empty() {
                continue;
            }
            let _ = write!(
                text,
                "\n### {title}\n\n| | CPU µs an event | broker's | ratio to the copy | events/s | log → alert p50, p99 | memory | answers |\n|---|---|---|---|---|---|---|---|\n"
            );
            for row in rows {
                let _ = writeln!(text, "| {} |", cells(row, self.yardstick()).join(" | "));
            }
        }
        text
    }

    /// Puts it between the marks of a page.
    pub fn write(&self, page: &Path) -> Result<()> {
        let text = fs::read_to_string(page).with_context(|| format!("failed to read {}", page.display()))?;
        let (before, rest) = text.split_once(BEGIN).with_context(|| format!("{} lacks {BEGIN}", page.display()))?;
        let (_, after) = rest.split_once(END).with_context(|| format!("{} lacks {END}", page.display()))?;
        let full: Vec<_> = self.rows.iter().filter(|(of, _)| *of == Section::Full).map(|(_, row)| row).collect();
        fs::write(page.with_file_name(PLOT), plot::draw(&full, self.yardstick()))?;
        let plot =
            format!("![CPU time an event: of the process and, lighter, of the broker; dashed: the copy]({PLOT})");
        fs::write(page, format!("{before}{BEGIN}\n\n{}\n{plot}\n\n{END}{after}", self.text()))?;
        Ok(())
    }
}

fn cells(row: &Row, yardstick: Option<f64>) -> Vec<String> {
    let Row { name, figures } = row;
    let ratio = yardstick.map_or(String::new(), |yardstick| format!("{:.2}", figures.process_micros() / yardstick));
    let delays = match (figures.delay(0.5), figures.delay(0.99)) {
        (Some(half), Some(most)) => format!("{}, {} ms", millis(half), millis(most)),
        _ => String::new(),
    };
    vec![
        name.clone(),
        format!("{:.2}", figures.process_micros()),
        format!("{:.2}", figures.broker_micros()),
        ratio,
        format!("{:.0}", figures.per_second()),
        delays,
        format!("{} MB", figures.peak >> 20),
        figures.note.clone(),
    ]
}

fn millis(time: Duration) -> u128 {
    time.as_millis()
}
