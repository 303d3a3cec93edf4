//! Zeek's logs as JSON (field names of Zeek 6 and later).

use super::super::stream::Log;
use super::{Flow, Scene, seconds};

/// A flow with more bytes out than this is also written by the firewall where the sensor sees it: two observers of one
/// flow, which must not be added up. The smaller ones would double the stream and teach nothing.
const BOTH_OBSERVE: u64 = 1_000_000;

// === impl Scene ===

impl Scene<'_> {
    /// A connection, as those who look at the border see it.
    pub fn flow(&mut self, flow: &Flow<'_>) {
        if !flow.to.starts_with("10.") {
            self.stream.truth.mark(flow.to, self.label);
        }
        if flow.sensed {
            self.conn(flow, "SF");
        }
        if !flow.sensed || flow.out > BOTH_OBSERVE {
            self.session(flow);
        }
    }

    /// A connection between hosts of the house that the sensor sees; `state` is Zeek's, `REJ` where it was refused.
    pub fn inside(&mut self, time: i64, from: &str, to: &str, port: u16, state: &str) {
        let (out, back) = if state == "SF" { (4_200, 9_100) } else { (0, 0) };
        let lasts = if state == "SF" { 2 * super::SECOND } else { 0 };
        let flow = Flow { start: time, lasts, from, to, port, out, back, name: None, sensed: true };
        self.conn(&flow, state);
    }

    fn conn(&mut self, flow: &Flow<'_>, state: &str) {
        let (uid, port) = (self.uid(), self.port());
        let service = match flow.port {
            22 => r#""service":"ssh","#,
            80 => r#""service":"http","#,
            443 => r#""service":"ssl","#,
            _ => "",
        };
        let line = format!(
            r#"{{"ts":{ts},"uid":"{uid}","id.orig_h":"{from}","id.orig_p":{port},"id.resp_h":"{to}","id.resp_p":{to_port},"proto":"tcp",{service}"duration":{duration},"orig_bytes":{out},"resp_bytes":{back},"conn_state":"{state}","local_orig":true,"local_resp":{local},"missed_bytes":0,"history":"ShADadFf","orig_pkts":{out_packets},"resp_pkts":{back_packets}}}"#,
            ts = seconds(flow.start),
            from = flow.from,
            to = flow.to,
            to_port = flow.port,
            duration = seconds(flow.lasts),
            out = flow.out,
            back = flow.back,
            local = flow.to.starts_with("10."),
            out_packets = flow.out / 1300 + 4,
            back_packets = flow.back / 1300 + 4,
        );
        // Zeek writes a connection when it ends.
        self.of_sensor(Log::Conn, flow.start + flow.lasts, line);
        if let Some(name) = flow.name {
            let line = format!(
                r#"{{"ts":{ts},"uid":"{uid}","id.orig_h":"{from}","id.orig_p":{port},"id.resp_h":"{to}","id.resp_p":{to_port},"version":"TLSv13","cipher":"TLS_AES_256_GCM_SHA384","server_name":"{name}","resumed":false,"established":true}}"#,
                ts = seconds(flow.start),
                from = flow.from,
                to = flow.to,
                to_port = flow.port,
            );
            self.of_sensor(Log::Ssl, flow.start, line);
        }
    }

    /// A question for a name, with its answer.
    pub fn query(&mut self, time: i64, from: &str, name: &str, answer: &str) {
        let (uid, port, id) = (self.uid(), self.port(), self.trivia.below(65_536));
        let line = format!(
            r#"{{"ts":{},"uid":"{uid}","id.orig_h":"{from}","id.orig_p":{port},"id.resp_h":"10.1.0.10","id.resp_p":53,"proto":"udp","trans_id":{id},"query":"{name}","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,"rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"answers":["{answer}"],"rejected":false}}"#,
            seconds(time),
        );
        self.of_sensor(Log::Dns, time, line);
    }

    /// A remote procedure call over a named pipe.
    pub fn call(&mut self, time: i64, from: &str, to: &str, pipe: &str, endpoint: &str, operation: &str) {
        let (uid, port) = (self.uid(), self.port());
        let line = format!(
            r#"{{"ts":{},"uid":"{uid}","id.orig_h":"{from}","id.orig_p":{port},"id.resp_h":"{to}","id.resp_p":445,"rtt":0.0004,"named_pipe":"\\pipe\\{pipe}","endpoint":"{endpoint}","operation":"{operation}"}}"#,
            seconds(time),
        );
        self.of_sensor(Log::Rpc, time, line);
    }

    fn uid(&mut self) -> String {
        format!("C{:016x}", self.trivia.below(u64::MAX))
    }
}
