//! The endpoint for operators: `/metrics`, `/health/live` and `/health/ready`, read only, on a thread of its own.

mod answer;
mod config;
mod health;
mod server;

pub use answer::{Answer, Answers};
pub use config::{Config, DEFAULT, Listen};
pub use health::{live, ready};
pub use server::{Server, ServerError};
