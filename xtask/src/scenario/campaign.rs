//! Many streams judged one after another: the table of variants and seeds, and each trap swept over its strength.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

use anyhow::{Context, Result, anyhow};

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
const SWEPT_DESKS: u64 = 5;

/// Every variant and office life alone, with each of these seeds, with and without the inventory.
///
/// Office life is whole, since alarms are counted in it; around an intrusion `desks` of a hundred people are at work.
pub fn trials(
    judges: &Judges,
    scratch: &Path,
    days: i64,
    users: usize,
    desks: u64,
    seeds: &[u64],
) -> Result<Vec<Trial>> {
    let variants = || std::iter::once(None).chain(VARIANTS.iter().map(Some));
    let jobs: Vec<_> = seeds.iter().flat_map(|seed| variants().map(move |variant| (*seed, variant))).collect();
    let trials = side_by_side(scratch, &jobs, |folder, &(seed, variant)| {
        let desks = if variant.is_some() { desks } else { 100 };
        let script = Script { seed, days, users, desks, intrusion: variant, doses: Doses::usual() };
        let played = script.play(folder)?;
        let trial = |inventory| {
            let score = Score::of(&judges.judge(folder, inventory, &played.truth)?, &played.truth);
            anyhow::Ok(Trial { seed, variant, inventory, hosts: played.hosts, score })
        };
        let trials = [trial(true)?, trial(false)?];
        say(format!("judged {} of seed {seed}", variant.map_or("office life alone", |variant| variant.id)));
        Ok(trials)
    })?;
    Ok(trials.into_iter().flatten().collect())
}

/// Every trap in every dose, by itself, with the inventory.
pub fn sweep(judges: &Judges, scratch: &Path, days: i64, seed: u64) -> Result<Vec<Swept>> {
    let jobs: Vec<_> = TRAPS.iter().flat_map(|trap| trap.doses().into_iter().map(move |dose| (trap, dose))).collect();
    let dosed = side_by_side(scratch, &jobs, |folder, &(trap, dose)| {
        let doses = Doses::only(trap.id, dose);
        let (users, desks) = house(trap, dose);
        let script = Script { seed, days, users, desks, intrusion: None, doses };
        let played = script.play(folder)?;
        let score = Score::of(&judges.judge(folder, true, &played.truth)?, &played.truth);
        let label = trap.label();
        let up = FLOORS.map(|floor| score.alarms_of(&label, floor).count());
        Ok(Dosed { dose, alarms: [up[0] - up[1], up[1] - up[2], up[2]] })
    })?;
    let mut dosed = dosed.into_iter();
    Ok(TRAPS.iter().map(|trap| Swept { trap, doses: dosed.by_ref().take(trap.doses().len()).collect() }).collect())
}

/// Where people themselves spring the trap they must have a past, else it is told as a cold start: all are at work there.
fn house(trap: &Trap, dose: [u64; 2]) -> (usize, u64) {
    match trap.scales[0].unit {
        "users" => (usize::try_from(dose[0]).unwrap_or_default() + 20, 100),
        _ => (SWEPT_USERS, SWEPT_DESKS),
    }
}

/// Does all jobs, a few at a time, each in a folder of its own; what comes of them stands in their order.
fn side_by_side<J: Sync, T: Send>(
    scratch: &Path,
    jobs: &[J],
    each: impl Fn(&Path, &J) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let work = |worker: usize| {
        let folder = scratch.join(worker.to_string());
        let mut done = Vec::new();
        while let Some((place, job)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, jobs.get(at)?)))
        {
            done.push((place, each(&folder, job)?));
        }
        fs::remove_dir_all(&folder).or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error).with_context(|| format!("failed to remove {}", folder.display())),
        })?;
        Ok(done)
    };
    let mut done = thread::scope(|scope| {
        let workers = available_parallelism().map_or(1, usize::from).min(jobs.len().max(1));
        let workers: Vec<_> = (0..workers)
            .map(|worker| {
                scope.spawn({
                    let work = &work;
                    move || work(worker)
                })
            })
            .collect();
        let ended = workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?);
        ended.collect::<Result<Vec<Vec<_>>>>()
    })?
    .into_iter()
    .flatten()
    .collect::<Vec<_>>();
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}
