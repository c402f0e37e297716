//! `restore --rehearse`: whether a backup would serve.

use super::*;
use crate::harness::{Loopback, TestDatabase, both_engines};
use std::sync::Arc;

#[tokio::test]
async fn a_backup_is_tried_out_and_the_database_in_use_stays_as_it_is() {
    let place = fresh(nowhere());
    let feed = Loopback::feed(1).await;
    place.declare(&[feed.url("feed.xml")]).await;
    place.import(&["ada@readers.example".to_owned()]).await;
    place.run(&["backup", "copy.db"]).await.ok();
    place.import(&["ben@readers.example".to_owned()]).await;
    let told = place.run(&["restore", "--rehearse", "copy.db", "--json"]).await.ok().json();
    let readers = told["tables"].as_array().unwrap().iter().find(|it| it["table"] == "subscribers").unwrap().clone();
    assert_eq!((&readers["in_backup"], &readers["in_use"]), (&serde_json::json!(1), &serde_json::json!(2)), "{told}");
    let told = place.run(&["restore", "--rehearse", "copy.db"]).await.ok();
    assert!(told.out.contains("would serve") && told.out.contains("was not touched"), "{told}");
    let readers = place.run(&["subscriber", "list", "--json"]).await.ok().json();
    assert_eq!(readers.as_array().map(Vec::len), Some(2));
    let trail = place.run(&["trail", "--json"]).await.ok();
    assert!(trail.out.contains("rehearse_restore"), "{trail}");

    let mut bytes = std::fs::read(place.path("copy.db")).expect("the copy is there");
    for byte in bytes.iter_mut().skip(4096).take(40_000) {
        *byte = 0xff;
    }
    std::fs::write(place.path("copy.db"), bytes).expect("it is ours");
    place.run(&["restore", "--rehearse", "copy.db"]).await.with_code(1);
    // Noted with the word for it; the doctor tells it until a copy serves.
    let trail = place.run(&["trail", "--json"]).await.ok();
    assert!(trail.out.contains("fail_rehearsal") && trail.out.contains("damaged"), "{trail}");
    let examined = place.run(&["doctor", "--only", "database"]).await;
    assert!(
        examined.out.contains("copy.db was tried out") && examined.out.contains("the copy is damaged"),
        "{examined}"
    );
    place.run(&["backup", "new.db"]).await.ok();
    place.run(&["restore", "--rehearse", "new.db"]).await.ok();
    let examined = place.run(&["doctor", "--only", "database"]).await;
    assert!(!examined.out.contains("tried out"), "{examined}");
    let told = place.run(&["restore", "--rehearse", "none.db"]).await.with_code(1);
    assert!(told.err.contains("lamplighter backup"), "{told}");
    place.run(&["restore"]).await.with_code(2);
}

both_engines! {
    async fn a_file_that_is_no_backup_is_refused_with_words(database: Arc<TestDatabase>) {
        let place = Place::configured(&database, nowhere());
        std::fs::write(place.path("notes.txt"), "no database").expect("a folder of our own");
        let told = place.run(&["restore", "--rehearse", "notes.txt"]).await.with_code(1);
        assert!(!told.err.is_empty(), "{told}");
        let examined = place.run(&["doctor", "--only", "database"]).await;
        assert!(examined.out.contains("notes.txt was tried out") && examined.out.contains("no database of this program"), "{examined}");
        // What PostgreSQL alone can put back was not tried out, and says nothing about it.
        std::fs::write(place.path("dump"), "PGDMP").expect("a folder of our own");
        place.run(&["restore", "--rehearse", "dump"]).await.with_code(1);
        let examined = place.run(&["doctor", "--only", "database"]).await;
        assert!(examined.out.contains("notes.txt") && !examined.out.contains("dump was tried out"), "{examined}");
    }
}
