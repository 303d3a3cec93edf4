//! Control over the directory itself changed hands: permissions on its root, on AdminSDHolder and on policies, policies
//! made or linked, a domain controller registered that is none (T1484.001, T1222.001, T1207).
//!
//! **Weight.** AdminSDHolder is nobody's daily work: high, as are the root's permissions and a false domain controller. A
//! policy's permissions, or a task written into one: medium. Editing or linking a policy is low: it is how administrators
//! work; many edits are one alert. What a certificate authority gives out (4882, 4890 to 4892, 4899, 4900, its templates)
//! changes a few times a year: medium.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any};

pub const PROTECTED: Kind = Kind::new("protected-template", 6, "changed the permissions of AdminSDHolder");
pub const ROOT: Kind = Kind::new("root-permissions", 5, "changed the permissions of the directory's root, {}");
pub const POLICY_PERMISSIONS: Kind = Kind::new("policy-permissions", 3, "changed the permissions of the policy {}");
pub const OBJECT_PERMISSIONS: Kind = Kind::new("object-permissions", 1, "changed the permissions of {}").many(5, 2);
pub const POLICY: Kind = Kind::new("policy-changed", 1, "changed the policy {}");
pub const POLICY_PAYLOAD: Kind = Kind::new("policy-payload", 3, "wrote a task, script or right into a policy: {}");
pub const FALSE_CONTROLLER: Kind = Kind::new("false-controller", 5, "registered a domain controller: {}");
pub const CERTIFICATES: Kind = Kind::new("certificate-services", 3, "changed what certificates are given out: {}");
pub const COMMAND: Kind = Kind::new("control-command", 4, "ran a command that takes control of directory objects: {}");

pub const THEME: Theme = Theme {
    id: "directory-control-changed",
    title: "Control of the directory or of a policy changed",
    severity: Severity::Medium,
    confidence: 60,
    techniques: &[
        ("T1484.001", "a group policy is made, linked, changed or its permissions are"),
        ("T1222.001", "permissions of a directory object are changed"),
        ("T1207", "a server object is registered as a domain controller"),
    ],
    advice: "Compare the object with the last backup of the directory. A policy that runs something runs it on every host \
             below: stop it at the policy first. AdminSDHolder: its permissions come back on every administrator within an hour.",
    kinds: &[
        &PROTECTED,
        &ROOT,
        &POLICY_PERMISSIONS,
        &OBJECT_PERMISSIONS,
        &POLICY,
        &POLICY_PAYLOAD,
        &FALSE_CONTROLLER,
        &CERTIFICATES,
        &COMMAND,
    ],
    words: &[
        "objectacl",
        "domainobjectacl",
        "dcshadow",
        "sharpgpo",
        "gpoimmediate",
        "new-gpo",
        "dsacls",
        "set-acl",
        "gplink",
        "gppermission",
        "objectowner",
        "gpregistry",
        "adminsdholder",
        "accessrule",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Entity => object(told),
        Source::File if told.path.contains("\\policies\\{") && matches!(told.activity, 1 | 3 | 5) => payload(told),
        Source::Other => match told.code {
            "4882" => Some(CERTIFICATES.on("permissions of the authority")),
            "4890" | "4891" | "4892" => Some(CERTIFICATES.on("settings of the authority")),
            "4899" | "4900" => Some(CERTIFICATES.on("a template or its permissions")),
            _ => None,
        },
        Source::Account if told.code == "4742" && told.kind.contains("e3514235-4b06-11d1-ab04-00c04fc2dcd2") => {
            Some(FALSE_CONTROLLER.on(told.whom))
        }
        _ => None,
    }
}

fn object(told: &Told<'_>) -> Option<Act> {
    if told.by_machine() {
        return None;
    }
    let object = || told.path.clone();
    match (told.code, &*told.kind, &*told.detail) {
        ("5136", _, "ntsecuritydescriptor") => Some(match () {
            () if told.path.contains("cn=adminsdholder") => PROTECTED.on(object()),
            () if matches!(&*told.kind, "domaindns" | "configuration" | "dmd") => ROOT.on(object()),
            () if told.kind == "pkicertificatetemplate" => CERTIFICATES.on(object()),
            () if told.kind == "grouppolicycontainer" => POLICY_PERMISSIONS.on(object()),
            () => OBJECT_PERMISSIONS.on(object()),
        }),
        (
            "5136",
            "pkicertificatetemplate",
            "mspki-certificate-name-flag" | "mspki-enrollment-flag" | "pkiextendedkeyusage",
        ) => Some(CERTIFICATES.on(object())),
        ("5137", "server" | "ntdsdsa", _) if told.path.contains("cn=sites,") => Some(FALSE_CONTROLLER.on(object())),
        ("5136", "grouppolicycontainer", "gpcfilesyspath") => Some(POLICY_PAYLOAD.on(object())),
        ("5136" | "5137" | "5141", "grouppolicycontainer", _) | ("5136", _, "gplink") => Some(POLICY.on(object())),
        ("4739" | "4713" | "4706" | "4716", ..) => Some(POLICY.on(format!("of the domain {}", told.path))),
        _ => None,
    }
}

fn payload(told: &Told<'_>) -> Option<Act> {
    let writes = [
        "scheduledtasks.xml",
        "scripts.ini",
        "psscripts.ini",
        "gpttmpl.inf",
        "groups.xml",
        "services.xml",
        "\\scripts\\startup\\",
        "\\scripts\\logon\\",
    ];
    (any(&told.path, &writes) && !told.by_machine()).then(|| POLICY_PAYLOAD.on(&*told.path))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let what = || super::short(line).to_owned();
    if any(
        line,
        &[
            "add-domainobjectacl -",
            "add-objectacl -",
            "lsadump::dcshadow",
            "sharpgpoabuse",
            "new-gpoimmediatetask -",
            "set-domainobjectowner -",
        ],
    ) {
        return Some(COMMAND.on(what()));
    }
    let template = line.contains("adminsdholder")
        && any(line, &["set-acl", "dsacls", "accessrule", "objectacl", "setsecuritydescriptor"]);
    if template {
        return Some(PROTECTED.on(what()));
    }
    if all(line, &["dsacls", " /g "]) || all(line, &["set-acl", "ad:\\"]) || all(line, &["set-acl", "ad:cn="]) {
        return Some(OBJECT_PERMISSIONS.on(what()));
    }
    any(line, &["new-gplink -", "set-gplink -", "set-gpregistryvalue -", "new-gpo -", "set-gppermission"])
        .then(|| POLICY.on(what()))
}
