//! Every page of the desk, as its doors are declared: WCAG 2.2 AA by axe, by day and by night, nothing faint, and nothing
//! wider than a small phone. A page that is added is visited without a line here; one with something in its path fails the
//! sweep until it is said here what stands there.

use super::readers::FAINT;
use super::visit::Visit;
use crate::harness::axe::ADVICE;
use crate::harness::{Axe, Browser, Look, Newspaper, Newsroom, Receiver};
use lamplighter::db::Sql;
use lamplighter::editions::{self, EditionChange};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::accounts::invite;
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, Role, create};
use lamplighter::subscribers::{self, SuppressionReason};
use lamplighter::web::list_doors;
use lamplighter::webhooks::{self, NewEndpoint};
use lamplighter::{gather, service};
use std::path::Path;

const WHO: Actor = Actor::Console;
const PASSWORD: &str = "correct horse battery";

/// No pages: a stream, documents that stand in frames, an address that leads on.
const OTHERS: &[&str] =
    &["/desk/live", "/desk/editions/{id}/preview", "/desk/forms/plain", "/desk/publications/{slug}/look/sample"];
/// Pages that need half a log-in.
const CODE: &str = "/desk/login/code";
const SET_UP: &str = "/desk/login/set-up";
/// The newest session alone, which is the browser's.
const STAGE: Sql = Sql::both("UPDATE sessions SET stage = $1 WHERE id = (SELECT MAX(id) FROM sessions)");
/// Of three readers one waits and one is uncertain, and a provider is held back.
const UNDER_WAY: &[Sql] = &[
    Sql::both("UPDATE editions SET state = 'sending', finished_at = NULL WHERE id = $1"),
    Sql::both(
        "UPDATE deliveries SET state = 'deferred', reason = '451 4.7.1 try again later', finished_at = NULL WHERE edition_id = $1 AND id = (SELECT MIN(id) FROM deliveries WHERE edition_id = $1)",
    ),
    Sql::both(
        "UPDATE deliveries SET state = 'uncertain', reason = 'the connection died after the last byte' WHERE edition_id = $1 AND id = (SELECT MAX(id) FROM deliveries WHERE edition_id = $1)",
    ),
    Sql::both("UPDATE delivery_waves SET paused_at = 7 WHERE edition_id = $1"),
];

/// A house in which every page has something to show, and what stands in their paths.
struct House {
    visit: Visit,
    _paper: Newspaper,
    _receiver: Receiver,
    draft: i64,
    under_way: i64,
    reader: i64,
    import: i64,
    source: i64,
    webhook: i64,
    operator: i64,
    section: i64,
    slot: i64,
    welcome: String,
}

impl House {
    async fn open() -> Option<Self> {
        let (paper, receiver) = (Newspaper::open().await, Receiver::open().await);
        let visit = Visit::at(&Newsroom::of(&paper).with("description = \"What the harbour did today.\"")).await?;
        let (t, app) = (&visit.t, &visit.t.app);
        for reader in ["ada", "ben", "cleo"] {
            t.subscribe(&format!("{reader}@readers.example")).await;
        }
        t.sign_up("evening", "dan@readers.example", &[]).await;
        let new = NewEndpoint { name: "cms".to_owned(), url: receiver.url().to_owned(), events: Vec::new() };
        let (webhook, _) = webhooks::add(app, WHO, &new).await.unwrap();
        receiver.answer(&[500]);
        for title in ["Harbour opens after eleven years of works on the outer pier", "Bridge closes", "Ferry sails"] {
            paper.publish(title);
        }
        t.evening("2026-11-23").await;
        service::tell_webhooks(app).await.unwrap();
        let under_way = t.edition("2026-11-23").await.id;
        let article = t.article("Ferry sails").await;
        editions::corrections::correct(app, WHO, under_way, article, "noon", "one o'clock").await.unwrap();
        let ben = EmailAddr::parse("ben@readers.example").unwrap();
        subscribers::suppress(app, WHO, &ben, SuppressionReason::Complaint).await.unwrap();
        // The evening after: a draft with something in the pool.
        paper.publish("Mayor speaks");
        paper.publish("Council meets about the tide gauge, the market hall and the tram line to the north");
        t.go_to("2026-11-24 17:58").await;
        t.tick().await;
        t.go_to("2026-11-24 18:00").await;
        t.tick().await;
        paper.publish("Lamp lit");
        t.gather().await;
        t.seed_growth().await;
        service::sweep(app).await.unwrap();
        let import = tried_import(&visit).await;
        tokens::create(app, WHO, "cms", &[Scope::Write]).await.unwrap();
        create(app, WHO, "ed@news.example", "Ed", Role::Admin, PASSWORD).await.unwrap();
        let invited = invite(app, WHO, "vera@news.example", "Vera", Role::Viewer).await.unwrap();
        let mut tx = t.db().begin().await.unwrap();
        for sql in UNDER_WAY {
            tx.execute(*sql, vec![under_way.0.into()]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = t.db().read().await.unwrap();
        const READER: Sql = Sql::both("SELECT id AS value FROM subscribers WHERE email LIKE 'ben%'");
        let reader: i64 = tx.fetch_value(READER, vec![]).await.unwrap();
        let publication = t.publication("evening").await.id;
        let sections = lamplighter::publications::list_sections(&mut tx, publication).await.unwrap();
        let slots = lamplighter::publications::list_slots(&mut tx, publication).await.unwrap();
        drop(tx);
        let sources = gather::sources::list(app, WHO).await.unwrap();
        let draft = t.edition("2026-11-24").await.id;
        let welcome = format!("/desk/welcome/{}", invited.token);
        visit.log_in().await;
        Some(Self {
            draft: draft.0,
            under_way: under_way.0,
            reader,
            import,
            source: sources[0].health.id.0,
            webhook: webhook.id.0,
            operator: invited.id.0,
            section: sections[0].id.0,
            slot: slots[0].id.0,
            welcome,
            visit,
            _paper: paper,
            _receiver: receiver,
        })
    }

    /// Where a door leads: each page that it shows in a state of its own.
    fn behind(&self, path: &str) -> Vec<String> {
        let with = |id: i64| path.replace("{slug}", "evening").replace("{id}", &id.to_string());
        match path {
            "/desk/editions/{id}" => vec![with(self.draft), with(self.under_way)],
            "/desk/editions/{id}/corrections" | "/desk/editions/{id}/report" => vec![with(self.under_way)],
            "/desk/subscribers/{id}" => vec![with(self.reader)],
            "/desk/subscribers/imports/{id}" => vec![with(self.import)],
            "/desk/sources/{id}" => vec![with(self.source)],
            "/desk/webhooks/{id}" => vec![with(self.webhook)],
            "/desk/people/{id}" => vec![with(self.operator), with(999)],
            "/desk/publications/{slug}/sections/{id}" => vec![with(self.section)],
            "/desk/publications/{slug}/times/{id}" => vec![with(self.slot)],
            "/desk/welcome/{token}" => vec![self.welcome.clone()],
            "/desk/subscribers" => {
                ["", "?q=da&section=sport", "?q=nobody-here", "?state=pending"].map(|it| format!("{path}{it}")).into()
            }
            "/desk/trail" => vec![path.to_owned(), format!("{path}?from=x")],
            "/desk/relays" => vec![path.to_owned(), format!("{path}?scope=group%3Agmail")],
            path => {
                let filled = path.replace("{slug}", "evening");
                assert!(!filled.contains('{'), "say in `House::behind` what stands in {path}, so that it is visited");
                vec![filled]
            }
        }
    }

    /// Every page that a whole session shows.
    fn pages(&self) -> Vec<String> {
        let doors = list_doors();
        for path in OTHERS.iter().chain(&[CODE, SET_UP]) {
            assert!(doors.iter().any(|door| door.method == "GET" && door.path == *path), "{path} is no door any more");
        }
        let pages = doors.iter().filter(|door| door.method == "GET");
        let pages = pages.filter(|door| !OTHERS.contains(&door.path) && ![CODE, SET_UP].contains(&door.path));
        pages.flat_map(|door| self.behind(door.path)).collect()
    }

    /// As if the browser's log-in had stopped there.
    async fn stage(&self, stage: &str) {
        let mut tx = self.visit.t.db().begin().await.unwrap();
        tx.execute(STAGE, vec![stage.into()]).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn tried_import(visit: &Visit) -> i64 {
    let app = &visit.t.app;
    let mut upload = subscribers::begin_upload(app, WHO, "fair.csv").await.unwrap();
    upload.take(b"email\neve@readers.example\nnobody\n").await.unwrap();
    let job = upload.finish().await.unwrap();
    let choice = subscribers::JobChoice {
        publication: Some("evening".to_owned()),
        is_confirmed: true,
        consent: "on paper".to_owned(),
    };
    subscribers::try_import(app, WHO, job, &choice).await.unwrap();
    subscribers::work_once(app, "one").await.unwrap();
    job.0
}

/// What is wrong with the page that the browser shows, in each look; what is folded up is looked at, too.
async fn judge(visit: &Visit, axe: &Axe, page: &str, wrong: &mut Vec<String>) {
    let browser: &Browser = &visit.browser;
    browser.run("document.querySelectorAll('details').forEach(it => it.open = true); return 1").await;
    axe.enter(browser).await;
    for (width, look) in [(320, Look::Light), (320, Look::Dark), (1280, Look::Light)] {
        browser.look(width, 640, look).await;
        let overflow = visit.overflow().await;
        if overflow > 0 {
            wrong.push(format!("{page} is {overflow} pixels too wide at {width}"));
        }
        // What axe finds is the same on a wide screen.
        if width > 320 {
            continue;
        }
        let found = axe.violations(browser, ADVICE).await;
        if !found.is_empty() {
            wrong.push(format!("{page} {look:?}\n{found}"));
        }
        let faint = browser.run(FAINT).await;
        if faint != "" {
            wrong.push(format!("{page} {look:?} is faint: {faint}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_on_any_page_of_the_desk() {
    let Some(axe) = Axe::find() else { return };
    let Some(house) = House::open().await else { return };
    let visit = &house.visit;
    let mut wrong = Vec::new();
    let pages = house.pages();
    for page in &pages {
        visit.open(page).await;
        assert!(visit.browser.count("main").await == 1, "{page}");
        judge(visit, &axe, page, &mut wrong).await;
    }
    // The API's own page, to which the desk's foot leads.
    visit.open("/api/docs").await;
    judge(visit, &axe, "/api/docs", &mut wrong).await;
    // Somebody else was faster.
    visit.open(&format!("/desk/editions/{}", house.draft)).await;
    visit
        .browser
        .run("document.querySelector('#preheader').closest('details')?.setAttribute('open', ''); return 1")
        .await;
    visit.browser.fill("#preheader", "And the harbour").await;
    let change = EditionChange { preheader: Some("And the ferry".to_owned()), ..EditionChange::default() };
    editions::change_edition(&visit.t.app, WHO, editions::EditionId(house.draft), None, &change).await.unwrap();
    visit.browser.run("document.querySelector('#preheader').form.submit(); return 1").await;
    visit.reads("Changed meanwhile").await;
    judge(visit, &axe, "a conflict", &mut wrong).await;
    // Half a log-in: a code is asked for, or a second step is offered.
    visit.open("/desk/account/second-step").await;
    visit.browser.click("form[action$='/offer'] button").await;
    visit.holds("document.querySelector('svg.qr') != null").await;
    judge(visit, &axe, "a second step offered", &mut wrong).await;
    for (stage, page) in [("code", CODE), ("set_up", SET_UP)] {
        house.stage(stage).await;
        visit.open(page).await;
        assert!(visit.browser.url().await.ends_with(page), "{page} was not shown");
        judge(visit, &axe, page, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pages.len() > 45, "{pages:?}");
}

/// Pictures for whoever changes the look: `cargo test --test it browser::desk_pages -- --ignored` writes them into
/// `target/screenshots/`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes pictures into target/screenshots"]
async fn screenshots_of_every_page() {
    let Some(house) = House::open().await else { return };
    let visit = &house.visit;
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&target).unwrap();
    for link in house.pages() {
        for (width, look) in [(360, Look::Light), (1280, Look::Light), (1280, Look::Dark)] {
            visit.browser.look(width, 1600, look).await;
            visit.open(&link).await;
            let name = link.trim_matches('/').replace(['/', '?', '=', '&', '%'], "-");
            let name: String = name.chars().take(60).collect();
            let file = format!("{name}-{width}-{}.png", if look == Look::Dark { "dark" } else { "light" });
            std::fs::write(target.join(file), visit.browser.picture().await).unwrap();
        }
    }
}
