//! Every page of the desk, as its doors are declared: WCAG 2.2 AA by axe, by day and by night, and nothing wider than a
//! small phone. A page that is added is visited without a line here.

use super::tonight::at_a_draft;
use super::visit::Visit;
use crate::harness::axe::ADVICE;
use crate::harness::{Axe, Look, Newspaper};
use lamplighter::db::Sql;
use lamplighter::operators::{Actor, Role, create};
use lamplighter::web::{Needs, list_doors};
use std::path::Path;

/// No pages: a stream, documents inside frames, files.
const OTHERS: &[&str] = &["/desk/live", "/desk/editions/{id}/preview", "/desk/forms/plain"];
const PROMOTE: Sql = Sql::both("UPDATE operators SET role = 'admin' WHERE email = 'ed@news.example'");
const EDITION: Sql = Sql::both("SELECT MIN(id) AS value FROM editions");

/// What stands in a page's path: something that is there.
async fn filled(visit: &Visit, path: &str) -> Option<String> {
    if !path.contains('{') {
        return Some(path.to_owned());
    }
    let mut tx = visit.t.db().read().await.unwrap();
    let edition: i64 = tx.fetch_value(EDITION, vec![]).await.unwrap();
    path.starts_with("/desk/editions/{id}").then(|| path.replace("{id}", &edition.to_string()))
}

/// Every page that stands by itself.
async fn pages(visit: &Visit) -> Vec<String> {
    let mut pages = Vec::new();
    for door in list_doors() {
        let is_page = door.method == "GET" && door.needs != Needs::Nothing && !OTHERS.contains(&door.path);
        if let Some(path) = filled(visit, door.path).await.filter(|_| is_page) {
            pages.push(path);
        }
    }
    pages
}

/// A newsroom with a draft, and an administrator, who sees every button.
async fn everything_open() -> Option<(Visit, Newspaper)> {
    let (visit, paper) = at_a_draft().await?;
    create(&visit.t.app, Actor::Console, "vera@news.example", "Vera", Role::Viewer, "correct horse battery")
        .await
        .unwrap();
    let mut tx = visit.t.db().begin().await.unwrap();
    tx.execute(PROMOTE, vec![]).await.unwrap();
    tx.commit().await.unwrap();
    visit.log_in().await;
    Some((visit, paper))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_on_any_page_of_the_desk() {
    let Some(axe) = Axe::find() else { return };
    let Some((visit, _paper)) = everything_open().await else { return };
    let mut wrong = Vec::new();
    let pages = pages(&visit).await;
    for path in &pages {
        for look in [Look::Light, Look::Dark] {
            visit.browser.look(320, 640, look).await;
            visit.open(path).await;
            axe.enter(&visit.browser).await;
            let found = axe.violations(&visit.browser, ADVICE).await;
            let overflow = visit.overflow().await;
            if !found.is_empty() {
                wrong.push(format!("{path} {look:?}\n{found}"));
            }
            if overflow > 0 {
                wrong.push(format!("{path} is {overflow} pixels too wide"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pages.len() >= 8, "{pages:?}");
}

/// Pictures for whoever changes the look: `cargo test --test it browser::desk_pages -- --ignored` writes them into
/// `target/screenshots/`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes pictures into target/screenshots"]
async fn screenshots_of_every_page() {
    let Some((visit, _paper)) = everything_open().await else { return };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&target).unwrap();
    for link in pages(&visit).await {
        for (width, look) in [(360, Look::Light), (1280, Look::Light), (1280, Look::Dark)] {
            visit.browser.look(width, 1600, look).await;
            visit.open(&link).await;
            let name = link.trim_matches('/').replace('/', "-");
            let file = format!("{name}-{width}-{}.png", if look == Look::Dark { "dark" } else { "light" });
            std::fs::write(target.join(file), visit.browser.picture().await).unwrap();
        }
    }
}
