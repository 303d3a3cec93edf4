//! What a guest says, held against the contract before anyone else sees it.

mod cap;
mod names;
mod outcome;
mod plan;
#[cfg(test)]
mod tests;

pub(super) use cap::line;
pub(super) use outcome::{Asked, outcome};
pub(super) use plan::{identity, plan};
