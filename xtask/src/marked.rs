//! Parts of a page that a command writes, between two marks; what people wrote around them stays.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Puts a text between the marks of this name in a page.
pub fn replace(path: &Path, name: &str, text: &str) -> Result<()> {
    let page = fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
    let page = replaced(&page, name, text).with_context(|| format!("no marks of {name} in {}", path.display()))?;
    fs::write(path, page).with_context(|| format!("failed to write {}", path.display()))
}

fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name} begins -->"), format!("<!-- {name} ends -->"));
    let from = page.find(&begin)? + begin.len();
    let to = from + page[from..].find(&end)?;
    Some(format!("{}\n\n{}\n\n{}", &page[..from], text.trim(), &page[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- x begins -->\nold\n<!-- x ends -->\nb\n";
        let new = "a\n<!-- x begins -->\n\nnew\n\n<!-- x ends -->\nb\n";
        assert_eq!(replaced(page, "x", "new\n").as_deref(), Some(new));
        assert_eq!(replaced(new, "x", "new").as_deref(), Some(new));
        assert_eq!(replaced(page, "y", "new"), None);
    }
}
