//! What sign-ups are still owed: the mail that a limit put off, and the one reminder.
//!
//! It promises: a sign-up that met a limit is mailed once the limit lets it, while it is still worth something; who has
//! not confirmed is reminded once, with a link that ends when the first one does; both pass the same gate as a new
//! sign-up, so that no address gets two mails within a window. Run it now and then; run twice is run once.

use super::desk::{Desk, Hourly};
use super::gate::Verdict;
use super::token_hash;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::publications::PublicationId;
use crate::subscribers::letters::{self, Letter};
use crate::subscribers::model::{Pending, PendingId};
use crate::subscribers::store::{joining, pending};

/// Rows of one transaction.
const PAGE: i64 = 200;

/// Mails that were queued.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MailedLater {
    pub confirmations: u64,
    pub reminders: u64,
}

/// Mails what limits put off, and reminds.
///
/// # Errors
/// As the database says; what was queued before stays.
pub async fn mail_waiting(app: &App) -> Result<MailedLater, StoreError> {
    let mailed = MailedLater {
        confirmations: each_page(app, Kind::PutOff).await?,
        reminders: if app.config.sign_up.reminder_hours == 0 { 0 } else { each_page(app, Kind::Reminder).await? },
    };
    if mailed != MailedLater::default() {
        app.wake.outbox();
        tracing::info!(confirmations = mailed.confirmations, reminders = mailed.reminders, "waiting sign-ups mailed");
    }
    Ok(mailed)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    PutOff,
    Reminder,
}

async fn each_page(app: &App, kind: Kind) -> Result<u64, StoreError> {
    let (mut after, mut mailed) = (PendingId(0), 0);
    loop {
        let now = app.now();
        let mut tx = app.db.begin().await?;
        let rows = match kind {
            Kind::PutOff => joining::list_unmailed(&mut tx, now, after, PAGE).await?,
            Kind::Reminder => {
                let (link, pause) = (app.config.limits.confirm_link_hours, app.config.sign_up.reminder_hours);
                let ends_by = now + Span::hours(i64::from(link) - i64::from(pause));
                joining::list_to_remind(&mut tx, now, ends_by, after, PAGE).await?
            }
        };
        let Some(last) = rows.last().map(|it| it.id) else { return Ok(mailed) };
        let (sent, is_exhausted) = page(app, &mut tx, now, kind, &rows).await?;
        tx.commit().await?;
        mailed += sent;
        after = last;
        if is_exhausted {
            return Ok(mailed);
        }
    }
}

async fn page(app: &App, tx: &mut Tx, now: Timestamp, kind: Kind, rows: &[Pending]) -> Result<(u64, bool), StoreError> {
    let rows: Vec<(&Pending, EmailAddr)> =
        rows.iter().filter_map(|it| Some((it, EmailAddr::parse(&it.email).ok()?))).collect();
    let asked: Vec<(&EmailAddr, PublicationId)> = rows.iter().map(|(it, email)| (email, it.publication_id)).collect();
    let mut desk = Desk::open(app, tx, now, &asked).await?;
    let mut sent = 0;
    for (place, (it, email)) in rows.iter().enumerate() {
        let number = i64::from_be_bytes(app.context.random.bytes());
        let verdict = desk.judge(place, Hourly::Capped);
        let (publication, language) = (it.publication_id, it.language.as_str());
        match (verdict, kind) {
            (Verdict::Confirmation, Kind::PutOff) => {
                let expires_at = now + Span::hours(i64::from(app.config.limits.confirm_link_hours));
                joining::mark_mailed(tx, now, it.id, &token_hash(number), expires_at).await?;
                let letter = Letter::confirm(publication, language, number).asked_by(it.source);
                letters::post(tx, now, &letter, email, expires_at).await?;
                desk.count(place);
                sent += 1;
            }
            (Verdict::Confirmation, Kind::Reminder) => {
                joining::mark_reminded(tx, now, it.id, Some(&token_hash(number))).await?;
                let letter = Letter::reminder(publication, language, number).asked_by(it.source);
                letters::post(tx, now, &letter, email, it.expires_at).await?;
                desk.count(place);
                sent += 1;
            }
            (Verdict::Later, _) => {}
            // Subscribed by another way since, or barred: nothing is owed any more.
            (Verdict::Nothing | Verdict::AlreadySubscribed(_), Kind::Reminder) => {
                joining::mark_reminded(tx, now, it.id, None).await?;
            }
            (Verdict::Nothing | Verdict::AlreadySubscribed(_), Kind::PutOff) => {
                pending::delete_unconfirmed(tx, it.id).await?;
            }
        }
    }
    let is_exhausted = desk.is_exhausted();
    desk.close(tx).await?;
    Ok((sent, is_exhausted))
}
