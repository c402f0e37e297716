//! Joining over HTTP, by the form and by the API.

use super::*;
use crate::harness::both_engines;
use serde_json::json;

both_engines! {
    async fn the_form_and_the_api_lead_to_the_same_confirmation(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let form = [("email", "ada@readers.example"), ("publication", "evening")];
        assert!(doors.post("/subscribe").form(&form).send().await.unwrap().status().is_success());
        let body = json!({ "email": "ben@readers.example", "publication": "evening" });
        let answer = doors.post("/api/v1/subscriptions").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        let first = answer.text().await.unwrap();
        t.run_until_idle().await;
        for reader in ["ada@readers.example", "ben@readers.example"] {
            let link = t.confirmation_link(reader);
            let page = doors.get(&link).send().await.unwrap();
            assert!(page.status() == 200 && page.text().await.unwrap().contains("<button"));
            assert!(doors.post(&link).send().await.unwrap().status().is_success());
        }
        assert_eq!(active(&t).await, 2);
        let again = doors.post("/api/v1/subscriptions").json(&body).send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.text().await.unwrap()), (202, first), "known or not, the answer is one");
        let link = t.confirmation_link("ada@readers.example");
        doors.post(&link).send().await.unwrap();
        assert_eq!(active(&t).await, 2, "a second press changes nothing");
    }

    async fn what_is_no_address_or_no_person_gets_no_mail(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        for email in ["", "ada", "ada@localhost", "ada@readers.example\r\nBcc: x@x.example", "a b@x.example"] {
            let answer = doors.post("/subscribe").form(&[("email", email), ("publication", "evening")]).send().await.unwrap();
            assert_eq!(answer.status(), 422, "{email:?}");
            let answer = doors.post("/api/v1/subscriptions").json(&json!({ "email": email })).send().await.unwrap();
            assert_eq!(answer.status(), 422, "{email:?}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
        }
        let bot = [("email", "bot@readers.example"), ("publication", "evening"), ("leave_this_empty", "x")];
        assert!(doors.post("/subscribe").form(&bot).send().await.unwrap().status().is_success(), "a robot is told nothing");
        t.run_until_idle().await;
        assert_eq!(t.sink.ledger().accepted, 0);
    }
}
