//! `sekisho demo`.
use super::arguments::DemoOptions;
use super::exit::Exit;
use anyhow::Result;
pub fn run(_: &DemoOptions) -> Result<Exit> {
    Ok(Exit::Done)
}
