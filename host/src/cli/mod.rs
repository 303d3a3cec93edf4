//! The command line: one file a verb.

mod account;
mod alerts;
mod arguments;
mod check;
mod coverage;
mod dead_letters;
mod demo;
mod detectors;
mod evidence;
mod exit;
mod heal;
mod log;
mod plugin;
mod progress;
mod reload;
mod replay;
mod run;
mod screen;
mod topic;

use std::process::ExitCode;
use std::thread;

use clap::Parser;

use arguments::{Arguments, Verb};
use exit::Exit;

pub use arguments::command;

/// Guests run on this thread: wasmtime ends the process when a guest's stack outgrows its thread's.
const STACK: usize = 16 << 20;

/// Parses the arguments and does what they ask.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // More files than a shell's usual limit may take part in one replay. Where it can't be raised, fewer can.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let work = thread::Builder::new().name("sekisho".to_owned()).stack_size(STACK).spawn(move || act(arguments));
    let ended = work.map_err(anyhow::Error::from).map(thread::JoinHandle::join);
    match ended {
        Ok(Ok(Ok(exit))) => exit.code(),
        Ok(Ok(Err(error))) if exit::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) => {
            eprintln!("error: {error:#}");
            Exit::Failed.code()
        }
        Ok(Err(_)) => Exit::Failed.code(),
        Err(error) => {
            eprintln!("error: failed to start: {error:#}");
            Exit::Failed.code()
        }
    }
}

fn act(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.verb {
        Verb::Demo(options) => demo::run(&options),
        Verb::Run(options) => run::run(&options),
        Verb::Replay(options) => replay::run(&options),
        Verb::Check(options) => check::run(&options),
        Verb::Evidence(options) => evidence::run(&options),
        Verb::Coverage(options) => coverage::run(&options),
        Verb::Heal(options) => heal::run(&options),
        Verb::DeadLetters { verb } => dead_letters::run(verb),
        Verb::Plugin { verb } => plugin::run(verb),
    }
}
