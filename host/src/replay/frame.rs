//! Records of several lines: XML events, `LogName=` blocks, indented JSON. Told by the first lines of a file.

use std::io::BufRead;

use super::record::{MAX_RECORD_BYTES, ReadError, Reader, Text};

/// How the records of a text file are told from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One a line.
    Lines,
    /// `<Event …>` to `</Event>`, whatever stands around them.
    Xml,
    /// Each begins with a line `LogName=…`, or with the line of its time before that.
    Blocks,
    /// JSON over several lines: the items of an array, or objects one after another.
    Json,
}

/// Tells by the beginning of a file.
pub fn framing(head: &[u8]) -> Framing {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let whole_event = |line: &[u8]| line.starts_with(b"<Event") && line.ends_with(b"</Event>");
    match first {
        first if whole_event(first) => Framing::Lines,
        [b'<', next, ..] if next.is_ascii_alphabetic() || *next == b'?' || *next == b'!' => Framing::Xml,
        first if block_begins(first) || (block_begins(second) && begins_with_digit(first)) => Framing::Blocks,
        b"{" | b"[" | b"[{" => Framing::Json,
        _ => Framing::Lines,
    }
}

fn block_begins(line: &[u8]) -> bool {
    line.starts_with(b"LogName=")
}

fn begins_with_digit(line: &[u8]) -> bool {
    line.first().is_some_and(u8::is_ascii_digit)
}

/// Joins lines to records.
pub struct Framed<R> {
    text: Text<R>,
    framing: Framing,
    /// A line that belongs to the next record.
    held: Vec<u8>,
    held_line: Option<u64>,
}

// === impl Framed ===

impl<R: BufRead> Framed<R> {
    pub fn new(text: Text<R>, framing: Framing) -> Self {
        Self { text, framing, held: Vec::new(), held_line: None }
    }

    /// The held line, else the next one.
    fn line(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        if let Some(line) = self.held_line.take() {
            std::mem::swap(into, &mut self.held);
            return Ok(Some(line));
        }
        into.clear();
        Ok(self.text.append(into)?)
    }

    fn hold(&mut self, text: &[u8], line: u64) {
        self.held.clear();
        self.held.extend_from_slice(text);
        self.held_line = Some(line);
    }

    fn xml(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        let (mut line, mut begun) = (Vec::new(), None);
        while let Some(number) = self.line(&mut line)? {
            let mut rest = &line[..];
            if begun.is_none() {
                let Some(at) = event_begins(rest) else { continue };
                begun = Some(number);
                rest = &rest[at..];
            }
            const END: &[u8] = b"</Event>";
            if let Some(at) = find(rest, END) {
                push(into, &rest[..at + END.len()]);
                let after = rest[at + END.len()..].to_vec();
                if event_begins(&after).is_some() {
                    self.hold(&after, number);
                }
                return Ok(begun);
            }
            push(into, rest);
            push(into, b"\n");
        }
        Ok(begun)
    }

    fn blocks(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        let (mut line, mut begun, mut has_name) = (Vec::new(), None, false);
        while let Some(number) = self.line(&mut line)? {
            // The line of a time belongs to the block that follows: it is known only once that one begins.
            let begins = block_begins(&line);
            if begins && has_name {
                let last = last_line(into);
                if begins_with_digit(&into[last..]) && into[last..].iter().any(|byte| matches!(byte, b'/' | b':')) {
                    let time = into.split_off(last);
                    self.hold(&[&time[..], b"\n", &line].concat(), number - 1);
                } else {
                    self.hold(&line, number);
                }
                break;
            }
            has_name |= begins || find(&line, b"\nLogName=").is_some();
            if begun.is_none() && line.trim_ascii().is_empty() {
                continue;
            }
            if begun.is_some() {
                push(into, b"\n");
            }
            begun = begun.or(Some(number));
            push(into, &line);
        }
        into.truncate(into.trim_ascii_end().len());
        Ok(begun)
    }

    fn json(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        let (mut line, mut begun, mut scan) = (Vec::new(), None, Scan::default());
        while let Some(number) = self.line(&mut line)? {
            let mut rest = &line[..];
            if begun.is_none() {
                // Brackets and commas around the items of an array are no part of them.
                let at = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'[' | b']' | b','));
                let Some(at) = at else { continue };
                begun = Some(number);
                rest = &rest[at..];
            }
            if let Some(end) = scan.end(rest) {
                push(into, &rest[..end]);
                let after = rest[end..].to_vec();
                if after.contains(&b'{') {
                    self.hold(&after, number);
                }
                return Ok(begun);
            }
            push(into, rest);
            push(into, b"\n");
        }
        into.truncate(into.trim_ascii_end().len());
        Ok(begun)
    }
}

impl<R: BufRead> Reader for Framed<R> {
    fn next(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        into.clear();
        match self.framing {
            Framing::Lines => self.text.next(into),
            Framing::Xml => self.xml(into),
            Framing::Blocks => self.blocks(into),
            Framing::Json => self.json(into),
        }
    }
}

/// Depth of braces and brackets outside of strings.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

// === impl Scan ===

impl Scan {
    /// Goes over more bytes; tells where the value ends, if it does.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_text => self.escaped = true,
                b'"' => self.in_text = !self.in_text,
                _ if self.in_text => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        // A line break ends a value that is neither object nor array.
        (self.depth == 0).then_some(bytes.len())
    }
}

/// Where `<Event>` or `<Event …>` begins, which `<Events>` is not.
fn event_begins(text: &[u8]) -> Option<usize> {
    const BEGIN: &[u8] = b"<Event";
    let mut from = 0;
    while let Some(at) = find(&text[from..], BEGIN) {
        let after = from + at + BEGIN.len();
        match text.get(after) {
            None | Some(b' ' | b'>' | b'\t' | b'\r') => return Some(from + at),
            _ => from = after,
        }
    }
    None
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn last_line(text: &[u8]) -> usize {
    let text = text.trim_ascii_end();
    text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

fn push(into: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_RECORD_BYTES.saturating_sub(into.len());
    into.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<(u64, String)> {
        let framing = framing(text.as_bytes());
        let mut reader = Framed::new(Text::new(text.as_bytes()), framing);
        let (mut record, mut all) = (Vec::new(), Vec::new());
        while let Some(line) = reader.next(&mut record).unwrap() {
            all.push((line, String::from_utf8(record.clone()).unwrap()));
        }
        all
    }

    fn owned(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
        expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect()
    }

    #[test]
    fn xml_events_are_cut_out_of_the_document_around_them() {
        let text =
            "<?xml version='1.0'?>\n<Events>\n<Event xmlns='x'>\n <System/>\n</Event><Event>a</Event>\n</Events>\n";
        let expected = [(3, "<Event xmlns='x'>\n <System/>\n</Event>"), (5, "<Event>a</Event>")];
        assert_eq!(records(text), owned(&expected));
    }

    #[test]
    fn xml_events_of_a_line_each_are_lines() {
        assert_eq!(framing(b"<Event xmlns='x'><System/></Event>\n<Event/>"), Framing::Lines);
    }

    #[test]
    fn blocks_begin_at_their_log_name_or_the_time_before_it() {
        let text = "10/01/2025 09:00:01 AM\nLogName=Security\nEventCode=4624\n\nMessage=a\n\n\
                    10/01/2025 09:00:02 AM\nLogName=Security\nEventCode=4634\n";
        let expected = [
            (1, "10/01/2025 09:00:01 AM\nLogName=Security\nEventCode=4624\n\nMessage=a"),
            (7, "10/01/2025 09:00:02 AM\nLogName=Security\nEventCode=4634"),
        ];
        assert_eq!(records(text), owned(&expected));
        let text = "LogName=Security\nEventCode=4624\nLogName=System\nEventCode=7045\n";
        let expected = [(1, "LogName=Security\nEventCode=4624"), (3, "LogName=System\nEventCode=7045")];
        assert_eq!(records(text), owned(&expected));
    }

    #[test]
    fn the_items_of_an_indented_array_are_records() {
        let text = "[\n  {\n    \"a\": \"} ]\",\n    \"b\": [1, {}]\n  },\n  {\"c\": 2}\n]\n";
        let expected = [(2, "{\n    \"a\": \"} ]\",\n    \"b\": [1, {}]\n  }"), (6, "{\"c\": 2}")];
        assert_eq!(records(text), owned(&expected));
    }

    #[test]
    fn indented_objects_may_follow_one_another() {
        let text = "{\n \"a\": 1\n}\n{\n \"b\": 2\n}";
        assert_eq!(records(text), owned(&[(1, "{\n \"a\": 1\n}"), (4, "{\n \"b\": 2\n}")]));
    }

    #[test]
    fn what_ends_in_the_middle_is_a_record_too() {
        assert_eq!(records("{\n \"a\": 1"), owned(&[(1, "{\n \"a\": 1")]));
        assert_eq!(records("<Events>\n<Event>\n<System>"), owned(&[(2, "<Event>\n<System>\n")]));
    }
}
