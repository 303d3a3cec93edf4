//! An author's tests, natively: rows made by hand through the real contract, and the five laws.
//!
//! ```
//! # use sekisho_sdk::prelude::*;
//! use sekisho_sdk::testing::{Bench, Rows};
//! # struct Cleared { rule: Rule, cleared: Timeline }
//! # impl Detector for Cleared {
//! #     type Settings = NoSettings;
//! #     fn describe() -> Identity { Identity { id: "cleared", version: "1.0.0", title: "Log cleared" } }
//! #     fn plan(_: NoSettings, plan: &mut Plan) -> Result<Self, Problems> {
//! #         let by_host = plan.key_space("host", ["device.host"]);
//! #         plan.read("event_log_activity", by_host).when(all([eq("activity_id", 1)])).done();
//! #         Ok(Self { cleared: plan.timeline(by_host), rule: plan.rule("log-cleared", by_host).done() })
//! #     }
//! #     fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
//! #         for row in group.rows() { self.cleared.add(group, 0, Entry::of(&row, "")); }
//! #         let host = group.part(0);
//! #         out.review(group, self.rule, |state, bucket| {
//! #             let cleared: Vec<_> = self.cleared.within(state, bucket).collect();
//! #             (!cleared.is_empty()).then(|| Draft::new(format!("log of {host} cleared")).host(host, "target")
//! #                 .evidences(cleared.iter().map(|event| event.evidence("log cleared"))))
//! #         });
//! #         Ok(())
//! #     }
//! # }
//! let mut rows = Rows::default();
//! rows.of("event_log_activity").at("2025-10-01T20:58:00+09:00").set("device.host", "dc01").set("activity_id", 1);
//!
//! let bench = Bench::<Cleared>::new("{}");
//! bench.run(&rows).finds("log-cleared", "dc01").says("log of dc01 cleared");
//! bench.obeys_the_laws(&rows);
//! ```

mod bench;
mod found;
mod logs;
mod native;
mod rows;

pub use bench::Bench;
pub use found::{Findings, Found};
pub use native::NativeDetector;
pub use rows::{RowBuilder, Rows};
