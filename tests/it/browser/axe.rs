//! WCAG 2.2 AA by axe: no violation on any page that readers see, in any state, in any language, by day and by night; nor
//! anything wider than a small phone.

use super::visit::Visit;
use crate::harness::axe::{ADVICE, WCAG};
use crate::harness::{Axe, Look};
use lamplighter::words::Language;

async fn nothing_is_wrong_in(language: Language) {
    let Some(axe) = Axe::find() else { return };
    let Some(visit) = Visit::at_a_newsroom().await else { return };
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    visit
        .tour(language, &mut async |visit: &Visit, page: &str| {
            axe.enter(&visit.browser).await;
            // An edition is a mail: it has no landmarks.
            let rules = if page.starts_with("/archive/evening/") { WCAG } else { ADVICE };
            for look in [Look::Light, Look::Dark] {
                visit.browser.look(320, 640, look).await;
                let found = axe.violations(&visit.browser, rules).await;
                let overflow = visit.overflow().await;
                if !found.is_empty() {
                    wrong.push(format!("{page} {look:?}\n{found}"));
                }
                if overflow > 0 {
                    wrong.push(format!("{page} is {overflow} pixels too wide"));
                }
                looked_at += 1;
            }
        })
        .await;
    assert!(wrong.is_empty(), "{}:\n{}", language.code(), wrong.join("\n"));
    assert!(looked_at >= 2 * 20, "{looked_at}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_in_english() {
    nothing_is_wrong_in(Language::En).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_in_german() {
    nothing_is_wrong_in(Language::De).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_in_french() {
    nothing_is_wrong_in(Language::Fr).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_in_spanish() {
    nothing_is_wrong_in(Language::Es).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_in_russian() {
    nothing_is_wrong_in(Language::Ru).await;
}

#[tokio::test]
async fn a_fault_is_found() {
    let Some(axe) = Axe::find() else { return };
    let Some(browser) = crate::harness::Browser::open().await else { return };
    browser.goto("data:text/html,<title>x</title><main><input></main>").await;
    axe.enter(&browser).await;
    let found = axe.violations(&browser, WCAG).await;
    assert!(found.contains("label: ") && found.contains("html-has-lang: "), "{found}");
}
