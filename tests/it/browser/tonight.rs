//! Tonight in a browser: an editor who has never seen it shapes and sends an edition, with a script and without; a second
//! one sees it happen.

use super::visit::Visit;
use crate::harness::{Look, Newspaper, Newsroom};
use lamplighter::editions::{self, EditionChange, EditionState as S, ItemChange, SubjectChange};
use lamplighter::operators::{Actor, Role, create};

const MONDAY: &str = "2026-11-23";
/// Down, as WebDriver calls it (17.4.2).
const DOWN: &str = "\u{e015}";
const FIRST: &str = "document.querySelector('.story h3').textContent.trim()";

pub(super) async fn at_a_draft() -> Option<(Visit, Newspaper)> {
    let paper = Newspaper::open().await;
    let newsroom = Newsroom::of(&paper).with("approval = \"manual\"\ndescription = \"What the harbour did today.\"");
    let visit = Visit::at(&newsroom).await?;
    visit.t.subscribe("ada@readers.example").await;
    for title in ["Harbour opens", "Ferry sails", "Mayor speaks"] {
        paper.publish(title);
    }
    visit.t.go_to("2026-11-23 17:58").await;
    visit.t.tick().await;
    visit.t.go_to("2026-11-23 18:00").await;
    visit.t.tick().await;
    paper.publish("Bridge closes");
    visit.t.gather().await;
    create(&visit.t.app, Actor::Console, "ed@news.example", "Ed", Role::Editor, "correct horse battery").await.unwrap();
    Some((visit, paper))
}

/// Until the page says that this was done.
pub(super) async fn says(visit: &Visit, words: &str) {
    visit.holds(&format!("document.querySelector('.notice.good')?.textContent.includes({words:?}) ?? false")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_editor_without_a_script_shapes_the_edition_and_sends_it() {
    let Some((visit, _paper)) = at_a_draft().await else { return };
    let browser = &visit.browser;
    browser.without_javascript().await;
    browser.look(360, 900, Look::Light).await;
    visit.open("/desk/login").await;
    browser.fill("#email", "ed@news.example").await;
    browser.fill("#password", "correct horse battery").await;
    browser.click("main button").await;
    visit.reads("The Lamp").await;
    let first = browser.text(".story h3").await;
    browser.click(".story:nth-child(2) .move button[value=up]").await;
    says(&visit, "Moved to place 1").await;
    assert_ne!(browser.text(".story h3").await, first);
    assert_eq!(browser.text(".story:nth-child(2) h3").await, first);
    // A story of the pool goes in, the words are changed.
    browser.click("#waiting form[action$='/items'] button").await;
    says(&visit, "It is in the edition").await;
    assert_eq!(browser.count(".story").await, 4);
    browser.click(".story:nth-child(1) details.edit summary").await;
    browser.fill(".story:nth-child(1) input[name=note]", "See page three").await;
    browser.click(".story:nth-child(1) details.edit .button:not(.danger)").await;
    says(&visit, "Saved").await;
    // The message of the last deed stands over whatever is at the top of the window.
    browser.run("window.scrollTo(0, 0)").await;
    browser.click("button[value=approve]").await;
    says(&visit, "Approved").await;
    browser.click("#send details summary").await;
    browser.click("#send input[name=sure]").await;
    browser.click("#send details button").await;
    says(&visit, "Sending has begun, to 1 reader").await;
    visit.t.live_until("2026-11-23 18:20").await;
    assert_eq!(visit.t.edition(MONDAY).await.state, S::Sent);
    let mail = visit.t.sink.mails_to("ada@readers.example").pop().unwrap();
    assert!(mail.text.contains("See page three") && mail.text.contains("Bridge closes"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_a_drag_move_stories_and_a_change_of_somebody_else_is_seen() {
    let Some((visit, _paper)) = at_a_draft().await else { return };
    let browser = &visit.browser;
    visit.log_in().await;
    browser.look(1280, 900, Look::Light).await;
    let first = browser.run(&format!("return {FIRST}")).await;
    visit.tab_to("e.className === 'handle'").await;
    browser.press(DOWN).await;
    visit.holds(&format!("{FIRST} !== {first} && document.activeElement.className === 'handle'")).await;
    browser.press("\u{e013}").await;
    visit.holds(&format!("{FIRST} === {first}")).await;
    // The third story is dropped before the first one.
    let drag = "const [one, , three] = document.querySelectorAll('.story'), box = one.getBoundingClientRect(), data = new DataTransfer(); \
                three.querySelector('.handle').dispatchEvent(new MouseEvent('mousedown', {bubbles: true})); \
                const fire = (on, name) => on.dispatchEvent(new DragEvent(name, {bubbles: true, cancelable: true, clientY: box.top + 2, dataTransfer: data})); \
                const title = three.querySelector('h3').textContent.trim(); fire(three, 'dragstart'); fire(one, 'dragover'); fire(one, 'drop'); return title";
    let third = browser.run(drag).await;
    visit.holds(&format!("{FIRST} === {third}")).await;
    // Somebody else changes the subject and a note of the same story while its headline is being typed.
    let id = visit.t.edition(MONDAY).await.id;
    visit.holds("document.querySelector('#stories') !== null").await;
    browser.click(".story details.edit summary").await;
    browser.fill(".story input[name=headline]", " and more").await;
    let change =
        EditionChange { subject: Some(SubjectChange::Own("A subject from elsewhere".into())), ..Default::default() };
    let story = editions::list_items(&mut visit.t.db().read().await.unwrap(), id).await.unwrap()[0].article_id;
    let note = ItemChange { note: Some("See page 3".into()), ..Default::default() };
    editions::change_item(&visit.t.app, Actor::Console, id, None, story, &note).await.unwrap();
    editions::change_edition(&visit.t.app, Actor::Console, id, None, &change).await.unwrap();
    visit.holds("document.querySelector('#words').textContent.includes('A subject from elsewhere')").await;
    visit.holds("document.querySelector('#live-note').hidden === false").await;
    let typed = browser.run("return document.querySelector('.story input[name=headline]').value").await;
    assert!(typed.as_str().unwrap().ends_with(" and more"), "what is being typed is left alone: {typed}");
    browser.click(".story details.edit .button:not(.danger)").await;
    visit.reads("Changed meanwhile").await;
    assert!(browser.text("main").await.contains("Somebody was faster"));
    browser.click("main form .button").await;
    visit.holds("document.querySelector('.notice.good') !== null").await;
    assert!(browser.text(".story h3").await.ends_with("and more"));
}
