//! What is wrong is said with its place and the next step, by the right exit code, and loses nothing.

use super::*;
use crate::harness::{Loopback, TestDatabase, both_engines};
use lamplighter::db::{Db, Sql};
use std::net::TcpListener;
use std::sync::Arc;

#[tokio::test]
async fn without_a_configuration_the_message_says_init() {
    let place = Place::empty();
    for command in [&["gather"][..], &["serve"], &["edition", "list"], &["apply"]] {
        place.run(command).await.with_code(2).tells(&["lamplighter.toml", "lamplighter init"]);
    }
    place.run(&["--config", "elsewhere.toml", "gather"]).await.with_code(2).tells(&["elsewhere.toml"]);
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let place = fresh(nowhere());
    let text = place.read("lamplighter.toml");
    for (right, wrong, word) in [("base_url", "base_ulr", "base_url"), ("[mail]", "[mial]", "mail")] {
        place.write("lamplighter.toml", &text.replace(right, wrong));
        let said = place.run(&["edition", "list"]).await.with_code(2);
        said.tells(&["lamplighter.toml", "line", &format!("did you mean `{word}`")]);
    }
}

#[tokio::test]
async fn a_broken_newsroom_file_is_refused_with_its_line_and_changes_nothing() {
    let place = fresh(nowhere());
    place.write("newsroom.toml", "[[publication]]\nslug = 'evening'\nname = \n");
    place.run(&["apply"]).await.with_code(2).tells(&["newsroom.toml", "line 3"]);
    place.write("newsroom.toml", "[[publication]]\nslug = 'Evening Paper'\nname = ''\ntime_zone = 'Europe/Londn'\n");
    let words = ["slug", "name is empty", "Europe/London"];
    place.run(&["apply"]).await.with_code(2).tells(&words);
    place.run(&["apply", "nowhere.toml"]).await.with_code(1).tells(&["nowhere.toml", "lamplighter init"]);
    assert_eq!(place.run(&["edition", "list", "--json"]).await.ok().json().as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_flag_that_chooses_another() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("bound").to_string();
    let place = fresh(nowhere());
    for command in [
        &["serve", "--listen", &address][..],
        &["sink", "--listen", &address],
        &["demo", "--once", "--listen", &address],
    ] {
        place.run(command).await.with_code(1).tells(&[&address, "--listen"]);
    }
    let said = place.run(&["sink", "--listen", "127.0.0.1:0", "--http", &address]).await;
    said.with_code(1).tells(&["--http"]);
}

#[tokio::test]
async fn a_service_that_could_send_nothing_does_not_start() {
    let place = fresh(nowhere());
    let text = place.read("lamplighter.toml");
    let (without, _) = text.split_once("[[relay]]").expect("a relay");
    place.write("lamplighter.toml", without);
    place.run(&["serve", "--listen", "127.0.0.1:0"]).await.with_code(2).tells(&["[[relay]]", "lamplighter sink"]);
    place.run(&["serve", "--roles", "cook"]).await.with_code(2).tells(&["cook", "worker"]);
}

#[tokio::test]
async fn a_source_that_is_away_fails_by_itself_and_the_others_are_kept() {
    let site = Loopback::feed(3).await;
    let place = fresh(nowhere());
    let feeds = [site.url("feed.xml"), site.url("gone.xml"), format!("http://{}/feed", nowhere())];
    place.declare(&feeds).await;
    let said = place.run(&["gather"]).await.with_code(1);
    assert!(said.out.contains("1 read, 2 failed, 3 new articles") && said.out.contains("404"), "{said}");
    let report = place.run(&["gather", "--json"]).await.with_code(1).json();
    assert_eq!(report["sources"].as_array().map(Vec::len), Some(3), "{report}");
    place.run(&["gather", "--source", &feeds[0]]).await.ok();
    let draft = place.run(&["edition", "draft", "--json"]).await.ok().json();
    assert_eq!(draft["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn with_nothing_gathered_a_draft_says_what_to_run() {
    let place = fresh(nowhere());
    place.run(&["edition", "draft"]).await.with_code(1).tells(&["lamplighter apply"]);
    place.declare(&[]).await;
    place.run(&["edition", "draft"]).await.with_code(1).tells(&["lamplighter gather"]);
    place.run(&["edition", "preview"]).await.with_code(1).tells(&["lamplighter edition draft"]);
    place.run(&["edition", "send", "--now"]).await.with_code(1).tells(&["lamplighter edition draft"]);
    place.run(&["edition", "show", "1999-01-01"]).await.with_code(1).tells(&["lamplighter edition list"]);
}

async fn change(db: &Db, sql: Sql) {
    let mut tx = db.begin().await.expect("a connection");
    tx.execute(sql, vec![]).await.expect("a test's own change");
    tx.commit().await.expect("committed");
}

both_engines! {
    async fn a_database_of_a_newer_version_is_left_alone(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        change(&db, Sql::pair(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, X'00', 0)",
            r"INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, '\x00', 0)",
        )).await;
        db.close().await;
        let place = Place::configured(&database, nowhere());
        for command in [&["edition", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            place.run(command).await.with_code(1).tells(&["newer than this program", "run the newer lamplighter"]);
        }
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let place = Place::empty();
    place.configure("postgres://lamp:s3cret@127.0.0.1:9/news", nowhere(), "");
    let said = place.run(&["edition", "list"]).await.with_code(1);
    assert!(!said.err.contains("s3cret") && !said.out.contains("s3cret"), "{said}");
    said.tells(&["database.url"]);
}
