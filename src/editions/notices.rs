//! What the editors are told of an edition by mail when it takes another way than usual: each once, in the transaction
//! that causes it.

use super::model::Edition;
use super::review_page;
use super::verbs::{EditionError, SkipReason};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::{counted, one_line};
use crate::db::Tx;
use crate::gather;
use crate::operators::alert::{self, Alert, Readers};
use crate::operators::{Actor, OperatorId};
use crate::publications::{self, Publication};

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Notice<'a> {
    Skipped {
        actor: Actor,
        why: &'a SkipReason,
    },
    Cancelled {
        actor: Actor,
    },
    Missed,
    Aborted {
        actor: Actor,
    },
    /// The system does not approve it; its `attention` says why.
    Attention,
    /// The send time has come and nobody has approved it.
    Unapproved,
    /// It went out later than planned.
    Late,
}

/// Queues the mail to everybody who answers for the editions. The caller rings the outbox after its commit.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
    notice: &Notice<'_>,
) -> Result<(), EditionError> {
    let readers = alert::list_readers(tx, Readers::Editors).await?;
    if readers.is_empty() {
        return Ok(());
    }
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let name_of = |id: OperatorId| readers.iter().find(|it| it.id == id).map(|it| one_line(&it.name));
    let mut words = words(&publication, edition, notice, &|actor| who(actor, &name_of));
    if let Notice::Skipped { why: SkipReason::Unread { .. }, .. } = notice {
        words.details = gather::list_source_troubles(tx, publication.id, edition.cutoff_at).await?;
    }
    for reader in &readers {
        if edition.state.is_open() {
            words.link = review_page::link(app, tx, now, edition.id, reader.id).await?;
            words.link_label = "Look at it and decide";
        } else {
            words.link = app.config.site.link(&format!("/desk/editions/{}", edition.id));
            words.link_label = "Open it at the desk";
        }
        alert::tell_one(app, tx, now, reader, &words).await?;
    }
    Ok(())
}

/// As a colleague would say it.
fn who(actor: Actor, name_of: &dyn Fn(OperatorId) -> Option<String>) -> String {
    match actor {
        Actor::Operator { id, .. } => name_of(id).unwrap_or_else(|| "Somebody of the newsroom".to_owned()),
        Actor::Token { .. } => "A program of the newsroom".to_owned(),
        Actor::Console => "Somebody at the command line".to_owned(),
        _ => "The service".to_owned(),
    }
}

/// `18:30 on Monday, 23 November (Europe/Berlin)`
pub(super) fn local_time(at: Timestamp, publication: &Publication) -> String {
    let zone = publication.zone();
    at.in_zone(zone).format(&format!("%H:%M on %A, %-d %B ({})", zone.name())).to_string()
}

/// As far as it goes without a database. Pure.
fn words(publication: &Publication, edition: &Edition, notice: &Notice<'_>, who: &dyn Fn(Actor) -> String) -> Alert {
    let name = format!("{} {}", one_line(&publication.name), edition.label);
    let at = |instant| local_time(instant, publication);
    let again = format!(
        "if there should be one after all, press \u{201c}Draft an edition by hand\u{201d} under Editions at the desk (or run \
         `lamplighter edition draft --publication {}`).",
        publication.slug
    );
    let back = format!(
        "until {} \u{201c}Bring it back\u{201d} on its page at the desk undoes this; later, {again}",
        at(edition.send_at)
    );
    let stories = "Its stories are not lost: they wait for the next edition.";
    let (heading, what, next_step) = match notice {
        Notice::Skipped { actor, why } => skipped(&name, why, &who(*actor), &at(edition.cutoff_at), if edition.slot_id.is_some() { back } else { again }),
        Notice::Cancelled { actor } => (
            format!("{name} is cancelled"),
            format!("{} cancelled it{}. {stories}", who(*actor), because(&edition.reason)),
            again,
        ),
        Notice::Missed => (
            format!("{name} was missed"),
            format!("It did not go out, as it was to at {}: {}. {stories}", at(edition.send_at), edition.reason),
            again,
        ),
        Notice::Aborted { actor } => (
            format!("{name} was stopped while it was sent"),
            format!(
                "{} stopped it{}. Whoever had it by then has it; nobody else gets it.",
                who(*actor),
                because(&edition.reason)
            ),
            "its page at the desk says who got it and who did not.".to_owned(),
        ),
        Notice::Attention => (
            format!("{name} needs somebody to look at it"),
            format!(
                "It will not go out by itself: {}. It was to be sent at {}; if nobody approves it by {}, it is missed.",
                edition.attention.as_deref().unwrap_or_default(),
                at(edition.send_at),
                at(edition.latest_send_at)
            ),
            "look at the draft. Approve it as it is, or put it right first; releasing the hold leaves it to the usual rule."
                .to_owned(),
        ),
        Notice::Unapproved => (
            format!("{name} waits for an approval"),
            format!(
                "It was to go out at {} and nobody has approved it{}. Once it is approved it goes out at once; at {} it is \
                 missed.",
                at(edition.send_at),
                edition.attention.as_deref().map(|why| format!(" ({why})")).unwrap_or_default(),
                at(edition.latest_send_at)
            ),
            "look at the draft and approve it, or skip tonight's edition.".to_owned(),
        ),
        Notice::Late => (
            format!("{name} went out late"),
            format!("It was planned for {}. Readers get it from now on.", at(edition.send_at)),
            "nothing; if the service was away, its log says why.".to_owned(),
        ),
    };
    Alert { heading, what, details: Vec::new(), next_step, link: String::new(), link_label: "" }
}

fn because(reason: &str) -> String {
    if reason.trim().is_empty() { String::new() } else { format!(": {}", one_line(reason)) }
}

fn skipped(name: &str, why: &SkipReason, who: &str, cutoff: &str, again: String) -> (String, String, String) {
    let quiet = "Readers get no mail.";
    match why {
        SkipReason::Empty => (
            format!("{name} is skipped: no news"),
            format!("Every source was read, and nothing new had come by {cutoff}. {quiet}"),
            format!("nothing, if that is right; {again}"),
        ),
        SkipReason::Unread { sources } => (
            format!("{name} is skipped: sources could not be read"),
            format!(
                "Nothing new had come by {cutoff}, but {} could not be read: there may be news that nobody has seen. {quiet}",
                counted(usize::try_from(*sources).unwrap_or_default(), "source", "sources")
            ),
            format!("look under Sources at the desk. Once they answer again, press \u{201c}Read it now\u{201d} there, and {again}"),
        ),
        SkipReason::BelowMinimum { have, need } => (
            format!("{name} is skipped: too few stories"),
            format!("{have} came by {cutoff} and at least {need} are wanted. They go into the next edition. {quiet}"),
            format!("nothing, if that is right; {again}"),
        ),
        SkipReason::Holiday => (
            format!("{name} is skipped: a holiday"),
            format!("The date was declared a holiday of its slot. {quiet} What comes in goes into the next edition."),
            "nothing, if that is right; else press \u{201c}Take back\u{201d} under the calendar at the desk before the cutoff."
                .to_owned(),
        ),
        SkipReason::NoSlot => (
            format!("{name} is taken out of the calendar"),
            format!("Its slot has no edition on this date any more: the set-up was changed. {quiet}"),
            "nothing, if that is right; else correct its times at the desk, under Publications.".to_owned(),
        ),
        SkipReason::Decided(reason) => (
            format!("{name} is skipped"),
            format!(
                "{who} wants no edition on this date{}. Its stories wait for the next one. {quiet}",
                because(reason)
            ),
            again,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use crate::editions::EditionState as S;
    use crate::editions::fixtures::slot_edition as edition;

    /// Every way in which an edition leaves the usual one, as its mail's subject and first sentence.
    #[tokio::test]
    async fn each_way_out_has_its_own_words() {
        let house = TestHouse::open().await;
        let mut tx = house.app.db.read().await.unwrap();
        let publication = publications::find_publication_by_slug(&mut tx, "evening").await.unwrap().unwrap();
        let mut it = edition(S::Missed);
        it.reason = "nobody approved it in time".to_owned();
        it.attention = Some("ten times the usual count".to_owned());
        let said = |notice: Notice<'_>| {
            let words = words(&publication, &it, &notice, &|_| "Ada".to_owned());
            format!("{}: {}", words.heading, words.what)
        };
        let skipped = |why| said(Notice::Skipped { actor: Actor::System, why: &why });
        insta::assert_snapshot!([
            skipped(SkipReason::Empty),
            skipped(SkipReason::Unread { sources: 2 }),
            skipped(SkipReason::BelowMinimum { have: 1, need: 3 }),
            skipped(SkipReason::Holiday),
            skipped(SkipReason::NoSlot),
            skipped(SkipReason::Decided("a strike".to_owned())),
            said(Notice::Cancelled { actor: Actor::Console }),
            said(Notice::Missed),
            said(Notice::Aborted { actor: Actor::Console }),
            said(Notice::Attention),
            said(Notice::Unapproved),
            said(Notice::Late),
        ].join("\n"), @r#"
        The Evening Lamp 2026-11-23 is skipped: no news: Every source was read, and nothing new had come by 18:00 on Monday, 23 November (Europe/London). Readers get no mail.
        The Evening Lamp 2026-11-23 is skipped: sources could not be read: Nothing new had come by 18:00 on Monday, 23 November (Europe/London), but 2 sources could not be read: there may be news that nobody has seen. Readers get no mail.
        The Evening Lamp 2026-11-23 is skipped: too few stories: 1 came by 18:00 on Monday, 23 November (Europe/London) and at least 3 are wanted. They go into the next edition. Readers get no mail.
        The Evening Lamp 2026-11-23 is skipped: a holiday: The date was declared a holiday of its slot. Readers get no mail. What comes in goes into the next edition.
        The Evening Lamp 2026-11-23 is taken out of the calendar: Its slot has no edition on this date any more: the set-up was changed. Readers get no mail.
        The Evening Lamp 2026-11-23 is skipped: Ada wants no edition on this date: a strike. Its stories wait for the next one. Readers get no mail.
        The Evening Lamp 2026-11-23 is cancelled: Ada cancelled it: nobody approved it in time. Its stories are not lost: they wait for the next edition.
        The Evening Lamp 2026-11-23 was missed: It did not go out, as it was to at 18:30 on Monday, 23 November (Europe/London): nobody approved it in time. Its stories are not lost: they wait for the next edition.
        The Evening Lamp 2026-11-23 was stopped while it was sent: Ada stopped it: nobody approved it in time. Whoever had it by then has it; nobody else gets it.
        The Evening Lamp 2026-11-23 needs somebody to look at it: It will not go out by itself: ten times the usual count. It was to be sent at 18:30 on Monday, 23 November (Europe/London); if nobody approves it by 21:30 on Monday, 23 November (Europe/London), it is missed.
        The Evening Lamp 2026-11-23 waits for an approval: It was to go out at 18:30 on Monday, 23 November (Europe/London) and nobody has approved it (ten times the usual count). Once it is approved it goes out at once; at 21:30 on Monday, 23 November (Europe/London) it is missed.
        The Evening Lamp 2026-11-23 went out late: It was planned for 18:30 on Monday, 23 November (Europe/London). Readers get it from now on.
        "#);
    }
}
