//! The sign-up on somebody else's page: who may frame what, and that nothing of it watches anybody; and how little a page
//! weighs.

use super::*;
use crate::harness::both_engines;

const PAGE_BYTES_MAX: usize = 30_000;

both_engines! {
    async fn the_embedded_form_may_be_framed_by_anybody_and_nothing_else_by_anybody(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let embedded = doors.get("/embed/evening?theme=dark&language=de").send().await.unwrap();
        let header = |answer: &reqwest::Response, name: &str| {
            answer.headers().get(name).map_or(String::new(), |it| it.to_str().unwrap().to_owned())
        };
        assert!(header(&embedded, "content-security-policy").contains("frame-ancestors *"));
        assert_eq!(header(&embedded, "x-frame-options"), "");
        assert_eq!((header(&embedded, "set-cookie"), header(&embedded, "x-robots-tag")), (String::new(), "noindex, nofollow".into()));
        let page = embedded.text().await.unwrap();
        for foreign in ["<script", "<img", "http://", "https://"] {
            assert!(!page.contains(foreign), "{foreign} is in\n{page}");
        }
        let typed = [("email", "ada@readers.example"), ("publication", "evening"), ("embedded", "1"), ("theme", "dark"), ("language", "de")];
        for form in [&typed[..], &typed[1..]] {
            let answer = doors.post("/subscribe").form(form).send().await.unwrap();
            assert!(header(&answer, "content-security-policy").contains("frame-ancestors *"));
            assert_eq!(header(&answer, "set-cookie"), "");
            let page = answer.text().await.unwrap();
            assert!(page.contains("<html lang=\"de\" data-theme=\"dark\">") && !page.contains("masthead"), "{page}");
        }
        for path in ["/", "/subscribe?publication=evening", "/privacy", "/archive", "/nowhere", "/desk/login"] {
            let answer = doors.get(path).send().await.unwrap();
            assert!(header(&answer, "content-security-policy").contains("frame-ancestors 'none'"), "{path}");
            assert_eq!(header(&answer, "set-cookie"), "", "{path}");
        }
    }

    async fn a_page_with_its_style_weighs_less_than_30_kb_and_needs_no_script(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        t.sign_up("evening", "ben@readers.example", &[]).await;
        let confirm = t.confirmation_link("ben@readers.example");
        let mut heaviest = (0, String::new());
        for language in ["en", "de", "fr", "es", "ru"] {
            let typed = [("email", "ada@readers.example"), ("publication", "evening"), ("language", language)];
            let mut answers = vec![
                ("sent".to_owned(), doors.post("/subscribe").form(&typed)),
                ("mistaken".to_owned(), doors.post("/subscribe").form(&typed[1..])),
            ];
            for path in ["/", "/subscribe?publication=evening", "/embed/evening", "/privacy", "/archive", "/archive/evening", "/nowhere", &confirm] {
                let mark = if path.contains('?') { '&' } else { '?' };
                answers.push((path.to_owned(), doors.get(&format!("{path}{mark}language={language}"))));
            }
            for (name, request) in answers {
                let page = request.send().await.unwrap().text().await.unwrap();
                assert!(!page.contains("<script"), "{name}");
                let style = page.split("<link rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
                let style = doors.get(style).send().await.unwrap().text().await.unwrap();
                let bytes = page.len() + style.len();
                assert!(style.len() > 5_000 && bytes < PAGE_BYTES_MAX, "{name} {language}: {bytes} bytes");
                if bytes > heaviest.0 {
                    heaviest = (bytes, format!("{name} {language}"));
                }
            }
        }
        assert!(heaviest.0 > 15_000, "{heaviest:?}");
    }
}
