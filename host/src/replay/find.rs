//! Which files are meant: those named, and those of named folders that hold logs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::sniff::{self, Content};

/// Names standard input.
pub const STDIN: &str = "-";

/// What was found under the given paths.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order given; those of a folder by name.
    pub files: Vec<PathBuf>,
    /// Files of folders that hold no logs, with what they hold.
    pub passed_over: Vec<(PathBuf, &'static str)>,
    /// All files together, where known.
    pub bytes: u64,
}

/// Finds the files under these paths. A file that is named is read whatever it holds; a folder is searched with all its
/// folders, and what is hidden or can't be a log is passed over.
///
/// # Errors
/// Each path that is not there or can't be read, with the reason.
pub fn find(paths: &[PathBuf]) -> Result<Found, Vec<(PathBuf, io::Error)>> {
    let mut found = Found::default();
    let mut errors = Vec::new();
    for path in paths {
        if path.as_os_str() == STDIN {
            found.files.push(path.clone());
            continue;
        }
        let taken = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => folder(path, &mut found),
            Ok(metadata) => {
                found.bytes += metadata.len();
                found.files.push(path.clone());
                Ok(())
            }
            Err(error) => Err((path.clone(), error)),
        };
        errors.extend(taken.err());
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

fn folder(folder: &Path, found: &mut Found) -> Result<(), (PathBuf, io::Error)> {
    let in_folder = |error| (folder.to_owned(), error);
    let entries = fs::read_dir(folder).map_err(in_folder)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>().map_err(in_folder)?;
    paths.sort();
    for path in paths {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        let metadata = fs::metadata(&path).map_err(|error| (path.clone(), error))?;
        if metadata.is_dir() {
            self::folder(&path, found)?;
            continue;
        }
        match sniff::content(&path).map_err(|error| (path.clone(), error))? {
            Content::Unfit(what) => found.passed_over.push((path, what)),
            _ => {
                found.bytes += metadata.len();
                found.files.push(path);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_logs_by_name_and_tells_what_it_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("b")).unwrap();
        fs::write(path("c.jsonl"), "{}\n").unwrap();
        fs::write(path("b/x.log"), "date=2025-10-01 time=10:00:00\n").unwrap();
        fs::write(path("picture.png"), b"\x89PNG\r\n\x1a\n\0\0").unwrap();
        fs::write(path("README.md"), "# about\n").unwrap();
        fs::write(path(".hidden"), "{}\n").unwrap();
        let found = find(&[folder.path().to_owned()]).unwrap();
        assert_eq!(found.files, [path("b/x.log"), path("c.jsonl")]);
        assert_eq!(found.passed_over, [(path("README.md"), "documentation"), (path("picture.png"), "binary data")]);
    }

    #[test]
    fn every_path_that_is_missing_is_told_at_once() {
        let errors = find(&["/no/such".into(), "/nor/this".into()]).unwrap_err();
        assert_eq!(
            errors.iter().map(|(path, _)| path.as_path()).collect::<Vec<_>>(),
            [Path::new("/no/such"), Path::new("/nor/this")]
        );
    }
}
