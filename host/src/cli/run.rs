//! `sekisho run`: from Kafka to Kafka, until told to stop.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sekisho_core::pipeline::Worker;
use sekisho_core::plan::Configured;

use super::arguments::RunOptions;
use super::detectors::{self, Given};
use super::exit::Exit;
use super::reload::Reload;
use crate::admin::Server;
use crate::app::App;
use crate::config::Config;
use crate::kafka::{self, Blueprint, Offer, Prepared, RunError, Shutdown};
use crate::metrics::Telemetry;

/// How long workers may take to commit what they have begun, once they are told to stop.
const DRAIN: Duration = Duration::from_secs(30);
/// Columns of one frame, unless the exchange takes less: its texts and offsets come on top.
const FRAME: usize = 512 << 10;
/// How often it is looked after.
const LOOK: Duration = Duration::from_millis(100);

pub fn run(options: &RunOptions) -> Result<Exit> {
    let Some(Given { app, mut draft }) = detectors::of_config(&options.config)? else { return Ok(Exit::Refused) };
    if let Some(kafka) = &mut draft.config.kafka {
        kafka.workers = options.workers.unwrap_or(kafka.workers);
    }
    let config = draft.config.clone();
    let Some(kafka) = &config.kafka else { return Ok(refuse(&options.config, "has no section `kafka`")) };
    if config.sources.is_empty() {
        return Ok(refuse(&options.config, "names no `sources`: there is nothing to read"));
    }
    if let Err(message) = enough_instances(&app, &config) {
        return Ok(refuse(&options.config, &message));
    }
    let telemetry = Arc::new(Telemetry::new());
    super::log::begin(&config.log, &telemetry)?;
    let shutdown = Shutdown::default();
    // From here on: Kafka may keep us waiting for long.
    let reload = Reload::new(&options.config, draft, heed_signals(&shutdown)?);
    let _server = Server::start(config.admin, &telemetry)?;
    let raw: Vec<_> = config.sources.iter().map(|source| source.topic.clone()).collect();
    let prepared = match kafka::prepare(kafka, &raw, &shutdown) {
        Ok(prepared) => prepared.told_to(telemetry),
        Err(_) if shutdown.is_requested() => return Ok(Exit::Done),
        Err(error) => return Err(error.into()),
    };
    tracing::info!(
        group = kafka.group,
        instance = kafka.instance,
        workers = kafka.workers,
        topics = raw.join(","),
        detectors = named(&app),
        "started"
    );
    let prepared = prepared.with_stack(app.runtime().limits().thread_stack().max(8 << 20));
    let offer = Offer::new(blueprint(app, config, &prepared).map_err(RunError::Pipeline)?);
    work(Arc::new(prepared), Arc::new(offer), reload, &shutdown)??;
    tracing::info!("ended: all that was begun is committed");
    Ok(Exit::Done)
}

/// Runs the workers and waits for them; once they shall stop, not for ever. Until then they are offered what changes.
fn work(
    prepared: Arc<Prepared>,
    offer: Arc<Offer<Worker>>,
    mut reload: Reload,
    shutdown: &Shutdown,
) -> Result<Result<(), RunError>> {
    let (told, offered, kafka) = (shutdown.clone(), Arc::clone(&offer), Arc::clone(&prepared));
    let crew = thread::Builder::new()
        .name("crew".to_owned())
        .spawn(move || kafka.run(&offered, &told))
        .context("failed to start the workers")?;
    let mut asked = None;
    while !crew.is_finished() {
        thread::sleep(LOOK);
        if shutdown.is_requested() {
            if asked.get_or_insert_with(Instant::now).elapsed() > DRAIN {
                anyhow::bail!("not ended within {} s; what is open was not committed and comes again", DRAIN.as_secs());
            }
        } else if let Some((app, config)) = reload.look() {
            let detectors = named(&app);
            let next = enough_instances(&app, &config).and_then(|()| blueprint(app, config, &prepared));
            match next {
                Ok(next) => {
                    tracing::info!(
                        detectors,
                        plan = next.plan.digest.short(),
                        "a changed configuration is offered to the workers"
                    );
                    offer.replace(next);
                }
                Err(reason) => tracing::error!("the changed configuration is not taken: {reason}"),
            }
        }
    }
    crew.join().map_err(|_| anyhow::anyhow!("the workers ended by a fault of their own"))
}

/// How to make the pipelines of a configuration.
fn blueprint(app: App, config: Config, prepared: &Prepared) -> Result<Blueprint<Worker>, String> {
    let plan = app
        .plan_of_topics(prepared.sources(), prepared.shards())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let frame = FRAME.min(prepared.limits().frame / 2);
    let late = config.kafka.as_ref().is_some_and(|kafka| kafka.topics.late);
    let of = Arc::clone(&plan);
    let make = move || app.worker(&of, &config.sources, frame, late).map_err(|error| error.to_string());
    Ok(Blueprint::new(plan, make))
}

/// Every worker has an instance of each detector.
fn enough_instances(app: &App, config: &Config) -> Result<(), String> {
    let workers = config.kafka.as_ref().map_or(1, |kafka| kafka.workers as usize);
    let (wanted, limit) = (workers * app.configured().count(), config.limits.detectors);
    if wanted > limit {
        return Err(format!("asks for {wanted} detector instances, but limits.detectors is {limit}"));
    }
    Ok(())
}

fn named(app: &App) -> String {
    let name = |configured: &Configured| format!("{} {}", configured.name, configured.identity.version);
    app.configured().map(name).collect::<Vec<_>>().join(", ")
}

fn refuse(path: &Path, message: &str) -> Exit {
    eprintln!("error: {} {message}", path.display());
    Exit::Refused
}

/// The first signal asks for an orderly end, the second ends at once. Answers the flag that a hangup sets.
fn heed_signals(shutdown: &Shutdown) -> Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    // Not the shutdown's own flag: a worker that can't go on sets that too, and the first signal is still the first then.
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&asked))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&asked)))
            .and_then(|_| signal_hook::flag::register(signal, shutdown.flag()))
            .context("failed to heed signals")?;
    }
    let hangup = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGHUP, Arc::clone(&hangup)).context("failed to heed signals")?;
    Ok(hangup)
}
