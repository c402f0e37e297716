//! An edition explained and corrected over the API and at the desk: to those who may see it, and to nobody else.

use super::archive::two_editions;
use super::*;
use crate::operators::tokens::{self, Scope};
use crate::operators::{Actor, Role, create};
use serde_json::json;

/// The story of the sent edition: article 7.
async fn house_with_a_story() -> TestHouse {
    let house = TestHouse::open().await;
    two_editions(&house).await;
    house.insert("sources", "(id, name, kind, url, created_at, status, next_fetch_at) VALUES (1, 'Gazette', 'feed', 'https://site.example/feed', 0, 'ok', 0)").await;
    let story = json!({ "title": "Harbour <opens>", "url": "https://site.example/harbour", "excerpt": "It opens.", "authors": [], "section": "",
        "language": "en", "word_count": 90, "published_at": null, "image": null, "related": [] });
    house.insert("articles", "(id, story_key, source_id, url, title, dek, excerpt, body_text, authors, section, categories, related, image_alt, image_caption, image_credit, language, word_count, first_seen_at, eligible_at, revision, content_hash) VALUES (7, 'a7', 1, 'https://site.example/harbour', 'Harbour <opens>', '', 'It opens.', '', '[]', '', '[]', '[]', '', '', '', 'en', 90, -1, -1, 1, 'h')").await;
    house.insert("candidates", "(publication_id, article_id, story_key, state, reason, eligible_at, changed_at) VALUES (1, 7, 'a7', 'claimed', '', -1, 0)").await;
    house
        .insert(
            "claims",
            "(publication_id, story_key, kind, edition_id, article_id, claimed_at) VALUES (1, 'a7', 'news', 1, 7, 0)",
        )
        .await;
    house.insert("edition_items", &format!("(edition_id, article_id, position, placement, score_millis, score_parts, story) VALUES (1, 7, 1, 'top', 1500, '{{\"recency\":1000,\"length\":500}}', '{story}')")).await;
    house
}

async fn key(house: &TestHouse, name: &str, scopes: &[Scope]) -> String {
    format!("Bearer {}", tokens::create(&house.app, Actor::Console, name, scopes).await.unwrap())
}

#[tokio::test]
async fn the_report_is_for_those_who_may_read() {
    let house = house_with_a_story().await;
    let (reads, writes) = (key(&house, "reads", &[Scope::Read]).await, key(&house, "writes", &[Scope::Write]).await);
    let get_as = async |path: &str, bearer: &str| ask(&house, "GET", path, &[("authorization", bearer)], "").await;
    let report = get_as("/api/v1/editions/1/report", &reads).await;
    assert_eq!(report.status, 200, "{}", report.text);
    let line = &report.json()["candidates"][0];
    assert_eq!(
        (&line["verdict"], &line["in_mail"], &line["score_parts"]["recency"]),
        (&"top".into(), &true.into(), &1000.into())
    );
    assert_eq!(report.json()["publication"], "evening");
    let why = get_as("/api/v1/editions/2/why?article=https%3A%2F%2Fsite.example%2Fharbour", &reads).await.json();
    assert!(why["answer"].as_str().unwrap().contains("it is in edition 2026-11-22"), "{why}");
    assert_eq!(get_as("/api/v1/editions/1/report", &writes).await.status, 403);
    assert_eq!(get_as("/api/v1/editions/99/report", &reads).await.status, 404);
    assert_eq!(get(&house, "/api/v1/editions/1/report").await.status, 401);

    let publications = get_as("/api/v1/publications", &reads).await.json();
    assert_eq!(publications["publications"][0]["atom_url"], "https://news.example/archive/evening/feed.atom");
    assert_eq!(publications["publications"][0]["sections"][1]["slug"], "sport");
}

#[tokio::test]
async fn editions_are_found_by_state_and_date_and_turned_page_by_page() {
    let house = TestHouse::open().await;
    let columns = "(id, publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at)";
    let state = |id: i64| if id % 2 == 0 { "sent" } else { "skipped" };
    let date = |id: i64| format!("2026-{:02}-{:02}", 1 + (id - 1) / 28, 1 + (id - 1) % 28);
    let rows: Vec<String> = (1..=150)
        .map(|id| {
            format!("({id}, 1, '{0}', '{0}', {id}, {id}, {id}, '{1}', 1, '', '', '', '', 0)", date(id), state(id))
        })
        .collect();
    house.insert("editions", &format!("{columns} VALUES {}", rows.join(", "))).await;
    let bearer = key(&house, "reads", &[Scope::Read]).await;
    let list = async |query: &str| {
        ask(&house, "GET", &format!("/api/v1/editions{query}"), &[("authorization", &bearer)], "").await
    };
    let ids = |answer: &Answer| -> Vec<i64> {
        answer.json()["editions"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
    };
    let first = list("").await;
    assert_eq!(ids(&first), (51..=150).rev().collect::<Vec<_>>());
    let next = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let second = list(&format!("?cursor={next}")).await;
    assert_eq!((ids(&second), &second.json()["next_cursor"]), ((1..=50).rev().collect(), &serde_json::Value::Null));
    assert_eq!(ids(&list("?publication=evening&state=sent&from=2026-01-01&to=2026-01-04").await), [4, 2]);
    assert!(ids(&list("?publication=weekend").await).is_empty());
    for wrong in ["?state=lost", "?from=yesterday", "?to=2026-02-30", "?cursor=x"] {
        assert_eq!(list(wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_correction_is_posted_once_and_by_those_alone_who_may_send() {
    let house = house_with_a_story().await;
    let (sends, reads) = (key(&house, "sends", &[Scope::Send]).await, key(&house, "reads", &[Scope::Read]).await);
    let path = "/api/v1/editions/1/corrections";
    let body = json!({ "article_id": 7, "was": "on Monday", "is": "on Tuesday" }).to_string();
    let post = async |path: &str, bearer: &str, body: &str, key: &str| {
        ask(&house, "POST", path, &[JSON, ("authorization", bearer), ("idempotency-key", key)], body.to_owned()).await
    };
    assert_eq!(post(path, &reads, &body, "\"k0\"").await.status, 403);
    let noted = post(path, &sends, &body, "\"k1\"").await;
    assert_eq!(noted.status, 201, "{}", noted.text);
    let again = post(path, &sends, &body, "\"k1\"").await;
    assert_eq!((again.status, &again.json()["correction"]["id"]), (201, &noted.json()["correction"]["id"]));
    assert_eq!(house.count("corrections").await, 1);
    let other = json!({ "article_id": 8, "is": "x" }).to_string();
    assert_eq!(post(path, &sends, &other, "\"k2\"").await.json()["code"], "not_shown");
    assert_eq!(post("/api/v1/editions/2/corrections", &sends, &body, "\"k3\"").await.status, 409);
    let mail = post("/api/v1/editions/1/correction-mail", &sends, "", "\"k4\"").await;
    assert_eq!((mail.status, &mail.json()["edition"]["state"]), (201, &"drafted".into()), "{}", mail.text);
    assert_eq!(
        post("/api/v1/editions/1/correction-mail", &sends, "", "\"k5\"").await.json()["code"],
        "nothing_to_mail"
    );
    let listed = ask(&house, "GET", path, &[("authorization", &reads)], "").await.json();
    assert_eq!(listed["corrections"][0]["now_reads"], "on Tuesday");
}

#[tokio::test]
async fn the_desk_shows_the_report_behind_its_door() {
    let house = house_with_a_story().await;
    create(&house.app, Actor::Console, "ed@news.example", "Ed", Role::Viewer, "correct horse battery").await.unwrap();
    assert_eq!(get(&house, "/desk/editions/1/report").await.status, 303);
    let open = post_form(&house, "/desk/login", "email=ed%40news.example&password=correct+horse+battery").await;
    let cookie = open.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = ask(&house, "GET", "/desk/editions/1/report", &[("cookie", &cookie)], "").await;
    assert_eq!(page.status, 200);
    for words in ["Harbour &#60;opens&#62;", "in, as the top story", "Fresh, a long text", "1,500 points", "Gazette"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("<script>") && !page.text.contains("style=\""), "{}", page.text);
    assert_eq!(ask(&house, "GET", "/desk/editions/99/report", &[("cookie", &cookie)], "").await.status, 404);
    let desk = ask(&house, "GET", "/desk/editions", &[("cookie", &cookie)], "").await;
    assert!(desk.text.contains("href=\"/desk/editions/1/report\""), "{}", desk.text);
}
