//! From the few words in the outbox to a subject, a text and a page of HTML, in the reader's language.

use super::{Letter, LetterKind};
use crate::app::{App, Purpose};
use crate::base::text::one_line;
use crate::db::{StoreError, Tx};
use crate::mail::outbox::WrittenMail;
use crate::publications::{Publication, find_publication};
use crate::subscribers::links::{preferences_link, unsubscribe_link};
use crate::words::{Language, Words};
use askama::Template;

#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    #[error("the letter's words do not read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the letter's publication is gone")]
    NoPublication,
    #[error("the letter cannot be written: {0}")]
    Template(#[from] askama::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a welcome tells of the edition that was sent last.
pub struct LatestEdition {
    pub subject: String,
    pub link: String,
    pub headlines: Vec<String>,
}

/// One letter, said in one language.
struct Sheet<'a> {
    words: Words,
    site: String,
    postal_address: String,
    subject: String,
    heading: String,
    lead: String,
    button: String,
    /// Where the button leads.
    link: String,
    /// Under the button: how long it works, what to do if it does not.
    after: String,
    latest: Option<&'a LatestEdition>,
    /// Why this mail came.
    why: String,
    /// `(text, address)` at the foot.
    foot: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "letter/subject.txt")]
struct Subject<'a> {
    it: &'a Sheet<'a>,
}

#[derive(Template)]
#[template(path = "letter/body.txt")]
struct Text<'a> {
    it: &'a Sheet<'a>,
}

#[derive(Template)]
#[template(path = "letter/body.html")]
struct Html<'a> {
    it: &'a Sheet<'a>,
}

impl Letter {
    /// Reads what [`Letter::to`] queued.
    ///
    /// # Errors
    /// [`LetterError::Unreadable`]
    pub fn read(data: &str) -> Result<Self, LetterError> {
        Ok(serde_json::from_str(data)?)
    }

    /// Writes it. `latest` is told of where [`Letter::wants_latest_edition`] asked for it.
    ///
    /// # Errors
    /// [`LetterError`]; only [`LetterError::Store`] may pass.
    pub async fn write(
        &self,
        app: &App,
        tx: &mut Tx,
        latest: Option<&LatestEdition>,
    ) -> Result<WrittenMail, LetterError> {
        let publication = find_publication(tx, self.publication).await?.ok_or(LetterError::NoPublication)?;
        let it = &self.sheet(app, &publication, latest);
        Ok(WrittenMail {
            from: publication.from_mailbox.clone(),
            subject: one_line(&Subject { it }.render()?),
            text: Text { it }.render()?,
            html: Html { it }.render()?,
        })
    }

    fn sheet<'a>(&self, app: &App, publication: &Publication, latest: Option<&'a LatestEdition>) -> Sheet<'a> {
        let language = Language::of_tag(&self.language).or_else(|| Language::of_tag(&publication.language));
        let words = Words(language.unwrap_or(Language::En));
        let site = one_line(&app.config.site.name);
        let name = one_line(&publication.name);
        let privacy = (words.say("privacy-link").into_owned(), app.config.site.link("/privacy"));
        let named = |key: &str| words.fill(key, &[("name", &name), ("site", &site)]).into_owned();
        let sheet = |subject, heading, lead, button, link, after, why, foot| Sheet {
            words,
            postal_address: one_line(publication.postal_address.as_deref().unwrap_or(&app.config.site.postal_address)),
            subject: named(subject),
            heading: named(heading),
            lead: named(lead),
            button: named(button),
            link,
            after,
            latest,
            why: named(why),
            foot,
            site: site.clone(),
        };
        match self.kind {
            LetterKind::Confirm | LetterKind::Reminder => {
                let token = app.keys.sign(Purpose::Confirm, self.number);
                let link = app.config.site.link(&format!("/confirm/{token}"));
                let not_me = (words.say("confirm-not-me").into_owned(), format!("{link}/not-me"));
                let (heading, lead, after) = if self.kind == LetterKind::Confirm {
                    let hours = words.count("hours", i64::from(app.config.limits.confirm_link_hours));
                    ("confirm-heading", "confirm-lead", words.fill("confirm-after", &[("hours", &hours)]).into_owned())
                } else {
                    ("reminder-heading", "reminder-lead", words.say("reminder-after").into_owned())
                };
                let foot = vec![not_me, privacy];
                let lead = if self.is_brought && lead == "reminder-lead" { "reminder-lead-brought" } else { lead };
                let why = if self.is_brought { "confirm-why-brought" } else { "confirm-why" };
                sheet("confirm-subject", heading, lead, "confirm-press", link, after, why, foot)
            }
            LetterKind::AlreadySubscribed => {
                let link = preferences_link(app, self.number);
                let (head, lead) = ("already-heading", "already-lead");
                let foot = vec![privacy];
                let why = if self.is_brought { "already-why-brought" } else { "already-why" };
                sheet("already-subject", head, lead, "already-press", link, String::new(), why, foot)
            }
            LetterKind::Welcome => {
                let link = preferences_link(app, self.number);
                let leave = (words.say("welcome-leave").into_owned(), unsubscribe_link(app, self.number));
                let after = words.say("welcome-after").into_owned();
                let (head, lead) = ("welcome-heading", "welcome-lead");
                sheet("welcome-subject", head, lead, "welcome-press", link, after, "welcome-why", vec![leave, privacy])
            }
        }
    }
}
