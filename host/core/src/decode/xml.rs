//! Windows events as XML: header, event data and user data into slots.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::compile::Names;
use super::raw::Raw;
use super::trie::Slots;

/// Why a text is no Windows event.
#[derive(Debug)]
pub struct XmlError {
    pub message: String,
    pub at: usize,
    pub truncated: bool,
}

/// Header elements and attributes, and the names that the tables have for them.
const HEADER: &[(&str, &str, &str)] = &[
    ("Provider", "Name", "@provider"),
    ("TimeCreated", "SystemTime", "@time"),
    ("Security", "UserID", "@user_id"),
    ("Execution", "ProcessID", "@process_id"),
    ("EventID", "", "@event_id"),
    ("Channel", "", "@channel"),
    ("Computer", "", "@computer"),
    ("Keywords", "", "@keywords"),
    ("Level", "", "@level"),
    ("EventRecordID", "", "@record"),
    ("Message", "", "@message"),
];

/// No event nests deeper; what lies there is skipped.
const MAX_DEPTH: usize = 64;

/// Reads the first event of a text into slots by name.
pub fn extract<'a>(text: &'a str, names: &Names, slots: &mut Slots<'a>) -> Result<(), XmlError> {
    let mut reader = Reader::from_str(text);
    let mut walk =
        Walk { names, slots, path: Vec::new(), depth: 0, name: None, text: String::new(), unnamed: 0, seen: false };
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let event = reader.read_event().map_err(|error| XmlError {
            message: error.to_string(),
            at: usize::try_from(reader.error_position()).unwrap_or(at),
            truncated: matches!(error, quick_xml::Error::Syntax(_)),
        })?;
        match event {
            Event::Start(start) => walk.open(&start),
            Event::Empty(start) => {
                walk.open(&start);
                walk.close();
            }
            Event::End(_) => walk.close(),
            Event::Text(part) => walk.push(&part.xml10_content()),
            Event::CData(part) => walk.push(&part),
            Event::GeneralRef(name) => walk.reference(&name),
            Event::Eof => break,
            _ => {}
        }
        if walk.seen && walk.depth == 0 {
            return Ok(());
        }
    }
    let message = if walk.seen { "the event ends too early" } else { "no event in the XML" };
    Err(XmlError { message: message.to_owned(), at: text.len(), truncated: walk.seen })
}

struct Walk<'n, 's, 'a> {
    names: &'n Names,
    slots: &'s mut Slots<'a>,
    /// Names of the open elements, as deep as anything is read.
    path: Vec<String>,
    depth: usize,
    /// `Name` of the open `Data`.
    name: Option<String>,
    text: String,
    unnamed: usize,
    seen: bool,
}

// === impl Walk ===

impl Walk<'_, '_, '_> {
    fn open(&mut self, start: &BytesStart<'_>) {
        self.depth += 1;
        self.text.clear();
        if self.path.len() + 1 != self.depth || self.path.len() >= MAX_DEPTH {
            return;
        }
        let element = start.local_name().as_ref().to_owned();
        self.seen |= self.depth == 1 && element == "Event";
        if self.path.get(1).is_some_and(|part| part == "System") {
            self.attributes(&element, start);
        }
        self.name = None;
        if element == "Data" {
            self.name = attribute(start, "Name");
        }
        self.path.push(element);
    }

    fn attributes(&mut self, element: &str, start: &BytesStart<'_>) {
        for (of, name, field) in HEADER.iter().filter(|(of, name, _)| *of == element && !name.is_empty()) {
            debug_assert_eq!(*of, element);
            if let Some(value) = attribute(start, name) {
                self.set(field, value);
            }
        }
    }

    fn close(&mut self) {
        if self.path.len() == self.depth {
            self.leave();
            self.path.pop();
        }
        self.depth = self.depth.saturating_sub(1);
        self.text.clear();
        self.name = None;
    }

    fn leave(&mut self) {
        let text = std::mem::take(&mut self.text);
        let (Some(section), Some(element)) = (self.path.get(1), self.path.last()) else { return };
        match (section.as_str(), self.path.len()) {
            ("System" | "RenderingInfo", 3) => {
                let field = HEADER.iter().find(|(of, name, _)| of == element && name.is_empty());
                if let Some((_, _, field)) = field {
                    self.set(field, text);
                }
            }
            ("EventData", 3) if element == "Data" => match self.name.take() {
                Some(name) => self.set(&name, text),
                None => {
                    self.unnamed += 1;
                    self.set(&format!("param{}", self.unnamed), text);
                }
            },
            ("EventData", 3) | ("UserData", 4) => {
                let element = element.clone();
                self.set(&element, text);
            }
            _ => {}
        }
    }

    fn set(&mut self, name: &str, value: String) {
        if let Some(slot) = self.names.slot(name) {
            self.slots[slot as usize] = Raw::owned(value);
        }
    }

    fn push(&mut self, text: &str) {
        // White space between elements is no text of theirs, and only a leaf's is read.
        self.text.push_str(text);
    }

    fn reference(&mut self, name: &str) {
        let escaped = format!("&{name};");
        match quick_xml::escape::unescape(&escaped) {
            Ok(text) => self.text.push_str(&text),
            Err(_) => self.text.push_str(&escaped),
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = start.attributes();
    let value = attributes.with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?.value;
    Some(quick_xml::escape::unescape(&value).map_or_else(|_| value.to_string(), Cow::into_owned))
}
