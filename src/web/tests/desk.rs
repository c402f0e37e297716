//! The desk's door.

use super::*;
use crate::gather::sources;
use crate::operators::{Actor, Role, create};

const LOGIN: &str = "email=ed%40news.example&password=correct+horse+battery";

#[tokio::test]
async fn the_desk_opens_to_a_session_and_to_nobody_else() {
    let house = TestHouse::open().await;
    create(&house.app, Actor::Console, "ed@news.example", "Ed <b>", Role::Editor, "correct horse battery")
        .await
        .unwrap();
    super::archive::two_editions(&house).await;
    house.change("editions", "attention = 'no picture has a text' WHERE id = 2").await;
    let shut = get(&house, "/desk").await;
    assert_eq!((shut.status, shut.header("location")), (303, "/desk/login"));
    assert_eq!(get(&house, "/desk/login").await.status, 200);
    let wrong = post_form(&house, "/desk/login", "email=ed%40news.example&password=wrong").await;
    assert!(wrong.status == 422 && wrong.header("set-cookie").is_empty());

    let open = post_form(&house, "/desk/login", LOGIN).await;
    assert_eq!((open.status, open.header("location")), (303, "/desk"));
    let cookie = open.header("set-cookie").to_owned();
    for word in ["__Host-lamplighter=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let desk = ask(&house, "GET", "/desk", &[("cookie", cookie)], "").await;
    assert_eq!(desk.status, 200);
    assert!(desk.text.contains("no picture has a text"), "{}", desk.text);
    let editions = ask(&house, "GET", "/desk/editions", &[("cookie", cookie)], "").await;
    assert!(editions.text.contains("Harbour &#60;opens&#62;"), "{}", editions.text);
    assert!(desk.text.contains("The Evening Lamp") && desk.text.contains("Ed &#60;b&#62;"), "{}", desk.text);

    let cross = [FORM, ("cookie", cookie), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let refused = ask(&house, "POST", "/desk/logout", &cross, "").await;
    assert!(refused.status == 403 && refused.text.contains("own pages"));
    assert_eq!(ask(&house, "GET", "/desk", &[("cookie", cookie)], "").await.status, 200);

    let own = [FORM, ("cookie", cookie), ("origin", "https://news.example"), ("sec-fetch-site", "same-origin")];
    assert_eq!(ask(&house, "POST", "/desk/logout", &own, "").await.status, 303);
    assert_eq!(ask(&house, "GET", "/desk", &[("cookie", cookie)], "").await.status, 303);
}

#[tokio::test]
async fn the_desk_says_of_each_source_how_it_does_and_what_to_do_next() {
    let house = TestHouse::open().await;
    create(&house.app, Actor::Console, "ed@news.example", "Ed", Role::Editor, "correct horse battery").await.unwrap();
    let columns = "(id, name, kind, url, created_at, status, next_fetch_at, paused_at, quarantined_at, last_error)";
    for row in [
        "(1, 'Fine', 'feed', 'https://a.example/', 0, 'ok', 0, NULL, NULL, NULL)",
        "(2, 'Resting', 'feed', 'https://b.example/', 0, 'ok', 0, 1, NULL, NULL)",
        "(3, 'Flooded', 'feed', 'https://c.example/', 0, 'ok', 0, NULL, 1, NULL)",
        "(4, 'Away', 'feed', 'https://d.example/', 0, 'ok', 0, NULL, NULL, 'no answer')",
    ] {
        house.insert("sources", &format!("{columns} VALUES {row}")).await;
    }
    for id in 1..=4 {
        let row =
            format!("(publication_id, source_id, position, first_fetch, added_at) VALUES (1, {id}, {id}, 'news', 0)");
        house.insert("publication_sources", &row).await;
    }
    super::archive::two_editions(&house).await;
    house.insert("source_gaps", "(source_id, after_at, before_at, reason) VALUES (1, 0, 1, 'x')").await;
    house.change("sources", "moved_to = 'https://e.example/', moved_since = 0 WHERE id = 1").await;
    let open = post_form(&house, "/desk/login", LOGIN).await;
    let cookie = open.header("set-cookie").split(';').next().unwrap().to_owned();
    let desk = ask(&house, "GET", "/desk", &[("cookie", &cookie)], "").await.text;
    for line in sources::list(&house.app, Actor::Console).await.unwrap() {
        assert!(!line.next_steps().is_empty(), "{line:?}");
    }
    for words in [
        ">well</span>",
        ">paused</span>",
        ">held back</span>",
        ">failed once</span>",
        "its page at Sources says when",
        "write https://e.example/ at the source&#39;s page",
        "\u{201c}Resume\u{201d} on its page",
        "\u{201c}Accept what was held back\u{201d} on its page",
        "no answer",
    ] {
        assert!(desk.contains(words), "{words}: {desk}");
    }
    assert!(!desk.contains("lamplighter source") && !desk.contains("newsroom.toml"), "{desk}");
}

#[tokio::test]
async fn guessing_passwords_ends_soon() {
    let house = TestHouse::open_with("[limits]\nlogins_per_network_hour = 2\n").await;
    for _ in 0..2 {
        assert_eq!(post_form(&house, "/desk/login", LOGIN).await.status, 422);
    }
    let limited = post_form(&house, "/desk/login", LOGIN).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "3600"));
}

#[tokio::test]
async fn the_forms_to_copy_are_shown_to_the_desk_alone_and_lead_to_a_sign_up() {
    let house = TestHouse::open().await;
    create(&house.app, Actor::Console, "ed@news.example", "Ed", Role::Editor, "correct horse battery").await.unwrap();
    assert_eq!(get(&house, "/desk/forms").await.status, 303);
    let open = post_form(&house, "/desk/login", LOGIN).await;
    let cookie = open.header("set-cookie").split(';').next().unwrap().to_owned();
    let desk = async |path: &str| ask(&house, "GET", path, &[("cookie", &cookie)], "").await;
    let page = desk("/desk/forms?publication=evening&form_language=de&theme=dark").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && policy.contains("frame-src 'self'") && !policy.contains("unsafe"));
    assert!(!get(&house, "/").await.header("content-security-policy").contains("-src 'self'; script"));
    assert!(!get(&house, "/").await.header("content-security-policy").contains("frame-src"));
    let text = page.text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#38;", "&");
    assert!(text.contains("https://news.example/embed/evening?language=de"), "{text}");
    assert!(text.contains("src=\"/embed/evening?language=de&theme=dark\""), "{text}");
    assert!(text.contains("curl https://news.example/api/v1/subscriptions"));
    let plain = text.split("data-copy>").nth(1).unwrap().split("</textarea>").next().unwrap();
    for part in [
        "action=\"https://news.example/subscribe\"",
        "name=\"leave_this_empty\"",
        "value=\"de\"",
        "Schicken Sie mir The Evening Lamp",
    ] {
        assert!(plain.contains(part), "{part} is not in\n{plain}");
    }
    for foreign in ["<script", "style", "class", "src="] {
        assert!(!plain.contains(foreign), "{foreign} is in\n{plain}");
    }
    let script = page.text.split("<script src=\"").nth(1).unwrap().split('"').next().unwrap();
    let script = get(&house, script).await;
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(desk("/desk/forms?publication=nope&form_language=%00&theme=x").await.status, 200);
}
