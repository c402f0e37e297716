//! A newsroom is set up from nothing to its first draft by clicks alone, without a script.

use super::visit::Visit;
use crate::harness::axe::ADVICE;
use crate::harness::{Axe, Browser, Doors, Harness, Look, Newspaper, Stage, TestDatabase};
use lamplighter::db::Engine;
use lamplighter::operators::{Actor, Role, create};
use std::path::Path;
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
    assert!(!visit.browser.text("main").await.contains("First steps"), "they are taken");
    let publication = visit.t.publication("the-evening-lamp").await;
    let mut tx = visit.t.db().read().await.unwrap();
    let open = lamplighter::editions::list_open(&mut tx, publication.id).await.unwrap();
    let draft = open.iter().find(|it| it.state == lamplighter::editions::EditionState::Drafted).unwrap();
    assert_eq!(lamplighter::editions::list_items(&mut tx, draft.id).await.unwrap().len(), 3);
}

/// The pages of the set-up and of the house, in a house that has something to show.
pub(super) const PAGES: [&str; 13] = [
    "/desk/publications",
    "/desk/new-publication",
    "/desk/publications/evening",
    "/desk/publications/evening/times",
    "/desk/publications/evening/sections",
    "/desk/publications/evening/look",
    "/desk/sources",
    "/desk/add-source",
    "/desk/relays",
    "/desk/relays?scope=group%3Agmail",
    "/desk/doctor",
    "/desk/jobs",
    "/desk/backups",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_the_set_up_and_the_house_are_whole_on_a_phone_and_in_the_dark() {
    let Some(axe) = Axe::find() else { return };
    let Some(visit) = full_house().await else { return };
    let mut wrong = Vec::new();
    let sources = lamplighter::gather::sources::list(&visit.t.app, Actor::Console).await.unwrap();
    let source = format!("/desk/sources/{}", sources[0].health.id);
    for page in PAGES.into_iter().chain([source.as_str()]) {
        visit.open(page).await;
        axe.enter(&visit.browser).await;
        for (width, look) in [(320, Look::Light), (320, Look::Dark), (1280, Look::Light)] {
            visit.browser.look(width, 900, look).await;
            let found = axe.violations(&visit.browser, ADVICE).await;
            if !found.is_empty() {
                wrong.push(format!("{page} {look:?}\n{found}"));
            }
            let overflow = visit.overflow().await;
            if overflow > 0 {
                wrong.push(format!("{page} is {overflow} pixels too wide at {width}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Whoever types sees it without a button, where a script may run.
    visit.open("/desk/publications/evening/look").await;
    visit.browser.fill("#accent_color", "#ffee00").await;
    visit.holds("document.querySelector('#look-sample').textContent.includes('too faint for text')").await;
    assert_eq!(visit.t.publication("evening").await.accent_color, "#b45309");
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

/// Pictures for whoever changes the look: `cargo test --test it browser::set_up -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes pictures into target/screenshots"]
async fn screenshots_of_the_set_up() {
    let Some(visit) = full_house().await else { return };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&target).unwrap();
    for page in PAGES {
        for (width, look) in [(360, Look::Light), (1280, Look::Light), (1280, Look::Dark)] {
            visit.browser.look(width, 1400, look).await;
            visit.open(page).await;
            let name = page.trim_start_matches("/desk/").replace(['/', '?', '%', '='], "-");
            let file = format!("{name}-{width}-{}.png", if look == Look::Dark { "dark" } else { "light" });
            std::fs::write(target.join(file), visit.browser.picture().await).unwrap();
        }
    }
}
