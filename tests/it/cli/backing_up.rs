//! `backup`: a copy of one moment that works in the database's place, and the doctor who asks after it.

use super::*;
use crate::harness::{Loopback, TestDatabase, both_engines};
use std::sync::Arc;

#[tokio::test]
async fn a_copy_takes_the_place_of_the_database() {
    let place = fresh(nowhere());
    let feed = Loopback::feed(1).await;
    place.declare(&[feed.url("feed.xml")]).await;
    place.import(&["ada@readers.example".to_owned()]).await;
    let doctor = async || place.run(&["doctor", "--only", "database", "--json"]).await;
    let told = doctor().await.with_code(1).json();
    assert!(
        told.to_string().contains("database.backup") && told.to_string().contains("every reader's address"),
        "{told}"
    );

    let made = place.run(&["backup", "copy.db", "--json"]).await.ok().json();
    assert!(made["bytes"].as_u64().is_some_and(|bytes| bytes > 10_000), "{made}");
    doctor().await.ok();
    let again = place.run(&["backup", "copy.db"]).await.with_code(1);
    assert!(again.err.contains("is there already"), "{again}");

    place.import(&["ben@readers.example".to_owned()]).await;
    std::fs::rename(place.path("copy.db"), place.path("lamplighter.db")).expect("the copy is there");
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(place.path(&format!("lamplighter.db{end}")));
    }
    let readers = place.run(&["subscriber", "list", "--json"]).await.ok().json();
    assert_eq!(readers.as_array().map(Vec::len), Some(1), "whoever came later is not in it: {readers}");
}

both_engines! {
    async fn what_other_tools_copied_is_noted(database: Arc<TestDatabase>) {
        let place = Place::configured(&database, nowhere());
        place.run(&["backup"]).await.with_code(2);
        if database.url.starts_with("postgres") {
            let refused = place.run(&["backup", "copy.db"]).await.with_code(1);
            assert!(refused.err.contains("pg_dump") && refused.err.contains("--made-elsewhere"), "{refused}");
        }
        place.run(&["backup", "--made-elsewhere"]).await.ok();
        let told = place.run(&["doctor", "--only", "database"]).await.ok();
        assert!(told.out.contains("The last backup was made at"), "{told}");
    }
}
