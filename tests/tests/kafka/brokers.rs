//! A cluster of three brokers, as a site has one: any of them may go, and for good.

use std::time::Duration;

use sekisho_tests::broker::{self, Brokers, Options};
use sekisho_tests::chaos::Topics;

use crate::helpers::{config, create_raw, produce, wait_for};
use crate::worker::{check, records, run_until, wait_for_alerts};

const LIMIT: Duration = Duration::from_secs(120);
const BROKERS: usize = 3;
/// Records before, around and after the end of each broker.
const STEP: usize = 20;
const STEPS: usize = 15;

#[test]
fn whichever_of_three_brokers_is_gone_the_work_goes_on_without_it() {
    let Some(mut config) = config("one-of-three") else { return };
    if !broker::can_start() {
        return;
    }
    let mut brokers = Brokers::start(&vec![Options::default(); BROKERS]).unwrap();
    config.brokers = brokers.address().split(',').map(str::to_owned).collect();
    let raw = create_raw(&config, 2);
    let topics = Topics::of(&config.brokers.join(","), &config.group, &raw, &config.prefix).unwrap();
    run_until(&config, || {
        let mut count = 0;
        // One of them coordinates the group, and each leads some partitions.
        for broker in 0..BROKERS {
            for step in 0..STEPS {
                if step == STEPS / 3 {
                    brokers.node(broker).kill();
                }
                produce(&config, &raw, records(count, STEP, 2));
                count += STEP;
                std::thread::sleep(Duration::from_millis(50));
            }
            let read = || topics.raw_offsets().is_ok_and(|offsets| offsets.iter().sum::<i64>() == count as i64);
            wait_for("all records to be read without a broker", LIMIT, || read().then_some(()));
            brokers.node(broker).restart().unwrap();
            brokers.in_sync(LIMIT).unwrap();
        }
        wait_for_alerts(&config, count);
    });
    check(&config, BROKERS * STEPS * STEP);
}
