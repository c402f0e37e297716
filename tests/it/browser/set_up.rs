//! A newsroom is set up from nothing to its first draft by clicks alone, without a script.

use super::visit::Visit;
use crate::harness::{Browser, Doors, Harness, Newspaper, Stage, TestDatabase};
use lamplighter::db::Engine;
use lamplighter::operators::{Actor, Role, create};
use std::sync::Arc;

/// An empty house, and an administrator who is logged in.
async fn empty_house() -> Option<Visit> {
    let browser = Browser::open().await?;
    let database = TestDatabase::migrated(Engine::Sqlite).await?;
    let mut t = <Harness as Stage>::set(Arc::new(database)).await;
    let doors = Doors::open(&mut t).await;
    create(&t.app, Actor::Console, "ed@news.example", "Ed", Role::Admin, "correct horse battery").await.unwrap();
    Some(Visit { browser, t, doors })
}

impl Visit {
    async fn press(&self, button: &str, until: &str) {
        self.browser.click(button).await;
        self.holds(until).await;
    }

    /// A link or a button by its words, in the page's main part.
    async fn press_words(&self, words: &str, until: &str) {
        let script = format!(
            "const it = [...document.querySelectorAll('main a, main button')].find(e => e.textContent.trim() === '{words}'); document.querySelector('[data-meant]')?.removeAttribute('data-meant'); it.setAttribute('data-meant', ''); return true"
        );
        assert_eq!(self.browser.run(&script).await, true, "{words}");
        self.press("[data-meant]", until).await;
    }

    async fn tells(&self, words: &str) {
        let told = self.browser.text("main").await;
        assert!(told.contains(words), "{words:?} is not in {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newsroom_is_set_up_from_nothing_to_its_first_draft_without_a_script() {
    let Some(visit) = empty_house().await else { return };
    let paper = Newspaper::open().await;
    for title in ["Harbour opens after eleven years", "Bridge closes", "Ferry sails"] {
        paper.publish(title);
    }
    visit.log_in().await;
    visit.browser.without_javascript().await;
    visit.open("/desk").await;
    visit.tells("First steps").await;
    visit.press_words("Name it", "document.querySelector('#slug') != null").await;
    visit.browser.fill("#name", "The Evening Lamp").await;
    visit.press_words("Name it", "document.querySelector('.notice.good') != null").await;
    visit.tells("It goes out every evening at half past six").await;
    visit.press_words("add a source", "document.querySelector('#site') != null").await;
    visit.open("/desk").await;
    visit.press_words("Add one", "document.querySelector('#site') != null").await;
    visit.browser.fill("#site", &paper.feed()).await;
    visit.press_words("Find", "document.querySelector('#found') != null").await;
    visit.press("main tbody button", "document.querySelector('#fetches') != null").await;
    visit
        .press_words(
            "Read it now",
            "document.querySelector('.notice.good') != null && document.querySelector('#fetches + .scroll') != null",
        )
        .await;
    visit.tells("3 new articles").await;
    // The evening comes by itself.
    visit.t.clock.set(lamplighter::base::Timestamp::parse_rfc3339("2026-11-23T17:58:00Z").unwrap());
    for _ in 0..4 {
        visit.t.tick().await;
        visit.t.advance(lamplighter::base::Span::minutes(1));
    }
    visit.open("/desk").await;
    visit.tells("4 of 9 are done").await;
    visit.tells("Next: Say who it comes from").await;
    let publication = visit.t.publication("the-evening-lamp").await;
    let mut tx = visit.t.db().read().await.unwrap();
    let open = lamplighter::editions::list_open(&mut tx, publication.id).await.unwrap();
    let draft = open.iter().find(|it| it.state == lamplighter::editions::EditionState::Drafted).unwrap();
    assert_eq!(lamplighter::editions::list_items(&mut tx, draft.id).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_types_a_colour_sees_it_without_a_button_where_a_script_may_run() {
    let Some(visit) = full_house().await else { return };
    visit.open("/desk/publications/evening/look").await;
    // What is there is typed over: the colour that nobody chose can be read.
    visit.browser.run("const it = document.querySelector('#accent_color'); it.focus(); it.select(); return true").await;
    visit.browser.fill("#accent_color", "#ffee00").await;
    visit.holds("document.querySelector('#look-sample').textContent.includes('too faint for text')").await;
    assert_eq!(visit.t.publication("evening").await.accent_color, "#b05108");
}

async fn full_house() -> Option<Visit> {
    let paper = Newspaper::open().await;
    let visit = Visit::at(&crate::harness::Newsroom::of(&paper)).await?;
    paper.publish("Harbour opens");
    visit.t.gather().await;
    create(&visit.t.app, Actor::Console, "ed@news.example", "Ed", Role::Admin, "correct horse battery").await.unwrap();
    visit.log_in().await;
    Some(visit)
}
