//! `edition` and `article` as an editor uses them: what is changed, in whose name, and what is said of a slip.

use super::*;
use crate::harness::Loopback;

async fn drafted() -> (Sink, Place) {
    let (sink, site) = (relay(), Loopback::feed(4).await);
    let place = fresh(sink.address());
    place.declare(&[site.url("feed.xml")]).await;
    place.import(&["anna@readers.example".to_owned()]).await;
    place.run(&["gather"]).await.ok();
    place.run(&["edition", "draft"]).await.ok();
    (sink, place)
}

#[tokio::test]
async fn a_command_acts_in_the_name_of_the_person_who_gives_it() {
    let (_sink, place) = drafted().await;
    place.run(&["operator", "add", "edda@news.example", "--name", "Edda", "--role", "editor"]).await.ok();
    place.run(&["operator", "add", "vera@news.example", "--name", "Vera", "--role", "viewer"]).await.ok();
    let refused = place.run(&["edition", "--as", "vera@news.example", "approve"]).await.with_code(1);
    refused.tells(&["may not", "administrator"]);
    place.run(&["edition", "approve", "--as", "nobody@news.example"]).await.with_code(2).tells(&["operator list"]);
    place.run(&["edition", "approve", "--as", "Edda@news.example"]).await.ok();
    let shown = place.run(&["edition", "show", "--json"]).await.ok().json();
    assert_eq!(shown["edition"]["approved_by"], "operator 1");
}

/// The numbers of the articles in the draft, in the order of the mail.
async fn articles(place: &Place) -> Vec<String> {
    let shown = place.run(&["edition", "items", "--json"]).await.ok().json();
    shown["items"].as_array().unwrap().iter().map(|item| item["article_id"].to_string()).collect()
}

#[tokio::test]
async fn a_draft_is_shaped_word_by_word_and_story_by_story() {
    let (_sink, place) = drafted().await;
    let before = articles(&place).await;
    assert_eq!(before.len(), 4);
    let (first, last) = (before[0].as_str(), before[3].as_str());
    let said = place.run(&["edition", "item", last, "--headline", "Read this first", "--pin", "1"]).await.ok();
    assert!(said.out.contains("is at revision 3, drafted"), "{said}");
    assert_eq!(articles(&place).await[0], last);
    place.run(&["edition", "order", first, last, "--revision", "2"]).await.with_code(1).tells(&[
        "revision 3",
        "you saw revision 2",
        "edit_item by console",
        "Read this first",
    ]);
    place.run(&["edition", "order", first, last, "--revision", "3"]).await.ok();
    assert_eq!(articles(&place).await[..2], [first, last]);
    place.write("note.md", "Dear *readers*,\n\ngood evening.\n");
    place.run(&["edition", "edit", "--subject", "The ferry is back", "--note-file", "note.md"]).await.ok();
    let shown = place.run(&["edition", "edit"]).await.ok();
    assert!(shown.out.contains("The ferry is back (by console)") && shown.out.contains("Dear *readers*"), "{shown}");
    place.run(&["edition", "remove", first, "--dismiss", "--reason", "an advertisement"]).await.ok();
    assert_eq!(articles(&place).await.len(), 3);
    let held = place.run(&["article", "list", "--state", "dismissed"]).await.ok();
    assert!(held.out.contains("an advertisement"), "{held}");
    place.run(&["edition", "add", first]).await.ok();
    place.run(&["edition", "rerank"]).await.ok();
    place.run(&["edition", "refresh", last]).await.ok();
    place.run(&["edition", "item", first, "--hide"]).await.ok();
    let items = place.run(&["edition", "items"]).await.ok();
    assert!(items.out.contains("Read this first") && items.out.contains("placed by console"), "{items}");
    let preview = place.run(&["edition", "preview"]).await.ok();
    assert!(preview.out.contains("Subject: The ferry is back") && preview.out.contains("Read this first"), "{preview}");
}

#[tokio::test]
async fn a_slip_names_what_would_be_right() {
    let (_sink, place) = drafted().await;
    let articles = articles(&place).await;
    let first = articles[0].as_str();
    let long = "x".repeat(201);
    for (arguments, words) in [
        (vec!["edition", "item", first, "--headline", &long], vec!["201 characters", "200 are the most"]),
        (vec!["edition", "item", first, "--image", "ferry.jpg"], vec!["https"]),
        (vec!["edition", "item", first, "--pin", "9"], vec!["from 1 to 4"]),
        (vec!["edition", "item", "999", "--hide"], vec!["edition items"]),
        (vec!["edition", "add", "999"], vec!["article list"]),
        (vec!["edition", "edit", "--subject", "Re: you"], vec!["answer"]),
        (vec!["article", "show", "999"], vec!["article list"]),
        (vec!["article", "dismiss", first], vec!["edition remove", "--dismiss"]),
        (vec!["article", "restore", first], vec!["claimed"]),
    ] {
        place.run(&arguments).await.with_code(1).tells(&words);
    }
    place.run(&["article", "list", "--state", "helt"]).await.with_code(2).tells(&["held"]);
    place.run(&["edition", "item", first, "--hide", "--show"]).await.with_code(2);
}

#[tokio::test]
async fn what_waits_is_held_and_let_go() {
    let (sink, site) = (relay(), Loopback::feed(3).await);
    let place = fresh(sink.address());
    place.declare(&[site.url("feed.xml")]).await;
    place.run(&["gather"]).await.ok();
    place.run(&["edition", "list"]).await.ok();
    let listed = place.run(&["article", "list", "--json"]).await.ok().json();
    let ids: Vec<String> =
        listed["articles"].as_array().unwrap().iter().map(|it| it["article_id"].to_string()).collect();
    let (one, two) = (ids[0].as_str(), ids[1].as_str());
    place.run(&["article", "hold", one, "--reason", "wait for the lawyer"]).await.ok();
    let held = place.run(&["article", "list", "--state", "held"]).await.ok();
    assert!(held.out.contains("wait for the lawyer"), "{held}");
    let said = place.run(&["article", "hold", one]).await.ok();
    assert!(said.out.contains("as it was"), "{said}");
    place.run(&["article", "release", one]).await.ok();
    let shown = place.run(&["article", "show", one]).await.ok();
    assert!(shown.out.contains("release_article by operator") && shown.out.contains("evening"), "{shown}");
    // Wanted before there is a draft.
    place.run(&["edition", "item", two, "--pin", "1", "--headline", "Read this first"]).await.ok();
    place.run(&["edition", "item", one, "--hold"]).await.ok();
    let wanted = place.run(&["edition", "items"]).await.ok();
    assert!(wanted.out.contains("pinned at 1") && wanted.out.contains("held"), "{wanted}");
    place.run(&["edition", "item", two, "--place", "top"]).await.with_code(2).tells(&["no draft yet"]);
}

#[tokio::test]
async fn a_draft_is_begun_anew_and_a_day_that_was_skipped_is_brought_back() {
    let (_sink, place) = drafted().await;
    let stories = articles(&place).await;
    place.run(&["edition", "remove", &stories[0]]).await.ok();
    assert_eq!(articles(&place).await.len(), 3);
    place
        .run(&["edition", "take-in", "--revision", "2"])
        .await
        .with_code(1)
        .tells(&["revision 3", "you saw revision 2"]);
    let same = place.run(&["edition", "take-in"]).await.ok();
    assert!(same.out.contains("is as it was"), "what an editor took out stays out: {same}");
    place.run(&["edition", "draft-again"]).await.ok();
    assert_eq!(articles(&place).await.len(), 4, "begun anew, it is in again");
    for story in &stories {
        place.run(&["edition", "remove", story, "--dismiss"]).await.ok();
    }
    place.run(&["edition", "draft-again"]).await.with_code(1).tells(&["no story waits", "stays as it is"]);

    let list = place.run(&["edition", "list", "--json"]).await.ok().json();
    let planned = list.as_array().unwrap().iter().filter(|it| it["edition"]["state"] == "planned");
    let latest = planned
        .filter_map(|it| it["edition"]["label"].as_str())
        .max()
        .expect("the calendar has further days")
        .to_owned();
    place.run(&["edition", "skip", &latest, "--reason", "a quiet day"]).await.ok();
    let back = place.run(&["edition", "bring-back", &latest]).await.ok();
    assert!(back.out.contains(&format!("edition {latest} is planned again; it is due at ")), "{back}");
    place.run(&["edition", "bring-back", &latest]).await.with_code(1);
}
