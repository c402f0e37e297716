//! The desk by its forms, as a browser without a script posts them: what a person presses, and what the page says then.

mod ahead;
mod beside;
mod corrections;
mod editions;
mod live;
mod sending;
mod tonight;
mod trail;
mod trouble;

use crate::harness::{Answer, Doors, Harness, Newspaper, Newsroom, Window};
use lamplighter::operators::{Actor, Role, create};

pub(super) const MONDAY: &str = "2026-11-23";
const PASSWORD: &str = "correct horse battery";

/// Somebody of the newsroom at a window of the desk.
pub(super) async fn at_desk<'a>(t: &Harness, doors: &'a Doors, name: &str, role: Role) -> Window<'a> {
    let email = format!("{}@news.example", name.to_lowercase());
    create(&t.app, Actor::Console, &email, name, role, PASSWORD).await.unwrap();
    let mut window = Window::new(doors);
    assert_eq!(window.log_in(&email, PASSWORD).await.leads(), (303, "/desk"));
    window
}

/// Monday's draft of these stories, with one reader.
pub(super) async fn drafted(t: &Harness, keys: &str, titles: &[&str]) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with(keys)).await;
    t.subscribe("ada@readers.example").await;
    for title in titles {
        paper.publish(title);
    }
    t.go_to("2026-11-23 17:58").await;
    t.tick().await;
    t.go_to("2026-11-23 18:00").await;
    t.tick().await;
    paper
}

/// What the page says was done, or why not: the tone and the words.
pub(super) fn said(page: &Answer) -> (&'static str, String) {
    let tones =
        [("good", "<p class=\"notice good\" role=\"status\">"), ("bad", "<p class=\"notice bad\" role=\"alert\">")];
    for (tone, mark) in tones {
        if let Some(text) = page.text.split(mark).nth(1) {
            return (tone, text.split("</p>").next().unwrap().to_owned());
        }
    }
    panic!("nothing is said: {}", page.text)
}
