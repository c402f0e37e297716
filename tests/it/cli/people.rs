//! `operator`, `token`, `trail`: for the evening when no administrator gets in.

use super::*;

#[tokio::test]
async fn an_account_is_made_changed_shut_and_opened_at_the_command_line() {
    let place = fresh(nowhere());
    let added = place.run(&["operator", "add", "anna@news.example", "--name", "Anna", "--role", "admin"]).await.ok();
    assert!(added.out.contains("/desk/welcome/") && added.out.contains("shown this once"), "{added}");
    place.run(&["operator", "add", "anna@news.example"]).await.with_code(1).tells(&["already"]);
    let long = b"a long enough password\n";
    place.run_with(&["operator", "add", "ben@news.example", "--role", "approver", "--password-stdin"], long).await.ok();
    place
        .run_with(&["operator", "add", "cid@news.example", "--password-stdin"], b"short")
        .await
        .with_code(1)
        .tells(&["10 to 256"]);
    let list = place.run(&["operator", "list", "--json"]).await.ok().json();
    let told: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["role"].as_str().unwrap(), it["state"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("admin", "invited"), ("approver", "active")]);
    place.run(&["operator", "disable", "anna@news.example"]).await.with_code(1).tells(&["last administrator"]);
    place.run(&["operator", "role", "ben@news.example", "admin"]).await.ok();
    let again = place.run(&["operator", "role", "ben@news.example", "admin"]).await.ok();
    assert!(again.out.contains("already"), "{again}");
    place.run(&["operator", "disable", "anna@news.example"]).await.ok();
    place.run(&["operator", "password", "anna@news.example", "--link"]).await.with_code(1).tells(&["disabled"]);
    place.run(&["operator", "enable", "anna@news.example"]).await.ok();
    let link = place.run(&["operator", "password", "anna@news.example", "--link"]).await.ok();
    assert!(link.out.contains("/desk/welcome/"), "{link}");
    let made_up = place.run(&["operator", "password", "ben@news.example"]).await.ok();
    assert!(made_up.out.contains("the password, shown this once"), "{made_up}");
    place.run(&["operator", "reset-totp", "ben@news.example"]).await.with_code(1).tells(&["not on"]);
    place.run(&["operator", "role", "nobody@news.example", "viewer"]).await.with_code(1).tells(&["operator list"]);

    place.run(&["token", "create", "cms", "--scope", "configure", "--days", "30"]).await.ok();
    place.run(&["token", "create", "old"]).await.ok();
    let keys = place.run(&["token", "list", "--json"]).await.ok().json();
    assert_eq!((&keys[0]["scopes"][0], &keys[0]["last_used_at"]), (&"configure".into(), &serde_json::Value::Null));
    assert!(keys[0]["expires_at"].is_string() && keys[1]["expires_at"].is_null(), "{keys}");
    let keys = place.run(&["token", "list"]).await.ok();
    assert!(keys.out.contains("never") && keys.out.contains("the command line"), "{keys}");

    let trail = place.run(&["trail", "--json", "--limit", "3"]).await.ok().json();
    assert_eq!(trail["events"].as_array().map(Vec::len), Some(3));
    let next = trail["next"].as_str().unwrap();
    let older = place.run(&["trail", "--json", "--limit", "3", "--after", next]).await.ok().json();
    assert!(older["events"][0]["id"].as_i64() < trail["events"][2]["id"].as_i64(), "{older}");
    let roles = place.run(&["trail", "--verb", "set_role"]).await.ok();
    assert!(roles.out.contains("\"before\":{\"role\":\"approver\"}") && !roles.out.contains("create_"), "{roles}");
    place.run(&["trail", "--who", "anna@news.example"]).await.ok();
    place.run(&["trail", "--who", "somebody"]).await.with_code(2).tells(&["--who"]);
    place.run(&["trail", "--subject", "edition:x"]).await.with_code(2).tells(&["edition:7"]);
    place.run(&["trail", "--from", "yesterday"]).await.with_code(2).tells(&["2026-11-23T18:00:00Z"]);
}
