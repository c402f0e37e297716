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
    assert!(sent.text.contains("<strong>anna@a.example</strong>"), "whoever typed it may check it");

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
        let (status, page) = plain(&post_form(&house, "/subscribe", &format!("email={name}%40a.example")).await);
        assert_eq!(page.matches(&format!("{name}@a.example")).count(), 2, "on the page, and in the form to ask again");
        pages.push((status, page.replace(&format!("{name}@a.example"), "TYPED")));
        let json = format!("{{\"email\": \"{name}@a.example\"}}");
        bodies.push(plain(&ask(&house, "POST", "/api/v1/subscriptions", &[JSON], json).await));
    }
    assert!(pages.iter().all(|it| *it == pages[0]) && pages[0].0 == 200);
    assert!(bodies.iter().all(|it| *it == bodies[0]) && bodies[0].0 == 202);
    let trapped = post_form(&house, "/subscribe", "email=bot%40a.example&leave_this_empty=x").await;
    let (status, page) = plain(&trapped);
    assert_eq!((status, page.replace("bot@a.example", "TYPED")), pages[0]);
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
    assert!(!frame.text.contains("masthead") && frame.header("set-cookie").is_empty());
    let dark = get(&house, "/embed/evening?theme=dark&language=fr").await;
    assert!(dark.text.contains("<html lang=\"fr\" data-theme=\"dark\">"), "{}", dark.text);
    assert!(get(&house, "/embed/evening?theme=%22x").await.text.contains("<html lang=\"en\">"));
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
async fn the_page_after_a_sign_up_says_what_comes_and_asks_once_more_with_the_same_wishes() {
    let house = TestHouse::open().await;
    let wish = "publication=evening&email=anna%40gmial.com&sections=sport&hour=7&time_zone=Europe%2FParis&language=de";
    let page = post_form(&house, "/subscribe", wish).await;
    assert_eq!(page.status, 200);
    for word in ["Spam", "The Evening Lamp", "48 Stunden", "gmail.com", "anna@gmail.com"] {
        assert!(page.text.contains(word), "{word}: {}", page.text);
    }
    let again = page.text.rsplit("<form").next().unwrap();
    let sent_again: Vec<(String, String)> = again
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|it| {
            let (name, rest) = it.split_once("\" value=\"").unwrap();
            (name.to_owned(), rest.split('"').next().unwrap().to_owned())
        })
        .collect();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&sent_again).finish();
    assert!(body.contains("hour=7") && body.contains("time_zone=Europe%2FParis") && body.contains("sections=sport"));
    let twice = post_form(&house, "/subscribe", &body).await;
    assert!(twice.status == 200 && twice.text.contains("Noch einmal angefragt"), "{}", twice.text);
    assert_eq!(house.text("sections", "pending_signups").await, "[\"sport\"]");
    assert_eq!(house.count("pending_signups").await, 1);
    assert_eq!(house.mails_to("anna@gmial.com").await.len(), 1, "asking once more sends nothing within the hour");
    assert!(!post_form(&house, "/subscribe", "email=anna%40gmail.com").await.text.contains("Did you mean"));
}

#[tokio::test]
async fn the_subject_named_is_the_subject_sent() {
    let house = TestHouse::open().await;
    let page = post_form(&house, "/subscribe", "publication=evening&email=anna%40a.example&language=en").await;
    let subject = house.mails_to("anna@a.example").await.remove(0).subject;
    assert!(page.text.contains(&subject), "{subject}");
}

#[tokio::test]
async fn the_consent_kept_is_the_one_that_was_shown() {
    let house = TestHouse::open().await;
    for (language, address) in [("de", "a%40a.example"), ("ru", "b%40a.example")] {
        let form = get(&house, &format!("/subscribe?publication=evening&language={language}")).await;
        post_form(&house, "/subscribe", &format!("publication=evening&email={address}&language={language}")).await;
        let row = format!("language = '{language}'");
        let kept = house.text("consent_text", &format!("pending_signups WHERE {row}")).await;
        assert!(form.text.contains(&kept), "{kept} is not on\n{}", form.text);
        assert_eq!(
            house.text("consent_version", &format!("pending_signups WHERE {row}")).await,
            format!("2-{language}")
        );
    }
}

#[tokio::test]
async fn a_mistake_is_told_in_the_language_of_the_form() {
    let house = TestHouse::open().await;
    let page = post_form(&house, "/subscribe?language=es", "publication=evening&email=ada&hour=99&language=es").await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("Falta la @ en la direcci\u{f3}n") && page.text.contains("lang=\"es\""),
        "{}",
        page.text
    );
    let hour = post_form(&house, "/subscribe", "publication=evening&email=ada%40a.example&hour=99&language=fr").await;
    assert!(hour.status == 422 && hour.text.contains("href=\"#hour-evening\""), "{}", hour.text);
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

#[tokio::test]
async fn a_form_without_what_the_newsroom_demands_asks_for_one_more_press_with_all_that_was_typed() {
    let house = TestHouse::open_with("[signup]\nrequire_form_token = true\n").await;
    let wish = "publication=evening&email=anna%40a.example&sections=sport&hour=7&language=de";
    let asked = post_form(&house, "/subscribe", wish).await;
    assert_eq!(asked.status, 403);
    for part in [
        "Bitte warten Sie zwei Sekunden",
        "value=\"anna@a.example\"",
        "value=\"sport\" checked",
        "value=\"7\" selected",
    ] {
        assert!(asked.text.contains(part), "{part}: {}", asked.text);
    }
    let token = asked.text.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    house.advance(crate::base::Span::seconds(5));
    let done = post_form(&house, "/subscribe", &format!("{wish}&form_token={token}")).await;
    assert!(done.status == 200 && done.text.contains("Sehen Sie jetzt in Ihr Postfach"), "{}", done.text);
    assert_eq!(house.count("pending_signups").await, 1);
}

#[tokio::test]
async fn a_confirmation_opens_in_the_language_of_the_sign_up_and_takes_what_waits_beside_it() {
    let house = TestHouse::open().await;
    for slug in ["evening", "weekend"] {
        post_form(&house, "/subscribe", &format!("publication={slug}&email=anna%40a.example&language=fr")).await;
    }
    let path = format!("/confirm/{}", house.confirm_token("anna@a.example").await);
    let page = ask(&house, "GET", &path, &[("accept-language", "ru")], "").await;
    assert!(
        page.text.contains("<html lang=\"fr\">") && page.text.contains("name=\"also\" value=\"weekend\""),
        "{}",
        page.text
    );
    assert!(!page.text.contains("checked"), "nothing is ticked ahead");
    let done = post_form(&house, &path, "language=fr&also=weekend").await;
    assert!(done.text.contains("Vous \u{ea}tes inscrit"), "{}", done.text);
    assert_eq!(house.count("subscriptions").await, 2);
    assert!(
        get(&house, &format!("{path}?language=es")).await.text.contains("<html lang=\"es\">"),
        "the switch goes first"
    );
}
