//! The house in a browser without a script: a provider's limit, a copy of the database, a webhook from its secret to its
//! second telling; and the API's own page, which asks nobody outside.

use super::tonight::says;
use super::visit::Visit;
use crate::harness::{Look, Newsroom, Receiver, until};
use lamplighter::operators::{Actor, Role, create};
use lamplighter::service::tell_webhooks;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
/// What the page loaded or would load, from elsewhere.
const OUTSIDE: &str = "return [...performance.getEntriesByType('resource').map(it => it.name), ...[...document.querySelectorAll('[src], link[href], form[action]')].map(it => it.src || it.href || it.action)].filter(it => !it.startsWith(location.origin + '/') && !it.startsWith('data:'))";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_copies_and_webhooks_are_seen_to_without_a_script() {
    let Some(visit) = Visit::at(&Newsroom::empty()).await else { return };
    let (t, browser) = (&visit.t, &visit.browser);
    create(&t.app, Actor::Console, "ed@news.example", "Ed", Role::Admin, "correct horse battery").await.unwrap();
    visit.log_in().await;
    browser.without_javascript().await;
    browser.look(360, 900, Look::Light).await;

    visit.open("/desk/relays?scope=group%3Aother").await;
    browser.run("document.querySelector('#rate').value = ''; return 1").await;
    browser.fill("#rate", "7").await;
    browser.click("form[action$='/limits'] button").await;
    says(&visit, "Set. It holds for every worker within a second.").await;
    assert_eq!(browser.run("return document.querySelector('#rate').value").await, "7");
    browser.fill("#minutes", "30").await;
    browser.fill("#reason", "they are moving house").await;
    browser.click("form[action$='/pause'] button").await;
    says(&visit, "Paused for 30 minutes.").await;
    visit.says("they are moving house").await;
    browser.click("form[action$='/resume'] button").await;
    says(&visit, "Resumed. Mail goes there again.").await;
    browser.click("form[action$='/clear'] button").await;
    says(&visit, "Taken back.").await;
    visit.holds("document.querySelector(\"form[action$='/clear']\") == null").await;

    visit.open("/desk/backups").await;
    visit.says("There is no backup yet").await;
    browser.click("form[action$='/backups'] button").await;
    says(&visit, "A copy is being made").await;
    until("the copy", PATIENCE, async || {
        visit.open("/desk/backups").await;
        // The file is there a moment before it is noted, and the page is not looked at again by itself.
        let is_noted = "document.body.textContent.includes('The last one is of')";
        browser.run(&format!("return {is_noted} ? document.querySelectorAll('#copies ~ ul li').length : 0")).await == 1
    })
    .await;

    let receiver = Receiver::open().await;
    visit.open("/desk/webhooks").await;
    browser.fill("#name", "cms").await;
    browser.fill("#url", receiver.url()).await;
    browser.click("main form .button").await;
    let secret = browser.text("#secret").await;
    assert!(secret.starts_with("whsec_"), "{secret}");
    browser.click("main a.button").await;
    visit.reads("Webhook cms").await;
    assert!(
        !browser.run("return document.documentElement.outerHTML").await.as_str().unwrap().contains(&secret),
        "shown once"
    );
    browser.click("form[action$='/test'] button").await;
    says(&visit, "A test is on its way.").await;
    tell_webhooks(&t.app).await.unwrap();
    browser.goto(&browser.url().await).await;
    visit.says("answered 200").await;
    browser.click("td form[action$='/replay'] button").await;
    says(&visit, "1 event is told again.").await;
    tell_webhooks(&t.app).await.unwrap();
    let told = receiver.take();
    assert_eq!(told.len(), 2);
    assert!(
        told.iter().all(|it| it.is_signed_by(&secret)) && told[0].id == told[1].id,
        "the same event, twice: {told:?}"
    );

    visit.open("/api/docs").await;
    assert_eq!(browser.run(OUTSIDE).await, serde_json::json!([]));
    assert_eq!(browser.count("#orderSections").await, 1);
}
