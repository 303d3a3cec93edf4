//! A configuration that changes while its workers run: it is taken when all of it is sound, else told and left alone.
//!
//! A hangup signal asks for a look; without one the files are looked at once a second. What workers can't change while
//! they run (how Kafka is reached, which topics are read) is told to take a restart.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;

use super::detectors;
use crate::app::App;
use crate::config::{Config, Draft};

/// Between two looks at the files. A file that is being written must stand still for as long.
const EVERY: Duration = Duration::from_secs(1);

/// Columns for what is wrong, in the log.
const WIDTH: usize = 100;
/// Sections that hold from start to end.
const FIXED: [&str; 5] = ["kafka", "limits", "cache", "log", "admin"];

/// Looks after the files of a configuration.
pub struct Reload {
    path: PathBuf,
    running: Draft,
    /// Set by a signal.
    asked: Arc<AtomicBool>,
    looked: Instant,
    seen: Stamps,
    /// Changed at the last look.
    moving: Option<Stamps>,
}

/// What tells one content of a file from another, as far as it can be told without reading; none: it is not there.
type Stamps = BTreeMap<PathBuf, Option<Stamp>>;

/// The file itself counts too: one that takes another's place, by a name or by a link to another folder, may be as long and
/// bear the same time (builds that are reproducible stamp all files alike).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    written: SystemTime,
    bytes: u64,
    device: u64,
    inode: u64,
}

// === impl Reload ===

impl Reload {
    /// Of the configuration that is running, as soon as it is read: a change from then on is seen.
    pub fn new(path: &Path, running: Draft, asked: Arc<AtomicBool>) -> Self {
        let seen = stamps(running.files());
        Self { path: path.to_owned(), running, asked, looked: Instant::now(), seen, moving: None }
    }

    /// The changed configuration with its detectors, where there is one that workers can take.
    pub fn look(&mut self) -> Option<(App, Config)> {
        if !self.is_due() {
            return None;
        }
        match self.read() {
            Ok(taken) => Some(taken),
            Err(error) => {
                tracing::error!(file = %self.path.display(), "the configuration is left as it is: {error:#}");
                None
            }
        }
    }

    fn is_due(&mut self) -> bool {
        if self.asked.swap(false, Ordering::AcqRel) {
            return true;
        }
        if self.looked.elapsed() < EVERY {
            return false;
        }
        self.looked = Instant::now();
        let now = stamps(self.seen.keys().cloned());
        if now == self.seen {
            self.moving = None;
            return false;
        }
        let settled = self.moving.as_ref() == Some(&now);
        self.moving = Some(now);
        settled
    }

    fn read(&mut self) -> Result<(App, Config)> {
        self.moving = None;
        // Looked at before they are read: what is written meanwhile is another change.
        let before = stamps(self.running.files());
        self.seen.clone_from(&before);
        let mut draft = detectors::load(&self.path)?;
        self.seen = stamps(draft.files());
        self.seen.extend(before);
        let topics = |draft: &Draft| draft.config.sources.iter().map(|source| source.topic.clone()).collect::<Vec<_>>();
        anyhow::ensure!(topics(&self.running) == topics(&draft), "another list of topics takes a restart");
        let fixed: Vec<_> = FIXED.into_iter().filter(|section| self.running.differs(&draft, section)).collect();
        draft.config.limits = self.running.config.limits.clone();
        draft.config.cache.clone_from(&self.running.config.cache);
        draft.config.kafka.clone_from(&self.running.config.kafka);
        let Some(app) = App::from_config(&mut draft)? else {
            anyhow::bail!("it has mistakes\n{}", draft.render(false, WIDTH).trim_end());
        };
        if !fixed.is_empty() {
            tracing::warn!(
                "a change of {} takes a restart; the rest of the configuration is taken now",
                fixed.join(", ")
            );
        }
        let config = draft.config.clone();
        self.running = draft;
        Ok((app, config))
    }
}

fn stamps(files: impl IntoIterator<Item = PathBuf>) -> Stamps {
    let stamp = |file: &Path| {
        let told = std::fs::metadata(file).ok()?;
        Some(Stamp { written: told.modified().ok()?, bytes: told.len(), device: told.dev(), inode: told.ino() })
    };
    files.into_iter().map(|file| (file.clone(), stamp(&file))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_counts_as_changed_once_it_stands_still_and_a_signal_asks_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sekisho.yaml");
        std::fs::write(&file, "detectors: []").unwrap();
        let draft = crate::config::load(&file, &|_| None).unwrap();
        let asked = Arc::new(AtomicBool::new(false));
        let mut reload = Reload::new(&file, draft, Arc::clone(&asked));
        let due = |reload: &mut Reload| {
            reload.looked = Instant::now().checked_sub(EVERY).unwrap();
            reload.is_due()
        };
        assert!(!due(&mut reload), "nothing changed");
        std::fs::write(&file, "detectors: [ ]").unwrap();
        assert!(!due(&mut reload), "it may still be written");
        std::fs::write(&file, "detectors: seven").unwrap();
        assert!(!due(&mut reload), "and it was");
        assert!(due(&mut reload), "it stands still");
        assert!(reload.read().is_err(), "it has mistakes");
        assert!(!due(&mut reload), "which are told once");
        asked.store(true, Ordering::Release);
        assert!(reload.is_due());
    }

    #[test]
    fn a_file_in_the_place_of_another_is_a_change_though_it_is_as_long_and_as_old() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, text) in [("one", "a"), ("two", "b")] {
            std::fs::write(at(name), text).unwrap();
            std::fs::File::options().append(true).open(at(name)).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        std::os::unix::fs::symlink(at("one"), at("link")).unwrap();
        let before = stamps([at("link")]);
        assert_eq!(before, stamps([at("link")]));
        std::fs::remove_file(at("link")).unwrap();
        assert_ne!(before, stamps([at("link")]), "it is gone for a moment");
        std::os::unix::fs::symlink(at("two"), at("link")).unwrap();
        assert_ne!(before, stamps([at("link")]));
    }

    #[test]
    fn files_that_a_changed_configuration_names_are_looked_at_too() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let zoo = "detectors:\n  - name: zoo\n    plugin: z.wasm\n";
        let write = |more: &str| std::fs::write(at("sekisho.yaml"), format!("{zoo}{more}")).unwrap();
        write("");
        let draft = crate::config::load(&at("sekisho.yaml"), &|_| None).unwrap();
        let mut reload = Reload::new(&at("sekisho.yaml"), draft, Arc::default());
        // A file that stands before the others by its name.
        std::fs::write(at("a.yaml"), "zones: {}\n").unwrap();
        write("inventory: a.yaml\n");
        assert!(reload.read().is_err(), "there is no plugin");
        assert_eq!(reload.seen, stamps(reload.seen.keys().cloned()), "all is seen as it is");
        assert!(reload.seen.contains_key(&at("a.yaml")) && reload.seen.contains_key(&at("z.wasm")));
    }
}
