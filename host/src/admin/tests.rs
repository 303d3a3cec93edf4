use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream as Client};

use super::*;
use crate::admin::{live, ready};
use crate::metrics::{Phase, Published, RestoreReport, Standing};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn server() -> (Server, Arc<Telemetry>) {
    let telemetry = Arc::new(Telemetry::new());
    (Server::start(Config { listen: Listen::At(LOOPBACK) }, &telemetry).unwrap().unwrap(), telemetry)
}

fn connect(server: &Server) -> Client {
    let client = Client::connect(server.address()).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    client
}

fn send(server: &Server, request: &[u8]) -> String {
    let mut client = connect(server);
    client.write_all(request).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

fn get(server: &Server, path: &str) -> String {
    send(server, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())
}

fn working(telemetry: &Telemetry, standing: Standing) {
    let slot = telemetry.worker(0);
    slot.enters(Phase::Working);
    slot.publish(Published { standing, ..Published::default() });
}

#[test]
fn the_three_paths_are_answered_and_others_are_not() {
    let (server, telemetry) = server();
    let metrics = get(&server, "/metrics?x=1");
    assert!(metrics.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text"), "{metrics}");
    assert!(metrics.contains("\nsekisho_ready 0\n") && metrics.ends_with("# EOF\n"), "{metrics}");
    assert!(get(&server, "/health/live").starts_with("HTTP/1.1 200 "));
    let waiting = get(&server, "/health/ready");
    assert!(waiting.starts_with("HTTP/1.1 503 ") && waiting.contains("connecting to kafka"), "{waiting}");
    working(&telemetry, Standing { member: true, ..Standing::default() });
    assert!(get(&server, "/health/ready").contains("waits for its partitions"));
    working(&telemetry, Standing { member: true, settled: true, ..Standing::default() });
    let ready = get(&server, "/health/ready");
    assert!(ready.starts_with("HTTP/1.1 200 ") && ready.ends_with("{\"ready\":true,\"reasons\":[]}\n"), "{ready}");
    assert!(get(&server, "/etc/passwd").starts_with("HTTP/1.1 404 "));
    let head = send(&server, b"HEAD /metrics HTTP/1.0\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(send(&server, b"POST /metrics HTTP/1.1\r\n\r\n").contains("Allow: GET, HEAD"));
}

#[test]
fn nonsense_and_endless_heads_are_refused() {
    let (server, _telemetry) = server();
    assert!(send(&server, b"\x16\x03\x01 is TLS\r\n\r\n").starts_with("HTTP/1.1 400 "));
    // As long as the bound to the byte, so that nothing unread lets the system throw the answer away.
    let line = b"GET /metrics HTTP/1.1\r\nX: ";
    let endless = [&line[..], &vec![b'a'; HEAD + 1 - line.len()]].concat();
    assert!(send(&server, &endless).starts_with("HTTP/1.1 431 "));
    let many = (0..HEADERS + 1).map(|at| format!("H{at}: 1\r\n")).collect::<String>();
    assert!(send(&server, format!("GET / HTTP/1.1\r\n{many}\r\n").as_bytes()).starts_with("HTTP/1.1 431 "));
}

#[test]
fn silent_and_slow_clients_hold_up_nobody() {
    let (server, _telemetry) = server();
    let mut silent: Vec<_> = (0..CONNECTIONS * 2).map(|_| connect(&server)).collect();
    let mut slow = connect(&server);
    slow.write_all(b"GET /metr").unwrap();
    assert!(get(&server, "/health/live").starts_with("HTTP/1.1 200 "));
    slow.write_all(b"ics HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // The flood has pushed its own oldest ones out.
    let mut nothing = Vec::new();
    let _ = silent[0].read_to_end(&mut nothing);
    assert!(nothing.is_empty());
}

#[test]
fn an_address_that_is_taken_is_an_error_where_it_was_asked_for() {
    let (server, telemetry) = server();
    let error = Server::start(Config { listen: Listen::At(server.address()) }, &telemetry).unwrap_err();
    assert!(error.to_string().contains("admin.listen"), "{error}");
    assert!(Server::start(Config { listen: Listen::Off }, &telemetry).unwrap().is_none());
}

#[test]
fn what_hinders_a_worker_is_named() {
    let telemetry = Telemetry::new();
    let restoring =
        (0..10).map(|shard| RestoreReport { shard: sekisho_core::model::ShardId(shard), records: 1, part: 0.409 });
    working(
        &telemetry,
        Standing { restoring: restoring.collect(), silent: Duration::from_secs(31), ..Standing::default() },
    );
    telemetry.worker(1).enters(Phase::Waiting("no broker".to_owned()));
    let mut snapshot = telemetry.snapshot();
    assert_eq!(live(&snapshot), Vec::<String>::new());
    let told = ready(&snapshot).join("; ");
    for part in
        ["have not answered worker 0 for 31 s", "no member", "0 (40%)", "and 2 more", "worker 1 waits for kafka"]
    {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    snapshot.workers[0].still = Duration::from_secs(121);
    snapshot.workers[1].still = Duration::from_secs(121);
    assert_eq!(live(&snapshot), ["the loop of worker 0 has not turned for 121 s"]);
}
