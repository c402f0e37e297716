//! Signing up and confirming through the doors.

use super::*;
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::subscribers::fixtures::Letters as _;
use crate::subscribers::{SuppressionReason, suppress};

/// An answer without what differs from request to request.
fn plain(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text.replace(answer.header("x-request-id"), "ID"))
}

#[tokio::test]
async fn a_visitor_joins_by_the_form_and_confirms_by_the_button() {
    let house = TestHouse::open().await;
    let form = get(&house, "/subscribe?publication=evening").await;
    assert_eq!(form.status, 200);
    assert!(form.text.contains("name=\"email\"") && form.text.contains("value=\"politics\""));
    let sent = post_form(&house, "/subscribe", "publication=evening&email=anna%40a.example&sections=sport").await;
    assert_eq!(sent.status, 200);
    assert!(sent.text.contains("Now look into your mailbox") && sent.text.contains("spam"));
    assert!(!sent.text.contains("anna"));

    let path = format!("/confirm/{}", house.confirm_token("anna@a.example").await);
    let before = house.dump().await;
    for _ in 0..3 {
        assert_eq!(get(&house, &path).await.status, 200);
        assert_eq!(ask(&house, "HEAD", &path, &[], "").await.status, 200);
    }
    let prefetched = ask(&house, "POST", &path, &[FORM, ("sec-purpose", "prefetch;prerender")], "").await;
    assert_eq!(prefetched.status, 403);
    assert_eq!(house.dump().await, before, "looking changed something");

    let page = get(&house, &path).await;
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    let done = post_form(&house, &path, "").await;
    assert!(done.status == 200 && done.text.contains("You are subscribed"), "{}", done.text);
    let again = post_form(&house, &path, "").await;
    assert!(again.status == 200 && again.text.contains("You are subscribed"));
    assert_eq!(house.text("sections", "subscriptions").await, "[\"sport\"]");
}

#[tokio::test]
async fn the_answer_is_the_same_for_every_kind_of_address() {
    let house = TestHouse::open_with("[limits]\nconfirmations_per_address_day = 5\n").await;
    reader(&house, "known@a.example").await;
    sign_up(&house.app, SignUp::by_form("waiting@a.example")).await.unwrap();
    for (typed, reason) in
        [("barred@a.example", SuppressionReason::Operator), ("bounced@a.example", SuppressionReason::HardBounce)]
    {
        suppress(&house.app, Actor::Console, &EmailAddr::parse(typed).unwrap(), reason).await.unwrap();
    }
    let mut pages = Vec::new();
    let mut bodies = Vec::new();
    for name in ["new", "known", "waiting", "barred", "bounced", "new"] {
        pages.push(plain(&post_form(&house, "/subscribe", &format!("email={name}%40a.example")).await));
        let json = format!("{{\"email\": \"{name}@a.example\"}}");
        bodies.push(plain(&ask(&house, "POST", "/api/v1/subscriptions", &[JSON], json).await));
    }
    assert!(pages.iter().all(|it| *it == pages[0]) && pages[0].0 == 200);
    assert!(bodies.iter().all(|it| *it == bodies[0]) && bodies[0].0 == 202);
    let trapped = post_form(&house, "/subscribe", "email=bot%40a.example&leave_this_empty=x").await;
    assert_eq!(plain(&trapped), pages[0]);
    assert!(house.mails_to("bot@a.example").await.is_empty());
}

#[tokio::test]
async fn a_mistake_is_named_beside_its_field_and_what_was_typed_is_kept_and_escaped() {
    let house = TestHouse::open().await;
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%40x";
    let page = post_form(&house, "/subscribe", &format!("publication=evening&email={hostile}&sections=sport")).await;
    assert_eq!(page.status, 422);
    assert!(!page.text.contains("<script>"), "{}", page.text);
    assert!(page.text.contains("aria-invalid=\"true\"") && page.text.contains("href=\"#email-evening\""));
    assert!(page.text.contains("value=\"sport\" checked"));
    let unknown = post_form(&house, "/subscribe", "publication=%3Cb%3E&email=a%40a.example").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(get(&house, "/subscribe?publication=%00").await.status, 404);
    assert_eq!(get(&house, "/embed/nope").await.status, 404);
}

#[tokio::test]
async fn a_form_on_another_site_may_post_and_be_framed() {
    let house = TestHouse::open().await;
    let frame = get(&house, "/embed/evening").await;
    assert!(frame.header("content-security-policy").contains("frame-ancestors *"));
    assert!(!frame.text.contains("masthead"));
    let headers = [
        FORM,
        ("origin", "https://site.example"),
        ("sec-fetch-site", "cross-site"),
        ("referer", "https://site.example/story?reader=7"),
    ];
    let sent = ask(&house, "POST", "/subscribe", &headers, "publication=evening&embedded=1&email=a%40a.example").await;
    assert_eq!(sent.status, 200);
    assert!(sent.header("content-security-policy").contains("frame-ancestors *"));
    assert_eq!(house.text("form_url", "pending_signups").await, "https://site.example/story");
}

#[tokio::test]
async fn a_network_that_asks_too_often_is_told_when_to_return() {
    let house = TestHouse::open_with("[limits]\nsignups_per_network_hour = 1\n").await;
    post_form(&house, "/subscribe", "email=a%40a.example").await;
    let page = post_form(&house, "/subscribe", "email=b%40a.example").await;
    assert_eq!((page.status, page.header("retry-after")), (429, "3600"));
    let json = ask(&house, "POST", "/api/v1/subscriptions", &[JSON], "{\"email\":\"c@a.example\"}").await;
    assert_eq!((json.status, json.header("retry-after")), (429, "3600"));
}

#[tokio::test]
async fn the_api_says_what_is_wrong_with_a_request() {
    let house = TestHouse::open().await;
    let send = async |body: &str| ask(&house, "POST", "/api/v1/subscriptions", &[JSON], body.to_owned()).await;
    for (body, status, code) in [
        ("", 400, "syntax"),
        ("{\"email\": ", 400, "syntax"),
        ("[1]", 422, "fields"),
        ("{}", 422, "fields"),
        ("{\"email\": 5}", 422, "fields"),
        ("{\"email\": \"a@a.example\", \"emial\": 1}", 422, "fields"),
        ("{\"email\": \"nobody\"}", 422, "no_at"),
        ("{\"email\": \"a@a.example\", \"publication\": \"x\"}", 422, "unknown_publication"),
        ("{\"email\": \"a@a.example\", \"sections\": [\"x\"]}", 422, "unknown_section"),
        ("{\"email\": \"a@a.example\", \"time_zone\": \"Mars\"}", 422, "unknown_time_zone"),
    ] {
        let answer = send(body).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{body}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let long = format!("{{\"email\": \"{}\"}}", "a".repeat(70_000));
    assert_eq!(send(&long).await.status, 413);
    let form = post_form(&house, "/api/v1/subscriptions", "email=a").await;
    assert_eq!(form.status, 415);
    assert_eq!(house.count("outbox").await, 0);
}

#[tokio::test]
async fn a_newsroom_with_hostile_names_shows_them_as_text() {
    let house = TestHouse::open().await;
    house.change("publications", "name = '<img src=x onerror=alert(1)>', description = '</p><script>x</script>'").await;
    house.change("sections", "name = '\"><script>x</script>'").await;
    let id = reader(&house, "a@a.example").await;
    for path in [
        "/".to_owned(),
        "/subscribe".to_owned(),
        "/embed/evening".to_owned(),
        path_of(&crate::subscribers::preferences_link(&house.app, id.0)),
        path_of(&crate::subscribers::unsubscribe_link(&house.app, id.0)),
    ] {
        let page = get(&house, &path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("<script") && !page.text.contains("<img"), "{path}");
    }
}
