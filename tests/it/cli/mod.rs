//! The program as an operator meets it in a terminal: exit codes, messages that name the next step, output that parses.

mod backing_up;
mod catching;
mod dkim;
pub mod doctor;
mod editions;
mod evening;
mod first_steps;
mod help;
mod inspect;
mod limits;
mod lists;
mod mistakes;
mod people;
mod pipes;
mod readers;
mod rehearsing;
mod shaping;
mod sources;

use crate::harness::Place;
use lamplighter::sink::{Sink, SinkOptions};
use std::net::SocketAddr;

fn relay() -> Sink {
    Sink::start(SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))).expect("a port is free")
}

/// Nobody listens there.
fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9))
}

/// A place with a database file of its own, which the first command makes.
fn fresh(relay: SocketAddr) -> Place {
    let place = Place::empty();
    place.configure("sqlite:lamplighter.db", relay, "");
    place
}
