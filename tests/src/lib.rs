//! Helpers of the whole-system tests.

pub mod guests;
pub mod zoo;
