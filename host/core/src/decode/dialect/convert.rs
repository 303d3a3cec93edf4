//! Converters: one form for values that sources write in several.

use std::borrow::Cow;

use super::Convert;
use crate::decode::raw::Raw;

/// As it is.
pub const PLAIN: Convert = Convert { name: "", with: plain };
/// The last part of a path.
pub const FILE_NAME: Convert = Convert { name: "last part of the path", with: file_name };
/// A logon id: hexadecimal, lower case, no leading zeros, `0x` before it.
pub const HEX: Convert = Convert { name: "0x… in lower case", with: hex };
/// A number that may be written `0x…`.
pub const NUMBER: Convert = Convert { name: "number, also of 0x…", with: number };
/// A GUID: lower case without braces.
pub const GUID: Convert = Convert { name: "lower case, no braces", with: guid };
/// The name behind `DOMAIN\` or before `@domain`.
pub const ACCOUNT: Convert = Convert { name: "name without its domain", with: account };
/// The domain of `DOMAIN\name` or `name@domain`.
pub const DOMAIN: Convert = Convert { name: "domain of the name", with: domain };
/// Words apart from each other by white space, commas or semicolons.
pub const WORDS: Convert = Convert { name: "words", with: words };
/// An address without its IPv4-in-IPv6 prefix, brackets and `LOCAL`.
pub const ADDRESS: Convert = Convert { name: "address", with: address };
/// A host name without leading backslashes and the port of a service principal.
pub const HOST: Convert = Convert { name: "host without \\\\", with: host };
/// Lower case.
pub const LOWER: Convert = Convert { name: "lower case", with: lower };
/// A port: 1 to 65535.
pub const PORT: Convert = Convert { name: "port above 0", with: port };

fn plain<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    raw.borrow()
}

fn part<'v>(raw: &'v Raw<'_>, part: impl Fn(&'v str) -> Option<&'v str>) -> Raw<'v> {
    match raw {
        Raw::Text(text) => part(text).filter(|part| !part.is_empty()).map_or(Raw::Null, |part| Raw::Text(part.into())),
        _ => Raw::Null,
    }
}

fn file_name<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    part(raw, |text| text.trim_end_matches(['\\', '/']).rsplit(['\\', '/']).next())
}

fn hex<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    let canonical = |text: &str| {
        let digits = text.strip_prefix("0x")?;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (plain && (digits.len() == 1 || !digits.starts_with('0'))).then_some(())
    };
    match raw {
        Raw::Text(text) if canonical(text).is_some() => Raw::Text(Cow::Borrowed(text)),
        _ => raw.integer().map_or(Raw::Null, |number| Raw::owned(format!("{number:#x}"))),
    }
}

fn number<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    raw.integer().map_or_else(|| raw.borrow(), Raw::Integer)
}

fn guid<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    match raw {
        Raw::Text(text) => {
            let bare = text.trim().trim_start_matches('{').trim_end_matches('}');
            lower_text(bare)
        }
        _ => Raw::Null,
    }
}

fn account<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    part(raw, |text| match text.split_once('\\') {
        Some((_, name)) => Some(name),
        None => text.split('@').next(),
    })
}

fn domain<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    part(raw, |text| match text.split_once('\\') {
        Some((domain, _)) => Some(domain),
        None => text.split_once('@').map(|(_, domain)| domain),
    })
}

fn words<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    match raw {
        Raw::Text(text) => {
            let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
            Raw::List(words.filter(|word| !matches!(*word, "" | "-")).map(|word| Raw::Text(word.into())).collect())
        }
        other => other.borrow(),
    }
}

fn address<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    part(raw, |text| {
        let text = text.trim().trim_start_matches('[').trim_end_matches(']');
        let mapped = text.get(..7).is_some_and(|prefix| prefix.eq_ignore_ascii_case("::ffff:")) && text.contains('.');
        let text = if mapped { &text[7..] } else { text };
        (!text.eq_ignore_ascii_case("local") && text != "-").then_some(text)
    })
}

fn host<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    part(raw, |text| Some(text.trim().trim_start_matches('\\')))
}

fn port<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    match raw.integer() {
        Some(port) if port > 0 => Raw::Integer(port),
        Some(_) => Raw::Null,
        None => raw.borrow(),
    }
}

fn lower<'v>(raw: &'v Raw<'_>) -> Raw<'v> {
    raw.text().map_or(Raw::Null, lower_text)
}

fn lower_text(text: &str) -> Raw<'_> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Raw::owned(text.to_lowercase())
    } else {
        Raw::Text(Cow::Borrowed(text))
    }
}
