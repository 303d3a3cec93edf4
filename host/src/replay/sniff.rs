//! What a file holds, by its first bytes; names lie.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// So many bytes tell.
const HEAD: usize = 4096;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Lines or documents of text.
    Text,
    /// A Windows event log as the system writes it.
    Evtx,
    Gzip,
    Zstd,
    /// Something that can't be a log, and what.
    Unfit(&'static str),
}

/// Looks at the beginning of a file.
pub fn content(path: &Path) -> io::Result<Content> {
    let mut head = Vec::with_capacity(HEAD);
    File::open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md")) {
        return Ok(Content::Unfit("documentation"));
    }
    Ok(of(&head))
}

/// Tells by the first bytes.
pub fn of(head: &[u8]) -> Content {
    match head {
        [b'E', b'l', b'f', b'F', b'i', b'l', b'e', 0, ..] => Content::Evtx,
        [0x1f, 0x8b, ..] => Content::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Content::Zstd,
        [b'P', b'K', 3, 4, ..] => Content::Unfit("a ZIP archive"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Content::Unfit("UTF-16 text"),
        head if head.contains(&0) => Content::Unfit("binary data"),
        _ => Content::Text,
    }
}
