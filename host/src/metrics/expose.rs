//! A snapshot as OpenMetrics text.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{self, Registry};

use super::samples::{Samples, Value};
use super::table::{ALL, Family, Kind, Unit};
use super::telemetry::Snapshot;

/// The type of what [`expose`] writes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that a snapshot says. `ready` is what `/health/ready` answers.
///
/// # Errors
/// None of what is told here: a text takes all that is written to it.
pub fn expose(snapshot: &Snapshot, ready: bool) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Exposition(Samples::of(snapshot, ready))));
    let mut out = String::new();
    text::encode(&mut out, &registry)?;
    Ok(out)
}

#[derive(Debug)]
struct Exposition(Samples);

// === impl Exposition ===

impl Collector for Exposition {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for family in ALL {
            let unit = family.unit.map(unit);
            let kind = match family.kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
                Kind::Histogram => MetricType::Histogram,
            };
            let mut metric = encoder.encode_descriptor(family.stem, family.help, unit.as_ref(), kind)?;
            for (labels, value) in self.0.family(family) {
                let named = named(family, labels);
                if named.is_empty() {
                    sample(&mut metric, family.kind, value)?;
                } else {
                    sample(&mut metric.encode_family(&named)?, family.kind, value)?;
                }
            }
        }
        Ok(())
    }
}

fn sample(encoder: &mut MetricEncoder<'_>, kind: Kind, value: &Value) -> fmt::Result {
    match (value, kind) {
        (Value::Whole(value), Kind::Counter) => encoder.encode_counter::<NoLabelSet, _, f64>(value, None),
        (Value::Real(value), Kind::Counter) => encoder.encode_counter::<NoLabelSet, _, f64>(value, None),
        (Value::Whole(value), _) => encoder.encode_gauge(value),
        (Value::Real(value), _) => encoder.encode_gauge(value),
        (Value::Histogram(histogram), _) => {
            // The bucket beyond the last bound is the one without an end.
            let bounds = histogram.bounds.iter().copied().chain([f64::INFINITY]);
            let buckets: Vec<_> = bounds.zip(histogram.counts.iter().copied()).collect();
            encoder.encode_histogram::<NoLabelSet>(histogram.sum, histogram.count(), &buckets, None)
        }
    }
}

fn named<'a>(family: &Family, labels: &'a [String]) -> Vec<(&'static str, &'a str)> {
    family.labels.iter().copied().zip(labels.iter().map(String::as_str)).collect()
}

fn unit(unit: Unit) -> registry::Unit {
    match unit {
        Unit::Seconds => registry::Unit::Seconds,
        Unit::Bytes => registry::Unit::Bytes,
    }
}
