//! A configuration on its way: what was read, and all that is wrong with it so far.

use std::path::PathBuf;

use super::sections::Config;
use super::yaml::{Mistake, Node, Place, Sheet};

/// What was read of a configuration. It counts only once nothing is wrong with it.
#[derive(Default)]
pub struct Draft {
    /// As far as it could be read.
    pub config: Config,
    pub(super) main: Sheet,
    /// The inventory's own file.
    pub(super) inventory: Option<Sheet>,
    pub(super) node: Option<Node>,
    /// The settings of each detector, for showing what is wrong with them.
    pub(super) settings: Vec<Option<Node>>,
    /// Where each detector stands: its name, its plugin.
    pub(super) places: Vec<(Place, Place)>,
}

// === impl Draft ===

impl std::fmt::Debug for Draft {
    /// Without the tree: secrets stand in it as they were written.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("config", &self.config).field("main", &self.main).finish_non_exhaustive()
    }
}

impl Draft {
    /// Adds what is wrong with the plugin of a detector.
    pub fn blame_plugin(&mut self, detector: usize, message: impl Into<String>) {
        let at = self.places.get(detector).map(|(_, plugin)| *plugin).unwrap_or_default();
        self.main.mistakes.push(Mistake::new(at, message));
    }

    /// Adds what is wrong with a detector by its name.
    pub fn blame_detector(&mut self, name: &str, message: impl Into<String>) {
        let detector = self.config.detectors.iter().position(|detector| detector.name == name);
        let at = detector.and_then(|at| self.places.get(at)).map(|(name, _)| *name).unwrap_or_default();
        self.main.mistakes.push(Mistake::new(at, message));
    }

    /// Adds what a detector itself says is wrong with its settings, where a JSON pointer into them says.
    pub fn blame_settings(&mut self, detector: usize, pointer: &str, message: impl Into<String>) {
        let place = self.places.get(detector).map(|(_, plugin)| *plugin).unwrap_or_default();
        let settings = self.settings.get(detector).and_then(Option::as_ref);
        let at = settings.map_or(place, |settings| settings.pointer(pointer));
        let message = message.into();
        let message = if pointer.is_empty() { message } else { format!("{pointer}: {message}") };
        self.main.mistakes.push(Mistake::new(at, message).help("`sekisho plugin inspect` shows what can be set"));
    }

    /// Adds what is wrong in a place of the main file, named by a dotted path.
    pub fn blame(&mut self, path: &str, message: impl Into<String>) {
        let at = self.node.as_ref().map(|node| node.dotted(path)).unwrap_or_default();
        self.main.mistakes.push(Mistake::new(at, message));
    }

    /// The files that it was read from, and those of the plugins.
    pub fn files(&self) -> Vec<PathBuf> {
        let sheets = [Some(&self.main), self.inventory.as_ref()].into_iter().flatten();
        let plugins = self.config.detectors.iter().map(|detector| detector.plugin.clone());
        sheets.map(|sheet| PathBuf::from(&sheet.name)).chain(plugins).collect()
    }

    /// Whether a section of the file says something else in another draft.
    pub fn differs(&self, other: &Self, section: &str) -> bool {
        let said = |draft: &Self| draft.node.as_ref()?.get(section).map(Node::json);
        said(self) != said(other)
    }

    /// How much is wrong.
    pub fn mistakes(&self) -> usize {
        self.main.mistakes.len() + self.inventory.as_ref().map_or(0, |sheet| sheet.mistakes.len())
    }

    /// All that is wrong, for people.
    pub fn render(&self, color: bool, width: usize) -> String {
        let inventory = self.inventory.as_ref().map(|sheet| sheet.render(color, width)).unwrap_or_default();
        self.main.render(color, width) + &inventory
    }
}
