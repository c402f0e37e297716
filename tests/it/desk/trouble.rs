//! What somebody of the newsroom is told when the service cannot do what they press.

use super::at_desk;
use crate::harness::{Doors, Harness, Newsroom, both_engines};
use lamplighter::operators::Role;

both_engines! {
    async fn whoever_works_at_the_desk_is_told_that_it_may_not_be_done_and_led_back_to_it(mut t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let mut ada = at_desk(&t, &doors, "Ada", Role::Admin).await;
        let page = ada.get("/desk/nowhere").await;
        assert_eq!(page.status, 404);
        assert!(page.text.contains("href=\"/desk\">To the desk") && !page.text.contains("To the front page"), "{}", page.text);
        t.db().close().await;
        let page = ada.get("/desk").await;
        assert_eq!(page.status, 503);
        page.says(503, &["This cannot be shown now", "Try again in a minute", "href=\"/desk\">To the desk"]);
        let pressed = ada.post("/desk/suppressions", &[("email", "a@readers.example")]).await;
        pressed.says(503, &["This may not be done", "try again in a minute", "href=\"/desk\">To the desk"]);
        assert!(!page.text.contains("nothing is lost") && !page.text.contains("To the front page"), "{}", page.text);
    }
}
