//! How a shard's memory is written to its changelog (`sekisho.state`), version 1.
//!
//! A record's key is a tag and what the tag asks for; its value begins with the format's version. Detectors and key
//! spaces stand by name, since positions change from plan to plan. Texts and byte strings stand behind their length
//! (LEB128), integers are little endian, an optional integer stands behind a byte 0 or 1.
//!
//! | tag | key | value |
//! |---|---|---|
//! | `s` state | detector, key space, key bytes to the end | state version, touched, touches, failures, expires?, wake?, bytes to the end |
//! | `a` alert | uid to the end | detector, key space, key, open, release?, expires?, bytes to the end |
//! | `x` set aside | detector, key space, key bytes to the end | reason, state version, touched, touches, expires?, wake?, bytes to the end |
//! | `m` meta | nothing | bytes to the end |
//!
//! Key bytes: each part of the key followed by `00 01`, a `00` inside a part written `00 FF`.

use super::stored::{AlertMemory, SetAside, Stored};
use super::{Names, StateKey};
use crate::bytes::{CodecError, Reader, Writer};
use crate::contract::State;
use crate::model::Key;
use crate::model::Time;

const VERSION: u8 = 1;

/// Bytes of a record beside its texts and byte strings, at most.
const FIXED: usize = 48;

/// A record of the changelog, read.
#[derive(Debug, PartialEq)]
pub(super) enum Entry {
    State(StateKey, Option<Stored>),
    Alert(String, Option<AlertMemory>),
    SetAside(StateKey, Option<SetAside>),
    Meta(Option<Vec<u8>>),
    /// It names a detector or a key space that this plan does not have.
    Stranger,
}

/// The changelog key of a state (`s`) or of a state set aside (`x`); none: the plan has no such position.
pub(super) fn state_key(names: &Names, tag: u8, key: &StateKey) -> Option<Vec<u8>> {
    let (detector, space) = names.at(key.detector, key.key_space)?;
    let mut out = Writer::default();
    out.room(FIXED + detector.len() + space.name.len() + key.key.as_bytes().len());
    out.byte(tag).text(detector).text(&space.name).raw(key.key.as_bytes());
    Some(out.finish())
}

pub(super) fn alert_key(uid: &str) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(b'a').raw(uid.as_bytes());
    out.finish()
}

pub(super) const META_KEY: &[u8] = b"m";

pub(super) fn write_state(stored: &Stored) -> Vec<u8> {
    let mut out = Writer::versioned(VERSION);
    out.room(FIXED + stored.bytes().len());
    out.varint(u64::from(stored.version())).i64(stored.touched().0).varint(u64::from(stored.touches()));
    out.byte(stored.failures()).option(stored.expires()).option(stored.wake()).raw(stored.bytes());
    out.finish()
}

pub(super) fn write_alert(names: &Names, alert: &AlertMemory) -> Option<Vec<u8>> {
    let (detector, space) = names.at(alert.about.detector, alert.about.key_space)?;
    let mut out = Writer::versioned(VERSION);
    out.text(detector).text(&space.name).bytes(alert.about.key.as_bytes()).byte(u8::from(alert.open));
    out.option(alert.release.map(|time| time.0)).option(alert.expires.map(|time| time.0)).raw(&alert.bytes);
    Some(out.finish())
}

pub(super) fn write_set_aside(aside: &SetAside) -> Vec<u8> {
    let state = &aside.state;
    let mut out = Writer::versioned(VERSION);
    out.text(&aside.reason).varint(u64::from(state.version)).i64(aside.touched.0).varint(u64::from(aside.touches));
    out.option(state.expires).option(state.wake).raw(&state.bytes);
    out.finish()
}

pub(super) fn write_meta(meta: &[u8]) -> Vec<u8> {
    let mut out = Writer::versioned(VERSION);
    out.raw(meta);
    out.finish()
}

/// Reads a record of the changelog; no value is a tombstone.
pub(super) fn read(names: &Names, key: &[u8], value: Option<&[u8]>) -> Result<Entry, CodecError> {
    let value = value.map(|value| Reader::versioned(value, VERSION)).transpose()?;
    let mut reader = Reader::new(key);
    match reader.byte()? {
        b's' => match read_state_key(names, &mut reader)? {
            Some(key) => Ok(Entry::State(key, value.map(read_state).transpose()?)),
            None => Ok(Entry::Stranger),
        },
        b'x' => match read_state_key(names, &mut reader)? {
            Some(key) => Ok(Entry::SetAside(key, value.map(read_set_aside).transpose()?)),
            None => Ok(Entry::Stranger),
        },
        b'a' => {
            let uid = std::str::from_utf8(reader.remainder()).map_err(|_| reader.invalid("a uid that is not utf-8"))?;
            match value.map(|value| read_alert(names, value)).transpose()? {
                Some(None) => Ok(Entry::Stranger),
                alert => Ok(Entry::Alert(uid.to_owned(), alert.flatten())),
            }
        }
        b'm' => {
            reader.end()?;
            Ok(Entry::Meta(value.map(|mut value| value.remainder().to_vec())))
        }
        _ => Err(reader.invalid("a tag that this version does not know")),
    }
}

fn find(names: &Names, detector: &str, key_space: &str, key: Key) -> Option<StateKey> {
    let (detector, key_space) = names.find(detector, key_space)?;
    Some(StateKey { detector, key_space, key })
}

fn read_state_key(names: &Names, reader: &mut Reader<'_>) -> Result<Option<StateKey>, CodecError> {
    let (detector, key_space) = (reader.text()?, reader.text()?);
    let key = Key::from_bytes(reader.remainder()).ok_or_else(|| reader.invalid("bytes that are no key"))?;
    Ok(find(names, detector, key_space, key))
}

fn read_state(mut reader: Reader<'_>) -> Result<Stored, CodecError> {
    let version = reader.varint_u32()?;
    let (touched, touches, failures) = (Time(reader.i64()?), reader.varint_u32()?, reader.byte()?);
    let (expires, wake) = (reader.option()?, reader.option()?);
    let state = State { version, bytes: reader.remainder().to_vec(), expires, wake };
    Ok(Stored::new(state, touched, touches).with_failures(failures))
}

fn read_set_aside(mut reader: Reader<'_>) -> Result<SetAside, CodecError> {
    let reason = reader.text()?.to_owned();
    let version = reader.varint_u32()?;
    let (touched, touches) = (Time(reader.i64()?), reader.varint_u32()?);
    let (expires, wake) = (reader.option()?, reader.option()?);
    let state = State { version, bytes: reader.remainder().to_vec(), expires, wake };
    Ok(SetAside { state, touched, touches, reason })
}

fn read_alert(names: &Names, mut reader: Reader<'_>) -> Result<Option<AlertMemory>, CodecError> {
    let (detector, key_space) = (reader.text()?, reader.text()?);
    let key = Key::from_bytes(reader.bytes()?).ok_or_else(|| reader.invalid("bytes that are no key"))?;
    let open = match reader.byte()? {
        0 => false,
        1 => true,
        _ => return Err(reader.invalid("a flag that is neither 0 nor 1")),
    };
    let (release, expires) = (reader.option()?.map(Time), reader.option()?.map(Time));
    let bytes = reader.remainder().to_vec();
    Ok(find(names, detector, key_space, key).map(|about| AlertMemory { about, open, release, expires, bytes }))
}
