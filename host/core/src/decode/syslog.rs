//! Syslog headers: what a relay wrote before a message, in RFC 5424, RFC 3164 and what is in use between them.

/// A line without its header. Parts that the header lacks, or writes as `-`, are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Syslog<'a> {
    /// Facility × 8 + severity.
    pub priority: Option<u8>,
    /// As written: RFC 3339, or `Mmm dd hh:mm:ss` without year and zone.
    pub time: Option<&'a str>,
    pub host: Option<&'a str>,
    pub app: Option<&'a str>,
    pub message: &'a str,
}

/// Takes the header off a line; none where the line has none.
///
/// A line has one if it begins with a priority (`<13>`, after an octet count as of RFC 6587 or not) or with a time. A
/// message that itself begins with a word and a colon keeps them where they name a format (`CEF:`, `LEEF:`).
pub fn strip(line: &str) -> Option<Syslog<'_>> {
    let line = line.trim();
    let (priority, rest) = match priority(after_octet_count(line)) {
        Some((priority, rest)) => (Some(priority), rest),
        None => (None, line),
    };
    if priority.is_some()
        && let Some(rest) = rest.strip_prefix("1 ")
        && let Some(syslog) = rfc5424(rest)
    {
        return Some(Syslog { priority, ..syslog });
    }
    match time(rest) {
        Some((time, rest)) => {
            let (host, rest) = host(rest);
            let (app, message) = tag(rest);
            Some(Syslog { priority, time: Some(time), host, app, message })
        }
        None => priority.map(|priority| Syslog { priority: Some(priority), message: rest, ..Syslog::default() }),
    }
}

fn after_octet_count(line: &str) -> &str {
    match line.split_once(" <") {
        Some((count, _)) if !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()) => {
            &line[count.len() + 1..]
        }
        _ => line,
    }
}

fn priority(line: &str) -> Option<(u8, &str)> {
    let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let priority = number.parse().ok().filter(|priority| digits && *priority < 192)?;
    Some((priority, rest.trim_start()))
}

/// What follows the version: time, host, application, process, message id, structured data, message.
fn rfc5424(rest: &str) -> Option<Syslog<'_>> {
    let mut parts = rest.splitn(6, ' ');
    let mut part = || parts.next().map(|part| (part != "-" && !part.is_empty()).then_some(part));
    let (time, host, app, _process, _id) = (part()?, part()?, part()?, part()?, part()?);
    let message = after_structured_data(parts.next()?)?;
    let message = message.trim_start().trim_start_matches('\u{feff}');
    Some(Syslog { priority: None, time, host, app, message })
}

/// The text behind `-` or `[id name="value"]…`, where a value escapes `"`, `\` and `]`.
fn after_structured_data(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('-') {
        return (rest.is_empty() || rest.starts_with(' ')).then_some(rest);
    }
    let (mut quoted, mut escaped, mut open) = (false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if open => quoted = !quoted,
            b'[' if !quoted => open = true,
            b']' if !quoted => open = false,
            _ if !open => return (byte == b' ' && at > 0).then(|| &text[at..]),
            _ => {}
        }
    }
    (!open && !text.is_empty()).then_some("")
}

/// A time at the beginning: `2026-04-08T19:31:05+09:00` or `Apr  8 19:31:05`.
fn time(text: &str) -> Option<(&str, &str)> {
    let end = text.find(' ').unwrap_or(text.len());
    let word = &text.as_bytes()[..end];
    let digits =
        |range: std::ops::Range<usize>| word.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    if digits(0..4) && word.get(4) == Some(&b'-') && word.get(10) == Some(&b'T') && digits(11..13) {
        return Some((&text[..end], text[end..].trim_start()));
    }
    let month = text.get(..3)?;
    if !MONTHS.contains(&month) {
        return None;
    }
    // `Apr  8 19:31:05`: the day is padded with a blank; some write a year behind it.
    let mut from = 3;
    for _ in 0..3 {
        let rest = text.get(from..)?;
        from += rest.len() - rest.trim_start_matches(' ').len();
        let word = text.get(from..)?.split(' ').next()?;
        let is_clock = word.split(':').count() == 3;
        if !word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.')) || word.is_empty() {
            return None;
        }
        from += word.len();
        if is_clock {
            let (time, rest) = text.split_at(from);
            return Some((time, rest.trim_start_matches(':').trim_start()));
        }
    }
    None
}

const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A host name before the message: a word that is not already part of one.
fn host(text: &str) -> (Option<&str>, &str) {
    match text.split_once(' ') {
        Some((word, rest))
            if !word.is_empty() && !word.contains(['=', '{', '[', '"', '<', '|']) && !word.ends_with(':') =>
        {
            (Some(word), rest.trim_start())
        }
        _ => (None, text),
    }
}

/// `app: ` or `app[1234]: ` before the message.
fn tag(text: &str) -> (Option<&str>, &str) {
    let Some((word, rest)) = text.split_once(": ") else { return (None, text) };
    let (app, process) = word.split_once('[').map_or((word, None), |(app, process)| (app, Some(process)));
    let is_app = !app.is_empty()
        && app.len() <= 48
        && app.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'.' | b'%'));
    let is_process = process.is_none_or(|process| process.ends_with(']') && !process.contains(' '));
    if is_app && is_process && !matches!(app, "CEF" | "LEEF") { (Some(app), rest.trim_start()) } else { (None, text) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(line: &str) -> (Option<u8>, Option<&str>, Option<&str>, Option<&str>, &str) {
        let syslog = strip(line).unwrap();
        (syslog.priority, syslog.time, syslog.host, syslog.app, syslog.message)
    }

    #[test]
    fn a_header_of_rfc_5424_is_taken_off() {
        let line = r#"<165>1 2026-04-08T10:31:05.003Z gw1 fw 77 ID47 [a@1 k="v\"]"][b] date=2026-04-08 x=1"#;
        let rest = "date=2026-04-08 x=1";
        assert_eq!(parts(line), (Some(165), Some("2026-04-08T10:31:05.003Z"), Some("gw1"), Some("fw"), rest));
        assert_eq!(parts("<34>1 - - - - - -"), (Some(34), None, None, None, ""));
        assert_eq!(parts("<34>1 - h - - - - \u{feff}hi"), (Some(34), None, Some("h"), None, "hi"));
    }

    #[test]
    fn a_header_of_rfc_3164_is_taken_off() {
        let time = Some("Apr  8 19:31:05");
        assert_eq!(
            parts("<13>Apr  8 19:31:05 gw1 sshd[77]: hello: x"),
            (Some(13), time, Some("gw1"), Some("sshd"), "hello: x")
        );
        assert_eq!(
            parts("Apr  8 19:31:05 gw1 date=1 m=\"a: b\""),
            (None, time, Some("gw1"), None, "date=1 m=\"a: b\"")
        );
        assert_eq!(parts("<13>Apr  8 19:31:05 date=1 time=2"), (Some(13), time, None, None, "date=1 time=2"));
        assert_eq!(
            parts("<13>Apr 18 2026 19:31:05 gw1 CEF:0|a|b"),
            (Some(13), Some("Apr 18 2026 19:31:05"), Some("gw1"), None, "CEF:0|a|b")
        );
    }

    #[test]
    fn what_lies_between_the_standards_is_taken_off() {
        assert_eq!(parts("<189>date=2026-04-08"), (Some(189), None, None, None, "date=2026-04-08"));
        assert_eq!(parts("24 <189>date=2026-04-08"), (Some(189), None, None, None, "date=2026-04-08"));
        let line = "2026-04-08T19:31:05+09:00 gw1 app: {\"a\":1}";
        assert_eq!(parts(line), (None, Some("2026-04-08T19:31:05+09:00"), Some("gw1"), Some("app"), "{\"a\":1}"));
    }

    #[test]
    fn a_line_without_a_header_stays() {
        for line in
            ["", "{\"a\":1}", "date=2026-04-08 time=1", "LogName=Security", "<Event>x</Event>", "May I?", "<999>x"]
        {
            assert_eq!(strip(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_the_message_is_its_end(line in "(<[0-9]{1,3}>)?(1 )?(Apr  8 19:31:05 )?\\PC{0,40}") {
            if let Some(syslog) = strip(&line) {
                prop_assert!(line.trim().ends_with(syslog.message));
            }
        }
    }
}
