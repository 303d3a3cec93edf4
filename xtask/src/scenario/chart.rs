//! Lines over days, as SVG that reads well on light and dark pages.

use std::fmt::Write as _;

/// One line: its name, and a value for each day.
pub struct Series {
    pub name: String,
    pub values: Vec<u64>,
}

const WIDTH: usize = 720;
const HEIGHT: usize = 320;
/// Left, right, top and bottom of the field.
const MARGINS: [usize; 4] = [64, 168, 28, 36];
/// Colours that the colour-blind can tell apart (Okabe and Ito, 2008).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// Draws the lines; values are in thousands of `unit` once they are large.
pub fn draw(title: &str, unit: &str, series: &[Series]) -> String {
    let [left, right, top, bottom] = MARGINS;
    let (width, height) = (WIDTH - left - right, HEIGHT - top - bottom);
    let days = series.iter().map(|line| line.values.len()).max().unwrap_or(0).max(2);
    let most = round_up(series.iter().flat_map(|line| &line.values).copied().max().unwrap_or(0).max(1));
    let across = |day: usize| left + width * day / (days - 1);
    let down = |value: u64| top + height - (u128::from(value) * height as u128 / u128::from(most)) as usize;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#777\">\n\
         <title>{title}</title>\n<text x=\"{left}\" y=\"16\">{title}</text>\n"
    );
    for step in 0..=4 {
        let value = most / 4 * step;
        let y = down(value);
        // Writing into a text does not fail.
        let _ = writeln!(svg, "<path d=\"M{left} {y}H{}\" stroke=\"#7774\"/>", left + width);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}{unit}</text>",
            left - 6,
            y + 4,
            scaled(value)
        );
    }
    for day in (0..days).step_by((days / 6).max(1)) {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">day {}</text>",
            across(day),
            HEIGHT - 14,
            day + 1
        );
    }
    let mut lowest = 0;
    let mut ordered: Vec<_> = series.iter().zip(COLOURS.iter().cycle()).collect();
    ordered.sort_by_key(|(line, _)| std::cmp::Reverse(line.values.last().copied()));
    for (line, colour) in ordered {
        let points = line.values.iter().enumerate().map(|(day, value)| format!("{} {}", across(day), down(*value)));
        let path = points.collect::<Vec<_>>().join("L");
        let _ = writeln!(svg, "<path d=\"M{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
        // Names stand at the ends of their lines, one below the other.
        let y = (down(line.values.last().copied().unwrap_or(0)) + 4).max(lowest);
        lowest = y + 15;
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{y}\" fill=\"{colour}\">{}</text>", left + width + 6, line.name);
    }
    svg + "</svg>\n"
}

/// The next of 1, 2, 4, 8 followed by zeros: a quarter of it is round too.
fn round_up(value: u64) -> u64 {
    let mut step = 1_u64;
    while step.saturating_mul(10) <= value {
        step *= 10;
    }
    [1, 2, 4, 8, 20].into_iter().map(|times| step.saturating_mul(times)).find(|round| *round >= value).unwrap_or(value)
}

fn scaled(value: u64) -> String {
    match value {
        0..1_000 => format!("{value} "),
        1_000..1_000_000 => format!("{} k", value / 1000),
        _ if value.is_multiple_of(1_000_000) => format!("{} M", value / 1_000_000),
        _ => format!("{}.{} M", value / 1_000_000, value % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_value_fits_under_a_round_top() {
        assert_eq!([1, 3, 8, 9, 11, 85].map(round_up), [1, 4, 8, 20, 20, 200]);
        let svg = draw("t", "B", &[Series { name: "a".into(), values: vec![0, 5, 10] }]);
        assert!(svg.contains("M64 284L308 156L552 28"), "{svg}");
    }
}
