//! The forms of names in a plan.

/// The longest name, in bytes: names become parts of topics' keys, metrics and file names.
pub(super) const LONGEST_NAME: usize = 64;

/// Lower-case words of letters and digits joined by hyphens, the first beginning with a letter.
pub(super) fn is_kebab(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// As kebab, or joined by underscores: names of event classes and of counters.
pub(super) fn is_word(name: &str) -> bool {
    is_kebab(&name.replace('_', "-"))
}

/// `1.2.3`, with a pre-release or build part or without.
pub(super) fn is_version(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<_> = core.split('.').collect();
    version.len() <= LONGEST_NAME
        && numbers.len() == 3
        && numbers.iter().all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || b".-+".contains(&b))
}

/// An ATT&CK technique: `T1021` or `T1021.002`.
pub(super) fn is_technique(id: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match id.strip_prefix('T').map(|id| id.split_once('.').unwrap_or((id, "000"))) {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        None => false,
    }
}

/// A path of a field: dotted parts, none of them empty, without control characters.
pub(super) fn is_path(path: &str) -> bool {
    path.len() <= 256 && path.split('.').all(|part| !part.is_empty()) && !path.chars().any(char::is_control)
}
