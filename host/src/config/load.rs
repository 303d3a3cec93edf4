//! From a file to a draft of the configuration.

use std::io;
use std::path::{Path, PathBuf};

use sekisho_core::enrich::{Enrichment, Inventory};

use super::draft::Draft;
use super::sections::{Config, Detector, Source};
use super::yaml::{Entry, Mistake, Node, Place, Sheet, Tree, closest, read};

/// The sections of the file.
const SECTIONS: [&str; 9] = ["kafka", "sources", "inventory", "detectors", "limits", "memory", "cache", "log", "admin"];

/// Reads the configuration at this path. `variable` tells what `${NAME}` stands for.
///
/// # Errors
/// The file itself can't be read; everything else is in the draft.
pub fn load(path: &Path, variable: &dyn Fn(&str) -> Option<String>) -> io::Result<Draft> {
    let text = std::fs::read_to_string(path)?;
    let name = path.display().to_string();
    let node = match Node::parse(&text) {
        Ok(node) => node,
        Err(mistake) => {
            let mut draft = Draft { main: Sheet::new(name, &text, None), ..Draft::default() };
            draft.main.mistakes.push(mistake);
            return Ok(draft);
        }
    };
    let mut draft = Draft { main: Sheet::new(name, &text, Some(&node)), ..Draft::default() };
    let mut node = node;
    node.resolve(variable, &mut draft.main.mistakes);
    let folder = path.parent().unwrap_or(Path::new(""));
    Loader { folder, draft: &mut draft, variable }.sections(&node);
    draft.node = Some(node);
    cross_check(&mut draft);
    Ok(draft)
}

/// Reads an inventory by itself.
///
/// # Errors
/// The file can't be read; everything else is in the draft.
pub fn load_inventory(path: &Path, variable: &dyn Fn(&str) -> Option<String>) -> io::Result<Draft> {
    let text = std::fs::read_to_string(path)?;
    let (sheet, inventory) = inventory_file(path, &text, variable);
    Ok(Draft { config: Config { inventory, ..Config::default() }, inventory: Some(sheet), ..Draft::default() })
}

/// An inventory that is at hand as text.
pub fn inventory_of(name: &str, text: &str) -> Draft {
    let (sheet, inventory) = inventory_file(Path::new(name), text, &|_| None);
    Draft { config: Config { inventory, ..Config::default() }, inventory: Some(sheet), ..Draft::default() }
}

struct Loader<'a> {
    /// Paths begin here.
    folder: &'a Path,
    draft: &'a mut Draft,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

// === impl Loader ===

impl Loader<'_> {
    fn sections(&mut self, node: &Node) {
        let Tree::Map(entries) = &node.tree else {
            self.blame(Mistake::new(node.at, "a configuration is a map of sections").help(known()));
            return;
        };
        for Entry { key, key_at, value } in entries {
            self.section(key, *key_at, value);
        }
        if self.draft.config.detectors.is_empty() && node.get("detectors").is_none() {
            let first = entries.first().map(|entry| entry.key_at).unwrap_or_default();
            let help = "name at least one, such as\n  detectors:\n    - name: lateral-movement\n      plugin: plugins/lateral_movement.wasm";
            self.blame(Mistake::new(first, "`detectors` is missing").help(help));
        }
    }

    fn section(&mut self, key: &str, key_at: Place, value: &Node) {
        let Draft { config, main, .. } = &mut *self.draft;
        let mistakes = &mut main.mistakes;
        match key {
            "kafka" => config.kafka = read(value, mistakes),
            "sources" => config.sources = items::<Source>(value, mistakes),
            "limits" => config.limits = read(value, mistakes).unwrap_or_default(),
            "memory" => config.memory = read(value, mistakes).unwrap_or_default(),
            "log" => config.log = read(value, mistakes).unwrap_or_default(),
            "admin" => config.admin = read(value, mistakes).unwrap_or_default(),
            "cache" => config.cache = read::<PathBuf>(value, mistakes).map(|cache| self.folder.join(cache)),
            "inventory" => self.inventory(value),
            "detectors" => self.detectors(value),
            other => {
                let help = closest(other, SECTIONS).map_or_else(known, |meant| format!("did you mean `{meant}`?"));
                self.blame(Mistake::new(key_at, format!("`{other}` is not a section")).help(help));
            }
        }
    }

    fn detectors(&mut self, value: &Node) {
        if !matches!(value.tree, Tree::List(_)) {
            self.blame(Mistake::new(value.at, "a list of detectors is wanted: each begins with `- name: …`"));
        }
        for item in value.items() {
            let place = |key: &str| item.get(key).map_or(item.shown(), |node| node.at);
            let places = (place("name"), place("plugin"));
            let mut bare = item.clone();
            let settings = bare.take("settings").map(|entry| entry.value);
            let Some(mut detector) = read::<Detector>(&bare, &mut self.draft.main.mistakes) else { continue };
            detector.plugin = self.folder.join(&detector.plugin);
            if let Some(settings) = &settings {
                match settings.tree {
                    Tree::Map(_) => detector.settings = settings.json().to_string(),
                    Tree::Null => {}
                    _ => self.blame(Mistake::new(settings.at, "settings are a map")),
                }
            }
            let draft = &mut *self.draft;
            draft.config.detectors.push(detector);
            draft.settings.push(settings);
            draft.places.push(places);
        }
    }

    /// A path to a file of its own, or the inventory itself.
    fn inventory(&mut self, value: &Node) {
        let Tree::Text(path) = &value.tree else {
            let mut mistakes = Vec::new();
            self.draft.config.inventory = inventory(value, &mut mistakes);
            self.draft.main.mistakes.extend(mistakes);
            return;
        };
        let path = self.folder.join(path);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                self.blame(Mistake::new(value.at, format!("can't read {}: {error}", path.display())));
                return;
            }
        };
        let (sheet, inventory) = inventory_file(&path, &text, self.variable);
        self.draft.config.inventory = inventory;
        self.draft.inventory = Some(sheet);
    }

    fn blame(&mut self, mistake: Mistake) {
        self.draft.main.mistakes.push(mistake);
    }
}

fn known() -> String {
    format!("sections are: {}", SECTIONS.join(", "))
}

/// The items of a list, each read by itself.
fn items<T: serde::de::DeserializeOwned>(value: &Node, mistakes: &mut Vec<Mistake>) -> Vec<T> {
    match &value.tree {
        Tree::List(items) => items.iter().filter_map(|item| read(item, mistakes)).collect(),
        Tree::Null => Vec::new(),
        _ => {
            mistakes.push(Mistake::new(value.at, "a list is wanted: each item begins with `- `"));
            Vec::new()
        }
    }
}

fn inventory_file(path: &Path, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> (Sheet, Inventory) {
    let mut sheet = Sheet::new(path.display().to_string(), text, None);
    let inventory = match Node::parse(text) {
        Err(mistake) => {
            sheet.mistakes.push(mistake);
            Inventory::default()
        }
        Ok(mut node) => {
            node.resolve(variable, &mut sheet.mistakes);
            inventory(&node, &mut sheet.mistakes)
        }
    };
    (sheet, inventory)
}

fn inventory(node: &Node, mistakes: &mut Vec<Mistake>) -> Inventory {
    let inventory: Inventory = read(node, mistakes).unwrap_or_default();
    if let Err(problems) = Enrichment::compile(&inventory) {
        let shown = problems.into_iter().map(|problem| Mistake::new(node.pointer(&problem.pointer), problem.message));
        mistakes.extend(shown);
    }
    inventory
}

/// What no section can see alone.
fn cross_check(draft: &mut Draft) {
    let config = std::mem::take(&mut draft.config);
    for mistake in config.kafka.iter().flat_map(crate::kafka::Config::mistakes) {
        draft.blame(&format!("kafka.{}", mistake.field), mistake.message);
    }
    for problem in config.limits.problems() {
        let field = problem.split(' ').next().unwrap_or_default().to_owned();
        draft.blame(&format!("limits.{field}"), problem);
    }
    sources(draft, &config);
    for (at, detector) in config.detectors.iter().enumerate() {
        let (name_at, plugin_at) = draft.places[at];
        if !is_name(&detector.name) {
            let message = format!("{:?} is no name: lower-case letters, digits and hyphens", detector.name);
            draft.main.mistakes.push(Mistake::new(name_at, message));
        }
        if config.detectors[..at].iter().any(|before| before.name == detector.name) {
            let message = format!("another detector is called {:?}", detector.name);
            draft.main.mistakes.push(Mistake::new(name_at, message).help("a plugin may be used twice under two names"));
        }
        if let Err(error) = std::fs::metadata(&detector.plugin) {
            let message = format!("can't read {}: {error}", detector.plugin.display());
            draft
                .main
                .mistakes
                .push(Mistake::new(plugin_at, message).help("`cargo xtask plugins` builds those of this repository"));
        }
    }
    draft.config = config;
}

fn sources(draft: &mut Draft, config: &Config) {
    let node = draft.node.as_ref().and_then(|node| node.get("sources"));
    let items = node.map(Node::items).unwrap_or_default();
    let named = |topic: &str| -> Vec<&Node> {
        items.iter().filter(|item| item.get("topic").is_some_and(|node| node.is_text(topic))).collect()
    };
    let mut told = Vec::new();
    for (at, Source { topic, time_zone, .. }) in config.sources.iter().enumerate() {
        let place = |item: &Node, key| item.get(key).map_or(item.shown(), |node| node.at);
        if config.sources[..at].iter().any(|before| before.topic == *topic) {
            let at = named(topic).get(1).map(|item| place(item, "topic")).unwrap_or_default();
            told.push(Mistake::new(at, format!("topic {topic:?} is named twice")));
        }
        if let Some(zone) = time_zone.as_deref().filter(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
            let at = named(topic).last().map(|item| place(item, "time_zone")).unwrap_or_default();
            told.push(Mistake::new(at, format!("{zone:?} is no time zone")).help("IANA names: `UTC`, `Asia/Tokyo`"));
        }
    }
    draft.main.mistakes.extend(told);
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests;
