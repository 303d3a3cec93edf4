//! What was there before: the past that makes an act a habit, and a host or an account nothing new.

use sekisho_sdk::prelude::*;

/// How long before a bucket something must have begun to be known in it.
pub const BEFORE: i64 = 20 * HOUR;

/// The members that were there before a time and at it or since.
///
/// What a full table has no room for is not among them: who fills one is told more often, and hides nothing behind it.
pub fn known(past: FirstSeen, state: &State, since: i64) -> Set<&str> {
    let before = past.new_between(state, i64::MIN, since).into_iter();
    before.filter(|member| member.last >= since).map(|member| member.name).collect()
}

/// How many of all are new, by those that the window kept: a full window keeps some, and knows how many there are.
pub fn new_of(all: u64, members: &[Member<'_>], known: &Set<&str>) -> u64 {
    let new = members.iter().filter(|member| !known.contains(member.name)).count() as u64;
    all.saturating_mul(new) / (members.len() as u64).max(1)
}
