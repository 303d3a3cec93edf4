//! From a path to its records: decompression by content, framing by content.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read as _};
use std::path::Path;

use super::evtx::EventLog;
use super::find::STDIN;
use super::frame::{Framed, Framing, framing};
use super::record::{Reader, Text};
use super::sniff::{self, Content};

/// Bytes of a file that are held at once.
const BUFFER: usize = 64 << 10;
/// Compressed layers inside one another.
const LAYERS: usize = 3;

/// What reading may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A compressed event log has to be held in memory as a whole: at most so many bytes of it.
    pub evtx_bytes: u64,
}

impl Default for Limits {
    /// 128 MiB.
    fn default() -> Self {
        Self { evtx_bytes: 128 << 20 }
    }
}

/// Opens a file, or standard input by the name `-`.
///
/// # Errors
/// It can't be read, or can't be a log.
pub fn open(path: &Path, limits: Limits) -> io::Result<Box<dyn Reader>> {
    if path.as_os_str() == STDIN {
        return layer(Box::new(BufReader::with_capacity(BUFFER, io::stdin())), limits, LAYERS);
    }
    if sniff::content(path)? == Content::Evtx {
        return Ok(Box::new(EventLog::open(File::open(path)?)?));
    }
    layer(Box::new(BufReader::with_capacity(BUFFER, File::open(path)?)), limits, LAYERS)
}

fn layer(mut input: Box<dyn BufRead>, limits: Limits, layers: usize) -> io::Result<Box<dyn Reader>> {
    let head = input.fill_buf()?;
    match sniff::of(head) {
        Content::Text => {
            let framing = framing(head);
            let bom = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            input.consume(bom);
            let text = Text::new(input);
            Ok(if framing == Framing::Lines { Box::new(text) } else { Box::new(Framed::new(text, framing)) })
        }
        Content::Evtx => {
            let mut whole = Vec::new();
            input.take(limits.evtx_bytes + 1).read_to_end(&mut whole)?;
            if whole.len() as u64 > limits.evtx_bytes {
                return Err(unfit("an event log this large has to be decompressed first"));
            }
            Ok(Box::new(EventLog::open(Cursor::new(whole))?))
        }
        Content::Gzip | Content::Zstd if layers == 0 => Err(unfit("compressed too often")),
        Content::Gzip => {
            let inner = flate2::bufread::MultiGzDecoder::new(input);
            layer(Box::new(BufReader::with_capacity(BUFFER, inner)), limits, layers - 1)
        }
        Content::Zstd => {
            let inner = zstd::Decoder::with_buffer(input)?;
            layer(Box::new(BufReader::with_capacity(BUFFER, inner)), limits, layers - 1)
        }
        Content::Unfit(what) => Err(unfit(what)),
    }
}

fn unfit(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what}, which can't be read as a log"))
}
