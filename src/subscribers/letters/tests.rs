//! What the letters say, in which language, and what they do not hold.

use super::*;
use crate::app::fixtures::TestHouse;
use crate::base::Span;
use crate::operators::Actor;
use crate::subscribers::fixtures::Letters as _;
use crate::subscribers::{SearchFilter, SignUp, ask_again, ask_to_confirm, confirm, mail_waiting, search, sign_up};
use crate::words::Language;

fn without_tokens(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive([' ', '\n', '/']) {
        let bare = word.trim_end_matches([' ', '\n', '/']);
        let is_token = bare.len() == 44 && bare.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
        out.push_str(&if is_token { word.replace(bare, "TOKEN") } else { word.to_owned() });
    }
    out
}

#[tokio::test]
async fn whoever_the_newsroom_brought_is_told_so_and_not_of_a_form() {
    let house = TestHouse::open().await;
    let ask = async |address: &str| {
        let email = EmailAddr::parse(address).unwrap();
        ask_to_confirm(&house.app, Actor::Console, "evening", &email, &[]).await.unwrap();
    };
    ask("ben@a.example").await;
    house.advance(Span::hours(24));
    mail_waiting(&house.app).await.unwrap();
    confirm(&house.app, &house.confirm_token("ben@a.example").await, None, &[]).await.unwrap();
    house.advance(Span::days(1));
    ask("ben@a.example").await;
    let mails = house.mails_to("ben@a.example").await;
    let kinds: Vec<&str> = mails.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["confirm", "reminder", "welcome", "already_subscribed"]);
    for it in [&mails[0], &mails[1], &mails[3]] {
        for part in [&it.text, &it.html] {
            assert!(part.contains("the newsroom of The Lamp"), "{part}");
            assert!(!part.contains("form") && !part.contains("You recently asked"), "{part}");
        }
    }
    // Of a sign-up by a form, the mail that a button sends once more says what the first one said.
    sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
    house.advance(Span::hours(25));
    let wanted = SearchFilter { text: Some("anna".to_owned()), ..SearchFilter::default() };
    let found = search(&house.app, Actor::Console, &wanted, None, 9).await.unwrap();
    ask_again(&house.app, Actor::Console, found.waiting[0].id).await.unwrap();
    let mails = house.mails_to("anna@a.example").await;
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("in our sign-up form"), "{}", mails[1].text);
}

#[tokio::test]
async fn the_four_letters_read_as_they_should() {
    let house = TestHouse::open().await;
    sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
    house.advance(Span::hours(24));
    mail_waiting(&house.app).await.unwrap();
    confirm(&house.app, &house.confirm_token("anna@a.example").await, None, &[]).await.unwrap();
    house.advance(Span::days(1));
    sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
    let mails = house.mails_to("anna@a.example").await;
    let kinds: Vec<&str> = mails.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["confirm", "reminder", "welcome", "already_subscribed"]);
    let read = |n: usize| format!("{}\n---\n{}", mails[n].subject, without_tokens(&mails[n].text));
    insta::assert_snapshot!(read(0), @r#"
    Confirm your subscription to The Evening Lamp
    ---
    One click and you are in.

    Please confirm that you would like to get The Evening Lamp from The Lamp at this address.

    Confirm my subscription:
    https://news.example/confirm/TOKEN

    The link works for 48 hours. It opens a page with one button; nothing is sent until you press it.

    Why you get this: somebody, most likely you, entered this address in our sign-up form. If it was not you, simply ignore this mail: without your confirmation no newsletter comes, and at most one reminder.

    This was not me: https://news.example/confirm/TOKEN/not-me
    How we treat your address: https://news.example/privacy

    --
    The Lamp
    1 Quay, Exampleton
    "#);
    insta::assert_snapshot!(read(1), @r#"
    Confirm your subscription to The Evening Lamp
    ---
    Your subscription still waits for one click.

    You recently asked for The Evening Lamp from The Lamp. Press the button, and it comes to this address. This is our only reminder.

    Confirm my subscription:
    https://news.example/confirm/TOKEN

    The link opens a page with one button. If you have changed your mind, do nothing: your address is deleted within days.

    Why you get this: somebody, most likely you, entered this address in our sign-up form. If it was not you, simply ignore this mail: without your confirmation no newsletter comes, and at most one reminder.

    This was not me: https://news.example/confirm/TOKEN/not-me
    How we treat your address: https://news.example/privacy

    --
    The Lamp
    1 Quay, Exampleton
    "#);
    insta::assert_snapshot!(read(2), @r#"
    Welcome to The Evening Lamp
    ---
    You are subscribed.

    The Evening Lamp from The Lamp comes to this address with its next edition.

    Choose sections and delivery time:
    https://news.example/preferences/TOKEN

    Add our address to your contacts, and no edition gets lost among the advertising. Every edition holds a link to your choices and a link by which to leave.

    Why you get this: you confirmed your subscription a moment ago.

    Unsubscribe: https://news.example/unsubscribe/TOKEN
    How we treat your address: https://news.example/privacy

    --
    The Lamp
    1 Quay, Exampleton
    "#);
    insta::assert_snapshot!(read(3), @r#"
    You already get The Evening Lamp
    ---
    You are on the list already.

    The Evening Lamp from The Lamp comes to this address, so there is nothing to confirm. Your choices, and the way to leave, are behind the button.

    My choices:
    https://news.example/preferences/TOKEN

    Why you get this: somebody, most likely you, entered this address in our sign-up form. If it was not you, simply ignore this mail: nothing has changed.

    How we treat your address: https://news.example/privacy

    --
    The Lamp
    1 Quay, Exampleton
    "#);
}

#[tokio::test]
async fn a_letter_is_small_fetches_nothing_and_holds_nothing_that_was_typed() {
    let house = TestHouse::open().await;
    house.change("publications", "name = 'Lamp <script>alert(1)</script> & Co' WHERE id = 1").await;
    sign_up(&house.app, SignUp::by_form("http-evil.example@a.example")).await.unwrap();
    let mail = house.mails_to("http-evil.example@a.example").await.remove(0);
    assert!(mail.html.len() < 16 * 1024, "{}", mail.html.len());
    for word in ["<script", "<img", "<link", "url(", "http://", "http-evil"] {
        assert!(!mail.html.contains(word), "{word}");
        assert!(!mail.text.contains("http-evil"));
    }
}

#[tokio::test]
async fn a_confirmation_leads_to_three_places_alone() {
    let house = TestHouse::open().await;
    sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
    let mail = house.mails_to("anna@a.example").await.remove(0);
    let token = house.confirm_token("anna@a.example").await;
    let mut links: Vec<String> = mail
        .html
        .split("href=\"")
        .skip(1)
        .filter_map(|it| Some(it.split('"').next()?.replace(&token, "TOKEN")))
        .collect();
    links.sort();
    links.dedup();
    let places = ["confirm/TOKEN", "confirm/TOKEN/not-me", "privacy"].map(|it| format!("https://news.example/{it}"));
    assert_eq!(links, places);
}

#[tokio::test]
async fn a_letter_speaks_the_language_of_its_reader_and_else_of_its_publication() {
    let house = TestHouse::open().await;
    house.change("publications", "language = 'fr' WHERE id = 1").await;
    for (address, language, heading) in [
        ("en@a.example", Some("en-GB"), "One click and you are in."),
        ("de@a.example", Some("de"), "Noch ein Klick, und Sie sind dabei."),
        ("fr@a.example", None, "Un clic, et c\u{2019}est fait."),
        ("es@a.example", Some("es-MX"), "Un clic y ya est\u{e1}."),
        (
            "ru@a.example",
            Some("ru"),
            "\u{41e}\u{434}\u{438}\u{43d} \u{449}\u{435}\u{43b}\u{447}\u{43e}\u{43a} \u{2014} \u{438} \u{433}\u{43e}\u{442}\u{43e}\u{432}\u{43e}.",
        ),
        ("it@a.example", Some("it"), "Un clic, et c\u{2019}est fait."),
    ] {
        let asked = SignUp { language: language.map(str::to_owned), ..SignUp::by_form(address) };
        sign_up(&house.app, asked).await.unwrap();
        let mail = house.mails_to(address).await.remove(0);
        assert!(mail.text.starts_with(heading), "{address}: {}", mail.text);
        let code = language.and_then(Language::of_tag).unwrap_or(Language::Fr).code();
        assert!(mail.html.contains(&format!("<html lang=\"{code}\" dir=\"ltr\">")));
    }
}

#[test]
fn what_is_stored_reads_again() {
    let letter = Letter::welcome(PublicationId(3), "de", 7);
    let mail = letter.to(&EmailAddr::parse("a@a.example").unwrap(), Timestamp::EPOCH);
    assert_eq!(mail.data, r#"{"kind":"welcome","publication":3,"language":"de","number":7}"#);
    assert_eq!(Letter::read(&mail.data).unwrap(), letter);
    assert!(Letter::read("{}").is_err());
}
