//! Compiled code on disk, so that a plugin is compiled once per machine and not once per start.
//!
//! Compiled code is native code: whoever can write an entry can run anything in this process. So the directory is made
//! with permissions for its owner alone and refused otherwise, every entry carries the digest of its bytes, and nothing
//! from anywhere else is ever loaded: a plugin's author can only hand in WebAssembly.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sekisho_core::model::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Says what the file is, and that the digest of the rest follows.
const MAGIC: &[u8; 8] = b"SEKICODE";
const HEADER: usize = MAGIC.len() + 32;
/// Entries kept; the oldest make room. More than anyone runs, few enough that an author's builds don't pile up.
const KEPT: usize = 64;

/// A directory of compiled code that this engine can run.
pub(super) struct Cache {
    directory: PathBuf,
    /// Of everything that decides whether compiled code fits: wasmtime's version, its settings, the processor.
    engine: Digest,
}

/// Why a directory can't be trusted with compiled code.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    #[error("failed to make the cache of compiled plugins at {path}: {source}")]
    Directory { path: PathBuf, source: io::Error },
    #[error(
        "the cache of compiled plugins at {path} {what}: it must be a directory of this user that nobody else can write"
    )]
    Open { path: PathBuf, what: &'static str },
}

// === impl Cache ===

impl Cache {
    /// Opens the directory, making it where it is missing.
    ///
    /// # Errors
    /// A directory that others may write, or that can't be made.
    pub(super) fn open(directory: &Path, engine: &Engine) -> Result<Self, CacheError> {
        let path = || directory.to_owned();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .and_then(|()| fs::symlink_metadata(directory))
            .map_err(|source| CacheError::Directory { path: path(), source })
            .and_then(|found| match fault(&found, found.is_dir()) {
                Some(what) => Err(CacheError::Open { path: path(), what }),
                None => Ok(Self { directory: path(), engine: digest_of(engine) }),
            })
    }

    /// The compiled code of the plugin with this digest; none: it has to be compiled.
    pub(super) fn load(&self, engine: &Engine, plugin: &Digest) -> Option<Component> {
        let path = self.entry(plugin);
        let loaded = read(&path).and_then(|code| {
            // SAFETY: the bytes are what `store` wrote: the directory and the file belong to this user and nobody else
            // may write them, the digest holds, and the name says that this very engine compiled them.
            unsafe { Component::deserialize(engine, &code) }.map_err(io::Error::other)
        });
        match loaded {
            Ok(component) => Some(component),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled plugin can't be used, compiling again");
                None
            }
        }
    }

    /// Keeps compiled code. A failure costs the next start some time and is only told.
    pub(super) fn store(&self, plugin: &Digest, component: &Component) {
        let path = self.entry(plugin);
        let written = component.serialize().map_err(io::Error::other).and_then(|code| {
            self.make_room()?;
            write(&path, &code)
        });
        if let Err(error) = written {
            tracing::warn!(path = %path.display(), %error, "compiled plugin can't be kept");
        }
    }

    fn make_room(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "code") {
                entries.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        entries.sort();
        let surplus = (entries.len() + 1).saturating_sub(KEPT);
        entries.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
    }

    fn entry(&self, plugin: &Digest) -> PathBuf {
        self.directory.join(format!("{plugin}-{}.code", self.engine.short()))
    }
}

/// What keeps a file or directory from being ours alone.
fn fault(found: &fs::Metadata, right_kind: bool) -> Option<&'static str> {
    // SAFETY: the call takes nothing, touches nothing and can't fail.
    let user = unsafe { libc::geteuid() };
    if !right_kind {
        Some("is of another kind")
    } else if found.uid() != user {
        Some("belongs to another user")
    } else if found.mode() & 0o022 != 0 {
        Some("can be written by others")
    } else {
        None
    }
}

/// The code of an entry that is ours and whole.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("the file {what}"));
    // Asked of the open file: whatever is swapped in behind the name afterwards is not what is read.
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
    let found = file.metadata()?;
    if let Some(what) = fault(&found, found.is_file()) {
        return Err(broken(what));
    }
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(|_| broken("is too short"))?;
    let mut code = Vec::new();
    file.read_to_end(&mut code)?;
    let (magic, digest) = header.split_at(MAGIC.len());
    if magic != MAGIC || digest != Digest::of(&code).0 {
        return Err(broken("is damaged"));
    }
    Ok(code)
}

/// Writes an entry beside its place and moves it there whole: a reader meets all of it or nothing.
fn write(path: &Path, code: &[u8]) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = create(&beside).and_then(|mut file| {
        file.write_all(MAGIC)?;
        file.write_all(&Digest::of(code).0)?;
        file.write_all(code)
    });
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // Nothing more can be done about it; the error itself is told.
        let _ = fs::remove_file(&beside);
    }
    moved
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// The engine's own account of what its code depends on, as a digest that is the same in every process.
fn digest_of(engine: &Engine) -> Digest {
    struct Bytes(Vec<u8>);
    impl Hasher for Bytes {
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut bytes = Bytes(Vec::new());
    engine.precompile_compatibility_hash().hash(&mut bytes);
    Digest::of(&bytes.0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const EMPTY: &str = "(component)";

    fn compiled(engine: &Engine) -> Component {
        Component::from_binary(engine, &wat::parse_str(EMPTY).unwrap()).unwrap()
    }

    #[test]
    fn compiled_code_comes_back_and_only_for_its_own_digest() {
        let (engine, home) = (Engine::default(), tempfile::tempdir().unwrap());
        let cache = Cache::open(&home.path().join("code"), &engine).unwrap();
        let plugin = Digest::of(b"a plugin");
        assert!(cache.load(&engine, &plugin).is_none());
        cache.store(&plugin, &compiled(&engine));
        assert!(cache.load(&engine, &plugin).is_some());
        assert!(cache.load(&engine, &Digest::of(b"another")).is_none());
    }

    #[test]
    fn an_entry_with_any_byte_changed_or_missing_is_not_loaded() {
        let (engine, home) = (Engine::default(), tempfile::tempdir().unwrap());
        let cache = Cache::open(&home.path().join("code"), &engine).unwrap();
        let plugin = Digest::of(b"a plugin");
        cache.store(&plugin, &compiled(&engine));
        let path = cache.entry(&plugin);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 50 + 1) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(&path, flipped).unwrap();
            assert!(cache.load(&engine, &plugin).is_none(), "byte {at} flipped");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(cache.load(&engine, &plugin).is_none(), "cut at {at}");
        }
        cache.store(&plugin, &compiled(&engine));
        assert!(cache.load(&engine, &plugin).is_some(), "and is written anew");
    }

    #[test]
    fn the_newest_entries_are_kept() {
        let (engine, home) = (Engine::default(), tempfile::tempdir().unwrap());
        let cache = Cache::open(&home.path().join("code"), &engine).unwrap();
        let component = compiled(&engine);
        let plugins: Vec<_> = (0..KEPT + 3).map(|at| Digest::of(&at.to_le_bytes())).collect();
        plugins.iter().for_each(|plugin| cache.store(plugin, &component));
        assert_eq!(fs::read_dir(&cache.directory).unwrap().count(), KEPT);
        assert!(cache.load(&engine, plugins.last().unwrap()).is_some());
    }

    #[test]
    fn a_directory_or_an_entry_that_others_may_write_is_not_trusted() {
        let (engine, home) = (Engine::default(), tempfile::tempdir().unwrap());
        let directory = home.path().join("code");
        let cache = Cache::open(&directory, &engine).unwrap();
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        let plugin = Digest::of(b"a plugin");
        cache.store(&plugin, &compiled(&engine));
        fs::set_permissions(cache.entry(&plugin), fs::Permissions::from_mode(0o666)).unwrap();
        assert!(cache.load(&engine, &plugin).is_none());
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(Cache::open(&directory, &engine), Err(CacheError::Open { .. })));
    }
}
