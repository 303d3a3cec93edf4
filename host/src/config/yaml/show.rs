//! Mistakes as people see them: the line, a caret, what is wrong, what was probably meant.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use super::node::{Entry, Node, Place, Tree};

/// Something wrong in one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub at: Place,
    pub message: String,
    pub help: Option<String>,
}

/// A file of the configuration with all that is wrong in it.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    pub name: String,
    pub text: String,
    pub mistakes: Vec<Mistake>,
}

// === impl Mistake ===

impl Mistake {
    pub fn new(at: Place, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

// === impl Sheet ===

impl Sheet {
    /// A sheet that shows no secrets: texts under keys that sound like one are blotted out.
    pub fn new(name: impl Into<String>, text: &str, node: Option<&Node>) -> Self {
        let mut bytes = text.as_bytes().to_vec();
        if let Some(node) = node {
            blot(node, &mut bytes);
        }
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self { name: name.into(), text, mistakes: Vec::new() }
    }

    /// All mistakes, in the order of the file.
    pub fn render(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_context_lines(1);
        let source = NamedSource::new(&self.name, self.text.clone());
        let mut mistakes: Vec<_> = self.mistakes.iter().collect();
        mistakes.sort_by_key(|mistake| mistake.at.offset);
        let mut out = String::new();
        for mistake in mistakes {
            let shown = Shown { mistake, source: &source };
            // Writing into a text does not fail.
            let _ = handler.render_report(&mut out, &shown);
            out.push('\n');
        }
        out
    }
}

/// Puts `*` for the letters of secrets, so that every place stays what it was.
fn blot(node: &Node, text: &mut [u8]) {
    const SECRET: [&str; 5] = ["password", "secret", "token", "jaas", "pem"];
    for Entry { key, value, .. } in node.entries() {
        let secret = SECRET.iter().any(|word| key.to_lowercase().contains(word));
        match &value.tree {
            Tree::Text(_) if secret => {
                let end = text.len().min(value.at.offset + value.at.len);
                let shown = text.get_mut(value.at.offset..end).unwrap_or_default();
                if !shown.starts_with(b"${") {
                    shown.iter_mut().filter(|byte| !byte.is_ascii_whitespace()).for_each(|byte| *byte = b'*');
                }
            }
            _ => blot(value, text),
        }
    }
    node.items().iter().for_each(|item| blot(item, text));
}

struct Shown<'a> {
    mistake: &'a Mistake,
    source: &'a NamedSource<String>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistake.message)
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.mistake.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Place { offset, len } = self.mistake.at;
        let offset = offset.min(self.source.inner().len());
        let line = self.source.inner()[offset..].find('\n').unwrap_or(self.source.inner().len() - offset);
        let len = len.max(1).min(line.max(1)).min(self.source.inner().len() - offset);
        Some(Box::new(std::iter::once(LabeledSpan::new(Some("here".to_owned()), offset, len))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_with_its_line_and_no_secret() {
        let text = "kafka:\n  password: hunter2\n  goup: x\n";
        let node = Node::parse(text).unwrap();
        let mut sheet = Sheet::new("sekisho.yaml", text, Some(&node));
        sheet
            .mistakes
            .push(Mistake::new(node.dotted("kafka.goup"), "`goup` is not known here").help("did you mean `group`?"));
        let shown = sheet.render(false, 80);
        assert!(shown.contains("goup: x") && shown.contains("sekisho.yaml:3"), "{shown}");
        assert!(shown.contains("did you mean `group`?"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
