//! Errors in the language they were asked in, limits, and what machines ask.

use super::*;
use crate::harness::both_engines;

both_engines! {
    async fn a_database_that_is_away_is_a_break_and_not_a_breakdown(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        for path in ["/health/live", "/health/ready"] {
            assert_eq!(doors.get(path).send().await.unwrap().status(), 200, "{path}");
        }
        t.db().close().await;
        assert_eq!(doors.get("/health/live").send().await.unwrap().status(), 200);
        for path in ["/health/ready", "/", "/subscribe?publication=evening", "/archive", "/unsubscribe/x"] {
            let answer = doors.get(path).send().await.unwrap();
            let is_decided_without = path.starts_with("/unsubscribe/") && answer.status() == 404;
            assert!(answer.status() == 503 || is_decided_without, "{path}: {}", answer.status());
            if !is_decided_without {
                assert!(answer.headers()["retry-after"].to_str().unwrap().parse::<u32>().is_ok_and(|wait| wait > 0));
            }
            let text = answer.text().await.unwrap().to_lowercase();
            assert!(!text.contains("sql") && !text.contains("pool"), "{path}: {text}");
        }
        let form = [("email", "ada@readers.example"), ("publication", "evening")];
        assert_eq!(doors.post("/subscribe").form(&form).send().await.unwrap().status(), 503);
    }
}

/// The server answers before it has read everything; a client still writing may lose the answer (RFC 9112 9.6).
async fn answer(request: impl Fn() -> reqwest::RequestBuilder) -> reqwest::Response {
    for _ in 0..20 {
        if let Ok(answer) = request().send().await {
            return answer;
        }
    }
    panic!("no answer in twenty tries");
}

both_engines! {
    async fn an_error_is_told_in_the_language_it_was_asked_in(t: Harness) {
        let mut t = t;
        let doors = Doors::open(&mut t).await;
        let page = doors.get("/nowhere").header("accept", "text/html,application/xhtml+xml").send().await.unwrap();
        assert_eq!((page.status().as_u16(), &page.headers()["content-type"]), (404, &"text/html; charset=utf-8".parse().unwrap()));
        assert!(page.text().await.unwrap().contains("href=\"/\""), "with a way onward");
        for request in [doors.get("/nowhere").header("accept", "application/json"), doors.get("/api/v1/nowhere")] {
            let problem = request.send().await.unwrap();
            assert_eq!(problem.headers()["content-type"], "application/problem+json");
            let problem: serde_json::Value = problem.json().await.unwrap();
            assert_eq!((&problem["status"], &problem["code"]), (&404.into(), &"not_found".into()));
        }
    }

    async fn a_body_beyond_the_limit_is_refused(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let large = "x".repeat(lamplighter::base::limits::FORM_BYTES_MAX + 1);
        let form = answer(|| doors.post("/subscribe").form(&[("email", &large)])).await;
        assert_eq!(form.status(), 413);
        let json = serde_json::json!({ "email": large });
        let api = answer(|| doors.post("/api/v1/subscriptions").json(&json)).await;
        assert_eq!((api.status().as_u16(), &api.headers()["content-type"]), (413, &"application/problem+json".parse().unwrap()));
    }

    async fn too_many_tries_from_one_network_are_asked_to_wait(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let mut last = None;
        for n in 0..200 {
            let form = [("email", format!("reader-{n}@readers.example")), ("publication", "evening".to_owned())];
            let answer = doors.post("/subscribe").form(&form).send().await.unwrap();
            if !answer.status().is_success() {
                last = Some((n, answer));
                break;
            }
        }
        let (n, answer) = last.expect("there is a limit");
        assert!(n >= 20, "a newsroom behind one address may sign up: {n}");
        assert_eq!(answer.status(), 429);
        assert!(answer.headers().contains_key("retry-after"));
    }
}
