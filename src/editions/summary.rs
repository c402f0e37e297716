//! A draft in a few lines, for whoever decides about it: what is in it, what was held, how the sources did, what the
//! checks say, and what becomes of it if nobody does anything.

use super::checks::{self, Check, CheckKind};
use super::model::{Edition, EditionState, Item, Placement};
use super::store;
use super::verbs::EditionError;
use crate::app::App;
use crate::base::text::{counted, one_line};
use crate::base::{Span, Timestamp};
use crate::db::Tx;
use crate::gather::{self, ArticleId};
use crate::publications::{self, Approval, Publication};

pub use super::store::HeldLine;

/// Of the stories that wait for an editor, the latest.
const HELD_MAX: i64 = 20;

#[derive(Clone, Debug)]
pub struct StoryLine {
    pub article_id: ArticleId,
    /// `top story`, `headline`, ..; empty for a full story.
    pub place: &'static str,
    pub headline: String,
    pub section: String,
    pub url: String,
}

#[derive(Clone, Debug)]
pub struct Summary {
    /// In the order of the mail; hidden ones and those that are only counted stand last.
    pub stories: Vec<StoryLine>,
    /// Those that readers see, in full or as a headline.
    pub shown: usize,
    pub held: Vec<HeldLine>,
    /// What may be missing; empty if every source was read.
    pub source_troubles: Vec<String>,
    pub checks: Vec<Check>,
    /// Who lets it go out, and what happens otherwise.
    pub fate: String,
}

/// # Errors
/// As the database says.
pub(super) async fn load(
    app: &App,
    tx: &mut Tx,
    publication: &Publication,
    edition: &Edition,
) -> Result<Summary, EditionError> {
    let sections = publications::list_sections(tx, publication.id).await?;
    let items = store::list_items(tx, edition.id).await?;
    let name = |item: &Item| {
        let section = sections.iter().find(|it| Some(it.id) == item.section_id);
        section.map(|it| it.name.clone()).unwrap_or_default()
    };
    let stories: Vec<StoryLine> = items
        .iter()
        .map(|item| StoryLine {
            article_id: item.article_id,
            place: place(item.placement),
            headline: one_line(item.shown_headline()),
            section: name(item),
            url: item.story.url.clone(),
        })
        .collect();
    let is_shown = |item: &&Item| !matches!(item.placement, Placement::Hidden | Placement::Overflow);
    let checks = if edition.state.is_open() { checks::checks(app, tx, edition).await? } else { Vec::new() };
    let fate = fate(publication, edition, &checks, app.now());
    Ok(Summary {
        stories,
        shown: items.iter().filter(is_shown).count(),
        held: store::list_held(tx, publication.id, HELD_MAX).await?,
        source_troubles: gather::list_source_troubles(tx, publication.id, edition.cutoff_at - Span::days(1)).await?,
        checks,
        fate,
    })
}

const fn place(placement: Placement) -> &'static str {
    match placement {
        Placement::Top => "top story",
        Placement::Full => "",
        Placement::Headline => "headline",
        Placement::Overflow => "counted only",
        Placement::Hidden => "hidden",
        Placement::Missed => "in case you missed it",
    }
}

/// `18:30`, with the day if that is another one than the edition's.
pub(super) fn hour(at: Timestamp, publication: &Publication, edition: &Edition) -> String {
    let local = at.in_zone(publication.zone());
    let is_its_day = local.date_naive().to_string() == edition.local_date;
    local.format(if is_its_day { "%H:%M" } else { "%H:%M on %A" }).to_string()
}

/// Whether this keeps it from going out. What a draft is for (stories, a subject) is not missed before there is one.
fn stops(edition: &Edition, check: &Check) -> bool {
    let awaits_draft = matches!(edition.state, EditionState::Planned | EditionState::Collecting);
    check.is_red() && !(awaits_draft && matches!(check.kind, CheckKind::Stories | CheckKind::Subject))
}

/// Without what to do about it, which stands behind a semicolon; one in a quoted headline is the headline's.
fn brief(message: &str) -> &str {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = message.find(|it: char| {
        let is_quote = it == '"' && !is_escaped;
        is_quoted ^= is_quote;
        is_escaped = it == '\\' && !is_escaped;
        it == ';' && !is_quoted
    });
    end.and_then(|end| message.get(..end)).unwrap_or(message)
}

/// `1 check below says why`
fn told_below(red: usize) -> String {
    format!("{} below {} why", counted(red, "check", "checks"), if red == 1 { "says" } else { "say" })
}

/// What comes of an edition that has no draft yet, and who it will wait for.
fn planned(publication: &Publication, edition: &Edition, cutoff: &str, due: &str) -> String {
    match (&edition.attention, publication.approval) {
        (None, Approval::Auto) => {
            format!("It is drafted at {cutoff} and goes out {due}, if its checks are green by then.")
        }
        (_, Approval::FourEyes) => format!(
            "It is drafted at {cutoff} and waits for two persons then: one marks it as read, another one approves it. Once that is done, it goes out {due}."
        ),
        (_, Approval::Auto | Approval::Manual) => format!(
            "It is drafted at {cutoff} and waits for a person then. Once somebody approves it, it goes out {due}."
        ),
    }
}

/// Who lets it go out, and what happens if nobody does. Pure.
pub(super) fn fate(publication: &Publication, edition: &Edition, checks: &[Check], now: Timestamp) -> String {
    let at = |instant| format!("{} ({})", hour(instant, publication, edition), publication.zone().name());
    let (send, latest) = (at(edition.send_at), at(edition.latest_send_at));
    let due = if edition.send_at <= now { "at once".to_owned() } else { format!("at {send}") };
    let missed =
        format!("If nobody has approved it by {latest}, it is missed and its stories wait for the next edition.");
    let red = checks.iter().filter(|it| stops(edition, it)).count();
    match edition.state {
        EditionState::Approved => match red {
            0 => format!("It is approved and goes out {due}."),
            _ => format!(
                "It is approved and goes out {due}, though not everything is right: look at what is said below."
            ),
        },
        EditionState::Planned | EditionState::Collecting => match red {
            0 => planned(publication, edition, &at(edition.cutoff_at), &due),
            _ => format!(
                "It is drafted at {}. As things are it does not go out then: {}.",
                at(edition.cutoff_at),
                checks.iter().find(|it| stops(edition, it)).map_or("", |it| brief(&it.message))
            ),
        },
        EditionState::Drafted | EditionState::InReview => match (&edition.attention, publication.approval) {
            (None, Approval::Auto) if red > 0 && edition.slot_id.is_some() => format!(
                "It does not go out as it is: {}. Once that is mended, it goes out {due} by itself. {missed}",
                told_below(red)
            ),
            _ if red > 0 => format!(
                "It cannot be approved as it is: {}. Once that is mended and it is approved, it goes out {}.",
                told_below(red),
                if edition.slot_id.is_some() { due } else { "at once".to_owned() }
            ),
            _ if edition.slot_id.is_none() => {
                "It was made by hand, outside the calendar: it goes out as soon as it is approved.".to_owned()
            }
            (_, Approval::FourEyes) if edition.state == EditionState::InReview => {
                format!("Somebody has read it. Once somebody else approves it, it goes out {due}. {missed}")
            }
            (_, Approval::FourEyes) => format!(
                "Two persons let it go out: one marks it as read, another one approves it. Then it goes out {due}. {missed}"
            ),
            (_, Approval::Manual) => {
                format!("It waits for a person. Once somebody approves it, it goes out {due}. {missed}")
            }
            (Some(_), Approval::Auto) => {
                format!("It does not go out by itself. Once somebody approves it, it goes out {due}. {missed}")
            }
            (None, Approval::Auto) => {
                format!("If nobody does anything, it goes out {due}, provided that its checks are green.")
            }
        },
        EditionState::Sealed | EditionState::Sending => "It is on its way to its readers.".to_owned(),
        EditionState::Sent => "It was sent.".to_owned(),
        EditionState::Skipped | EditionState::Cancelled | EditionState::Missed | EditionState::Aborted => {
            let because = if edition.reason.is_empty() { String::new() } else { format!(": {}", edition.reason) };
            format!("It was {}{because}.", edition.state)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_is_left_out_and_a_headline_is_told_in_full() {
        assert_eq!(
            brief("nobody is there, and all would be used up; add somebody"),
            "nobody is there, and all would be used up"
        );
        assert_eq!(
            brief(r#""Fire, again; \"all\" safe" was withdrawn; take it out"#),
            r#""Fire, again; \"all\" safe" was withdrawn"#
        );
        assert_eq!(brief("it has no subject"), "it has no subject");
        assert_eq!(
            (told_below(1).as_str(), told_below(2).as_str()),
            ("1 check below says why", "2 checks below say why")
        );
    }
}
