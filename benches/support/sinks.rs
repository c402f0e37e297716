//! Where the mails go: our sink in a process of its own, and a distance before any sink.

use crate::figures;
use crate::processes::{Role, SINK, until_dismissed};
use anyhow::{Context as _, Result};
use lamplighter::sink::{Distance, Keep, Sink, SinkOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Threads of our sink: with one, nothing in it waits for a lock.
const THREADS: usize = 1;

pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub struct OurSink(Role, pub SocketAddr);

/// What our sink took.
pub struct Took {
    pub accepted: u64,
    pub bytes: u64,
    /// For somebody who had one before.
    pub repeated: u64,
    pub cpu_seconds: f64,
    pub violations: usize,
}

impl OurSink {
    pub fn start() -> Result<Self> {
        let mut role = Role::start(SINK, &[])?;
        let address = role.line()?.parse().context("an address")?;
        Ok(Self(role, address))
    }

    pub fn end(self) -> Result<Took> {
        let said = self.0.end()?;
        let count = |key: &str| said[key].as_u64().with_context(|| format!("{key} in {said}"));
        Ok(Took {
            accepted: count("accepted")?,
            bytes: count("bytes")?,
            repeated: count("repeated")?,
            cpu_seconds: said["cpu_seconds"].as_f64().unwrap_or_default(),
            violations: usize::try_from(count("violations")?)?,
        })
    }
}

pub fn be_the_sink(_: &[String]) -> Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    let sink = {
        let _inside = runtime.enter();
        Sink::start(SinkOptions { keep: Keep::CountsAlone, ..SinkOptions::new(ANY_PORT) })?
    };
    figures::print(&sink.address().to_string())?;
    until_dismissed();
    let ledger = sink.ledger();
    let said = serde_json::json!({
        "accepted": ledger.accepted,
        "bytes": ledger.bytes,
        "repeated": ledger.repeated,
        "violations": ledger.violations.len(),
        "cpu_seconds": figures::cpu_seconds(),
    });
    figures::print(&said.to_string())
}

/// A round trip before a server, on a thread of its own.
pub struct Away {
    distance: Distance,
    _runtime: Runtime,
}

impl Away {
    pub fn from(server: SocketAddr, round_trip_ms: u64) -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let distance = {
            let _inside = runtime.enter();
            Distance::start(ANY_PORT, server, Duration::from_millis(round_trip_ms))?
        };
        Ok(Self { distance, _runtime: runtime })
    }

    pub const fn address(&self) -> SocketAddr {
        self.distance.address()
    }
}
