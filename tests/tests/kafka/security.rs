//! TLS, SASL and rights, as brokers ask for them; and what is said when they are wrong.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sekisho::kafka::{Config, ConnectError, Mechanism, RunError, Sasl, Secret, Shutdown, Tls, TopicError, prepare};
use sekisho_tests::broker::{self, Broker, Options};

use crate::helpers::{patience, unique};

/// A broker that wants TLS and SCRAM, with its certificate.
pub struct Fortress {
    pub broker: Broker,
    pub certificate: PathBuf,
}

pub const PASSWORD: &str = "open-sesame";

pub fn fortress() -> Option<&'static Fortress> {
    static FORTRESS: OnceLock<Option<Fortress>> = OnceLock::new();
    FORTRESS
        .get_or_init(|| {
            // A broker of our own, whatever the environment names: rights are set when it is formatted.
            broker::shared()?;
            if !broker::can_start() {
                return None;
            }
            // Kept until the process ends, as the broker is.
            let folder = tempfile::tempdir().unwrap().keep();
            let certificate = keys(&folder);
            Some(Fortress { broker: Broker::start(&options(&folder)).unwrap(), certificate })
        })
        .as_ref()
}

/// Makes a key store for the broker; answers the file with its certificate.
fn keys(folder: &Path) -> PathBuf {
    let (store, certificate) = (folder.join("broker.p12"), folder.join("ca.pem"));
    let keytool = |arguments: &[&str]| {
        let output = Command::new("keytool")
            .args(arguments)
            .args(["-alias", "broker", "-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore"])
            .arg(&store)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        output.stdout
    };
    keytool(&["-genkeypair", "-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext", "SAN=IP:127.0.0.1,DNS:localhost"]);
    std::fs::write(&certificate, keytool(&["-exportcert", "-rfc"])).unwrap();
    certificate
}

fn options(folder: &Path) -> Options {
    let user = |name: &str| (name.to_owned(), PASSWORD.to_owned());
    Options {
        listeners: vec![("SECURE".to_owned(), "SASL_SSL".to_owned())],
        users: [user("sekisho"), user("guest")]
            .into_iter()
            .chain((0..crate::rights::USERS).map(|at| user(&crate::rights::user(at))))
            .collect(),
        properties: format!(
            "sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secure.scram-sha-512.sasl.jaas.config=\
             org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PKCS12
ssl.keystore.location={}
ssl.keystore.password={PASSWORD}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:sekisho",
            folder.join("broker.p12").display()
        ),
        ..Options::default()
    }
}

/// What `sekisho` configures to be let in.
pub fn config(fortress: &Fortress) -> Config {
    let mut config = Config::new([fortress.broker.listener("SECURE").unwrap().to_owned()]);
    config.prefix = format!("{}.", unique("secure"));
    config.security.tls = Some(Tls { ca: Some(fortress.certificate.clone()), ..Tls::default() });
    config.security.sasl = Some(Sasl {
        mechanism: Mechanism::ScramSha512,
        username: "sekisho".to_owned(),
        password: Secret::new(PASSWORD),
    });
    config
}

fn refusal(config: &Config) -> RunError {
    prepare(config, &[], &patience()).err().expect("a refusal")
}

#[test]
fn tls_and_scram_let_us_in() {
    let Some(fortress) = fortress() else { return };
    prepare(&config(fortress), &[], &patience()).map(drop).unwrap();
}

#[test]
fn a_wrong_password_is_told_as_such_and_never_shown() {
    let Some(fortress) = fortress() else { return };
    let mut config = config(fortress);
    config.security.sasl.as_mut().unwrap().password = Secret::new("open-barley");
    let error = refusal(&config);
    assert!(matches!(&error, RunError::Connect(ConnectError::Authentication { .. })), "{error}");
    assert!(!format!("{error} {error:?}").contains("barley"), "{error:?}");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_told_as_such() {
    let Some(fortress) = fortress() else { return };
    let mut config = config(fortress);
    config.security.tls = Some(Tls::default());
    let error = refusal(&config);
    assert!(matches!(&error, RunError::Connect(ConnectError::Tls { .. })), "{error}");
}

#[test]
fn missing_rights_are_told_with_their_topic() {
    let Some(fortress) = fortress() else { return };
    let mut config = config(fortress);
    config.security.sasl.as_mut().unwrap().username = "guest".to_owned();
    let error = refusal(&config);
    assert!(matches!(&error, RunError::Topics(TopicError::Rights { .. })), "{error}");
    assert!(error.to_string().contains(&config.prefix), "{error}");
}

#[test]
fn speaking_plainly_to_an_encrypted_port_gives_a_hint() {
    let Some(fortress) = fortress() else { return };
    let mut config = config(fortress);
    (config.security.tls, config.security.sasl) = (None, None);
    let shutdown = Shutdown::default();
    shutdown.request();
    let error = prepare(&config, &[], &shutdown).err().expect("a refusal").to_string();
    assert!(error.contains("kafka.security"), "{error}");
}
