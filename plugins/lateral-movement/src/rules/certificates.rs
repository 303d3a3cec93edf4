//! `certificate-abuse`: certificates that let somebody log on as another are asked for, made possible, or taken with the
//! authority's key.
//!
//! ATT&CK: T1649 (steal or forge authentication certificates). Told by the certification authority (4886 and 4887 asked
//! and issued, 4899 and 4900 templates, 4876 backup) and by the commands of the source.
//!
//! Weight: a request in the name of another than the requester is high, as is the switch that lets requests name anybody, or
//! the export of the authority's key; a template that from now on lets the requester name himself is high, any other change
//! of a template low.
//!
//! False alarms: web servers' certificates are asked for with other *host* names by their administrators: only names of
//! accounts (`upn=`) are told, and not the requester's own. Backups of the authority are planned, and told low.

use crate::acts::Act;
use crate::records::{CertificateEvent, Launch, Script};
use crate::text::{any, every, short};
use crate::words::Words;

/// The flag of a template by which the requester names the subject.
const SUPPLIES: &[&str] = &["ct_flag_enrollee_supplies_subject", "enrollee_supplies_subject"];

/// Judges a record of the certification authority.
pub fn event(event: &CertificateEvent) -> Option<Act> {
    match event.code {
        4886 | 4887 => request(event),
        4899 if any(&event.after, SUPPLIES) && !any(&event.before, SUPPLIES) => Act::high(format!(
            "changed certificate template {} so that the requester names whom it is for",
            short(&event.template, 60)
        )),
        4899 => Act::low(format!("changed certificate template {}", short(&event.template, 60))),
        4900 => Act::low(format!("changed who may use certificate template {}", short(&event.template, 60))),
        4876 => Act::low("began a backup of the certification authority, its key with it"),
        _ => None,
    }
}

fn request(event: &CertificateEvent) -> Option<Act> {
    let (_, named) = event.attributes.split_once("upn=")?;
    let named = named.split(|c: char| c.is_whitespace() || matches!(c, '&' | ',' | ';')).next().unwrap_or_default();
    let name = named.split('@').next().unwrap_or_default();
    let own = event.requester.rsplit('\\').next().unwrap_or_default().trim_end_matches('$');
    (!name.is_empty() && name.trim_end_matches('$') != own).then(|| {
        Act::high(format!("{} asked for a certificate in the name of {}", event.requester, short(named, 60)))
    })?
}

/// Judges a process by what it was told to do.
pub fn launch(launch: &Launch) -> Option<Act> {
    command(&launch.command)
}

/// Judges a script.
pub fn script(script: &Script) -> Option<Act> {
    if script.text.len() < 6_000 { command(&script.text) } else { None }
}

fn command(line: &str) -> Option<Act> {
    static TOOLS: Words = Words::new(&[
        "certify.exe",
        "certipy",
        "forgecert",
        "passthecert",
        "invoke-pkiaudit",
        "adcspwn",
        "psportal_adcs",
        "adcskiller",
    ]);
    let said = |what: &str| format!("{what}: {}", short(line, 100));
    static MARKS: Words = Words::new(&["editf_", "certutil", "certreq"]);
    match () {
        () if TOOLS.are_in(line) => Act::high(said("ran a tool that abuses certificate services")),
        () if !MARKS.are_in(line) => None,
        () if line.contains("editf_attributesubjectaltname2") && line.contains('+') => {
            Act::high(said("let requests for certificates name anybody"))
        }
        () if line.contains("certutil") && any(line, &["-backupkey", "/backupkey", "-backup ", "/backup "]) => {
            Act::medium(said("exported the certification authority's key"))
        }
        () if line.contains("certreq") && every(line, &["san:", "upn="]) => {
            Act::high(said("asked for a certificate in the name of another"))
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    #[test]
    fn a_certificate_in_the_name_of_another_is_told_and_one_s_own_is_not() {
        let asked = |attributes: &str| {
            event(&CertificateEvent {
                code: 4887,
                attributes: attributes.into(),
                requester: r"corp\hara".into(),
                ..CertificateEvent::default()
            })
            .map(|act| act.weight)
        };
        assert_eq!(asked("certificatetemplate:vpn san:upn=administrator@corp.example"), Some(Severity::High));
        assert_eq!(asked("certificatetemplate:user san:upn=hara@corp.example"), None);
        assert_eq!(asked("certificatetemplate:web san:dns=shop.corp.example"), None);
    }

    #[test]
    fn a_template_that_lets_the_requester_name_the_subject_weighs_high() {
        let changed = |after: &str| {
            event(&CertificateEvent { code: 4899, after: after.into(), ..CertificateEvent::default() })
                .map(|act| act.weight)
        };
        assert_eq!(
            changed("mspki-certificate-name-flag = 0x1 ct_flag_enrollee_supplies_subject -- 1"),
            Some(Severity::High)
        );
        assert_eq!(changed("validity = 2 years"), Some(Severity::Low));
    }
}
