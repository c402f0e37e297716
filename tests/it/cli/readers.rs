//! `subscriber`: adding, importing, listing.

use super::*;

#[tokio::test]
async fn readers_are_added_once_listed_masked_and_suppressed_for_good() {
    let place = fresh(nowhere());
    place.declare(&[]).await;
    place.run(&["subscriber", "add", "anna@readers.example"]).await.ok();
    let again = place.run(&["subscriber", "add", "Anna@Readers.example"]).await.ok();
    assert!(again.out.contains("already"), "{again}");
    for malformed in ["anna", "anna@", "@x.example", "anna@localhost", "a b@x.example"] {
        place.run(&["subscriber", "add", malformed]).await.with_code(2).tells(&[malformed]);
    }
    place
        .run(&["subscriber", "add", "ben@readers.example", "--publication", "morning"])
        .await
        .with_code(1)
        .tells(&["morning"]);
    let list = place.run(&["subscriber", "list"]).await.ok();
    assert!(!list.out.contains("anna@readers.example") && list.out.contains("active"), "{list}");
    let list = place.run(&["subscriber", "list", "--addresses", "--json"]).await.ok().json();
    assert_eq!(list[0]["email"], "anna@readers.example");
    let shown = place.run(&["subscriber", "show", "anna@readers.example", "--json"]).await.ok().json();
    assert_eq!(shown["subscriptions"][0]["state"], "active");
    let suppress = ["subscriber", "suppress", "anna@readers.example", "--because"];
    let at = place.run(&[&suppress[..], &["wrote from anna@readers.example"]].concat()).await;
    at.with_code(1).tells(&["leave addresses out"]);
    place.run(&[&suppress[..], &["asked by letter"]].concat()).await.ok();
    let shown = place.run(&["subscriber", "show", "anna@readers.example", "--json"]).await.ok();
    assert!(shown.out.contains("asked by letter"), "{shown}");
    place.run(&["subscriber", "add", "anna@readers.example"]).await.with_code(1);
    let left = place.run(&["subscriber", "list", "--state", "active", "--json"]).await.ok().json();
    assert_eq!(left.as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_mail_that_is_piped_in_and_understood_by_nobody_is_dropped_and_one_that_cannot_be_read_is_kept() {
    let place = fresh(nowhere());
    place.declare(&[]).await;
    place.write("strange.eml", "Subject: hello\n\nunsubscribe me\n");
    place.run(&["bounce", "ingest", "strange.eml"]).await.ok();
    place.write("bounce.eml", "Return-Path: <>\nSubject: failure notice\n\n");
    place.run(&["bounce", "ingest", "bounce.eml"]).await.ok();
    place.run(&["bounce", "ingest", "nowhere.eml"]).await.with_code(75).tells(&["nowhere.eml"]);
}

#[tokio::test]
async fn keys_are_added_and_none_is_taken_away() {
    let place = fresh(nowhere());
    place.declare(&[]).await;
    place.run(&["key", "rotate"]).await.ok();
    let keys = place.run(&["key", "list", "--json"]).await.ok().json();
    assert_eq!((keys[0]["signs"].as_bool(), keys[1]["signs"].as_bool()), (Some(true), Some(false)), "it rests first");
    let shown = place.run(&["key", "list"]).await.ok();
    assert!(shown.out.contains("signs and verifies") && shown.out.lines().count() == 3, "{shown}");
}

#[tokio::test]
async fn an_import_without_proof_of_consent_is_refused_and_bad_rows_are_named_by_their_line() {
    let place = fresh(nowhere());
    place.declare(&[]).await;
    place.write(
        "readers.csv",
        "name;E-Mail\nAnna;anna@readers.example\nBen;ben@\nAnna;anna@readers.example\nCarl;carl@readers.example\n",
    );
    place
        .run(&["subscriber", "import", "readers.csv", "--status", "confirmed"])
        .await
        .with_code(2)
        .tells(&["--consent"]);
    let said = place
        .run(&[
            "subscriber",
            "import",
            "readers.csv",
            "--status",
            "confirmed",
            "--consent",
            "Fair",
            "--dry-run",
            "--json",
        ])
        .await
        .with_code(1);
    assert_eq!((&said.json()["imported"], &said.json()["refused"]), (&2.into(), &1.into()), "{said}");
    let said = place
        .run(&["subscriber", "import", "readers.csv", "--status", "confirmed", "--consent", "Fair"])
        .await
        .with_code(1);
    assert!(said.out.contains("2 imported"), "the dry run imported nobody\n{said}");
    said.tells(&["line 3"]);
    place.run(&["subscriber", "import", "nowhere.csv", "--consent", "Fair"]).await.with_code(1).tells(&["nowhere.csv"]);
}
