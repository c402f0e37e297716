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
