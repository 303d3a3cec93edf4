//! A command line as a program would see it.

/// A started program.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Lower case; of the path, else of the first word of the command line.
    pub program: String,
    /// The name that its author gave it, lower case; empty: not told.
    pub original: String,
    /// The path, lower case.
    pub path: String,
    /// The arguments in lower case, without quotes and without the program.
    pub words: Vec<String>,
    /// The whole line in lower case.
    pub line: String,
}

/// What a rule saw in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Act {
    /// Such as `rclone copies to a remote`.
    pub what: String,
    /// Where to, where it is told.
    pub target: String,
    /// Sum of oddities.
    pub points: i64,
    /// The oddities, for people.
    pub oddities: Vec<&'static str>,
}

// === impl Launch ===

impl Launch {
    pub fn new(path: &str, original: &str, line: &str) -> Self {
        let (path, original, line) = (path.to_lowercase(), original.to_lowercase(), line.to_lowercase());
        let mut words = words(&line);
        let first = if words.is_empty() { String::new() } else { words.remove(0) };
        let program = file_name(if path.is_empty() { &first } else { &path }).to_owned();
        let original = if original == "-" || original == "?" { String::new() } else { original };
        Self { program, original, path, words, line }
    }

    /// Whether it is this program, by its name or by the one that its author gave it.
    pub fn is(&self, names: &[&str]) -> bool {
        [&self.program, &self.original].iter().any(|own| names.iter().any(|name| bare(own) == *name))
    }

    /// Whether it runs under another name than its author's.
    pub fn is_renamed(&self) -> bool {
        !self.original.is_empty() && !self.program.is_empty() && bare(&self.original) != bare(&self.program)
    }

    /// Whether it lies where users and services write, and programs are not installed.
    pub fn is_in_odd_place(&self) -> bool {
        is_odd_place(&self.path)
    }

    /// The value of an option, joined (`-tfile`, `--config=x`) or as the next word.
    pub fn value(&self, option: &str) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(at, word)| {
            let rest = word.strip_prefix(option)?;
            match rest.strip_prefix(['=', ':']).unwrap_or(rest) {
                "" => self.words.get(at + 1).map(String::as_str),
                joined => Some(joined),
            }
        })
    }

    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    pub fn has_any(&self, words: &[&str]) -> bool {
        self.words.iter().any(|own| words.contains(&own.as_str()))
    }
}

// === impl Act ===

impl Act {
    pub fn new(what: impl Into<String>, points: i64) -> Self {
        Self { what: what.into(), points, ..Self::default() }
    }

    /// Adds an oddity where it is there.
    #[must_use]
    pub fn odd(mut self, there: bool, points: i64, told: &'static str) -> Self {
        if there {
            self.points += points;
            self.oddities.push(told);
        }
        self
    }

    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }
}

/// Splits at blanks outside of quotes, and takes the quotes away.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.push(c),
            None if c == '"' => quote = Some(c),
            // A single quote opens a word; within one it is an apostrophe.
            None if c == '\'' && word.is_empty() => quote = Some(c),
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            None => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// A program's name without its ending.
pub fn bare(name: &str) -> &str {
    [".exe", ".com", ".cmd", ".bat"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Whether a path lies where users and services write, and programs and archives have no business.
pub fn is_odd_place(path: &str) -> bool {
    const ODD: [&str; 12] = [
        "\\users\\public\\",
        "\\perflogs\\",
        "\\$recycle.bin\\",
        "\\windows\\temp\\",
        "\\windows\\tasks\\",
        "\\windows\\debug\\",
        "\\windows\\tracing\\",
        "\\appdata\\local\\temp\\",
        "\\windows\\system32\\spool\\",
        "\\intel\\",
        "\\recovery\\",
        "\\windows\\fonts\\",
    ];
    // Directly below it; installed programs have a folder of their own there.
    let in_program_data = path.split_once("\\programdata\\").is_some_and(|(_, rest)| !rest.contains('\\'));
    in_program_data || ODD.iter().any(|odd| path.contains(odd))
}

/// Whether an argument names a share of another host.
pub fn is_share(word: &str) -> bool {
    word.trim_start_matches("-i").trim_start_matches('@').starts_with("\\\\")
        && !word.starts_with("\\\\?\\")
        && !word.starts_with("\\\\.\\")
}

/// The host of a URL or of `user@host:path`; none: there is none.
pub fn host_of(word: &str) -> Option<&str> {
    let rest = word.split_once("://").map(|(_, rest)| rest).or_else(|| {
        let at = word.split_once('@')?;
        at.1.contains([':', '.']).then_some(word)
    })?;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split(['/', '\\', '?', ':', '"', '\'', ')', ',', ';']).next().unwrap_or_default();
    (!host.is_empty()).then_some(host)
}

/// Whether a host is the own one or in a private network: no way out.
pub fn is_local(host: &str) -> bool {
    let numbers: Vec<&str> = host.split('.').collect();
    match numbers.as_slice() {
        ["10" | "127", ..] | ["192", "168", ..] if numbers.len() == 4 => true,
        ["172", second, ..] if numbers.len() == 4 => second.parse::<u8>().is_ok_and(|n| (16..32).contains(&n)),
        ["100", second, ..] if numbers.len() == 4 => second.parse::<u8>().is_ok_and(|n| (64..128).contains(&n)),
        [one] if one.contains(':') => *one == "::1" || one.starts_with("fc") || one.starts_with("fd"),
        [one] => !one.is_empty(),
        _ => host.ends_with(".local") || host.ends_with(".lan") || host.ends_with(".internal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_the_program_sees_it() {
        let launch = Launch::new("C:\\Tools\\R.EXE", "WinRAR.exe", r#""C:\Tools\r.exe" a -v5g "D:\My Files" 'x y'"#);
        assert_eq!(launch.words, ["a", "-v5g", "d:\\my files", "x y"]);
        assert!(launch.is(&["winrar"]) && launch.is_renamed());
        assert_eq!(launch.value("-v"), Some("5g"));
    }

    #[test]
    fn hosts_are_found_in_urls_and_in_remote_paths() {
        assert_eq!(host_of("https://u:p@drop.example:8443/x"), Some("drop.example"));
        assert_eq!(host_of("bob@203.0.113.7:/tmp"), Some("203.0.113.7"));
        assert_eq!(host_of("c:\\x"), None);
        assert!(
            is_local("172.20.1.1") && is_local("fileserver") && !is_local("172.32.1.1") && !is_local("drop.example")
        );
    }
}
