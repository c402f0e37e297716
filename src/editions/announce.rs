//! The run of show: when an edition is drafted, everybody who answers for it is mailed the draft, with a link of their own
//! to decide by. What is odd about the day is looked at first, so that the mail says it.

use super::guard;
use super::model::Edition;
use super::notices::local_time;
use super::summary::{self, Summary};
use super::verbs::{self, EditionError};
use super::{review_page, store};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::{counted, one_line};
use crate::db::Tx;
use crate::mail::outbox::MailKind;
use crate::operators::alert::{self, Readers};
use crate::operators::{Actor, Operator};
use crate::publications::{self, Publication};
use askama::Template;

struct Show<'a> {
    publication: String,
    label: &'a str,
    headline: String,
    subject_line: &'a str,
    stories: String,
    send: String,
    attention: &'a str,
    summary: &'a Summary,
    link: String,
    site: String,
    name: String,
}

#[derive(Template)]
#[template(path = "run_of_show/subject.txt")]
struct Subject<'a> {
    it: &'a Show<'a>,
}

#[derive(Template)]
#[template(path = "run_of_show/body.txt")]
struct Text<'a> {
    it: &'a Show<'a>,
}

#[derive(Template)]
#[template(path = "run_of_show/body.html")]
struct Html<'a> {
    it: &'a Show<'a>,
}

/// Looks at what is odd, and queues the mails; in the transaction that drafts. The caller rings the outbox.
pub(super) async fn announce(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    publication: &Publication,
    edition: &mut Edition,
    stories: usize,
) -> Result<(), EditionError> {
    look_at_day(tx, now, publication, edition, stories).await?;
    tell(app, tx, now, publication, edition).await
}

/// What is odd about the day keeps the draft back until a person has looked at it. What was said already is not said twice.
pub(super) async fn look_at_day(
    tx: &mut Tx,
    now: Timestamp,
    publication: &Publication,
    edition: &mut Edition,
    stories: usize,
) -> Result<(), EditionError> {
    let odd = guard::look(tx, publication.id, edition, stories).await?;
    let why = odd.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if why.is_empty() || edition.attention.as_ref().is_some_and(|known| known.contains(&why)) {
        return Ok(());
    }
    let all = edition.attention.iter().chain([&why]).cloned().collect::<Vec<_>>().join("; ");
    store::set_attention(tx, edition.id, Some(&all)).await?;
    edition.attention = Some(all);
    edition.revision += 1;
    verbs::record(tx, now, Actor::System, edition, edition.state, "flag", &why).await
}

/// Queues the mails alone: of a draft that is no day's, nothing is odd about the day.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    publication: &Publication,
    edition: &mut Edition,
) -> Result<(), EditionError> {
    let readers = alert::list_readers(tx, Readers::Editors).await?;
    if readers.is_empty() {
        return Ok(());
    }
    let summary = summary::load(app, tx, publication, edition).await?;
    for reader in &readers {
        let link = review_page::link(app, tx, now, edition.id, reader.id).await?;
        mail(app, tx, now, publication, edition, &summary, reader, link).await?;
    }
    store::set_announced(tx, edition.id, now).await?;
    if now >= edition.send_at {
        // Drafted late: the same mail says that it waits.
        store::set_reminded(tx, edition.id, now).await?;
    }
    edition.announced_at = Some(now);
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "what a mail says comes from that many places")]
async fn mail(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    publication: &Publication,
    edition: &Edition,
    summary: &Summary,
    reader: &Operator,
    link: String,
) -> Result<(), EditionError> {
    let it = &show(app, publication, edition, summary, &reader.name, link, now);
    let (subject, text, html) = (Subject { it }.render()?, Text { it }.render()?, Html { it }.render()?);
    // A draft that was decided about is no news.
    let expires_at = edition.latest_send_at.max(now + crate::base::Span::hours(1));
    Ok(alert::queue(tx, now, reader, MailKind::RunOfShow, &subject, text, html, expires_at).await?)
}

fn show<'a>(
    app: &App,
    publication: &Publication,
    edition: &'a Edition,
    summary: &'a Summary,
    name: &str,
    link: String,
    now: Timestamp,
) -> Show<'a> {
    let stories = counted(summary.shown, "story", "stories");
    let at = format!("{} ({})", summary::hour(edition.send_at, publication, edition), publication.zone().name());
    let is_held = edition.attention.is_some();
    let then = match (publication.approval, edition.slot_id) {
        (_, None) => "goes out when it is approved".to_owned(),
        _ if edition.send_at <= now && !is_held => "goes out at once".to_owned(),
        (publications::Approval::Auto, _) if is_held => format!("needs a look before {at}"),
        (publications::Approval::Auto, _) => format!("goes out at {at} unless somebody holds it"),
        _ => format!("goes out at {at} if it is approved"),
    };
    Show {
        publication: one_line(&publication.name),
        label: &edition.label,
        headline: format!("{} {} is drafted: {stories}, {then}", one_line(&publication.name), edition.label),
        subject_line: &edition.subject,
        stories,
        send: local_time(edition.send_at, publication),
        attention: edition.attention.as_deref().unwrap_or_default(),
        summary,
        link,
        site: one_line(&app.config.site.name),
        name: one_line(name),
    }
}
