//! The first table as a picture: bars of CPU time, the process's and the broker's, as SVG.

use std::fmt::Write as _;

use crate::report::Row;

const WIDTH: f64 = 900.0;
const LABELS: f64 = 400.0;
const BAR: f64 = 18.0;
const STEP: f64 = 28.0;
const TOP: f64 = 48.0;
/// Beyond this many times the yardstick a bar is cut, so that the others can still be told apart.
const LONGEST: f64 = 4.0;

/// Draws the rows; `yardstick` is the process's cost of the copy that they are set against, where it was measured.
pub fn draw(rows: &[&Row], yardstick: Option<f64>) -> String {
    let height = TOP + STEP * rows.len() as f64 + 16.0;
    let all = |row: &Row| row.figures.process_micros() + row.figures.broker_micros();
    let largest = rows.iter().map(|row| all(row)).fold(1.0, f64::max);
    let largest = yardstick.map_or(largest, |yardstick| largest.min(yardstick * LONGEST)).max(1.0);
    let scale = (WIDTH - LABELS - 110.0) / largest;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"12\" y=\"22\" \
         font-weight=\"bold\">CPU time an event, µs</text>\n<rect x=\"{LABELS}\" y=\"11\" width=\"12\" height=\"12\" \
         fill=\"#23537f\"/><text x=\"{}\" y=\"22\">process</text>\n<rect x=\"{}\" y=\"11\" width=\"12\" height=\"12\" \
         fill=\"#b9c8d6\"/><text x=\"{}\" y=\"22\">broker</text>\n",
        LABELS + 18.0,
        LABELS + 90.0,
        LABELS + 108.0,
    );
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + STEP * at as f64;
        let own = row.figures.process_micros().min(largest) * scale;
        let broker = (all(row).min(largest) * scale - own).max(0.0);
        let cut = if all(row) > largest { " …" } else { "" };
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n<rect x=\"{LABELS}\" y=\"{y}\" width=\"{own:.1}\" \
             height=\"{BAR}\" fill=\"#23537f\"/><rect x=\"{:.1}\" y=\"{y}\" width=\"{broker:.1}\" height=\"{BAR}\" \
             fill=\"#b9c8d6\"/>\n<text x=\"{:.1}\" y=\"{}\">{:.1} + {:.1}{cut}</text>\n",
            LABELS - 10.0,
            y + 14.0,
            row.name.replace('&', "&amp;").replace('<', "&lt;"),
            LABELS + own,
            LABELS + own + broker + 8.0,
            y + 14.0,
            row.figures.process_micros(),
            row.figures.broker_micros(),
        );
    }
    if let Some(yardstick) = yardstick {
        let x = LABELS + yardstick * scale;
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{}\" stroke=\"#b03a2e\" stroke-dasharray=\"4 3\"/>",
            TOP - 8.0,
            height - 12.0
        );
    }
    svg + "</svg>\n"
}
