//! Joining in a browser: in each language, with scripts and without, by keys alone, on the smallest screens.

use super::visit::Visit;
use crate::harness::Look;
use lamplighter::db::Sql;
use lamplighter::words::{Language, Words};

const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";

/// From the front page to the confirmation, and nobody is asked twice.
async fn joins_in(visit: &Visit, language: Language) {
    let (words, code) = (Words(language), language.code());
    let reader = format!("ada.{code}@readers.example");
    let before = visit.active().await;
    visit.open(&format!("/?language={code}")).await;
    visit.browser.click(".card .more a").await;
    visit.reads(&words.of("subscribe-to", "The Lamp")).await;
    assert_eq!(visit.browser.attribute("html", "lang").await.as_deref(), Some(code), "a link carries the language on");
    visit.browser.click("input[name=sections][value=sport]").await;
    visit.browser.click("select[name=hour] option[value='7']").await;
    visit.browser.click("select[name=time_zone] option[value='Europe/Kyiv']").await;
    visit.browser.fill("input[name=email]", &reader).await;
    visit.browser.click("form.sign-up button").await;
    visit.reads(&words.say("check-mailbox")).await;
    assert!(visit.browser.text(".typed").await.contains(&reader));
    visit.browser.click(".note button").await;
    assert!(!visit.browser.text(".saved").await.is_empty(), "asked once more");
    visit.t.run_until_idle().await;
    let mails = visit.t.sink.mails_to(&reader);
    assert_eq!(mails.len(), 1, "asking again within the hour sends nothing again");
    visit.open(&format!("{}?language={code}", visit.t.confirmation_link(&reader))).await;
    visit.reads(&words.say("confirm-title")).await;
    visit.browser.click("button.large").await;
    visit.reads(&words.say("confirmed-title")).await;
    assert_eq!(visit.active().await, before + 1);
    let chosen = Sql::both(
        "SELECT COALESCE(s.sections, '') || ' ' || CAST(s.hour AS TEXT) || ' ' || COALESCE(s.time_zone, '') || ' ' || c.text_version AS value FROM subscriptions s JOIN consents c ON c.subscriber_id = s.subscriber_id WHERE s.id = $1",
    );
    let id = visit.subscription_of(&reader).await;
    let chosen: String = visit.t.db().read().await.unwrap().fetch_value(chosen, vec![id.into()]).await.unwrap();
    assert_eq!(chosen, format!("[\"sport\"] 7 Europe/Kyiv 2-{code}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_joins_in_each_language() {
    let Some(visit) = Visit::begin().await else { return };
    for language in Language::ALL {
        joins_in(&visit, language).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_a_reader_joins_in_each_language() {
    let Some(visit) = Visit::begin().await else { return };
    visit.browser.without_javascript().await;
    for language in Language::ALL {
        joins_in(&visit, language).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_keys_alone_a_reader_chooses_joins_and_asks_once_more() {
    let Some(visit) = Visit::begin().await else { return };
    visit.open("/subscribe?publication=evening").await;
    visit.tab_to("e.name == 'sections' && e.value == 'local'").await;
    visit.browser.press(SPACE).await;
    visit.tab_to("e.name == 'hour'").await;
    visit.browser.press("9").await;
    visit.tab_to("e.name == 'email'").await;
    visit.browser.press("ada@readers.example").await;
    visit.browser.press(ENTER).await;
    visit.reads("Check your mailbox").await;
    visit.tab_to("e.textContent == 'Send it again'").await;
    visit.browser.press(ENTER).await;
    visit.holds("document.querySelector('.saved') != null").await;
    let kept = Sql::both("SELECT COALESCE(sections, '') || ' ' || CAST(hour AS TEXT) AS value FROM pending_signups");
    let kept: String = visit.t.db().read().await.unwrap().fetch_value(kept, vec![]).await.unwrap();
    assert_eq!(kept, "[\"local\"] 9");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_is_switched_at_the_foot_and_stays() {
    let Some(visit) = Visit::begin().await else { return };
    visit.browser.without_javascript().await;
    visit.open("/subscribe?publication=evening").await;
    visit.browser.click(".languages a[lang=fr]").await;
    visit.reads("S\u{2019}inscrire \u{e0} The Lamp").await;
    visit.browser.click(".foot a[href*=privacy]").await;
    visit.reads("Ce que nous faisons de votre adresse").await;
    assert_eq!(visit.browser.attribute(".languages [aria-current]", "lang").await.as_deref(), Some("fr"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_of_280_pixels_is_wide_enough() {
    let Some(visit) = Visit::begin().await else { return };
    for language in Language::ALL {
        for (theme, look) in [("light", Look::Dark), ("dark", Look::Light)] {
            visit.browser.look(280, 500, look).await;
            visit.open(&format!("/embed/evening?theme={theme}&language={}", language.code())).await;
            assert!(visit.overflow().await <= 0, "{theme} {}", language.code());
            let card =
                visit.browser.run("return getComputedStyle(document.querySelector('.sheet')).backgroundColor").await;
            let expected = if theme == "dark" { "rgb(23, 30, 40)" } else { "rgb(255, 253, 248)" };
            assert_eq!(card, expected, "what the newsroom asked for, whatever the device likes");
        }
    }
    visit.browser.fill("input[name=email]", "ada@readers.example").await;
    visit.browser.click("form.sign-up button").await;
    visit.reads(&Words(Language::Ru).say("check-mailbox")).await;
    assert_eq!(visit.browser.attribute("html", "data-theme").await.as_deref(), Some("dark"));
    assert!(visit.overflow().await <= 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_copies_a_form_with_a_script_and_reads_it_without_one() {
    let Some(visit) = Visit::at_a_newsroom().await else { return };
    visit.log_in().await;
    visit.open("/desk/forms?form_language=es").await;
    visit.holds("document.querySelectorAll('.copy-line button').length == 3").await;
    visit.browser.click("#plain + .copy-line button").await;
    visit.holds("document.querySelector('#plain + .copy-line span').textContent != ''").await;
    let selected =
        visit.browser.run("const e = document.querySelector('#plain'); return e.selectionEnd == e.value.length").await;
    assert_eq!(selected, true);
    visit
        .holds("document.querySelector('iframe').contentDocument.querySelector('button').textContent == 'Suscribirse'")
        .await;
    visit.browser.without_javascript().await;
    visit.open("/desk/forms?form_language=es").await;
    assert_eq!(visit.browser.count("textarea[readonly]").await, 3);
    assert_eq!(visit.browser.count("iframe").await, 2);
}
