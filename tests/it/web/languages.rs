//! In which language a visitor is spoken to, on every public page.

use super::*;
use crate::harness::both_engines;
use lamplighter::words::{Language, Words};

const PAGES: [&str; 6] =
    ["/", "/subscribe?publication=evening", "/privacy", "/archive", "/archive/evening", "/nowhere"];

fn language_of(page: &str) -> &str {
    page.split("<html lang=\"").nth(1).unwrap().split('"').next().unwrap()
}

both_engines! {
    async fn the_browser_is_answered_in_its_language_unless_another_was_chosen(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        for path in PAGES {
            for language in Language::ALL {
                let accept = format!("xx, {};q=0.8, en;q=0.1", language.code());
                let answer = doors.get(path).header("accept-language", accept).send().await.unwrap();
                assert_eq!(answer.headers()["vary"], "accept-language", "{path}");
                let page = answer.text().await.unwrap();
                assert_eq!(language_of(&page), language.code(), "{path}");
                assert!(page.contains(&*Words(language).say("privacy-link")), "{path} {language:?}");
                let switched = format!("{path}{}language={}", if path.contains('?') { '&' } else { '?' }, language.code());
                let page = doors.get(&switched).header("accept-language", "en").send().await.unwrap().text().await.unwrap();
                assert_eq!(language_of(&page), language.code(), "{switched}");
                for other in Language::ALL {
                    let way = format!("language={}\" lang=\"{}\"", other.code(), other.code());
                    assert!(page.contains(&way), "{switched} leads to {other:?}");
                }
            }
        }
        let plain = doors.get("/").send().await.unwrap().text().await.unwrap();
        assert_eq!(language_of(&plain), "en");
    }

    async fn an_error_is_told_to_people_in_their_language_and_to_machines_in_english(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        for (path, code) in [
            ("/nowhere", "not_found"),
            ("/confirm/garbage", "invalid_link"),
            ("/subscribe?publication=nope", "unknown_publication"),
            ("/embed/nope", "unknown_publication"),
            ("/archive/evening/2020-01-01", "unknown_edition"),
        ] {
            for language in Language::ALL {
                let page = doors.get(path).header("accept-language", language.code()).send().await.unwrap();
                assert_eq!(page.status(), 404, "{path}");
                let page = page.text().await.unwrap().replace("&#39;", "'");
                let title = Words(language).known(&format!("error-{code}-title")).unwrap();
                assert!(page.contains(&format!("<h1>{title}</h1>")), "{path} {language:?}: {page}");
                assert!(page.contains(&*Words(language).say("link-to-the-front-page")), "{path} {language:?}");
            }
            let asked = doors.get(path).header("accept", "application/json").header("accept-language", "de");
            let problem: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
            let english = Words(Language::En).known(&format!("error-{code}-title")).unwrap();
            assert_eq!((&problem["code"], &problem["title"]), (&code.into(), &(*english).into()), "{path}");
        }
        // What asking once more would not bring again offers no switch.
        let refused = doors.post("/confirm/garbage?language=de").send().await.unwrap().text().await.unwrap();
        assert!(refused.contains("Dieser Link funktioniert nicht") && !refused.contains("class=\"languages\""), "{refused}");
    }

    async fn an_edition_keeps_its_language_and_the_ways_around_it_have_the_visitors(t: Harness) {
        let mut t = t;
        edition_for(&t, &["ada@readers.example"]).await;
        let doors = Doors::open(&mut t).await;
        let archive = doors.get("/archive/evening?language=de").send().await.unwrap().text().await.unwrap();
        assert!(archive.contains("Montag, 23. November 2026"), "{archive}");
        let edition = doors.get("/archive/evening/2026-11-23").header("accept-language", "ru").send().await.unwrap();
        assert_eq!(edition.headers()["vary"], "accept-language", "caches keep the languages apart");
        let etag = edition.headers()["etag"].clone();
        let asked = |language: &str| doors.get("/archive/evening/2026-11-23").header("accept-language", language).header("if-none-match", &etag);
        let known = asked("ru").send().await.unwrap();
        assert_eq!((known.status().as_u16(), &known.headers()["vary"]), (304, &"accept-language".parse().unwrap()));
        assert_eq!(asked("fr").send().await.unwrap().status(), 200);
        let edition = edition.text().await.unwrap();
        assert_eq!(language_of(&edition), "en");
        assert!(edition.contains("<nav class=\"around\" lang=\"ru\""), "{edition}");
    }
}
