//! From generated bindings to the types of this room and back, written once for host and guest.

/// Defines the conversions between the contract's generated bindings at the given path and [`crate::contract`].
///
/// Host (`wasmtime`) and SDK (`wit-bindgen`) generate types of the same shape from the same file, so the same text
/// converts both. Columns and state bytes are moved, not copied. It defines, for the place that expands it:
/// `identity_from`, `plan_from`, `problem_from`, `outcome_from` (generated → plain) and `call_into` (plain → generated).
#[macro_export]
macro_rules! contract_bridge {
    ($($path:ident)::+) => {
        #[allow(dead_code)]
        mod contract_bridge {
            use $($path)::+ as g;
            use $crate::contract as c;

            fn each<A, B>(items: Vec<A>, f: impl FnMut(A) -> B) -> Vec<B> {
                items.into_iter().map(f).collect()
            }

            pub fn identity_from(x: g::Identity) -> c::Identity {
                c::Identity { id: x.id, version: x.version, title: x.title, settings_schema: x.settings_schema, extra: x.extra }
            }
            pub fn problem_from(x: g::Problem) -> c::Problem {
                c::Problem { at: x.at, message: x.message }
            }

            // === plan ===

            pub fn plan_from(x: g::Plan) -> c::DetectorPlan {
                c::DetectorPlan {
                    rules: each(x.rules, rule_from),
                    key_spaces: each(x.key_spaces, |k| c::KeySpace { name: k.name, parts: k.parts }),
                    subscriptions: each(x.subscriptions, subscription_from),
                    signals: each(x.signals, |s| c::SignalType {
                        name: s.name, key_space: s.key_space, fields: each(s.fields, field_from), extra: s.extra,
                    }),
                    counters: x.counters,
                    state_version: x.state_version,
                    readable_versions: x.readable_versions,
                    memory: x.memory,
                    extra: x.extra,
                }
            }
            fn rule_from(x: g::Rule) -> c::Rule {
                c::Rule {
                    id: x.id, key_space: x.key_space, title: x.title, severity: severity_from(x.severity),
                    confidence: x.confidence,
                    techniques: each(x.techniques, |t| c::Technique { id: t.id, shown_by: t.shown_by }),
                    judged: match x.judged {
                        g::Judged::Immediate => c::Judged::Immediate,
                        g::Judged::Settled => c::Judged::Settled,
                    },
                    bucket: x.bucket, advice: x.advice, extra: x.extra,
                }
            }
            fn subscription_from(x: g::Subscription) -> c::Subscription {
                c::Subscription {
                    source: x.source, key_space: x.key_space, key: x.key, fields: each(x.fields, field_from),
                    where_: each(x.where_, |all| each(all, condition_from)), lateness: x.lateness, extra: x.extra,
                }
            }
            fn field_from(x: g::Field) -> c::Field {
                let kind = match x.kind {
                    g::Kind::Text => c::Kind::Text,
                    g::Kind::Integer => c::Kind::Integer,
                    g::Kind::Real => c::Kind::Real,
                    g::Kind::Boolean => c::Kind::Boolean,
                    g::Kind::Texts => c::Kind::Texts,
                    g::Kind::Integers => c::Kind::Integers,
                };
                c::Field { path: x.path, kind, max_bytes: x.max_bytes }
            }
            fn condition_from(x: g::Condition) -> c::Condition {
                let test = match x.test {
                    g::Test::Present => c::Test::Present,
                    g::Test::OneOf(v) => c::Test::OneOf(v),
                    g::Test::Prefix(v) => c::Test::Prefix(v),
                    g::Test::Suffix(v) => c::Test::Suffix(v),
                    g::Test::Contains(v) => c::Test::Contains(v),
                    g::Test::Equals(v) => c::Test::Equals(v),
                    g::Test::Between(v) => c::Test::Between(v),
                    g::Test::Mask(v) => c::Test::Mask(v),
                    g::Test::Zone(v) => c::Test::Zone(v),
                };
                c::Condition { path: x.path, negated: x.negated, test }
            }
            fn severity_from(x: g::Severity) -> c::Severity {
                match x {
                    g::Severity::Informational => c::Severity::Informational,
                    g::Severity::Low => c::Severity::Low,
                    g::Severity::Medium => c::Severity::Medium,
                    g::Severity::High => c::Severity::High,
                    g::Severity::Critical => c::Severity::Critical,
                }
            }

            // === call ===

            pub fn call_into(x: c::Call) -> g::Call {
                g::Call {
                    key_space: x.key_space, watermark: x.watermark,
                    tables: each(x.tables, |t| g::Table {
                        subscription: t.subscription, times: t.times, origins: t.origins, late: t.late,
                        columns: each(t.columns, column_into), extra: t.extra,
                    }),
                    groups: each(x.groups, |group| g::Group {
                        key: group.key, state: group.state.map(state_into), first: group.first, rows: group.rows,
                        due: group.due, extra: group.extra,
                    }),
                    order_tables: x.order_tables, order_rows: x.order_rows, explain: x.explain, extra: x.extra,
                }
            }
            fn column_into(x: c::Column) -> g::Column {
                let text = |t: c::TextColumn| g::TextColumn { offsets: t.offsets, bytes: t.bytes };
                let values = match x.values {
                    c::Values::Text(t) => g::Values::Text(text(t)),
                    c::Values::Integer(v) => g::Values::Integer(v),
                    c::Values::Real(v) => g::Values::Real(v),
                    c::Values::Boolean(v) => g::Values::Boolean(v),
                    c::Values::Texts(t) => g::Values::Texts(g::TextsColumn { lists: t.lists, items: text(t.items) }),
                    c::Values::Integers(i) => g::Values::Integers(g::IntegersColumn { lists: i.lists, items: i.items }),
                };
                g::Column { values, valid: x.valid, truncated: x.truncated }
            }
            fn state_into(x: c::State) -> g::State {
                g::State { version: x.version, bytes: x.bytes, expires: x.expires, wake: x.wake }
            }

            // === outcome ===

            pub fn outcome_from(x: g::Outcome) -> c::Outcome {
                c::Outcome {
                    findings: each(x.findings, finding_from),
                    signals: each(x.signals, |s| c::Signal {
                        kind: s.kind, group: s.group, time: s.time, origins: s.origins,
                        values: each(s.values, |v| v.map(scalar_from)), extra: s.extra,
                    }),
                    states: each(x.states, |k| c::Kept {
                        group: k.group,
                        state: k.state.map(|s| c::State {
                            version: s.version, bytes: s.bytes, expires: s.expires, wake: s.wake,
                        }),
                    }),
                    counters: x.counters,
                    notes: each(x.notes, |n| c::Note { group: n.group, origin: n.origin, text: n.text }),
                    extra: x.extra,
                }
            }
            fn finding_from(x: g::Finding) -> c::Finding {
                c::Finding {
                    group: x.group, rule: x.rule, since: x.since, until: x.until,
                    change: match x.change {
                        g::Change::Stands => c::Change::Stands,
                        g::Change::Closed => c::Change::Closed,
                        g::Change::Retracted => c::Change::Retracted,
                    },
                    severity: severity_from(x.severity), confidence: x.confidence, title: x.title,
                    description: x.description,
                    entities: each(x.entities, |e| c::Entity { kind: entity_kind_from(e.kind), name: e.name, role: e.role }),
                    figures: x.figures,
                    evidence: each(x.evidence, |e| c::Evidence {
                        origin: e.origin, time: e.time, role: e.role, seen: e.seen, extra: e.extra,
                    }),
                    extra: x.extra,
                }
            }
            fn entity_kind_from(x: g::EntityKind) -> c::EntityKind {
                match x {
                    g::EntityKind::User => c::EntityKind::User,
                    g::EntityKind::Host => c::EntityKind::Host,
                    g::EntityKind::Address => c::EntityKind::Address,
                    g::EntityKind::Domain => c::EntityKind::Domain,
                    g::EntityKind::File => c::EntityKind::File,
                    g::EntityKind::Process => c::EntityKind::Process,
                    g::EntityKind::Service => c::EntityKind::Service,
                    g::EntityKind::Session => c::EntityKind::Session,
                    g::EntityKind::Share => c::EntityKind::Share,
                }
            }
            fn scalar_from(x: g::Scalar) -> c::Scalar {
                match x {
                    g::Scalar::Text(v) => c::Scalar::Text(v),
                    g::Scalar::Integer(v) => c::Scalar::Integer(v),
                    g::Scalar::Real(v) => c::Scalar::Real(v),
                    g::Scalar::Boolean(v) => c::Scalar::Boolean(v),
                    g::Scalar::Texts(v) => c::Scalar::Texts(v),
                    g::Scalar::Integers(v) => c::Scalar::Integers(v),
                }
            }
        }
        #[allow(unused_imports)]
        pub use contract_bridge::{call_into, identity_from, outcome_from, plan_from, problem_from};
    };
}
