//! The section `admin` of the configuration.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// Where the endpoint is unless said: this machine alone can reach it.
pub const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// The endpoint for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// An address and a port, or `off`.
    pub listen: Listen,
}

/// Where the endpoint is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listen {
    /// At [`DEFAULT`]; where another process has it already, nowhere, and the log says so.
    #[default]
    Default,
    /// There, or the start fails.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

// === impl Listen ===

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Place)
    }
}

/// Reads [`Listen`].
struct Place;

impl Visitor<'_> for Place {
    type Value = Listen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address with its port, such as 127.0.0.1:9464 or \"[::]:9464\", or off")
    }

    /// YAML reads a bare `off` as no.
    fn visit_bool<E: Error>(self, on: bool) -> Result<Listen, E> {
        if on { Err(E::invalid_value(Unexpected::Bool(on), &self)) } else { Ok(Listen::Off) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Listen, E> {
        if text == "off" {
            return Ok(Listen::Off);
        }
        text.parse().map(Listen::At).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}
