//! `limit`: what is said, written and answered.

use super::*;

#[tokio::test]
async fn limits_are_set_shown_paused_resumed_and_cleared() {
    let place = fresh(nowhere());
    let listed = place.run(&["limit", "list"]).await.ok();
    assert!(listed.out.contains("relay:127.0.0.1:9") && !listed.out.contains("group:gmail"), "{listed}");

    place.run(&["limit", "set", "group:gmail", "--per-hour", "500", "--rate", "3"]).await.ok();
    let listed = place.run(&["limit", "list"]).await.ok();
    assert!(listed.out.contains("group:gmail") && listed.out.contains("0 of 500"), "{listed}");
    let json = place.run(&["limit", "list", "--json"]).await.ok().json();
    let gmail = json.as_array().unwrap().iter().find(|it| it["scope"] == "group:gmail").unwrap();
    assert_eq!((&gmail["per_hour"], &gmail["rate"]), (&500.into(), &3.into()));
    let all = place.run(&["limit", "list", "--all", "--json"]).await.ok().json();
    assert!(all.as_array().unwrap().len() > 40, "every group");

    let paused = place.run(&["limit", "pause", "group:gmail", "--minutes", "30", "--json"]).await.ok().json();
    assert_eq!(paused["closed"]["because"], "held");
    assert!(paused["closed"]["until"].is_string());
    place.run(&["limit", "pause", "group:gmail", "--reason", "they asked"]).await.ok();
    let listed = place.run(&["limit", "list"]).await.ok();
    assert!(listed.out.contains("paused until it is resumed; they asked"), "{listed}");
    let resumed = place.run(&["limit", "resume", "group:gmail"]).await.ok();
    assert!(resumed.out.contains("resumed"), "{resumed}");
    let again = place.run(&["limit", "resume", "group:gmail"]).await.ok();
    assert!(again.out.contains("was not paused"), "{again}");
    let cleared = place.run(&["limit", "clear", "group:gmail"]).await.ok();
    assert!(cleared.out.contains("lamplighter.toml holds again"), "{cleared}");
    assert!(!place.run(&["limit", "list"]).await.ok().out.contains("group:gmail"));
}

#[tokio::test]
async fn a_mistake_names_what_was_meant() {
    let place = fresh(nowhere());
    place.run(&["limit", "set", "group:gmial", "--rate", "3"]).await.with_code(2).tells(&["group:gmail", "limit list"]);
    place.run(&["limit", "set", "relay:127.0.0.1:10", "--rate", "3"]).await.with_code(2).tells(&["relay:127.0.0.1:9"]);
    place.run(&["limit", "pause", "gmail"]).await.with_code(2).tells(&["limit list --all"]);
    place.run(&["limit", "set", "group:gmail"]).await.with_code(2).tells(&["--rate"]);
    place.run(&["limit", "set", "relay:127.0.0.1:9", "--connections", "0"]).await.with_code(2).tells(&["limit pause"]);
    place.run(&["limit", "set", "edition:7", "--connections", "3"]).await.with_code(2).tells(&["--per-day"]);
}
