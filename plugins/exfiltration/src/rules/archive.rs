//! Files are packed for the way out.
//!
//! **Meaning.** Before a theft data is packed: many folders, without what is worthless (films, pictures, programs), in
//! volumes of a size that an upload survives. Huntress saw SafePay run `WinRAR.exe a -v5g -ed -r -tn1000d -m0 -mt5 -x*.rar
//! -x*.JPEG …` (November 2024): no password, so that rules which ask for `-hp` miss it.
//!
//! **Fires** on an archiver, known by its name, its author's name or the shape of its command line, that splits into
//! volumes, reads a share, takes a whole drive or the users' folders, locks with a password, leaves out several kinds of
//! files, or writes where archives have no business; and on several volumes of one archive appearing on a host. One such
//! sign alone is low: a developer packs a folder with 7-Zip every day and is not told at all.
//!
//! **ATT&CK** T1560.001 (archive via utility), T1074.001 (staged on the host).
//!
//! **Severity** by the sum of oddities: medium from 3, high from 5.
//!
//! **False alarms** backup scripts with 7-Zip (known parent, every night: the alert shows it), software builds (no split, no
//! share, no password), support staff who pack logs (odd place alone stays low).

use crate::command::{Act, Launch, file_name, is_odd_place, is_share};

const RAR: [&str; 5] = ["rar", "winrar", "unrar", "rar32", "command line rar"];
const SEVEN: [&str; 8] = ["7z", "7za", "7zr", "7zg", "7zfm", "7z.sfx", "7zip", "7z1900"];
const ZIP: [&str; 6] = ["zip", "winzip32", "winzip64", "wzzip", "pkzip", "peazip"];
const OTHER: [&str; 3] = ["tar", "bsdtar", "makecab"];

/// Programs by name for the subscription.
pub const PROGRAMS: [&str; 16] = [
    "rar.exe",
    "winrar.exe",
    "7z.exe",
    "7za.exe",
    "7zr.exe",
    "7zg.exe",
    "zip.exe",
    "winzip32.exe",
    "winzip64.exe",
    "wzzip.exe",
    "pkzip.exe",
    "peazip.exe",
    "tar.exe",
    "bsdtar.exe",
    "makecab.exe",
    "diantz.exe",
];
/// Their authors' names.
pub const ORIGINALS: [&str; 10] = [
    "rar.exe",
    "winrar.exe",
    "7z.exe",
    "7za.exe",
    "7zr.exe",
    "7zg.exe",
    "command line rar",
    "winzip32.exe",
    "bsdtar",
    "makecab.exe",
];

/// Whole drives, users' folders and the places of mail and documents.
const WHOLES: [&str; 10] = [
    ":\\",
    ":\\*",
    ":\\users",
    ":\\users\\",
    "\\documents",
    "\\desktop",
    "\\users\\*",
    "*.pst",
    "ntds.dit",
    "\\downloads",
];

/// What a launch of an archiver is worth telling for; none: nothing.
pub fn judge(launch: &Launch) -> Option<Act> {
    let rar_like = launch.is(&RAR) || is_rar_shape(launch);
    let seven_like = launch.is(&SEVEN);
    let other = launch.is(&ZIP) || launch.is(&OTHER) || launch.is(&["diantz"]);
    if !rar_like && !seven_like && !other {
        return None;
    }
    let packs = match launch.is(&["tar", "bsdtar"]) {
        true => creates(launch),
        false => launch.has_any(&["a", "u", "m", "mf"]) || other && !launch.has_any(&["-t", "-sf", "--test"]),
    };
    if !packs {
        return None;
    }
    let split = launch.words.iter().find(|word| is_split(word));
    let excludes = launch
        .words
        .iter()
        .filter(|word| word.starts_with("-x") && word.len() > 3 && word.contains(['*', '.', '!']))
        .count();
    let inputs = || launch.words.iter().skip(1).filter(|word| !word.starts_with(['-', '/']));
    let whole = inputs().any(|word| WHOLES.iter().any(|whole| word.ends_with(whole)));
    let recursive = launch.words.iter().any(|word| matches!(word.as_str(), "-r" | "-r0" | "/r"));
    let password = launch.words.iter().any(|word| is_password(word, rar_like || seven_like));
    let odd_output = inputs().next().is_some_and(|archive| is_odd_place(archive));
    let newer =
        launch.words.iter().any(|word| word.starts_with("-tn") || word.starts_with("-ta") || word.starts_with("-tl"));
    let name = if launch.is(&SEVEN) {
        "7-Zip"
    } else if rar_like {
        "RAR"
    } else {
        &launch.program
    };
    let act = Act::new(format!("{name} packs files"), 0)
        .odd(split.is_some(), 2, "split into volumes")
        .odd(split.is_some() && recursive, 1, "with all folders below")
        .odd(excludes >= 3, 1, "leaving out several kinds of files")
        .odd(inputs().any(|word| is_share(word)), 2, "from a share")
        .odd(whole, 1, "of a whole drive or of people's folders")
        .odd(password || is_locked_by_winzip(launch), 1, "locked with a password")
        .odd(newer && recursive, 1, "only recent files")
        .odd(odd_output, 1, "where archives have no business")
        .odd(launch.is_renamed(), 2, "under another name than its author's")
        .odd(launch.is_in_odd_place() && !launch.path.is_empty(), 1, "by a program in an odd place")
        .odd(!launch.is(&RAR) && rar_like, 1, "by the shape of the command line");
    let target = inputs().next().map(|archive| file_name(archive).to_owned()).unwrap_or_default();
    (act.points >= 1).then(|| act.target(target))
}

/// tar is told to create, by letters in one word or in several: `-cf`, `czf`, `-a -c -f`.
fn creates(launch: &Launch) -> bool {
    let letters = |word: &&String| {
        !word.starts_with("--")
            && word.len() <= 8
            && word.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let first = launch.words.iter().take(1).filter(letters);
    let switches =
        first.chain(launch.words.iter().skip(1).take(4).filter(|word| word.starts_with('-')).filter(letters));
    let mut makes = launch.has("--create");
    for word in switches {
        if word.contains(['x', 't']) {
            return false;
        }
        makes |= word.contains('c');
    }
    makes
}

/// `a` with at least two of the switches that RAR alone has, whatever the program is called.
fn is_rar_shape(launch: &Launch) -> bool {
    let own = |word: &&String| {
        is_split(word)
            || word.starts_with("-hp")
            || word.starts_with("-tn")
            || word.starts_with("-ep")
            || matches!(word.as_str(), "-ed" | "-m0" | "-m5" | "-mt5" | "-inul" | "-ibck" | "-dh" | "-y" | "-r" | "-k")
    };
    matches!(launch.words.first().map(String::as_str), Some("a" | "m" | "u"))
        && launch.words.iter().filter(own).count() >= 2
        && launch.words.iter().any(|word| is_split(word) || word.starts_with("-hp") || word.starts_with("-tn"))
}

/// `-v5g`, `-v100m`, `-v1000000b`: a size behind the switch.
fn is_split(word: &str) -> bool {
    let Some(size) = word.strip_prefix("-v").or_else(|| word.strip_prefix("/v")) else { return false };
    let digits = size.trim_end_matches(['b', 'k', 'm', 'g', 't']);
    !digits.is_empty() && digits.len() + 1 >= size.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_locked_by_winzip(launch: &Launch) -> bool {
    launch.is(&["wzzip", "winzip32", "winzip64"])
        && launch.words.iter().any(|word| word.starts_with("-s") && word.len() > 3)
}

fn is_password(word: &str, switches: bool) -> bool {
    switches && (word.starts_with("-hp") || word.starts_with("-p") && !word.starts_with("-pri")) && word.len() > 2
        || matches!(word, "--password" | "--encrypt" | "-mhe" | "-mhe=on")
}

/// The archive that a file is a volume of, and which.
pub fn volume_of(path: &str) -> Option<(String, String)> {
    let name = file_name(path).to_lowercase();
    let (stem, ending) = name.rsplit_once('.')?;
    if let Some((archive, part)) = stem.rsplit_once(".part").filter(|_| ending == "rar") {
        return number(part).then(|| (format!("{archive}.rar"), part.to_owned()));
    }
    let of_archive = [".7z", ".zip", ".rar", ".tar", ".gz"].iter().any(|kind| stem.ends_with(kind));
    if of_archive && ending.len() == 3 && number(ending) {
        return Some((stem.to_owned(), ending.to_owned()));
    }
    let old = ending.len() == 3 && (ending.starts_with('r') || ending.starts_with('z')) && number(&ending[1..]);
    old.then(|| (stem.to_owned(), ending.to_owned()))
}

fn number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(path: &str, line: &str) -> i64 {
        judge(&Launch::new(path, "", line)).map_or(0, |act| act.points)
    }

    #[test]
    fn volumes_of_a_drive_weigh_more_than_a_folder() {
        let safepay =
            r"WinRAR.exe a -v5g -ed -r -tn1000d -m0 -mt5 -x*.rar -x*.JPEG -x*.RAW -x*.PSD D:\out\x.rar \\fs1\d$";
        assert!(points(r"C:\Program Files\WinRAR\WinRAR.exe", safepay) >= 5);
        assert!(points(r"C:\ProgramData\svc.exe", &safepay.replace("WinRAR", "svc")) >= 5);
        assert_eq!(
            points(r"C:\Program Files\7-Zip\7z.exe", r"7z.exe a -tzip C:\src\build\out.zip C:\src\build\bin"),
            0
        );
        assert_eq!(points(r"C:\Program Files\7-Zip\7z.exe", r"7z.exe x C:\src\out.zip -oC:\src\out"), 0);
        assert!(points(r"C:\Windows\System32\tar.exe", r"tar -a -c -f C:\Users\Public\x.zip C:\Users") >= 2);
        assert_eq!(
            points(r"C:\Windows\System32\tar.exe", r"tar -zxf C:\Windows\Temp\x.tgz -C C:\Users\a\Documents"),
            0
        );
        assert_eq!(points(r"C:\Windows\System32\tar.exe", r"tar xvf C:\Windows\Temp\x.tar"), 0);
        assert!(
            points(r"C:\Program Files\WinZip\wzzip.exe", r"wzzip -rp -ssecret C:\PerfLogs\x.zip \\fs1\hr\*.*") >= 4
        );
        assert_eq!(points(r"C:\Windows\System32\reg.exe", r"reg add hklm\x /v name /t reg_sz"), 0);
    }

    #[test]
    fn volumes_are_known_by_their_names() {
        assert_eq!(volume_of(r"D:\a\data.part03.rar"), Some(("data.rar".into(), "03".into())));
        assert_eq!(volume_of("x.7z.001"), Some(("x.7z".into(), "001".into())));
        assert_eq!(volume_of("old.r07"), Some(("old".into(), "r07".into())));
        assert_eq!(volume_of("notes.txt"), None);
    }
}
