//! Helpers of the whole-system tests.

pub mod broker;
pub mod chaos;
pub mod guests;
pub mod zoo;
