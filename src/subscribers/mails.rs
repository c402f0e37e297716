//! The two mails of this room: "please confirm" and "you are already subscribed".
//!
//! Nothing a visitor typed stands in them (list-bombing would make the service a postman for strangers' words), and no
//! advertising (a confirmation must hold none). The words are those of the templates and of the newsroom's set-up.

use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::{counted, one_line};
use crate::mail::EmailAddr;
use crate::mail::outbox::{MailKind, OutboxMail};
use crate::publications::Publication;
use askama::Template;

/// What every part of both mails may name.
struct Words {
    publication: String,
    site: String,
    /// The one link of the mail.
    link: String,
    /// `48 hours`; empty where nothing expires.
    valid_for: String,
    privacy_link: String,
    postal_address: String,
    language: String,
}

#[derive(Template)]
#[template(path = "confirm/subject.txt")]
struct ConfirmSubject<'a> {
    it: &'a Words,
}

#[derive(Template)]
#[template(path = "confirm/body.txt")]
struct ConfirmText<'a> {
    it: &'a Words,
}

#[derive(Template)]
#[template(path = "confirm/body.html")]
struct ConfirmHtml<'a> {
    it: &'a Words,
}

#[derive(Template)]
#[template(path = "already_subscribed/subject.txt")]
struct AlreadySubject<'a> {
    it: &'a Words,
}

#[derive(Template)]
#[template(path = "already_subscribed/body.txt")]
struct AlreadyText<'a> {
    it: &'a Words,
}

#[derive(Template)]
#[template(path = "already_subscribed/body.html")]
struct AlreadyHtml<'a> {
    it: &'a Words,
}

fn words(app: &App, publication: &Publication, link: String, valid_for: String) -> Words {
    let site = &app.config.site;
    Words {
        publication: one_line(&publication.name),
        site: one_line(&site.name),
        link,
        valid_for,
        privacy_link: site.link("/privacy"),
        postal_address: one_line(&site.postal_address),
        language: publication.language.clone(),
    }
}

/// "Please confirm": `link` works until `expires_at`.
///
/// # Errors
/// As rendering a template may; the templates are compiled in, so only out of memory.
pub(super) fn confirmation(
    app: &App,
    publication: &Publication,
    to: &EmailAddr,
    link: String,
    expires_at: Timestamp,
) -> Result<OutboxMail, askama::Error> {
    let hours = app.config.limits.confirm_link_hours as usize;
    let it = &words(app, publication, link, counted(hours, "hour", "hours"));
    Ok(OutboxMail {
        kind: MailKind::Confirm,
        to: to.clone(),
        from: publication.from_mailbox.clone(),
        subject: one_line(&ConfirmSubject { it }.render()?),
        text: ConfirmText { it }.render()?,
        html: ConfirmHtml { it }.render()?,
        expires_at,
    })
}

/// "You are already subscribed": for an active reader who filled in the form again; `link` leads to the preferences.
///
/// # Errors
/// As [`confirmation`].
pub(super) fn already_subscribed(
    app: &App,
    publication: &Publication,
    to: &EmailAddr,
    link: String,
    expires_at: Timestamp,
) -> Result<OutboxMail, askama::Error> {
    let it = &words(app, publication, link, String::new());
    Ok(OutboxMail {
        kind: MailKind::AlreadySubscribed,
        to: to.clone(),
        from: publication.from_mailbox.clone(),
        subject: one_line(&AlreadySubject { it }.render()?),
        text: AlreadyText { it }.render()?,
        html: AlreadyHtml { it }.render()?,
        expires_at,
    })
}

#[cfg(test)]
mod tests {
    use crate::app::fixtures::TestHouse;
    use crate::subscribers::{SignUp, confirm, sign_up};

    #[tokio::test]
    async fn the_two_mails_read_as_they_should() {
        let house = TestHouse::open().await;
        sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
        let token = house.confirm_token("anna@a.example").await;
        let mail = house.mails_to("anna@a.example").await.remove(0);
        insta::assert_snapshot!(format!("{}\n---\n{}", mail.subject, mail.text.replace(&token, "TOKEN")), @r#"
        Confirm your subscription to The Evening Lamp
        ---
        One click and you are in.

        Please confirm that you would like to get The Evening Lamp
        from The Lamp at this address:

        https://news.example/confirm/TOKEN

        The link works for 48 hours. It opens a page with one button;
        nothing is sent until you press it.

        Why you get this: somebody, most likely you, entered this address in
        our sign-up form. If it was not you, simply ignore this mail: without
        your confirmation nothing more will come. The page behind the link also
        has a button for "This was not me".

        How we treat your address: https://news.example/privacy

        --
        The Lamp
        1 Quay, Exampleton
        "#);
        confirm(&house.app, &token, None).await.unwrap();
        house.advance(crate::base::Span::days(1));
        sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
        let mail = house.mails_to("anna@a.example").await.remove(1);
        let token = mail.text.split("/preferences/").nth(1).unwrap().split_whitespace().next().unwrap();
        insta::assert_snapshot!(format!("{}\n---\n{}", mail.subject, mail.text.replace(token, "TOKEN")), @r#"
        You already get The Evening Lamp
        ---
        You are on the list already.

        The Evening Lamp from The Lamp comes to this address,
        so there is nothing to confirm. Your choices, and the way to leave:

        https://news.example/preferences/TOKEN

        Why you get this: somebody, most likely you, entered this address in
        our sign-up form. If it was not you, simply ignore this mail: nothing
        has changed.

        How we treat your address: https://news.example/privacy

        --
        The Lamp
        1 Quay, Exampleton
        "#);
    }

    #[tokio::test]
    async fn a_mail_is_small_and_fetches_nothing() {
        let house = TestHouse::open().await;
        house.change("publications", "name = 'Lamp <script>alert(1)</script> & Co' WHERE id = 1").await;
        sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
        let mail = house.mails_to("anna@a.example").await.remove(0);
        assert!(mail.html.len() < 16 * 1024, "{}", mail.html.len());
        for word in ["<script", "<img", "<link", "url(", "http://"] {
            assert!(!mail.html.contains(word), "{word}");
        }
        assert_eq!(mail.html.matches("/confirm/").count(), 3, "the button, the spelled link and its href");
    }
}
