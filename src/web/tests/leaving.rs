//! Leaving, choosing, and everything that must not act.

use super::*;
use crate::subscribers::fixtures::Letters as _;
use crate::subscribers::{preferences_link, unsubscribe_link};

/// A name for the failing test, headers, a body.
type Sent<'a> = (&'a str, &'a [(&'a str, &'a str)], Vec<u8>);

#[tokio::test]
async fn one_click_works_in_every_form_of_body() {
    let house = TestHouse::open().await;
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let garbage: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
    let bodies: [Sent<'_>; 6] = [
        ("urlencoded", &[FORM], b"List-Unsubscribe=One-Click".to_vec()),
        ("multipart", &[("content-type", "multipart/form-data; boundary=x")], multipart.as_bytes().to_vec()),
        ("empty", &[], Vec::new()),
        ("garbage", &[("content-type", "application/octet-stream")], garbage.clone()),
        ("a long form", &[FORM], garbage),
        (
            "from elsewhere",
            &[FORM, ("origin", "https://mail.example"), ("sec-fetch-site", "cross-site"), ("cookie", "x=y")],
            b"List-Unsubscribe=One-Click&more=1".to_vec(),
        ),
    ];
    for (n, (name, headers, body)) in bodies.into_iter().enumerate() {
        let id = reader(&house, &format!("r{n}@a.example")).await;
        let path = path_of(&unsubscribe_link(&house.app, id.0));
        let answer = ask(&house, "POST", &path, headers, body.clone()).await;
        assert_eq!(answer.status, 200, "{name}");
        assert!(answer.text.contains("You are unsubscribed") && !answer.text.contains("a.example"), "{name}");
        let again = ask(&house, "POST", &path, headers, body).await;
        assert_eq!(again.status, 200, "{name}");
    }
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 0);
}

#[tokio::test]
async fn opening_any_link_writes_nothing() {
    let house = TestHouse::open().await;
    let id = reader(&house, "a@a.example").await;
    let paths = [
        path_of(&unsubscribe_link(&house.app, id.0)),
        path_of(&preferences_link(&house.app, id.0)),
        format!("/confirm/{}", house.confirm_token("a@a.example").await),
        "/".to_owned(),
        "/subscribe".to_owned(),
        "/embed/evening".to_owned(),
        "/privacy".to_owned(),
        "/desk".to_owned(),
        "/desk/login".to_owned(),
        "/health/ready".to_owned(),
    ];
    let before = house.dump().await;
    for path in &paths {
        for method in ["GET", "HEAD", "OPTIONS"] {
            ask(&house, method, path, &[], "").await;
        }
        let prefetched = ask(&house, "POST", path, &[FORM, ("sec-purpose", "prefetch")], "action=leave").await;
        assert!(prefetched.status == 403, "{path}");
    }
    assert_eq!(house.dump().await, before);
}

#[tokio::test]
async fn a_press_leaves_and_another_undoes_it() {
    let house = TestHouse::open().await;
    let id = reader(&house, "a@a.example").await;
    let path = path_of(&unsubscribe_link(&house.app, id.0));
    let page = get(&house, &path).await;
    assert!(page.text.contains(">Unsubscribe</button>") && !page.text.contains("@a."));
    post_form(&house, &path, "").await;
    assert!(get(&house, &path).await.text.contains("undo"));
    let back = post_form(&house, &format!("{path}/undo"), "").await;
    assert!(back.status == 200 && back.text.contains("Welcome back"));
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 1);
    post_form(&house, &path, "").await;
    house.advance(crate::base::Span::days(400));
    assert_eq!(post_form(&house, &format!("{path}/undo"), "").await.status, 410);
    assert_eq!(post_form(&house, &path, "").await.status, 200, "the link works for ever");
}

#[tokio::test]
async fn choices_are_kept_checked_and_left_from() {
    let house = TestHouse::open().await;
    let id = reader(&house, "anna@a.example").await;
    let path = path_of(&preferences_link(&house.app, id.0));
    let page = get(&house, &path).await;
    assert!(page.text.contains("a***@a***.example") && !page.text.contains("anna@"));
    let saved = post_form(&house, &path, "sections=sport&hour=7&time_zone=Europe%2FParis&action=save").await;
    assert!(saved.text.contains("Saved."));
    assert_eq!(house.text("sections || hour || time_zone", "subscriptions").await, "[\"sport\"]7Europe/Paris");
    for body in ["hour=25", "hour=x", "time_zone=Mars%2FBase", "sections=nope"] {
        assert_eq!(post_form(&house, &path, body).await.status, 422, "{body}");
    }
    let left = post_form(&house, &path, "action=leave").await;
    assert_eq!(left.status, 303);
    assert!(get(&house, left.header("location")).await.text.contains("You are unsubscribed"));
    assert_eq!(get(&house, &path).await.status, 410);
}

#[tokio::test]
async fn forged_and_swapped_tokens_open_nothing() {
    let house = TestHouse::open().await;
    let id = reader(&house, "a@a.example").await;
    let leave = path_of(&unsubscribe_link(&house.app, id.0)).replace("/unsubscribe/", "");
    let choose = path_of(&preferences_link(&house.app, id.0)).replace("/preferences/", "");
    let flipped = if leave.as_bytes()[20] == b'q' { "a" } else { "q" };
    let forged = format!("{}{flipped}{}", &leave[..20], &leave[21..]);
    let before = house.dump().await;
    for path in [
        format!("/unsubscribe/{choose}"),
        format!("/unsubscribe/{forged}"),
        format!("/preferences/{leave}"),
        format!("/confirm/{leave}"),
        format!("/confirm/{choose}/not-me"),
        format!("/unsubscribe/{choose}/undo"),
        "/unsubscribe/%00%ff".to_owned(),
        format!("/confirm/{}", "a".repeat(5_000)),
    ] {
        let answer = post_form(&house, &path, "").await;
        assert!(answer.status == 404 || (path.contains("%ff") && answer.status == 400), "{path}: {}", answer.status);
        assert!(answer.text.contains("</html>"), "{path}");
    }
    assert_eq!(house.dump().await, before);
    for mangled in [leave.to_uppercase(), format!("{leave}."), format!("{leave}%3E")] {
        assert_eq!(get(&house, &format!("/unsubscribe/{mangled}")).await.status, 200, "{mangled}");
    }
}
