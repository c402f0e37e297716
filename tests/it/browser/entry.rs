//! Getting in, in a browser: a link, a password, a second step; and axe at every page on the way, by day and by night, on a
//! small phone.

use super::visit::Visit;
use crate::harness::axe::ADVICE;
use crate::harness::{Axe, Look};
use lamplighter::operators::accounts::invite;
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, Role, links, totp};

const PASSWORD: &str = "a long enough password";
/// A code as a camera sees it: dark corners, a light margin, and of some size.
const QR: &str = "const box = document.querySelector('svg.qr').getBoundingClientRect(); const path = document.querySelector('svg.qr path'); return box.width > 150 && box.height > 150 && path.getBBox().width > 20 && getComputedStyle(path).fill == 'rgb(0, 0, 0)' && getComputedStyle(document.querySelector('svg.qr rect')).fill == 'rgb(255, 255, 255)'";

struct Looker {
    axe: Option<Axe>,
    wrong: Vec<String>,
}

impl Looker {
    async fn look(&mut self, visit: &Visit, page: &str) {
        let Some(axe) = &self.axe else { return };
        axe.enter(&visit.browser).await;
        for look in [Look::Light, Look::Dark] {
            visit.browser.look(320, 640, look).await;
            let found = axe.violations(&visit.browser, ADVICE).await;
            if !found.is_empty() {
                self.wrong.push(format!("{page} {look:?}\n{found}"));
            }
            let overflow = visit.overflow().await;
            if overflow > 0 {
                self.wrong.push(format!("{page} is {overflow} pixels too wide"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_new_gets_in_by_a_link_and_sets_the_second_step_up() {
    let Some(visit) = Visit::begin().await else { return };
    let (app, browser) = (&visit.t.app, &visit.browser);
    let invited = invite(app, Actor::Console, "ada@news.example", "Editor", Role::Admin).await.unwrap();
    let mut looker = Looker { axe: Axe::find(), wrong: Vec::new() };

    visit.open(&links::address(app, &invited.token)).await;
    looker.look(&visit, "welcome").await;
    browser.fill("#name", "Ada").await;
    browser.fill("#password", PASSWORD).await;
    browser.fill("#again", "another long password").await;
    browser.click("main button").await;
    visit.holds("document.querySelector('#again-error') != null").await;
    looker.look(&visit, "welcome with a mistake").await;
    browser.fill("#password", PASSWORD).await;
    browser.fill("#again", PASSWORD).await;
    browser.click("main button").await;
    visit.holds("document.querySelector('.bar-who') != null").await;

    visit.open("/desk/account/second-step").await;
    looker.look(&visit, "second step off").await;
    browser.click("main button").await;
    visit.holds("document.querySelector('svg.qr') != null").await;
    assert_eq!(browser.run(QR).await, true, "the strict policy lets the picture be seen");
    looker.look(&visit, "second step offered").await;
    assert_eq!(browser.run(QR).await, true, "dark on light also by night");
    let secret = browser.text("code.secret").await.replace(' ', "");
    browser.fill("#code", &totp::code_at(&secret, visit.t.now())).await;
    browser.click("main form button").await;
    visit.holds("document.querySelectorAll('.recovery-codes li').length == 10").await;
    looker.look(&visit, "recovery codes").await;
    let recovery = browser.text(".recovery-codes li").await;
    visit.open("/desk/account/second-step").await;
    looker.look(&visit, "second step on").await;

    tokens::create(app, Actor::Console, "cms", &[Scope::Write]).await.unwrap();
    for page in ["/desk/account", "/desk/people", "/desk/people/999", "/desk/keys", "/desk/trail", "/desk/trail?from=x"]
    {
        visit.open(page).await;
        looker.look(&visit, page).await;
    }
    visit.open(&format!("/desk/people/{}", invited.id)).await;
    looker.look(&visit, "a person").await;
    visit.open("/desk/people").await;
    browser.fill("#name", "Ben").await;
    browser.fill("#email", "ben@news.example").await;
    browser.click("#add ~ form button").await;
    visit.holds("document.querySelector('#link') != null").await;
    looker.look(&visit, "a link to hand over").await;
    visit.open("/desk/keys").await;
    browser.fill("#name", "reader").await;
    browser.click("#scope input[value=read]").await;
    browser.click("#make ~ form button").await;
    visit.holds("document.querySelector('#key') != null").await;
    looker.look(&visit, "a key, shown once").await;

    browser.click(".bar-menu summary").await;
    browser.click(".bar-menu .bar-who button").await;
    visit.holds("document.querySelector('#email') != null").await;
    looker.look(&visit, "log-in").await;
    visit.open("/desk/trail?who=console").await;
    browser.fill("#email", "ada@news.example").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("main button").await;
    visit.holds("document.querySelector('#code') != null").await;
    looker.look(&visit, "the code").await;
    browser.fill("#code", "123").await;
    browser.click("main button").await;
    visit.holds("document.querySelector('.error-summary') != null").await;
    looker.look(&visit, "a wrong code").await;
    browser.fill("#code", &recovery).await;
    browser.click("main button").await;
    visit.holds("location.pathname == '/desk/trail' && document.querySelector('.notice') != null").await;
    assert!(browser.text(".notice").await.contains("9 are left"));
    assert!(looker.wrong.is_empty(), "{}", looker.wrong.join("\n"));
}
