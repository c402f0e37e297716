//! A reader's way from the form to the edition's end, in a browser, with whatever the reader has.

use super::visit::Visit;
use crate::harness::Look;

const READER: &str = "ada@readers.example";
const ENTER: &str = "\u{e007}";

impl Visit {
    /// Opens the confirmation as it came by mail.
    async fn open_confirmation(&self) {
        self.t.run_until_idle().await;
        self.open(&self.t.confirmation_link(READER)).await;
        self.reads("Confirm your subscription").await;
        assert_eq!(self.active().await, 0, "opening it confirms nothing");
    }

    async fn joins_and_leaves_and_comes_back(&self) {
        self.open("/subscribe?publication=evening").await;
        self.browser.fill("input[name=email]", READER).await;
        self.browser.click("form.sign-up button[type=submit]").await;
        self.reads("Check your mailbox").await;
        self.open_confirmation().await;
        self.browser.click("main button.large").await;
        self.reads("You are subscribed").await;
        assert_eq!(self.active().await, 1);
        self.open(&self.unsubscribe_link(READER).await).await;
        self.reads("Unsubscribe").await;
        assert_eq!(self.active().await, 1, "opening it ends nothing");
        self.browser.click("main button.large").await;
        self.reads("You are unsubscribed").await;
        assert_eq!(self.active().await, 0);
        self.browser.click("main form button").await;
        self.reads("Welcome back").await;
        assert_eq!(self.active().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_signs_up_confirms_leaves_and_undoes_it() {
    let Some(visit) = Visit::begin().await else { return };
    visit.joins_and_leaves_and_comes_back().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_it_is_the_same() {
    let Some(visit) = Visit::begin().await else { return };
    visit.browser.without_javascript().await;
    visit.joins_and_leaves_and_comes_back().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nothing_but_a_keyboard_it_is_the_same() {
    let Some(visit) = Visit::begin().await else { return };
    visit.open("/subscribe?publication=evening").await;
    visit.tab_to("e.name == 'email'").await;
    visit.browser.press(READER).await;
    visit.browser.press(ENTER).await;
    visit.reads("Check your mailbox").await;
    visit.open_confirmation().await;
    visit.tab_to("e.textContent == 'Confirm my subscription'").await;
    visit.browser.press(ENTER).await;
    visit.reads("You are subscribed").await;
    visit.open(&visit.unsubscribe_link(READER).await).await;
    visit.reads("Unsubscribe").await;
    visit.tab_to("e.textContent == 'Unsubscribe'").await;
    visit.browser.press(ENTER).await;
    visit.reads("You are unsubscribed").await;
    assert_eq!(visit.active().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_address_is_told_beside_its_field_and_kept() {
    let Some(visit) = Visit::begin().await else { return };
    visit.open("/subscribe?publication=evening").await;
    visit.browser.fill("input[name=email]", "ada@readers").await;
    visit.browser.click("form.sign-up button[type=submit]").await;
    visit.reads("Please check the form").await;
    assert_eq!(visit.browser.count(".field-error").await, 1);
    assert_eq!(visit.browser.attribute("input[name=email]", "value").await.as_deref(), Some("ada@readers"));
    assert_eq!(visit.browser.attribute("input[name=email]", "aria-invalid").await.as_deref(), Some("true"));
    assert_eq!(visit.t.sink.ledger().accepted, 0);
}

/// The contrast of every text with what is behind it (WCAG 2.2, 1.4.3); gives the texts below 4.5 to 1, or below 3 to 1
/// where they are large.
pub(super) const FAINT: &str = r#"
const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return { r: m[0], g: m[1], b: m[2], a: m.length > 3 ? m[3] : 1 } };
const part = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4) };
const light = c => 0.2126 * part(c.r) + 0.7152 * part(c.g) + 0.0722 * part(c.b);
const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a == 1) return c } return null };
const faint = [];
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim());
  const box = e.getBoundingClientRect();
  if (!own || box.width <= 1 || box.right <= 0 || box.bottom <= 0 || e.closest('.trap')) continue;
  const style = getComputedStyle(e), back = behind(e);
  if (!back) { faint.push('no background: ' + e.textContent.trim()); continue }
  const [a, b] = [light(parse(style.color)), light(back)];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  if (ratio < (isLarge ? 3 : 4.5)) faint.push(ratio.toFixed(2) + ': ' + e.textContent.trim().slice(0, 60));
}
return faint.join('\n');
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_whole_on_a_small_phone_and_readable_in_light_and_dark() {
    let Some(visit) = Visit::begin().await else { return };
    visit.t.sign_up("evening", READER, &[]).await;
    let confirm = visit.t.confirmation_link(READER);
    visit.t.subscribe("ben@readers.example").await;
    let leave = visit.unsubscribe_link("ben@readers.example").await;
    let id = visit.subscription_of("ben@readers.example").await;
    let choose = lamplighter::subscribers::preferences_link(&visit.t.app, id);
    let pages = [
        "/",
        "/subscribe?publication=evening",
        "/privacy",
        "/archive",
        "/desk/login",
        "/nowhere",
        &confirm,
        &leave,
        &choose,
    ];
    for look in [Look::Light, Look::Dark] {
        let mut grounds = Vec::new();
        for (width, height) in [(320, 640), (1280, 800)] {
            visit.browser.look(width, height, look).await;
            for page in pages {
                visit.open(page).await;
                let overflow = visit.overflow().await;
                assert!(overflow <= 0, "{page} at {width} is {overflow} too wide");
                let faint = visit.browser.run(FAINT).await;
                assert_eq!(faint, "", "{page} {look:?} {width}");
            }
            grounds.push(visit.browser.run("return getComputedStyle(document.body).backgroundColor").await);
        }
        let is_dark = |ground: &serde_json::Value| {
            let text = ground.as_str().unwrap_or_default();
            let digits: Vec<u32> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|it| it.parse().ok()).collect();
            digits.iter().take(3).sum::<u32>() < 300
        };
        assert!(grounds.iter().all(|ground| is_dark(ground) == (look == Look::Dark)), "{look:?} {grounds:?}");
    }
}
