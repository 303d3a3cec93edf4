//! Times in log lines, brought closer together: a day of logs is streamed in a minute, and must not be so long in event time
//! that a fault of seconds makes rows later than detectors tolerate.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 24 * 3600 * SECOND;
/// The end of office hours of the demo's company, in UTC: days shrink towards it, so that a part lies before and a part
/// behind it.
const ANCHOR: i128 = 10 * 3600 * SECOND;
/// The firewalls of the demo write local time.
const FIREWALL_ZONE: i128 = 9 * 3600 * SECOND;
/// `2026-04-08T00:13:49`, without fractions.
const LENGTH: usize = 19;

/// The same line, with each day of its times so many times as short.
pub fn closer(text: &str, times: u32) -> String {
    if times <= 1 {
        return text.to_owned();
    }
    let times = i128::from(times);
    if let Some(line) = firewall(text, times) {
        return line;
    }
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let found = civil(rest, times).or_else(|| epoch(rest, times));
        let (length, written) = found.unwrap_or_else(|| {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            (length, rest[..length].to_owned())
        });
        out += &written;
        at += length;
    }
    out
}

fn squeezed(nanos: i128, times: i128) -> i128 {
    let anchor = nanos.div_euclid(DAY) * DAY + ANCHOR;
    anchor + (nanos - anchor).div_euclid(times)
}

/// A date and time at the beginning of a text: its length, and what is written instead.
fn civil(text: &str, times: i128) -> Option<(usize, String)> {
    let bytes = text.as_bytes();
    let separator = *bytes.get(10).filter(|byte| matches!(byte, b'T' | b' '))?;
    let nanos = read(text.get(..LENGTH)?)?;
    let fraction = text[LENGTH..].strip_prefix('.').unwrap_or_default();
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count().min(9);
    let part = format!("{:0<9}", &fraction[..digits]).parse::<i128>().ok()?;
    let length = LENGTH + if digits == 0 { 0 } else { digits + 1 };
    Some((length, written(squeezed(nanos + part, times), char::from(separator), digits)))
}

/// The time of a Zeek record.
fn epoch(text: &str, times: i128) -> Option<(usize, String)> {
    const KEY: &str = "\"ts\":";
    let rest = text.strip_prefix(KEY)?;
    let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (seconds, fraction) = rest[..length].split_once('.').unwrap_or((&rest[..length], ""));
    let nanos = seconds.parse::<i128>().ok()? * SECOND + format!("{fraction:0<9}").parse::<i128>().ok()?;
    let nanos = squeezed(nanos, times);
    Some((KEY.len() + length, format!("{KEY}{}.{:06}", nanos / SECOND, nanos % SECOND / 1000)))
}

/// A line of a FortiGate: its time in nanoseconds, and the same as local date and time.
fn firewall(text: &str, times: i128) -> Option<String> {
    let (head, rest) = text.split_once(" eventtime=")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let nanos = squeezed(rest[..digits].parse().ok()?, times);
    let (before, local) = head.split_once("date=")?;
    let behind = local.get("2026-04-08 time=09:05:00".len()..)?;
    let local = written(nanos + FIREWALL_ZONE, ' ', 0).replace(' ', " time=");
    Some(format!("{before}date={local}{behind} eventtime={nanos}{}", &rest[digits..]))
}

fn read(text: &str) -> Option<i128> {
    let is_digit = |at: usize| text.as_bytes()[at].is_ascii_digit();
    if ![0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].into_iter().all(is_digit) {
        return None;
    }
    let time: DateTime = text.replace(' ', "T").parse().ok()?;
    Some(TimeZone::UTC.to_timestamp(time).ok()?.as_nanosecond())
}

fn written(nanos: i128, separator: char, digits: usize) -> String {
    let time = Timestamp::from_nanosecond(nanos).unwrap_or_default();
    format!("{time:.digits$}").trim_end_matches('Z').replace('T', &separator.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_a_day_come_closer_wherever_they_stand() {
        let line = "{\"a\":\"2026-04-08T00:00:00.500Z\",\"b\":\"2026-04-08 22:00:00\",\"ts\":1775642400.25}";
        let closer_by_ten =
            "{\"a\":\"2026-04-08T09:00:00.050Z\",\"b\":\"2026-04-08 11:12:00\",\"ts\":1775642400.025000}";
        assert_eq!(closer(line, 10), closer_by_ten);
        let firewall = "<189>date=2026-04-08 time=09:05:00 devname=\"fw1\" eventtime=1775606700000000000 tz=\"+0900\"";
        let wanted = "<189>date=2026-04-08 time=18:00:30 devname=\"fw1\" eventtime=1775638830000000000 tz=\"+0900\"";
        assert_eq!(closer(firewall, 10), wanted);
        assert_eq!(closer("no time 2026-04-08", 10), "no time 2026-04-08");
    }
}
