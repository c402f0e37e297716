//! Section 2, the way in: confirmations and sign-ups.

use super::*;
use lamplighter::base::Span;
use lamplighter::subscribers::SuppressionReason;

#[tokio::test]
async fn u5_opening_a_confirmation_confirms_nothing_and_its_button_confirms_once() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    t.sign_up("evening", ADA, &[]).await;
    let link = t.confirmation_link(ADA);
    // A scanner opens it twice, looks at its head, and prepares the page ahead.
    for _ in 0..2 {
        let (status, page) = get(&doors, &link).await;
        assert_eq!(status, 200);
        let page = dom_query::Document::from(page.as_str());
        let form = page.select("form[method=post]:not(.aside)");
        assert_eq!((form.length(), form.select("button").length()), (1, 1));
        doors.head(&link).send().await.expect("an answer");
        doors.get(&link).header("sec-purpose", "prefetch;prerender").send().await.expect("an answer");
    }
    assert_eq!((active(&t).await, count(&t, "SELECT COUNT(*) AS value FROM consents").await), (0, 0));
    for _ in 0..2 {
        assert_eq!(post(&doors, &link, &[]).await.0, 200);
    }
    assert_eq!((active(&t).await, count(&t, "SELECT COUNT(*) AS value FROM consents").await), (1, 1));
}

#[tokio::test]
async fn u7_a_token_serves_one_person_and_one_purpose_and_cannot_be_guessed() {
    let (mut t, _) = read_by(&[ADA, BEN]).await;
    let doors = Doors::open(&mut t).await;
    t.sign_up("evening", "cleo@readers.example", &[]).await;
    let mail = &t.editions_for(ADA)[0];
    let links =
        [link_to(mail, "unsubscribe"), link_to(mail, "preferences"), t.confirmation_link("cleo@readers.example")];
    let tokens = links.each_ref().map(|link| token_of(link).to_owned());
    let pages = ["unsubscribe", "preferences", "confirm"];
    let before = crate::subscribers::dump(t.db(), &[]).await;
    let refused = async |path: String| {
        for (status, _) in [get(&doors, &path).await, post(&doors, &path, &[("action", "leave")]).await] {
            assert!((400..500).contains(&status), "{path}: {status}");
        }
    };
    for (page, token) in pages.iter().flat_map(|page| tokens.iter().map(move |token| (page, token))) {
        let is_own = links.iter().any(|link| link.ends_with(&format!("/{page}/{token}")));
        if !is_own {
            refused(format!("/{page}/{token}")).await;
        }
    }
    // 128 bits and more stand behind the number; not one letter can be another.
    assert!(tokens[0].len() * 5 >= 128 + 11 * 8, "{}", tokens[0].len());
    for at in 0..tokens[0].len() {
        let mut turned: Vec<char> = tokens[0].chars().collect();
        turned[at] = if turned[at] == 'a' { 'b' } else { 'a' };
        refused(format!("/unsubscribe/{}", turned.iter().collect::<String>())).await;
    }
    assert_eq!(crate::subscribers::dump(t.db(), &[]).await, before);
    assert_eq!((post(&doors, &links[0], &[]).await.0, active(&t).await), (200, 1));
    let (_, page) = get(&doors, &link_to(&t.editions_for(BEN)[0], "unsubscribe")).await;
    assert!(page.contains("<button"), "the other reader still reads");
}

#[tokio::test]
async fn u9_a_confirmation_that_was_left_lying_expires_and_the_address_is_deleted() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    t.sign_up("evening", ADA, &[]).await;
    let link = t.confirmation_link(ADA);
    t.advance(Span::days(8));
    let (status, page) = post(&doors, &link, &[]).await;
    assert!(matches!(status, 404 | 410) && page.contains("</html>"), "{status}");
    assert_eq!(active(&t).await, 0);
    lamplighter::service::sweep(&t.app).await.expect("what is old goes");
    assert_eq!(count(&t, "SELECT COUNT(*) AS value FROM pending_signups").await, 0);
    assert!(!crate::subscribers::dump(t.db(), &[]).await.contains(ADA), "no row names the address");
}

#[tokio::test]
async fn u11_a_sign_up_is_answered_alike_whoever_the_address_belongs_to() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    t.subscribe("known@readers.example").await;
    t.sign_up("evening", "waits@readers.example", &[]).await;
    for (who, why) in [("barred", SuppressionReason::Operator), ("angry", SuppressionReason::Complaint)] {
        let email = EmailAddr::parse(&format!("{who}@readers.example")).expect("an address");
        subscribers::suppress(&t.app, Actor::Console, &email, why).await.expect("it can be suppressed");
    }
    let mut answers = Vec::new();
    for who in ["nobody", "known", "waits", "barred", "angry"] {
        let address = format!("{who}@readers.example");
        let (status, page) = post(&doors, "/subscribe", &[("email", &address), ("publication", "evening")]).await;
        // The form that is offered again has a token of its own second.
        let page: Vec<&str> = page.lines().filter(|line| !line.contains("form_token")).collect();
        let body = serde_json::json!({ "email": address, "publication": "evening" });
        let json = doors.post("/api/v1/subscriptions").json(&body).send().await.expect("an answer");
        let json = (json.status().as_u16(), json.text().await.expect("text"));
        answers.push((
            status,
            page.join("\n").replace(&address, "ADDRESS"),
            json.0,
            json.1.replace(&address, "ADDRESS"),
        ));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!((answers[0].0, answers[0].2), (200, 202));
    // That the times are alike, too, is measured in `subscribers::timing`.
}

#[tokio::test]
async fn u12_nobody_is_bombed_by_a_form_and_no_strangers_word_is_mailed() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    for _ in 0..20 {
        let evil = "Buy at http://evil.example";
        let form =
            [("email", ADA), ("publication", "evening"), ("name", evil), ("first_name", evil), ("message", evil)];
        post(&doors, "/subscribe", &form).await;
    }
    t.run_until_idle().await;
    let mails = t.sink.mails_to(ADA);
    assert_eq!(mails.len(), 1);
    assert!(!String::from_utf8_lossy(&mails[0].raw).contains("evil") && !mails[0].text.contains("evil"));
    drop(doors);
    let mut t = t.restart_with(|config| config.limits.signups_per_network_hour = 10).await;
    t.advance(Span::hours(2));
    let doors = Doors::open(&mut t).await;
    let mut statuses = Vec::new();
    for number in 0..12 {
        let address = format!("victim-{number}@readers.example");
        statuses.push(post(&doors, "/subscribe", &[("email", &address), ("publication", "evening")]).await.0);
    }
    let taken = statuses.iter().filter(|it| **it == 200).count();
    assert!(taken <= 10 && statuses.last() == Some(&429), "{statuses:?}");
    t.run_until_idle().await;
    assert_eq!(t.sink.mails().len(), 1 + taken);
}
