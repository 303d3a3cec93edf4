//! Accounts and groups.

use super::super::convert::{FILE_NAME, NUMBER};
use super::super::{Entry, Row, View, as_, computed, row};
use super::rows::{ACTOR, GROUP, TARGET_USER};
use crate::decode::raw::Raw;

const ACCOUNT_CHANGE: u32 = 3001;
const GROUP_MANAGEMENT: u32 = 3006;

const ACCOUNT: &[Row] = &[
    as_("privileges", "PrivilegeList", super::super::convert::WORDS),
    row("user.account.name", "SamAccountName"),
    row("user.display_name", "DisplayName"),
    row("src_endpoint.hostname", "CallerComputerName"),
];

const RENAMED: &[Row] = &[
    row("user.name", "NewTargetUserName"),
    row("user.old_name", "OldTargetUserName"),
    row("user.domain", "TargetDomainName"),
];

const SID_HISTORY: &[Row] = &[row("user.uid_alt", "SourceSid"), row("user.name_alt", "SourceUserName")];

/// In 4740 the target's domain field names the computer that the failed logons came from.
const LOCKED: &[Row] = &[
    row("user.name", "TargetUserName"),
    row("user.domain", "SubjectDomainName"),
    row("user.uid", "TargetSid"),
    row("src_endpoint.hostname", "TargetDomainName"),
];

const MEMBER: &[Row] = &[
    computed("user.name", &["MemberName"], common_name, "`MemberName` up to the first comma, without `CN=`"),
    row("user.uid", "MemberSid"),
    row("user.ldap_person.ldap_dn", "MemberName"),
];

const ENUMERATION: &[Row] = &[
    row("actor.process.file.path", "CallerProcessName"),
    as_("actor.process.file.name", "CallerProcessName", FILE_NAME),
    as_("actor.process.pid", "CallerProcessId", NUMBER),
];

/// The name in a distinguished name.
fn common_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let Some(member) = view.text("MemberName") else { return Raw::Null };
    let Some(rest) = member.get(..3).filter(|start| start.eq_ignore_ascii_case("cn=")).map(|_| &member[3..]) else {
        return Raw::Text(member.into());
    };
    let mut end = rest.len();
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'\\' => escaped = !escaped,
            b',' if !escaped => {
                end = at;
                break;
            }
            _ => escaped = false,
        }
    }
    let name = &rest[..end];
    if name.contains('\\') { Raw::owned(name.replace('\\', "")) } else { Raw::Text(name.into()) }
}

pub const ENTRIES: &[Entry] = &[
    account(&[4720, 4741], 1, "Create"),
    account(&[4722], 2, "Enable"),
    account(&[4723], 3, "Password Change"),
    account(&[4724], 4, "Password Reset"),
    account(&[4725], 5, "Disable"),
    account(&[4726, 4743], 6, "Delete"),
    Entry::new("security", &[4740], ACCOUNT_CHANGE, 9, "Lock", &[LOCKED, ACTOR]),
    account(&[4767], 12, "Unlock"),
    account(&[4738], 99, "Account changed"),
    account(&[4742], 99, "Computer account changed"),
    Entry::new("security", &[4781], ACCOUNT_CHANGE, 99, "Account renamed", &[RENAMED, TARGET_USER, ACTOR]),
    Entry::new("security", &[4765, 4766], ACCOUNT_CHANGE, 99, "SID history added", &[TARGET_USER, ACTOR, SID_HISTORY]),
    account(&[4780], 99, "Protected account's permissions reset"),
    account(&[4794], 99, "Directory restore password set"),
    account(&[4782], 99, "Password hash accessed"),
    group(&[4728, 4732, 4756, 4746, 4751, 4761], 3, "Add User"),
    group(&[4729, 4733, 4757, 4747, 4752, 4762], 4, "Remove User"),
    group(&[4727, 4731, 4754, 4744, 4749, 4759], 6, "Create"),
    group(&[4730, 4734, 4758, 4748, 4753, 4763], 5, "Delete"),
    group(&[4735, 4737, 4755, 4764, 4745, 4750, 4760], 99, "Group changed"),
    Entry::new("security", &[4798], GROUP_MANAGEMENT, 99, "Membership enumerated", &[TARGET_USER, ACTOR, ENUMERATION]),
    Entry::new("security", &[4799], GROUP_MANAGEMENT, 99, "Membership enumerated", &[GROUP, ACTOR, ENUMERATION]),
];

const fn account(codes: &'static [u32], activity: u32, name: &'static str) -> Entry {
    Entry::new("security", codes, ACCOUNT_CHANGE, activity, name, &[TARGET_USER, ACTOR, ACCOUNT])
}

const fn group(codes: &'static [u32], activity: u32, name: &'static str) -> Entry {
    Entry::new("security", codes, GROUP_MANAGEMENT, activity, name, &[GROUP, MEMBER, ACTOR])
}
