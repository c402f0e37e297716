//! Asking the web about a draft: do the links answer, do the images load and are they small enough?
//!
//! Done outside of any transaction, by the tick before an approval and by an editor at any time. A page that is gone
//! (404, 410) takes its story out of the edition, as does one that its source withdrew: readers would be led nowhere. Other
//! trouble of one address is told and stops nothing. When most links fail at once, the site is down or refuses us: then
//! nothing is dropped, and the check is red. A server that refuses programs (401, 403, 429) is there, and counts as an
//! answer. What was found holds for the revision that was asked about: what moves up when a story leaves is asked about as well.

use super::checks::{self, Check, CheckKind, Severity};
use super::model::{Edition, EditionId, EditionKind, EditionState, Item, Placement};
use super::verbs::{self, EditionError};
use super::{compose, render, shape, store};
use crate::app::App;
use crate::base::limits::{IMAGE_BYTES_MAX, PROBES_AT_ONCE_MAX, PROBES_TIME_MAX};
use crate::base::text::counted;
use crate::base::{Span, Timestamp};
use crate::db::Tx;
use crate::gather::fetch::{FetchError, Fetcher, Probed};
use crate::gather::{self, ArticleId};
use crate::operators::{Actor, Permission};
use crate::publications;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A site that was down is asked again after this time.
const ASK_AGAIN_AFTER: Span = Span::minutes(2);

/// What the web said of one revision of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Findings {
    pub asked_at: Option<Timestamp>,
    /// Addresses.
    pub asked: usize,
    /// Titles of the stories that it took out of the edition.
    pub dropped: Vec<String>,
    pub found: Vec<Check>,
}

/// What an address turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Answers {
        bytes: Option<u64>,
    },
    /// 404 or 410.
    Gone,
    Fails(String),
    /// It may not be asked: a private address.
    Refused,
}

fn verdict(answer: Result<Probed, FetchError>) -> Verdict {
    match answer {
        Ok(Probed { status: 404 | 410, .. }) => Verdict::Gone,
        Ok(Probed { status: status @ 500..=599, .. }) => Verdict::Fails(format!("it answers {status}")),
        Ok(Probed { bytes, .. }) => Verdict::Answers { bytes },
        Err(FetchError::Private { .. }) => Verdict::Refused,
        Err(error) => Verdict::Fails(error.to_string()),
    }
}

/// Whether the web is to be asked before the system approves: never asked about this revision, or the site was down.
///
/// # Errors
/// As the database says.
pub async fn web_is_due(tx: &mut Tx, edition: &Edition, now: Timestamp) -> Result<bool, EditionError> {
    if edition.findings_revision != Some(edition.revision) {
        return Ok(true);
    }
    let findings = store::list_findings(tx, edition.id).await?;
    let is_old = findings.asked_at.is_none_or(|at| now >= at + ASK_AGAIN_AFTER || at > now);
    Ok(findings.found.iter().any(Check::is_red) && is_old)
}

/// Asks the web about a draft and keeps what it says; stories whose pages are gone leave the edition, and what moves up
/// is asked about in its turn. Each turn takes out one story at least, so that it ends.
///
/// # Errors
/// [`EditionError::WrongState`] unless it is a draft; [`EditionError::Conflict`] if it was changed meanwhile.
pub async fn ask_web(app: &App, actor: Actor, id: EditionId) -> Result<Findings, EditionError> {
    actor.require(Permission::Edit)?;
    let mut known = Known::default();
    loop {
        let findings = ask_once(app, actor, id, &mut known).await?;
        if findings.dropped.len() == known.dropped.len() {
            return Ok(findings);
        }
        known.dropped = findings.dropped;
    }
}

/// What the turns before have brought.
#[derive(Default)]
struct Known {
    asked: BTreeMap<String, Verdict>,
    dropped: Vec<String>,
}

async fn ask_once(app: &App, actor: Actor, id: EditionId, known: &mut Known) -> Result<Findings, EditionError> {
    let mut tx = app.db.read().await?;
    let edition = store::find_edition(&mut tx, id).await?.ok_or(EditionError::Unknown)?;
    require_draft(&edition)?;
    let items = store::list_items(&mut tx, id).await?;
    drop(tx);
    let linked: Vec<&Item> =
        items.iter().filter(|it| !matches!(it.placement, Placement::Hidden | Placement::Overflow)).collect();
    let pictured = linked.iter().filter(|it| matches!(it.placement, Placement::Top | Placement::Full));
    let images: Vec<(ArticleId, String)> =
        pictured.filter_map(|it| Some((it.article_id, it.shown_image()?.url.clone()))).collect();
    let links: Vec<(ArticleId, String)> = linked.iter().map(|it| (it.article_id, it.story.url.clone())).collect();
    if app.config.limits.check_links {
        ask_all(app, &links, &images, &mut known.asked).await?;
    }
    keep(app, actor, edition, &items, &links, &images, known).await
}

fn require_draft(edition: &Edition) -> Result<(), EditionError> {
    match edition.state {
        EditionState::Drafted | EditionState::InReview | EditionState::Approved => Ok(()),
        state => Err(EditionError::WrongState { state, verb: "check" }),
    }
}

/// Each address once, unless it is in the answers already. What was not asked in time is not in them.
async fn ask_all(
    app: &App,
    links: &[(ArticleId, String)],
    images: &[(ArticleId, String)],
    answers: &mut BTreeMap<String, Verdict>,
) -> Result<(), EditionError> {
    let fetcher = Fetcher::new(&app.config).map_err(|error| EditionError::Web(error.to_string()))?;
    let mut wanted: BTreeMap<String, bool> = links.iter().map(|(_, url)| (url.clone(), false)).collect();
    wanted.extend(images.iter().map(|(_, url)| (url.clone(), true)));
    wanted.retain(|url, _| !answers.contains_key(url));
    let asking = async {
        let mut turns = futures_util::stream::iter(wanted)
            .map(|(url, is_image)| probe(fetcher.clone(), url, is_image))
            .buffer_unordered(PROBES_AT_ONCE_MAX);
        while let Some((url, verdict)) = turns.next().await {
            answers.insert(url, verdict);
        }
    };
    let _ = tokio::time::timeout(PROBES_TIME_MAX.to_std(), asking).await;
    Ok(())
}

async fn probe(fetcher: Fetcher, url: String, is_image: bool) -> (String, Verdict) {
    let answer = fetcher.probe(&url, is_image).await;
    (url, verdict(answer))
}

/// Writes down what was found, if the edition is still the one that was asked about.
async fn keep(
    app: &App,
    actor: Actor,
    asked_about: Edition,
    items: &[Item],
    links: &[(ArticleId, String)],
    images: &[(ArticleId, String)],
    known: &Known,
) -> Result<Findings, EditionError> {
    let asked = &known.asked;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = verbs::lock_seen(&mut tx, asked_about.id, Some(asked_about.revision)).await?;
    require_draft(&edition)?;
    let title = |id: ArticleId| {
        items.iter().find(|it| it.article_id == id).map(|it| it.story.title.clone()).unwrap_or_default()
    };
    let Judged { mut gone, mut found } = judge(links, images, asked, app.config.limits.check_links, &title);
    let is_breaking = edition.kind == EditionKind::Breaking;
    if is_breaking {
        // Its one story is often handed in a moment before its page is there: it waits, and is not taken out.
        found.extend(gone.drain(..).map(|id| {
            let message = format!("the page of {:?} is not there; it goes out once readers find it", title(id));
            Check::red(CheckKind::Links, Some(id), message)
        }));
    }
    let is_correction = edition.kind == EditionKind::Correction;
    if is_correction {
        // It is about its article, the more so if that was taken down: nothing of this keeps it from going out.
        found.extend(gone.drain(..).map(|id| {
            let message = format!("the page of {:?}, which it corrects, is gone", title(id));
            Check::warning(CheckKind::Links, Some(id), message)
        }));
        for check in &mut found {
            check.severity = Severity::Warning;
        }
    }
    let mut drop: Vec<(ArticleId, &str)> = gone.iter().map(|id| (*id, "its page is gone")).collect();
    if !is_breaking && !is_correction {
        let shown = items.iter().filter(|it| it.placement != Placement::Hidden && !gone.contains(&it.article_id));
        let ids: Vec<ArticleId> = shown.map(|it| it.article_id).collect();
        let withdrawn = gather::list_withdrawn(&mut tx, &ids).await?;
        drop.extend(withdrawn.iter().map(|it| (it.id, "its source has withdrawn it")));
    }
    let mut findings = Findings { asked_at: Some(now), asked: asked.len(), dropped: known.dropped.clone(), found };
    for (article, why) in &drop {
        let reason = format!("{why}: taken out of edition {}", edition.label);
        store::drop_story(&mut tx, now, &edition, *article, &reason).await?;
        findings.dropped.push(title(*article));
    }
    // With a story dropped they are of the revision before: what has moved up is to be asked about.
    store::set_findings(&mut tx, edition.id, &findings).await?;
    if !drop.is_empty() {
        let out: Vec<ArticleId> = drop.iter().map(|(id, _)| *id).collect();
        close_up(&mut tx, items, &out).await?;
        let subject = edition.subject.clone();
        let publication =
            publications::find_publication(&mut tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
        compose::settle(app, &mut tx, &publication, &mut edition).await?;
        store::count_revision(&mut tx, edition.id).await?;
        edition.revision += 1;
        let told = drop.iter().map(|(id, why)| format!("{:?}: {why}", title(*id))).collect::<Vec<_>>().join("; ");
        let left = store::list_items(&mut tx, edition.id).await?;
        let leads = |items: &[Item]| render::read_first(items).next().map(|it| it.article_id);
        let is_other = leads(&left) != leads(items) || subject != edition.subject;
        after_drop(app, &mut tx, now, &mut edition, &left, is_other, &told).await?;
    }
    tx.commit().await?;
    app.wake.outbox();
    tracing::info!(
        edition = edition.id.0,
        by = actor.label(),
        asked = findings.asked,
        dropped = findings.dropped.len(),
        found = findings.found.len(),
        "the web was asked about an edition"
    );
    Ok(findings)
}

/// Whoever was pinned right behind a story that is out moves up, as when an editor takes it out.
async fn close_up(tx: &mut Tx, before: &[Item], out: &[ArticleId]) -> Result<(), EditionError> {
    let mut items = before.to_vec();
    for article in out {
        let Some(index) = items.iter().position(|it| it.article_id == *article) else { continue };
        if let Some(place) = items.remove(index).pinned {
            shape::close(&mut items, place);
        }
    }
    for item in &items {
        if before.iter().any(|it| it.id == item.id && it.pinned != item.pinned) {
            store::set_shape(tx, item).await?;
        }
    }
    Ok(())
}

/// An approval stands if the edition still leads with what was seen. If it does not, a person's is void and editors are
/// told, and the system's is given anew by the next tick. An edition that has nothing left waits for a person.
async fn after_drop(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    edition: &mut Edition,
    left: &[Item],
    is_other: bool,
    told: &str,
) -> Result<(), EditionError> {
    let is_empty = checks::without_stories(left).is_some();
    let is_approved = edition.state == EditionState::Approved;
    let is_by_person = is_approved && edition.approved_by.as_ref() != Some(&Actor::System.label());
    if edition.state != EditionState::Drafted && (is_empty || is_other) {
        verbs::to_draft(tx, now, Actor::System, edition, "check", told).await?;
    } else {
        verbs::record(tx, now, Actor::System, edition, edition.state, "check", told).await?;
    }
    if is_empty {
        let why = format!("no story is left in it ({told}); take others in, or skip it");
        verbs::keep_back(app, tx, now, edition, &why).await?;
    } else if is_other && is_by_person {
        let why = format!("its approval was taken back, because what it leads with is gone ({told})");
        verbs::keep_back(app, tx, now, edition, &why).await?;
    }
    Ok(())
}

struct Judged {
    gone: Vec<ArticleId>,
    found: Vec<Check>,
}

/// What the answers mean. Pure.
fn judge(
    links: &[(ArticleId, String)],
    images: &[(ArticleId, String)],
    asked: &BTreeMap<String, Verdict>,
    was_asked: bool,
    title: &dyn Fn(ArticleId) -> String,
) -> Judged {
    let mut found = Vec::new();
    let mut gone: Vec<ArticleId> = Vec::new();
    let mut failing: Vec<(ArticleId, String)> = Vec::new();
    let (mut unasked, mut refused) = (0, 0);
    for (id, url) in links {
        match asked.get(url) {
            Some(Verdict::Gone) => gone.push(*id),
            Some(Verdict::Fails(why)) => failing.push((*id, why.clone())),
            Some(Verdict::Refused) => refused += 1,
            Some(Verdict::Answers { .. }) => {}
            None => unasked += 1,
        }
    }
    let bad = gone.len() + failing.len();
    if bad >= 2 && bad * 2 > links.len() {
        let why = failing.first().map_or("there is nothing at their addresses", |(_, why)| why.as_str());
        let message = format!(
            "{bad} of {} links lead nowhere ({why}): is the site up, and does it answer this service? `lamplighter edition \
             check` asks again",
            links.len()
        );
        found.push(Check::red(CheckKind::Links, None, message));
        gone.clear();
        failing.clear();
    }
    for (id, why) in failing {
        let message = format!("the page of {:?} does not answer: {why}", title(id));
        found.push(Check::warning(CheckKind::Links, Some(id), message));
    }
    for (id, url) in images.iter().filter(|(id, _)| !gone.contains(id)) {
        let message = match asked.get(url) {
            Some(Verdict::Gone) => "is gone".to_owned(),
            Some(Verdict::Fails(why)) => format!("does not load: {why}"),
            Some(Verdict::Answers { bytes: Some(bytes) }) if *bytes > IMAGE_BYTES_MAX => {
                "is larger than 1 MB".to_owned()
            }
            Some(Verdict::Refused) => {
                refused += 1;
                continue;
            }
            Some(Verdict::Answers { .. }) => continue,
            None => {
                unasked += 1;
                continue;
            }
        };
        let message = format!("the image of {:?} {message}; choose another, or none", title(*id));
        found.push(Check::warning(CheckKind::Images, Some(*id), message));
    }
    if refused > 0 {
        let message = format!(
            "{} to private addresses, which this service may not ask; if your own site is there, allow its network: \
             limits.private_networks in lamplighter.toml",
            counted(refused, "link leads", "links lead")
        );
        found.push(Check::warning(CheckKind::Links, None, message));
    }
    if unasked > 0 && was_asked {
        let message = format!("{} could not be asked in time", counted(unasked, "address", "addresses"));
        found.push(Check::warning(CheckKind::Links, None, message));
    }
    Judged { gone, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(count: i64) -> Vec<(ArticleId, String)> {
        (1..=count).map(|n| (ArticleId(n), format!("https://gazette.example/{n}"))).collect()
    }

    fn judged(links: &[(ArticleId, String)], verdicts: &[Verdict]) -> Judged {
        let asked = links.iter().map(|(_, url)| url.clone()).zip(verdicts.iter().cloned()).collect();
        judge(links, &[], &asked, true, &|id| format!("story {id}"))
    }

    const OK: Verdict = Verdict::Answers { bytes: None };

    #[test]
    fn a_page_that_is_gone_goes_and_one_that_fails_is_told() {
        let down = Verdict::Fails("it answers 503".into());
        let it = judged(&links(5), &[OK, Verdict::Gone, OK, down, OK]);
        assert_eq!(it.gone, [ArticleId(2)]);
        assert_eq!(it.found.len(), 1);
        assert!(!it.found[0].is_red() && it.found[0].article_id == Some(ArticleId(4)));
    }

    #[test]
    fn a_site_that_is_down_or_hides_from_us_is_red_and_loses_no_story() {
        for bad in [Verdict::Gone, Verdict::Fails("it answers 503".into())] {
            let it = judged(&links(3), &[bad.clone(), bad.clone(), OK]);
            assert_eq!((it.gone.len(), it.found.len()), (0, 1));
            assert!(it.found[0].is_red());
        }
        // One story of one, or half of them, proves nothing of the site.
        assert_eq!(judged(&links(1), &[Verdict::Gone]).gone.len(), 1);
        assert_eq!(judged(&links(4), &[Verdict::Gone, OK, Verdict::Gone, OK]).gone.len(), 2);
    }

    #[test]
    fn an_image_is_told_when_it_is_large_or_missing() {
        let (links, image) = (links(1), vec![(ArticleId(1), "https://gazette.example/1.jpg".to_owned())]);
        let mut asked = BTreeMap::from([(links[0].1.clone(), OK)]);
        for (verdict, count) in [
            (Verdict::Answers { bytes: Some(IMAGE_BYTES_MAX) }, 0),
            (Verdict::Answers { bytes: Some(IMAGE_BYTES_MAX + 1) }, 1),
            (Verdict::Gone, 1),
            (Verdict::Fails("no".into()), 1),
        ] {
            asked.insert(image[0].1.clone(), verdict);
            let it = judge(&links, &image, &asked, true, &|_| "Harbour".into());
            assert_eq!(it.found.iter().filter(|it| it.kind == CheckKind::Images && !it.is_red()).count(), count);
        }
    }

    #[test]
    fn a_server_that_refuses_programs_is_there() {
        let of = |status| verdict(Ok(Probed { status, bytes: None }));
        for status in [200, 206, 401, 403, 405, 429, 451, 999] {
            assert_eq!(of(status), OK, "{status}");
        }
        assert_eq!((of(404), of(410)), (Verdict::Gone, Verdict::Gone));
        assert!(matches!(of(503), Verdict::Fails(_)));
    }
}
