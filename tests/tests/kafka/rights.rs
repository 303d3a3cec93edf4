//! Least rights: with exactly those of docs/kafka.md it runs; with one less it says which.

use std::ffi::{CStr, CString, c_char};
use std::sync::mpsc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::AdminClient;
use rdkafka::bindings as native;
use rdkafka::client::DefaultClientContext;
use sekisho::kafka::{Admin, Config, RunError, Shutdown, Topics, purge, transactional_id};

use crate::helpers::{committed, prepare_topics, produce, raw_topic, unique};
use crate::security::{self, Fortress, config};

/// Users of the fortress that have no rights but those that a test gives them: one for each right, and one more.
pub const USERS: usize = 24;
/// How long a case may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Cases at a time: each has a dozen threads of its own.
const AT_ONCE: usize = 4;

/// The name of one of them.
pub fn user(at: usize) -> String {
    format!("least-{at}")
}

/// One right, as an administrator grants it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Right {
    kind: Kind,
    name: String,
    operation: Operation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Group,
    Transactional,
    Topic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
    Delete,
    Describe,
    DescribeConfigs,
}

/// Exactly what docs/kafka.md lists for topics that exist.
fn least(config: &Config) -> Vec<Right> {
    use Operation::{Delete, Describe, DescribeConfigs, Read, Write};
    let topics = Topics::of(config);
    let raw = raw_topic(config);
    let granted: [(Kind, &str, &[Operation]); 10] = [
        (Kind::Group, &config.group, &[Read]),
        (Kind::Transactional, &transactional_id(config, 0), &[Write]),
        (Kind::Topic, &raw, &[Read]),
        (Kind::Topic, &topics.exchange, &[Read, Write, Delete, DescribeConfigs]),
        (Kind::Topic, &topics.state, &[Read, Write, DescribeConfigs]),
        (Kind::Topic, &topics.control, &[Read, Write, DescribeConfigs]),
        (Kind::Topic, &topics.alerts, &[Write, DescribeConfigs]),
        (Kind::Topic, &topics.dead_letters, &[Write, DescribeConfigs]),
        (Kind::Topic, &topics.coverage, &[Write, DescribeConfigs]),
        (Kind::Topic, &topics.notes, &[Describe, DescribeConfigs]),
    ];
    let right = |kind, name: &str, operation: &Operation| Right { kind, name: name.to_owned(), operation: *operation };
    granted
        .iter()
        .flat_map(|(kind, name, operations)| operations.iter().map(|operation| right(*kind, name, operation)))
        .collect()
}

/// What a case is made of: its own names, its topics made by an administrator, records to read.
fn case(fortress: &Fortress, at: usize) -> Config {
    let mut config = config(fortress);
    config.prefix = format!("{}.", unique("rights"));
    (config.group, config.instance) = (unique("rights"), "least".to_owned());
    config.security.sasl.as_mut().unwrap().username = user(at);
    (config.topics.create, config.topics.shards) = (false, 1);
    let mut administrator = Config::new([fortress.broker.address().to_owned()]);
    administrator.prefix.clone_from(&config.prefix);
    administrator.topics = config.topics.clone();
    administrator.topics.create = true;
    prepare_topics(&administrator);
    Admin::new(&administrator).unwrap().create_topic(&raw_topic(&config), 1, None, &[]).unwrap();
    produce(&administrator, &raw_topic(&config), (0..20).map(|at| (0, format!("word{at} said"))));
    config
}

/// Runs an echo until it has judged all records or has ended by itself; in any case not for long.
fn run(fortress: &Fortress, config: &Config) -> Result<(), RunError> {
    let shutdown = Shutdown::default();
    let mut outside = Config::new([fortress.broker.address().to_owned()]);
    outside.prefix.clone_from(&config.prefix);
    std::thread::scope(|scope| {
        let (tell, ended) = mpsc::channel();
        let worker = scope.spawn(|| {
            let tell = tell;
            let result = crate::worker::run(config, &shutdown);
            let _ = tell.send(());
            result
        });
        let deadline = std::time::Instant::now() + LIMIT;
        while ended
            .recv_timeout(Duration::from_millis(500))
            .is_err_and(|error| error == mpsc::RecvTimeoutError::Timeout)
            && committed(&outside, &Topics::of(config).alerts).len() < 20
            && std::time::Instant::now() < deadline
        {}
        shutdown.request();
        worker.join().unwrap()
    })
}

/// What was said of the lack of this right; none: it ran.
fn lacking(fortress: &Fortress, at: usize) -> (Right, Option<String>) {
    let config = case(fortress, at);
    let mut granted = least(&config);
    let right = granted.remove(at);
    grant(fortress, &user(at), &granted);
    let mut said = run(fortress, &config).err().map(|error| error.to_string());
    if right.operation == Operation::Delete {
        assert_eq!(said, None, "what is consumed is deleted beside the work");
        let purged = purge(&Admin::new(&config).unwrap(), &Topics::of(&config).exchange, &[(0, 1)]);
        said = purged.err().map(|error| error.to_string());
    }
    (right, said)
}

#[test]
fn with_exactly_the_documented_rights_it_runs_and_with_one_less_it_says_which() {
    let Some(fortress) = security::fortress() else { return };
    let config = case(fortress, USERS - 1);
    let rights = least(&config).len();
    assert!(rights < USERS, "a user for each case");
    grant(fortress, &user(USERS - 1), &least(&config));
    run(fortress, &config).expect("it runs");
    let alerts = committed(
        &Config { brokers: vec![fortress.broker.address().to_owned()], security: Default::default(), ..config.clone() },
        &Topics::of(&config).alerts,
    );
    assert_eq!(alerts.len(), 20);
    purge(&Admin::new(&config).unwrap(), &Topics::of(&config).exchange, &[(0, 1)])
        .expect("it may delete what is consumed");

    let mut silent = Vec::new();
    for cases in (0..rights).collect::<Vec<_>>().chunks(AT_ONCE) {
        let told: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = cases.iter().map(|at| scope.spawn(|| lacking(fortress, *at))).collect();
            running.into_iter().map(|case| case.join().unwrap()).collect()
        });
        for (right, said) in told {
            eprintln!("{right:?}: {said:?}");
            if !said.as_ref().is_some_and(|said| said.contains(&right.name)) {
                silent.push((right, said));
            }
        }
    }
    assert!(silent.is_empty(), "what lacks is not named: {silent:#?}");
}

/// Grants rights as an administrator does.
fn grant(fortress: &Fortress, user: &str, rights: &[Right]) {
    use native::{rd_kafka_AclOperation_t as Acl, rd_kafka_ResourceType_t as Resource};
    let client: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", fortress.broker.address()).create().unwrap();
    let principal = CString::new(format!("User:{user}")).unwrap();
    let mut text = [0; 256];
    let mut bindings: Vec<_> = rights
        .iter()
        .map(|right| {
            let kind = match right.kind {
                Kind::Group => Resource::RD_KAFKA_RESOURCE_GROUP,
                Kind::Transactional => Resource::RD_KAFKA_RESOURCE_TRANSACTIONAL_ID,
                Kind::Topic => Resource::RD_KAFKA_RESOURCE_TOPIC,
            };
            let operation = match right.operation {
                Operation::Read => Acl::RD_KAFKA_ACL_OPERATION_READ,
                Operation::Write => Acl::RD_KAFKA_ACL_OPERATION_WRITE,
                Operation::Delete => Acl::RD_KAFKA_ACL_OPERATION_DELETE,
                Operation::Describe => Acl::RD_KAFKA_ACL_OPERATION_DESCRIBE,
                Operation::DescribeConfigs => Acl::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS,
            };
            let name = CString::new(right.name.as_str()).unwrap();
            // SAFETY: every text ends with a zero and lives for the call, which copies them.
            unsafe {
                native::rd_kafka_AclBinding_new(
                    kind,
                    name.as_ptr(),
                    native::rd_kafka_ResourcePatternType_t::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                    principal.as_ptr(),
                    c"*".as_ptr(),
                    operation,
                    native::rd_kafka_AclPermissionType_t::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
                    text.as_mut_ptr(),
                    text.len(),
                )
            }
        })
        .collect();
    assert!(bindings.iter().all(|binding| !binding.is_null()));
    // SAFETY: the client outlives the queue; the bindings are ours until destroyed, the event too.
    unsafe {
        let handle = client.inner().native_ptr();
        let queue = native::rd_kafka_queue_new(handle);
        native::rd_kafka_CreateAcls(handle, bindings.as_mut_ptr(), bindings.len(), std::ptr::null(), queue);
        let event = native::rd_kafka_queue_poll(queue, 30_000);
        assert!(!event.is_null(), "the broker answers");
        let result = native::rd_kafka_event_CreateAcls_result(event);
        assert!(!result.is_null(), "rights were granted");
        let mut count = 0;
        let answers = native::rd_kafka_CreateAcls_result_acls(result, &raw mut count);
        for at in 0..count {
            let error = native::rd_kafka_acl_result_error(*answers.add(at));
            assert!(error.is_null(), "{:?}", CStr::from_ptr(native::rd_kafka_error_string(error).cast::<c_char>()));
        }
        native::rd_kafka_event_destroy(event);
        native::rd_kafka_AclBinding_destroy_array(bindings.as_mut_ptr(), bindings.len());
        native::rd_kafka_queue_destroy(queue);
    }
}
