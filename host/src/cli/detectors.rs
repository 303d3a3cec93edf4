//! Which detectors a command works with: those of a configuration, those named, or Sekisho's own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sekisho_core::enrich::Inventory;

use super::arguments::PluginOptions;
use super::exit::Exit;
use super::screen;
use crate::app::App;
use crate::config::{self, Draft};

/// Sekisho's own detectors, by the names of their files.
const OWN: [&str; 3] = ["lateral_movement.wasm", "admin_abuse.wasm", "exfiltration.wasm"];

/// What a command was given to work with.
pub struct Given {
    pub app: App,
    /// Of the configuration, where one was named.
    pub draft: Draft,
}

/// Builds the detectors of a configuration. None: it is wrong, and what is wrong was shown.
///
/// # Errors
/// It can't be read, or there is no engine.
pub fn of_config(path: &Path) -> Result<Option<Given>> {
    let mut draft = load(path)?;
    Ok(match App::from_config(&mut draft)? {
        Some(app) => Some(Given { app, draft }),
        None => {
            show(&draft, path);
            None
        }
    })
}

/// Reads a configuration, with `${NAME}` from the environment.
///
/// # Errors
/// The file can't be read; what is wrong in it is in the draft.
pub fn load(path: &Path) -> Result<Draft> {
    let variable = |name: &str| std::env::var(name).ok();
    config::load(path, &variable).with_context(|| format!("failed to read {}", path.display()))
}

/// Builds the plugins that are named, else Sekisho's own. An error of a plugin is shown, and answered with its exit code.
///
/// # Errors
/// The inventory can't be read.
pub fn of_plugins(options: &PluginOptions) -> Result<Result<App, Exit>> {
    let files = if options.plugin.is_empty() { own(options.plugin_dir.as_deref())? } else { options.plugin.clone() };
    let app = match App::from_plugins(&files, cache().as_deref()) {
        Ok(app) => app,
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(Err(Exit::Refused));
        }
    };
    let Some(path) = &options.inventory else { return Ok(Ok(app)) };
    Ok(inventory(path)?.map(|inventory| app.with_inventory(&inventory)))
}

/// Reads an inventory by itself; what is wrong with it is shown.
///
/// # Errors
/// It can't be read.
pub fn inventory(path: &Path) -> Result<Result<Inventory, Exit>> {
    let variable = |name: &str| std::env::var(name).ok();
    let draft =
        config::load_inventory(path, &variable).with_context(|| format!("failed to read {}", path.display()))?;
    if draft.mistakes() > 0 {
        show(&draft, path);
        return Ok(Err(Exit::Refused));
    }
    Ok(Ok(draft.config.inventory))
}

/// Where compiled plugins are kept: the user's own cache.
pub fn cache() -> Option<PathBuf> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("SEKISHO_CACHE")
        .or_else(|| given("XDG_CACHE_HOME").map(|base| base.join("sekisho")))
        .or_else(|| given("HOME").map(|home| home.join(".cache/sekisho")))
        .map(|base| base.join("code"))
}

/// Finds Sekisho's own detectors: in the folder that is named, beside the program, where cargo builds, or where packages
/// install.
fn own(named: Option<&Path>) -> Result<Vec<PathBuf>> {
    let program = std::env::current_exe().context("failed to find out where this program lies")?;
    let beside = program.parent().unwrap_or(Path::new("/"));
    let folders = match named {
        Some(folder) => vec![folder.to_owned()],
        None => vec![
            beside.join("plugins"),
            beside.join("../wasm32-unknown-unknown/plugin"),
            beside.join("../lib/sekisho/plugins"),
            PathBuf::from("/usr/lib/sekisho/plugins"),
        ],
    };
    let whole = |folder: &&PathBuf| OWN.iter().all(|name| folder.join(name).exists());
    let folder = folders.iter().find(whole).with_context(|| {
        let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
        format!(
            "Sekisho's own detectors ({}) are not in {}; `cargo xtask plugins` builds them, --plugin-dir names their folder",
            OWN.join(", "),
            folders.join(" or ")
        )
    })?;
    Ok(OWN.iter().map(|name| folder.join(name)).collect())
}

/// Shows all that is wrong with a configuration.
pub fn show(draft: &Draft, path: &Path) {
    eprint!("{}", draft.render(screen::colored_errors(), screen::width()));
    let count = screen::counted(draft.mistakes() as u64, "mistake", "mistakes");
    eprintln!("{}: {count}; nothing was started", path.display());
}
