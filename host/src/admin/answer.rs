//! From a request's line to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::health;
use crate::metrics::{CONTENT_TYPE, Telemetry, expose};

/// `/metrics` is made at most once in this time, however often it is asked for.
const FRESH: Duration = Duration::from_millis(250);

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const INDEX: &str = "sekisho\n\n/metrics       OpenMetrics\n/health/live   200 while the process lives, else 503 and why\n\
                     /health/ready  200 while it does its full work, else 503 and why\n";

/// An answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Arc<str>,
}

/// Answers requests from what the workers told.
#[derive(Debug)]
pub struct Answers {
    telemetry: Arc<Telemetry>,
    metrics: Option<(Instant, Arc<str>)>,
}

// === impl Answers ===

impl Answers {
    pub fn new(telemetry: Arc<Telemetry>) -> Self {
        Self { telemetry, metrics: None }
    }

    /// The answer to a request of this method for this target.
    pub fn answer(&mut self, method: &str, target: &str) -> Answer {
        if !matches!(method, "GET" | "HEAD") {
            return Answer::text(405, "only GET and HEAD are answered\n");
        }
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        match path {
            "/" => Answer::text(200, INDEX),
            "/metrics" => self.metrics(),
            "/health/live" => health_of("live", &health::live(&self.telemetry.snapshot())),
            "/health/ready" => health_of("ready", &health::ready(&self.telemetry.snapshot())),
            _ => Answer::text(404, "there is /metrics, /health/live and /health/ready\n"),
        }
    }

    fn metrics(&mut self) -> Answer {
        let body = match &self.metrics {
            Some((made, body)) if made.elapsed() < FRESH => Arc::clone(body),
            _ => {
                let snapshot = self.telemetry.snapshot();
                let ready = health::ready(&snapshot).is_empty();
                let Ok(text) = expose(&snapshot, ready) else {
                    return Answer::text(500, "the metrics could not be written\n");
                };
                let body: Arc<str> = text.into();
                self.metrics = Some((Instant::now(), Arc::clone(&body)));
                body
            }
        };
        Answer { status: 200, content_type: CONTENT_TYPE, body }
    }
}

/// `{"ready": false, "reasons": ["worker 0 restores shards 3 (40%)"]}`
fn health_of(name: &str, reasons: &[String]) -> Answer {
    let status = if reasons.is_empty() { 200 } else { 503 };
    let body = format!("{}\n", json!({name: reasons.is_empty(), "reasons": reasons}));
    Answer { status, content_type: JSON, body: body.into() }
}

// === impl Answer ===

impl Answer {
    /// A line for people.
    pub fn text(status: u16, body: &str) -> Self {
        Self { status, content_type: TEXT, body: body.into() }
    }

    /// As it goes over the wire.
    pub fn to_bytes(&self, with_body: bool) -> Vec<u8> {
        let Self { status, content_type, body } = self;
        let reason = match status {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            431 => "Request Header Fields Too Large",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        let allow = if *status == 405 { "Allow: GET, HEAD\r\n" } else { "" };
        let mut bytes = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{allow}\
             Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        if with_body {
            bytes.extend_from_slice(body.as_bytes());
        }
        bytes
    }
}
