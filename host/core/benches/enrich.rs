//! Cost of canonical keys and enrichment, each of which runs for most events.

use divan::{Bencher, black_box};
use sekisho_core::enrich::{Enricher, Enrichment, Inventory};
use sekisho_core::model::Time;

fn main() {
    divan::main();
}

fn enrichment() -> Enrichment {
    let inventory: Inventory = serde_json::from_str(
        r#"{"zones": {"vpn-pool": ["10.8.0.0/16"], "clients": ["10.0.0.0/9"]}, "domains": {"corp": ["corp.example.com"]},
            "default_domain": "corp", "hosts": {"fs1-eu": ["fs1.eu.example.com"]}, "roles": {"scanner": ["nessus*"]},
            "service": {"accounts": ["corp\\svc-*"]},
            "office_hours": {"time_zone": "Asia/Tokyo", "hours": [{"days": ["mon", "tue"], "from": "08:00", "to": "19:00"}]}}"#,
    )
    .expect("the inventory is sound");
    Enrichment::compile(&inventory).expect("the inventory is sound")
}

#[divan::bench]
fn user(bencher: Bencher<'_, '_>) {
    let enrichment = enrichment();
    bencher.bench_local(|| enrichment.user(black_box("Alice.Smith"), Some("CORP.EXAMPLE.COM")));
}

#[divan::bench]
fn privileged_and_service(bencher: Bencher<'_, '_>) {
    let enrichment = enrichment();
    bencher.bench_local(|| {
        let user = black_box("corp\\alice.smith");
        (enrichment.privileged(user), enrichment.service_account(user))
    });
}

#[divan::bench]
fn host(bencher: Bencher<'_, '_>) {
    let enrichment = enrichment();
    bencher.bench_local(|| enrichment.host(black_box("WS0417.corp.example.com")));
}

#[divan::bench(args = ["10.8.17.4", "::ffff:10.8.17.4", "2001:db8::17"])]
fn address(bencher: Bencher<'_, '_>, text: &str) {
    let enrichment = enrichment();
    bencher.bench_local(|| enrichment.address(black_box(text)));
}

#[divan::bench(args = ["10.8.17.4", "203.0.113.9"])]
fn zone(bencher: Bencher<'_, '_>, address: &str) {
    let enrichment = enrichment();
    bencher.bench_local(|| enrichment.zone(black_box(address)).is_some());
}

#[divan::bench]
fn role(bencher: Bencher<'_, '_>) {
    let enrichment = enrichment();
    bencher.bench_local(|| enrichment.role(black_box(Some("ws0417")), Some("10.8.17.4")).is_some());
}

#[divan::bench]
fn off_hours_of_the_next_minute(bencher: Bencher<'_, '_>) {
    let enrichment = enrichment();
    let mut time = Time(1_775_644_265_000_000_000);
    bencher.bench_local(|| {
        time = time.plus(Time::MINUTE);
        enrichment.off_hours(time)
    });
}
