//! What readers and editors do, in a real browser.

mod axe;
mod desk;
mod desk_pages;
mod editors;
mod entry;
mod house;
mod joining;
mod mails;
mod preferences;
mod puzzle;
mod readers;
mod sending;
mod set_up;
mod subscribers;
mod tonight;
mod tour;
mod visit;

use crate::harness::{Browser, Look};

const PAGE: &str = "data:text/html,<title>Lamp</title><meta name=viewport content=width=device-width><style>@media (prefers-color-scheme: dark) { p { color: red } }</style>\
                    <p>out</p><input><button onclick=\"document.querySelector('p').textContent='lit'\">Light</button>";

#[tokio::test]
async fn the_browser_shows_types_clicks_and_takes_pictures() {
    let Some(browser) = Browser::open().await else { return };
    browser.look(320, 640, Look::Dark).await;
    browser.goto(PAGE).await;
    assert_eq!(browser.title().await, "Lamp");
    assert_eq!(
        browser.run("return [innerWidth, getComputedStyle(document.querySelector('p')).color].join(' ')").await,
        "320 rgb(255, 0, 0)"
    );
    browser.fill("input", "wick").await;
    assert_eq!(browser.run("return document.querySelector('input').value").await, "wick");
    browser.look(1024, 768, Look::Light).await;
    browser.press("\u{e004}\u{e007}").await;
    assert_eq!(browser.text("p").await, "lit");
    assert_eq!(browser.count("button").await, 1);
    assert!(browser.picture().await.starts_with(b"\x89PNG"));

    browser.without_javascript().await;
    browser.goto(PAGE).await;
    browser.click("button").await;
    assert_eq!(browser.text("p").await, "out");
    assert_eq!(browser.attribute("meta", "name").await.as_deref(), Some("viewport"));
    assert!(browser.url().await.starts_with("data:"));
}
