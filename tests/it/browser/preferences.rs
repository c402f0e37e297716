//! A reader's choices, data and ways out in a browser, with and without scripts, by hand and by keyboard.

use super::readers::FAINT;
use crate::harness::{Browser, Doors, Harness, Look, Newsroom, Stage, TestDatabase, until};
use lamplighter::db::{Engine, Sql};
use lamplighter::subscribers;
use std::sync::Arc;
use std::time::Duration;

const READER: &str = "ada@readers.example";
const NEW: &str = "ada@elsewhere.example";
const PATIENCE: Duration = Duration::from_secs(60);
const SUBSCRIPTION: Sql = Sql::both("SELECT id AS value FROM subscriptions ORDER BY id LIMIT 1");
const CHOSEN: Sql =
    Sql::both("SELECT COALESCE(CAST(weekday AS TEXT), '-') || COALESCE(sections, '-') AS value FROM subscriptions");
const PAUSED: Sql = Sql::both("SELECT COUNT(*) AS value FROM subscriptions WHERE paused_until IS NOT NULL");
const ADDRESS: Sql = Sql::both("SELECT COALESCE(MAX(email), '') AS value FROM subscribers");

struct Visit {
    browser: Browser,
    t: Harness,
    doors: Doors,
    choices: String,
}

impl Visit {
    async fn begin() -> Option<Self> {
        let browser = Browser::open().await?;
        let database = TestDatabase::migrated(Engine::Sqlite).await?;
        let mut t = <Harness as Stage>::set(Arc::new(database)).await;
        let other = Newsroom::empty().called("morning").without_sections();
        t.set_up(format!("{}{other}", Newsroom::empty().with("breaking_per_day_max = 2"))).await;
        t.subscribe(READER).await;
        let doors = Doors::open(&mut t).await;
        let id: i64 = t.db().read().await.unwrap().fetch_value(SUBSCRIPTION, vec![]).await.unwrap();
        let choices = subscribers::preferences_link(&t.app, id);
        Some(Self { browser, t, doors, choices })
    }

    async fn open(&self, link: &str) {
        self.browser.goto(&self.doors.url(link)).await;
    }

    /// Until the page says this.
    async fn says(&self, text: &str) {
        // In one question: between two the page may be another.
        let main = "return document.querySelector('main')?.innerText ?? ''";
        until(text, PATIENCE, async || self.browser.run(main).await.as_str().is_some_and(|it| it.contains(text))).await;
    }

    /// Presses the button that sends this `action`, of the first form that has it.
    async fn press(&self, action: &str) {
        self.browser.click(&format!("button[name=action][value={action}]")).await;
    }

    async fn mailed(&self, address: &str, page: &str) -> String {
        self.t.run_until_idle().await;
        let part = format!("/{page}/");
        let mails = self.t.sink.mails_to(address);
        let link = mails.iter().rev().find_map(|mail| mail.links.iter().find(|link| link.contains(&part)).cloned());
        link.expect("the mail came")
    }

    async fn text(&self, sql: Sql) -> String {
        self.t.db().read().await.unwrap().fetch_value(sql, vec![]).await.unwrap()
    }

    async fn chooses_pauses_moves_and_is_erased(&self) {
        self.open(&self.choices).await;
        self.browser.click("input[name=sections][value=sport]").await;
        self.browser.click("input[name=sections][value=world]").await;
        self.browser.click("#weekday-evening option[value='4']").await;
        self.press("save").await;
        self.says("once a week, on Friday").await;
        assert_eq!(self.text(CHOSEN).await, "4[\"local\"]");
        // As a date field takes it from any keyboard.
        self.browser.run("document.querySelector('input[name=until]').value = '2026-12-01'").await;
        self.press("pause").await;
        self.says("Paused. It goes on by itself on 1 December.").await;
        self.press("resume").await;
        self.says("until 1 December → not paused").await;
        let paused: i64 = self.t.db().read().await.unwrap().fetch_value(PAUSED, vec![]).await.unwrap();
        assert_eq!(paused, 0);

        self.browser.fill("input[name=email]", NEW).await;
        self.press("address").await;
        self.says("Two mails are on their way").await;
        self.open(&self.mailed(READER, "address").await).await;
        self.press("press").await;
        self.says("Half of it is done").await;
        self.open(&self.mailed(NEW, "address").await).await;
        self.press("press").await;
        self.says("Your address is changed").await;
        assert_eq!(self.text(ADDRESS).await, NEW);

        self.open(&self.choices).await;
        self.press("own").await;
        self.says("on its way to your mailbox").await;
        self.open(&self.mailed(NEW, "personal").await).await;
        self.press("receipt").await;
        self.says("The receipt is on its way").await;
        self.press("ask").await;
        self.says("Erase everything?").await;
        assert_eq!(self.text(ADDRESS).await, NEW, "asked, and not yet done");
        self.press("erase").await;
        self.says("You are erased").await;
        assert_eq!(self.text(ADDRESS).await, "");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_chooses_pauses_moves_and_is_erased() {
    let Some(visit) = Visit::begin().await else { return };
    visit.chooses_pauses_moves_and_is_erased().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_a_reader_does_the_same() {
    let Some(visit) = Visit::begin().await else { return };
    visit.browser.without_javascript().await;
    visit.chooses_pauses_moves_and_is_erased().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wish_is_reached_by_the_keyboard_and_every_field_has_a_name() {
    let Some(visit) = Visit::begin().await else { return };
    visit.open(&visit.choices).await;
    let nameless = "return [...document.querySelectorAll('main input:not([type=hidden]), main select')]\
                    .filter(e => !e.labels.length || !e.labels[0].textContent.trim()).map(e => e.name).join(' ')";
    assert_eq!(visit.browser.run(nameless).await, "");
    let twice = "const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.filter((id, n) => ids.indexOf(id) != n).join(' ')";
    assert_eq!(visit.browser.run(twice).await, "");
    let mut reached = Vec::new();
    for _ in 0..60 {
        visit.browser.press("\u{e004}").await;
        let on = visit.browser.run("const e = document.activeElement; return e.name == 'action' ? e.value : ''").await;
        reached.push(on.as_str().unwrap_or_default().to_owned());
        if on == "own" {
            break;
        }
    }
    for action in ["save", "pause", "leave", "join", "language", "address", "own"] {
        assert!(reached.iter().any(|it| it == action), "{action}: {reached:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_choices_are_whole_and_readable_on_every_device_in_every_language() {
    let Some(visit) = Visit::begin().await else { return };
    let token = visit.choices.rsplit('/').next().unwrap().to_owned();
    subscribers::pause(&visit.t.app, &token, None, "2026-12-24").await.unwrap();
    subscribers::ask_to_change_address(&visit.t.app, &token, NEW).await.unwrap();
    subscribers::ask_for_personal_link(&visit.t.app, &token).await.unwrap();
    let id: i64 = visit.t.db().read().await.unwrap().fetch_value(SUBSCRIPTION, vec![]).await.unwrap();
    let pages = [
        ("choices", visit.choices.clone()),
        ("address", visit.mailed(READER, "address").await),
        ("personal", visit.mailed(READER, "personal").await),
        ("unsubscribe", subscribers::unsubscribe_link(&visit.t.app, id)),
    ];
    // Whoever wants to look at them says where to.
    let album = std::env::var_os("LAMPLIGHTER_PICTURES").map(std::path::PathBuf::from);
    for look in [Look::Light, Look::Dark] {
        for (width, height) in [(320, 640), (1280, 800)] {
            visit.browser.look(width, height, look).await;
            for (name, page) in &pages {
                for language in ["en", "de", "fr", "es", "ru"] {
                    visit.open(&format!("{page}?language={language}")).await;
                    let overflow = visit.browser.run("return document.documentElement.scrollWidth - innerWidth").await;
                    assert!(
                        overflow.as_i64().is_some_and(|it| it <= 0),
                        "{name} {language} {width}: {overflow} too wide"
                    );
                    assert_eq!(visit.browser.run(FAINT).await, "", "{name} {language} {look:?} {width}");
                    if let Some(album) = &album {
                        let file = album.join(format!("{name}-{language}-{width}-{look:?}.png"));
                        std::fs::write(file, visit.browser.picture().await).unwrap();
                    }
                }
            }
        }
    }
}
