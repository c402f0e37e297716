//! What the newsroom's own people are told by mail: one form for every room that has something to tell.
//!
//! Queued in the transaction that finds it, so that it is told once and not lost. The caller rings the outbox after its
//! commit. Nobody whose account is disabled is told anything.

use super::{Operator, Permission, Role, store};
use crate::app::App;
use crate::base::text::one_line;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::mail::outbox::{self, MailKind, OutboxMail};
use askama::Template;

/// News of yesterday's trouble helps nobody.
const WORTH: Span = Span::hours(12);

/// Whose work it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readers {
    /// Those who keep the service and its sources running.
    Admins,
    /// Those who answer for the editions: editors, approvers and administrators.
    Editors,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The subject, too.
    pub heading: String,
    pub what: String,
    /// One line each; may be none.
    pub details: Vec<String>,
    pub next_step: String,
    pub link: String,
    pub link_label: &'static str,
}

struct Words<'a> {
    alert: &'a Alert,
    site: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "alert/subject.txt")]
struct Subject<'a> {
    it: &'a Alert,
}

#[derive(Template)]
#[template(path = "alert/body.txt")]
struct Text<'a> {
    it: &'a Words<'a>,
}

#[derive(Template)]
#[template(path = "alert/body.html")]
struct Html<'a> {
    it: &'a Words<'a>,
}

/// The people who are told, in the order of their accounts.
///
/// # Errors
/// As the database says.
pub async fn list_readers(tx: &mut Tx, readers: Readers) -> Result<Vec<Operator>, StoreError> {
    let wanted = |role: Role| match readers {
        Readers::Admins => role == Role::Admin,
        Readers::Editors => role.may(Permission::Approve),
    };
    let all = store::list_operators(tx).await?;
    Ok(all.into_iter().filter(|it| it.disabled_at.is_none() && wanted(it.role)).collect())
}

/// Queues the mail for everybody whose work it is.
///
/// # Errors
/// As the database says.
pub async fn tell(app: &App, tx: &mut Tx, now: Timestamp, readers: Readers, alert: &Alert) -> Result<(), StoreError> {
    for reader in list_readers(tx, readers).await? {
        tell_one(app, tx, now, &reader, alert).await?;
    }
    Ok(())
}

/// Queues the mail for one person.
///
/// # Errors
/// As the database says.
pub async fn tell_one(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    reader: &Operator,
    alert: &Alert,
) -> Result<(), StoreError> {
    let site = one_line(&app.config.site.name);
    let role = match reader.role {
        Role::Admin => "an administrator",
        Role::Editor => "an editor",
        Role::Approver => "an approver",
        Role::Viewer => "a reader of the desk",
    };
    let it = &Words { alert, site, role };
    let parts =
        (|| Ok::<_, askama::Error>((Subject { it: alert }.render()?, Text { it }.render()?, Html { it }.render()?)))();
    match parts {
        Ok((subject, text, html)) => queue(tx, now, reader, MailKind::Alert, &subject, text, html, now + WORTH).await,
        Err(error) => {
            tracing::error!(%error, "an alert could not be written");
            Ok(())
        }
    }
}

/// Queues a mail of any kind for one of the newsroom's people.
///
/// # Errors
/// As the database says.
#[expect(clippy::too_many_arguments, reason = "a mail has that many parts")]
pub async fn queue(
    tx: &mut Tx,
    now: Timestamp,
    reader: &Operator,
    kind: MailKind,
    subject: &str,
    text: String,
    html: String,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    // An account is made with an address that parses.
    let Ok(to) = EmailAddr::parse(&reader.email) else { return Ok(()) };
    let mail = OutboxMail { kind, to, from: None, subject: one_line(subject), text, html, expires_at };
    outbox::enqueue(tx, now, &mail).await.map(drop)
}
