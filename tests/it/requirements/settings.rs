//! A configuration that must not start.

use crate::harness::{Place, Said};
use std::net::SocketAddr;

/// What the program says of the usual configuration with one change.
///
/// # Panics
/// If the change changes nothing, or the program starts with it.
pub async fn refused(change: impl FnOnce(&str) -> String) -> Said {
    let place = Place::empty();
    place.configure("sqlite:lamplighter.db", SocketAddr::from(([127, 0, 0, 1], 9)), "");
    let before = place.read("lamplighter.toml");
    let after = change(&before);
    assert_ne!(after, before);
    place.write("lamplighter.toml", &after);
    let said = place.run(&["edition", "list"]).await.with_code(2);
    assert!(!place.path("lamplighter.db").exists(), "it did nothing");
    said
}
