//! `sekisho run`: from Kafka to Kafka, until told to stop.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use super::arguments::RunOptions;
use super::detectors::{self, Given};
use super::exit::Exit;
use crate::admin::Server;
use crate::app::App;
use crate::config::{Config, Log, LogFormat};
use crate::kafka::{self, Prepared, RunError, Shutdown};
use crate::metrics::Telemetry;

/// How long workers may take to commit what they have begun, once they are told to stop.
const DRAIN: Duration = Duration::from_secs(30);
/// Columns of one frame, unless the exchange takes less: its texts and offsets come on top.
const FRAME: usize = 512 << 10;
/// How often it is looked after.
const LOOK: Duration = Duration::from_millis(100);

pub fn run(options: &RunOptions) -> Result<Exit> {
    let Some(Given { app, draft }) = detectors::of_config(&options.config)? else { return Ok(Exit::Refused) };
    let mut config = draft.config;
    let instances = config.limits.detectors;
    let Some(kafka) = &mut config.kafka else { return Ok(refuse(&options.config, "has no section `kafka`")) };
    if config.sources.is_empty() {
        return Ok(refuse(&options.config, "names no `sources`: there is nothing to read"));
    }
    kafka.workers = options.workers.unwrap_or(kafka.workers);
    let (kafka, wanted) = (&*kafka, kafka.workers as usize * app.configured().count());
    if wanted > instances {
        let message = format!("asks for {wanted} detector instances, but limits.detectors is {instances}");
        return Ok(refuse(&options.config, &message));
    }
    log(&config.log)?;
    let shutdown = Shutdown::default();
    heed_signals(&shutdown)?;
    let telemetry = Arc::new(Telemetry::new());
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
        detectors = app.configured().map(|configured| configured.name.as_str()).collect::<Vec<_>>().join(","),
        "started"
    );
    let prepared = prepared.with_stack(app.runtime().limits().thread_stack().max(8 << 20));
    work(app, config.clone(), prepared, &shutdown)??;
    tracing::info!("ended: all that was begun is committed");
    Ok(Exit::Done)
}

/// Runs the workers and waits for them; once they shall stop, not for ever.
fn work(app: App, config: Config, prepared: Prepared, shutdown: &Shutdown) -> Result<Result<(), RunError>> {
    let told = shutdown.clone();
    let crew = thread::Builder::new()
        .name("crew".to_owned())
        .spawn(move || crew(&app, &config, &prepared, &told))
        .context("failed to start the workers")?;
    let mut asked = None;
    while !crew.is_finished() {
        thread::sleep(LOOK);
        if shutdown.is_requested() && asked.get_or_insert_with(Instant::now).elapsed() > DRAIN {
            anyhow::bail!("not ended within {} s; what is open was not committed and comes again", DRAIN.as_secs());
        }
    }
    crew.join().map_err(|_| anyhow::anyhow!("the workers ended by a fault of their own"))
}

fn crew(app: &App, config: &Config, prepared: &Prepared, shutdown: &Shutdown) -> Result<(), RunError> {
    let plan = app
        .plan_of_topics(prepared.sources(), prepared.shards())
        .map_err(|errors| RunError::Pipeline(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let make = || {
        let frame = FRAME.min(prepared.limits().frame / 2);
        app.worker(&plan, &config.sources, frame).map_err(|error| error.to_string())
    };
    prepared.run(&plan, make, shutdown)
}

fn refuse(path: &Path, message: &str) -> Exit {
    eprintln!("error: {} {message}", path.display());
    Exit::Refused
}

/// The first signal asks for an orderly end, the second ends at once.
fn heed_signals(shutdown: &Shutdown) -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, shutdown.flag())
            .and_then(|_| signal_hook::flag::register(signal, shutdown.flag()))
            .context("failed to heed signals")?;
    }
    Ok(())
}

fn log(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).with_context(|| format!("log.level {:?} is no filter", log.level))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => lines.with_ansi(super::screen::colored_errors()).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
