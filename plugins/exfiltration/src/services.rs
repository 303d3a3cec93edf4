//! Services that take files or texts from anyone, and names of domains.

/// Services that intruders send files to, by the end of the name; compiled from public incident reports (joint advisories of
/// CISA and FBI on ransomware groups name mega, anonfiles, file.io, transfer.sh, gofile, sendspace, put.io, pCloud and
/// Dropbox's API among others).
pub const DROPS: [&str; 62] = [
    "mega.nz",
    "mega.co.nz",
    "mega.io",
    "anonfiles.com",
    "anonfile.com",
    "bayfiles.com",
    "gofile.io",
    "file.io",
    "transfer.sh",
    "temp.sh",
    "oshi.at",
    "0x0.st",
    "catbox.moe",
    "litterbox.catbox.moe",
    "bashupload.com",
    "ufile.io",
    "uploadfiles.io",
    "sendspace.com",
    "mediafire.com",
    "4shared.com",
    "zippyshare.com",
    "1fichier.com",
    "dropmefiles.com",
    "filebin.net",
    "filetransfer.io",
    "wetransfer.com",
    "sendgb.com",
    "put.io",
    "pcloud.com",
    "pixeldrain.com",
    "easyupload.io",
    "krakenfiles.com",
    "workupload.com",
    "uguu.se",
    "tmpfiles.org",
    "send.vis.ee",
    "privatlab.com",
    "privatlab.net",
    "qaz.im",
    "filemail.com",
    "swisstransfer.com",
    "send-anywhere.com",
    "file-upload.net",
    "buzzheavier.com",
    "fex.net",
    "wormhole.app",
    "limewire.com",
    "loca.lt",
    "localhost.run",
    "pinggy.link",
    "pinggy.io",
    "bore.pub",
    "portmap.io",
    "devtunnels.ms",
    "playit.gg",
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "trycloudflare.com",
    "serveo.net",
    "content.dropboxapi.com",
    "api.telegram.org",
];

/// Addresses within larger services that take files for whoever made them, as they stand on a line or in a script.
const HOOKS: [&str; 5] = [
    "discord.com/api/webhooks",
    "discordapp.com/api/webhooks",
    "hooks.slack.com/",
    "api.telegram.org/bot",
    "webhook.office.com",
];

/// Whether a line or script, in lower case, names such an address.
pub fn names_a_hook(text: &str) -> bool {
    HOOKS.iter().any(|hook| text.contains(hook))
}

/// Services that take texts, and that hand what they are sent to a person.
pub const PASTES: [&str; 22] = [
    "pastebin.com",
    "paste.ee",
    "ghostbin.com",
    "ghostbin.co",
    "hastebin.com",
    "termbin.com",
    "ix.io",
    "sprunge.us",
    "dpaste.com",
    "dpaste.org",
    "rentry.co",
    "controlc.com",
    "justpaste.it",
    "privatebin.net",
    "paste.rs",
    "textbin.net",
    "webhook.site",
    "requestbin.net",
    "pipedream.net",
    "beeceptor.com",
    "interact.sh",
    "burpcollaborator.net",
];

/// Services whose look-ups carry digests in the name: reputation of files, mails and addresses.
pub const LOOKUPS: [&str; 18] = [
    "mcafee.com",
    "sophosxl.net",
    "trendmicro.com",
    "symantec.com",
    "spamhaus.org",
    "surbl.org",
    "uribl.com",
    "barracudacentral.org",
    "senderbase.org",
    "cymru.com",
    "kaspersky-labs.com",
    "eset.com",
    "webrootcloudav.com",
    "opendns.com",
    "dnswl.org",
    "sorbs.net",
    "akadns.net",
    "e5.sk",
];

/// Endings under which anyone registers a name: the name before is the one that counts. (The common ones of the public
/// suffix list's idea; a longer name than the registrable one only splits a count.)
const SECOND_LEVELS: [&str; 12] = ["co", "com", "net", "org", "gov", "edu", "ac", "ne", "or", "go", "gob", "nom"];

/// Programs that people browse with, which meet these services by a click.
pub const BROWSERS: [&str; 9] = [
    "chrome.exe",
    "msedge.exe",
    "firefox.exe",
    "iexplore.exe",
    "brave.exe",
    "opera.exe",
    "vivaldi.exe",
    "safari",
    "microsoftedgecp.exe",
];

/// The registrable domain of a name (`a.b.example.co.uk` → `example.co.uk`) and what stands before it.
pub fn split_name(name: &str) -> (&str, &str) {
    let name = name.trim_end_matches('.');
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), Some(second)) = (dots.next(), dots.next()) else { return ("", name) };
    let country = name.len() - last - 1 == 2;
    let short = SECOND_LEVELS.contains(&&name[second + 1..last]);
    let cut = if country && short { dots.next() } else { Some(second) };
    match cut {
        Some(cut) => (&name[..cut], &name[cut + 1..]),
        None => ("", name),
    }
}

/// The service that a name belongs to.
pub fn service_of(name: &str) -> Option<(&'static str, bool)> {
    let name = name.trim_end_matches('.');
    // Whole labels, from the last two on: of the list only what is as long is compared.
    let starts = name.rmatch_indices('.').map(|(at, _)| at + 1).chain([0]).skip(1);
    starts.map(|start| &name[start..]).find_map(|end| {
        let is = |service: &&&str| service.eq_ignore_ascii_case(end);
        let drop = DROPS.iter().find(is).map(|service| (*service, false));
        drop.or_else(|| PASTES.iter().find(is).map(|service| (*service, true)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_what_can_be_registered() {
        assert_eq!(split_name("a.b.example.com"), ("a.b", "example.com"));
        assert_eq!(split_name("x.example.co.jp."), ("x", "example.co.jp"));
        assert_eq!(split_name("example.com"), ("", "example.com"));
        assert_eq!(split_name("localhost"), ("", "localhost"));
    }

    #[test]
    fn a_service_is_known_by_whole_labels() {
        assert_eq!(service_of("gfs270n1.userstorage.mega.co.nz"), Some(("mega.co.nz", false)));
        assert_eq!(service_of("profile.io"), None);
        assert_eq!(service_of("Pastebin.com"), Some(("pastebin.com", true)));
    }
}
