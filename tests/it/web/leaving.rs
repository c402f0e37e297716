//! Leaving with one click, and everything that must not make anybody leave.

use super::*;
use crate::harness::both_engines;

both_engines! {
    async fn one_click_leaves_whatever_the_body_looks_like(t: Harness) {
        let mut t = t;
        let readers = ["ada@readers.example", "ben@readers.example", "cleo@readers.example", "dora@readers.example"];
        let mails = edition_for(&t, &readers).await;
        let doors = Doors::open(&mut t).await;
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        let bodies = [
            (Some("application/x-www-form-urlencoded"), "List-Unsubscribe=One-Click"),
            (Some("multipart/form-data; boundary=b"), multipart),
            (Some("text/plain"), "\u{0}\u{1} what"),
            (None, ""),
        ];
        for (left, (mail, (kind, body))) in (1..).zip(mails.iter().zip(bodies)) {
            let url = one_click(mail);
            for _ in 0..2 {
                let mut request = doors.post(&url).header("origin", "https://mail.example").body(body);
                if let Some(kind) = kind {
                    request = request.header("content-type", kind);
                }
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200, "{kind:?}");
                assert!(!answer.text().await.unwrap().contains("readers.example"), "a forwarded mail gives nobody away");
                assert_eq!(active(&t).await, 4 - left, "{kind:?}");
            }
        }
        let before = t.sink.mails().len();
        t.evening("2026-11-24").await;
        assert_eq!(t.sink.mails().len(), before, "nobody is mailed after leaving");
    }

    async fn opening_every_link_of_an_edition_fifty_times_changes_nothing(t: Harness) {
        let mut t = t;
        let mail = edition_for(&t, &["ada@readers.example"]).await.remove(0);
        let doors = Doors::open(&mut t).await;
        let mut links: Vec<String> =
            mail.links.iter().filter(|link| link.starts_with("https://news.example/")).cloned().collect();
        links.push(one_click(&mail));
        links.push(t.confirmation_link("ada@readers.example"));
        assert!(links.iter().any(|link| link.contains("/preferences/")), "{links:?}");
        let before = everything(&t).await;
        for _ in 0..50 {
            for link in &links {
                let page = doors.get(link).send().await.unwrap();
                // A confirmation that was used says so.
                assert!(page.status() == 200 || link.contains("/confirm/"), "{link}: {}", page.status());
                assert!(!doors.head(link).send().await.unwrap().status().is_server_error());
            }
        }
        assert_eq!(everything(&t).await, before);
    }

    async fn forged_tokens_open_nothing(t: Harness) {
        let mut t = t;
        let mail = edition_for(&t, &["ada@readers.example"]).await.remove(0);
        let doors = Doors::open(&mut t).await;
        let leave = one_click(&mail);
        let token = leave.rsplit('/').next().unwrap();
        let turned: String = token.chars().rev().collect();
        let before = everything(&t).await;
        for path in [
            format!("/unsubscribe/{turned}"),
            format!("/unsubscribe/{}", &token[1..]),
            format!("/preferences/{token}"),
            format!("/confirm/{token}"),
            format!("/unsubscribe/{turned}/undo"),
            "/unsubscribe/1".to_owned(),
            "/unsubscribe/%F0%9F%92%A5".to_owned(),
            format!("/unsubscribe/{}", "x".repeat(4000)),
        ] {
            for request in [doors.get(&path), doors.post(&path).form(&[("List-Unsubscribe", "One-Click")])] {
                let answer = request.header("accept", "text/html").send().await.unwrap();
                let status = answer.status().as_u16();
                assert!(matches!(status, 404 | 405), "{path}: {status}");
                assert!(answer.text().await.unwrap().contains("</html>"), "{path}");
            }
        }
        assert_eq!(everything(&t).await, before);
    }

    async fn preferences_are_opened_changed_and_left_by_the_link_in_the_mail(t: Harness) {
        let mut t = t;
        let mail = edition_for(&t, &["ada@readers.example"]).await.remove(0);
        let doors = Doors::open(&mut t).await;
        let link = mail.links.iter().find(|link| link.contains("/preferences/")).unwrap();
        let page = doors.get(link).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("name=\"sections\"") && !page.contains("ada@readers.example"));
        let saved = doors.post(link).form(&[("sections", "sport"), ("action", "save")]).send().await.unwrap();
        assert_eq!((saved.status().as_u16(), active(&t).await), (200, 1));
        let left = doors.post(link).form(&[("action", "leave")]).send().await.unwrap();
        assert_eq!((left.status().as_u16(), active(&t).await), (303, 0));
    }
}
