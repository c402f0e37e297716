//! A newsroom that asks for a proof of work: the browser brings it by itself, and whoever has no script waits.

use super::visit::Visit;
use crate::harness::Newsroom;
use lamplighter::base::Span;
use lamplighter::db::Sql;

const READER: &str = "ada@readers.example";

async fn begin() -> Option<Visit> {
    Visit::with(&Newsroom::empty(), |config| {
        config.sign_up.proof_of_work = true;
        config.sign_up.proof_difficulty = 2_000;
    })
    .await
}

async fn pending(visit: &Visit) -> i64 {
    let count = Sql::both("SELECT COUNT(*) AS value FROM pending_signups");
    visit.t.db().read().await.unwrap().fetch_value(count, vec![]).await.unwrap()
}

async fn sends_the_form(visit: &Visit) {
    visit.browser.fill("input[name=email]", READER).await;
    visit.browser.click("form.sign-up button").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_scripts_the_browser_solves_it_and_nobody_waits() {
    let Some(visit) = begin().await else { return };
    for page in ["/subscribe?publication=evening", "/embed/evening", "/"] {
        visit.open(page).await;
        visit.holds("document.querySelector('[data-patience]').hidden").await;
        sends_the_form(&visit).await;
        visit.reads("Check your mailbox").await;
    }
    assert_eq!(pending(&visit).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_the_form_says_how_long_to_wait_and_takes_that_for_a_proof() {
    let Some(visit) = begin().await else { return };
    visit.browser.without_javascript().await;
    visit.open("/subscribe?publication=evening").await;
    assert!(visit.browser.text("[data-patience]").await.contains("fifteen seconds"));
    sends_the_form(&visit).await;
    visit.reads("Please check the form").await;
    assert_eq!(pending(&visit).await, 0);
    assert_eq!(visit.browser.attribute("input[name=email]", "value").await.as_deref(), Some(READER), "nothing is lost");
    visit.t.advance(Span::seconds(15));
    visit.browser.click("form.sign-up button").await;
    visit.reads("Check your mailbox").await;
    assert_eq!(pending(&visit).await, 1);
}
