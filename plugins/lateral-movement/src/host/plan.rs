//! What the host memory is made of.

use sekisho_sdk::prelude::*;

use super::readings::readings;
use super::rules::rules;
use super::{Host, Limits};
use crate::Settings;
use crate::acts::Acts;
use crate::signs::Signs;

/// Plans the memory.
pub fn plan(settings: &Settings, plan: &mut Plan) -> Host {
    let space = plan.key_space("host", ["device.host"]);
    let mut signs = Signs::default();
    let read = readings(plan, space, &mut signs);
    let light: Vec<(Rule, Tally)> =
        rules(plan, space).into_iter().map(|rule| (rule, Acts::window(plan, space))).collect();
    let arrivals = plan.tally(space, 10 * MINUTE).members(16).keep(super::ARRIVAL);
    let counted = plan.tally(space, HOUR).members(100);
    let enumeration = plan
        .rule("enumeration", space)
        .title("Accounts, groups or directory objects read in bulk")
        .weighs(Severity::Low, 40)
        .technique("T1087.002", "objects of accounts read")
        .technique("T1069", "members of groups read")
        .technique("T1135", "interfaces that list shares and sessions reached")
        .advice("Ask the account's owner what ran. Look on the source for collectors (SharpHound, AdFind) and for what came after: new logons of the account, tickets for services.")
        .done();
    let computers = plan.first_seen(space, 30 * DAY).members(64);
    let fellows = plan
        .rule("dcsync-by-computer", space)
        .title("A computer account replicates the directory's secrets")
        .weighs(Severity::Low, 40)
        .lookback(computers.absence())
        .technique("T1003.006", "4662 with the right to replicate all")
        .advice("Check whether the computer is a domain controller. If not, its account was stolen: isolate it, reset its account, and treat all passwords of the domain as known.")
        .done();
    let habits = plan.first_seen(space, 30 * DAY).members(64);
    // Behind the others: states that were written before them stay readable.
    let acts = light.into_iter().map(|(rule, light)| Acts { rule, light, heavy: Acts::window(plan, space) }).collect();
    let spread = plan
        .signal("spread", space)
        .text("by")
        .text("host")
        .text("what")
        .text("who")
        .integer("odd")
        .integer("trusted")
        .done();
    let brought = plan
        .signal("brought", space)
        .text("program")
        .text("host")
        .text("who")
        .text("from")
        .text("how")
        .integer("weight")
        .integer("trusted")
        .done();
    let tool = plan.signal("tool", space).text("product").text("host").text("who").text("how").integer("loose").done();
    let limits = Limits {
        groups: settings.enumerated_groups,
        objects: settings.enumerated_objects,
        replicators: settings.replicators.clone(),
    };
    Host {
        space,
        signs,
        read,
        acts,
        arrivals,
        counted,
        enumeration,
        computers,
        habits,
        fellows,
        spread,
        tool,
        brought,
        limits,
    }
}
