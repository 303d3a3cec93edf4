//! Many streams judged one after another: the table of variants and seeds, and each trap swept over its strength.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::intrusion::{VARIANTS, Variant};
use super::play::Script;
use super::replay::Judges;
use super::score::{FLOORS, Score};
use super::traps::{Doses, TRAPS, Trap};
use crate::workspace::say;

/// One stream that was judged.
pub struct Trial {
    pub seed: u64,
    pub variant: Option<&'static Variant>,
    pub inventory: bool,
    pub hosts: usize,
    pub score: Score,
}

/// One dose of one trap.
pub struct Dosed {
    pub dose: [u64; 2],
    /// Alerts that cite it, as low, medium, high and up.
    pub alarms: [usize; 3],
}

/// A trap with all its doses.
pub struct Swept {
    pub trap: &'static Trap,
    pub doses: Vec<Dosed>,
}

/// People of the house in a sweep, and how many of a hundred of them are at work: what a trap needs is hosts, not noise.
const SWEPT_USERS: usize = 300;
const SWEPT_DESKS: u64 = 15;

/// Every variant and office life alone, with each of these seeds, with and without the inventory.
pub fn trials(judges: &Judges, scratch: &Path, days: i64, users: usize, seeds: &[u64]) -> Result<Vec<Trial>> {
    let mut trials = Vec::new();
    for &seed in seeds {
        for variant in std::iter::once(None).chain(VARIANTS.iter().map(Some)) {
            let script = Script { seed, days, users, desks: 100, intrusion: variant, doses: Doses::usual() };
            let played = script.play(scratch)?;
            for inventory in [true, false] {
                let score = Score::of(&judges.judge(scratch, inventory, &played.truth)?, &played.truth);
                trials.push(Trial { seed, variant, inventory, hosts: played.hosts, score });
            }
            say(format!("judged {} of seed {seed}", variant.map_or("office life alone", |variant| variant.id)));
        }
    }
    fs::remove_dir_all(scratch).with_context(|| format!("failed to remove {}", scratch.display()))?;
    Ok(trials)
}

/// Every trap in every dose, by itself, with the inventory.
pub fn sweep(judges: &Judges, scratch: &Path, days: i64, seed: u64) -> Result<Vec<Swept>> {
    let mut swept = Vec::new();
    for trap in &TRAPS {
        let doses = trap.doses().into_iter().map(|dose| {
            let doses = Doses::only(trap.id, dose);
            let script = Script { seed, days, users: SWEPT_USERS, desks: SWEPT_DESKS, intrusion: None, doses };
            let played = script.play(scratch)?;
            let score = Score::of(&judges.judge(scratch, true, &played.truth)?, &played.truth);
            let label = trap.label();
            let up = FLOORS.map(|floor| score.alarms_of(&label, floor).count());
            Ok(Dosed { dose, alarms: [up[0] - up[1], up[1] - up[2], up[2]] })
        });
        swept.push(Swept { trap, doses: doses.collect::<Result<_>>()? });
        say(format!("swept {}", trap.id));
    }
    fs::remove_dir_all(scratch).with_context(|| format!("failed to remove {}", scratch.display()))?;
    Ok(swept)
}
