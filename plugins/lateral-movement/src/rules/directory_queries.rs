//! Questions to the directory by script or filter, for `looking-around`: cmdlets, functions of collectors and the LDAP
//! filters that they share, whatever program sends them.
//!
//! Weight: a filter that finds what an intruder wants next (all accounts with service names, all without
//! pre-authentication, all trusted for delegation, all protected ones, all trusts) is medium, and so are the functions of
//! published collectors; a cmdlet of the directory module is low.
//!
//! False alarms: administrators' scripts ask for disabled or expired accounts by the same bits of
//! `userAccountControl`: only those bits are counted that open a way.

use crate::acts::Act;
use crate::records::Script;
use crate::text::{any, short};
use crate::words::Words;

/// Functions of published collectors.
static TOOLS: Words = Words::new(&[
    "invoke-sharefinder",
    "find-domainshare",
    "invoke-userhunter",
    "find-domainuserlocation",
    "get-netsession",
    "get-netloggedon",
    "get-domaintrust",
    "get-netdomaintrust",
    "get-foresttrust",
    "get-domaingroupmember",
    "get-netgroupmember",
    "get-domaincontroller",
    "get-netcomputer",
    "get-domaincomputer",
    "get-domainuser",
    "get-netuser",
    "get-domaingroup",
    "get-netgroup",
    "invoke-bloodhound",
    "get-bloodhounddata",
    "invoke-sharphound",
    "get-netshare",
    "get-netlocalgroup",
    "invoke-enumeratelocaladmin",
    "find-localadminaccess",
    "invoke-checklocaladminaccess",
    "get-netdomaincontroller",
    "get-netfileserver",
    "get-objectacl",
    "get-domainobjectacl",
    "invoke-aclscanner",
    "find-interestingdomainacl",
    "get-netrdpsession",
    "invoke-portscan",
    "invoke-arpscan",
    "get-netforest",
    "get-domainsid",
    "invoke-filefinder",
    "find-interestingdomainsharefile",
    "get-domaingpo",
    "get-netgpo",
    "get-netou",
    "invoke-adrecon",
    "get-domainsearcher",
    "netsessionenum",
    "netshareenum",
    "netwkstauserenum",
    "invoke-sessiongopher",
    "get-exploitablesystem",
    "invoke-processhunter",
    "invoke-stealthuserhunter",
    "get-cachedrdpconnection",
    "invoke-mapdomaintrust",
    "get-domainforeignuser",
    "find-gpolocation",
    "get-domainspnticket",
    "invoke-hostenum",
    "invoke-snaffler",
    "get-adidnszone",
    "get-domaindnsrecord",
]);

/// Cmdlets and classes, and what they ask for.
const CMDLETS: &[(&str, &str)] = &[
    ("get-adgroupmember", "asked for members of domain groups"),
    ("get-adprincipalgroupmembership", "asked for members of domain groups"),
    ("get-adgroup", "asked for domain groups"),
    ("get-aduser", "asked for domain accounts"),
    ("get-adcomputer", "asked for domain computers"),
    ("get-addomaincontroller", "asked for domain controllers"),
    ("get-adtrust", "asked for trusts"),
    ("get-adforest", "asked for the forest"),
    ("get-addomain", "asked for the domain"),
    ("get-adobject", "asked for directory objects"),
    ("get-addefaultdomainpasswordpolicy", "asked for the password policy"),
    ("get-adfinegrainedpasswordpolicy", "asked for the password policy"),
    ("get-localgroupmember", "asked for members of local groups"),
    ("get-localgroup", "asked for local groups"),
    ("get-localuser", "asked for local accounts"),
    ("get-smbshare", "asked for shares"),
    ("get-smbsession", "asked for sessions"),
    ("directoryservices.directorysearcher", "asked the directory by a search"),
    ("[adsisearcher]", "asked the directory by a search"),
    ("getalltrustrelationships", "asked for trusts"),
    ("getcurrentdomain", "asked for the domain"),
    ("getcurrentforest", "asked for the forest"),
    ("win32_group", "asked for groups"),
    ("win32_useraccount", "asked for accounts"),
    ("win32_loggedonuser", "asked for sessions"),
    ("serviceprincipalname", "asked for accounts that run services"),
    ("kerberosrequestorsecuritytoken", "asked for tickets of an account that runs a service"),
];

/// What every one of [`CMDLETS`] holds.
static BEGINNINGS: Words = Words::new(&[
    "get-ad",
    "get-local",
    "get-smb",
    "searcher",
    "getall",
    "getcurrent",
    "win32_",
    "serviceprincipal",
    "kerberosrequestor",
]);

/// Filters and what they find. Blanks are taken out before.
const FILTERS: &[(&[&str], &str)] = &[
    (
        &["serviceprincipalname=*", "serviceprincipalname-like\"*\"", "serviceprincipalname-ne"],
        "all accounts that run services",
    ),
    (&["1.2.840.113556.1.4.803:=4194304", "doesnotrequirepreauth-eq"], "all accounts without pre-authentication"),
    (
        &[
            "1.2.840.113556.1.4.803:=524288",
            "1.2.840.113556.1.4.803:=16777216",
            "trustedfordelegation-eq",
            "msds-allowedtodelegateto=*",
            "msds-allowedtoactonbehalfofotheridentity=*",
        ],
        "all that may act for others",
    ),
    (&["admincount=1", "admincount-eq1"], "all protected accounts"),
    (&["objectclass=trusteddomain", "objectcategory=trusteddomain"], "all trusts"),
    (&["ms-mcs-admpwd=*", "ms-mcs-admpwdexpirationtime=*", "mslaps-password=*"], "all managed local passwords"),
    (&["objectclass=pkienrollmentservice", "objectclass=pkicertificatetemplate"], "the certificate templates"),
    (
        &[
            "samaccounttype=805306368",
            "samaccounttype=805306369",
            "objectcategory=person",
            "objectcategory=user",
            "objectcategory=computer",
            "objectcategory=group)",
            "objectclass=user)",
            "objectclass=computer)",
            "objectclass=group)",
        ],
        "all objects of a kind",
    ),
];

/// Judges a script.
pub fn script(script: &Script) -> Option<Act> {
    powershell(&script.text)
}

/// Judges a command line, whatever its program.
pub fn command(line: &str) -> Option<Act> {
    if let Some(found) = filter(line) {
        return Act::medium(format!("asked the directory for {found} by a filter: {}", short(line, 80)));
    }
    powershell(line)
}

/// What a filter of a collector finds.
pub fn filter(text: &str) -> Option<&'static str> {
    static MARKS: Words = Words::new(&[
        "serviceprincipalname",
        "1.2.840.113556",
        "doesnotrequirepreauth",
        "trustedfordelegation",
        "msds-allowedto",
        "admincount",
        "trusteddomain",
        "admpwd",
        "mslaps",
        "pkienroll",
        "pkicert",
        "samaccounttype",
        "objectcategory",
        "objectclass",
    ]);
    if !MARKS.are_in(text) {
        return None;
    }
    let tight: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '{' | '}' | '`')).collect();
    FILTERS.iter().find(|(marks, _)| any(&tight, marks)).map(|(_, found)| *found)
}

fn powershell(text: &str) -> Option<Act> {
    if let Some(tool) = TOOLS.find(text) {
        return Act::medium(format!("ran a script that maps the domain ({tool})"));
    }
    if text.trim() == "activedirectory" || text.contains("import-module activedirectory") {
        return Act::low("loaded the directory module of PowerShell");
    }
    let found = filter(text).filter(|found| *found != "all objects of a kind");
    if let Some(found) = found.filter(|_| any(text, &["get-ad", "searcher", "findall", "ldap://", "-ldapfilter"])) {
        return Act::medium(format!("asked the directory for {found} by PowerShell"));
    }
    if !BEGINNINGS.are_in(text) {
        return None;
    }
    let (_, what) = CMDLETS.iter().find(|(word, _)| text.contains(word))?;
    Act::low(format!("{what} by PowerShell"))
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    fn weight(text: &str) -> Option<Severity> {
        script(&Script { text: text.into() }).map(|act| act.weight)
    }

    #[test]
    fn filters_of_collectors_weigh_more_than_a_look_at_one_account() {
        assert_eq!(weight("get-aduser sato -properties *"), Some(Severity::Low));
        assert_eq!(weight("get-aduser -filter { serviceprincipalname -ne \"$null\" }"), Some(Severity::Medium));
        assert_eq!(
            weight("$s = [adsisearcher]'(&(objectcategory=user)(serviceprincipalname=*))'; $s.findall()"),
            Some(Severity::Medium)
        );
        assert_eq!(weight("get-adcomputer -filter *"), Some(Severity::Low));
        assert_eq!(weight("get-childitem c:\\"), None);
    }

    #[test]
    fn the_same_filter_counts_on_any_command_line() {
        let line = |line: &str| command(line).map(|act| act.weight);
        assert_eq!(line("x.exe -f (objectcategory=person) -csv"), Some(Severity::Medium));
        assert_eq!(line("dsquery * -filter \"(&(objectclass=trusteddomain))\""), Some(Severity::Medium));
        assert_eq!(line("x.exe --color=*"), None);
    }
}
