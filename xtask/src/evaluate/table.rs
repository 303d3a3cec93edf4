//! Markdown tables that are readable as they stand.

use std::fmt::{self, Write as _};

/// Rows under a heading; numbers stand to the right.
pub struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<bool>,
}

// === impl Table ===

impl Table {
    /// Columns by title; one that begins with `>` holds numbers.
    pub fn new(titles: &[&str]) -> Self {
        let right = titles.iter().map(|title| title.starts_with('>')).collect();
        Self { rows: vec![titles.iter().map(|title| title.trim_start_matches('>').to_owned()).collect()], right }
    }

    pub fn row<T: fmt::Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        // A bar would end the cell.
        self.rows.push(cells.into_iter().map(|cell| cell.to_string().replace('|', "\\|")).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wide = |at: usize| {
            let widths = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            // The last column may be long: nothing stands behind it.
            let most = if at + 1 == self.right.len() && !self.right[at] { 3 } else { usize::MAX };
            widths.max().unwrap_or(3).clamp(3, most.max(3))
        };
        let widths: Vec<_> = (0..self.right.len()).map(wide).collect();
        for (at, row) in self.rows.iter().enumerate() {
            let mut line = String::from("|");
            for ((cell, width), right) in row.iter().zip(&widths).zip(&self.right) {
                if *right {
                    write!(line, " {cell:>width$} |")?;
                } else {
                    write!(line, " {cell:<width$} |")?;
                }
            }
            writeln!(f, "{line}")?;
            if at == 0 {
                let rule = |(width, right): (&usize, &bool)| {
                    if *right { format!(" {}: |", "-".repeat(width - 1)) } else { format!(" {} |", "-".repeat(*width)) }
                };
                writeln!(f, "|{}", widths.iter().zip(&self.right).map(rule).collect::<String>())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_a_bar_does_not_end_a_cell() {
        let mut table = Table::new(&["stage", ">files"]);
        table.row(["a|b", "12"]);
        assert_eq!(table.to_string(), "| stage | files |\n| ----- | ----: |\n| a\\|b  |    12 |\n");
    }
}
