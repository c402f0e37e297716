//! The story itself: a reader signs up, the day is gathered, the edition goes out, and every mailbox is looked into.

use super::browser::Browser;
use super::report::DemoReport;
use super::stage::{PUBLICATION, Stage};
use crate::base::text::counted;
use crate::delivery;
use crate::editions::{self, Edition, Item, Placement};
use crate::gather::{self, Mode, Scope};
use crate::operators::Actor;
use crate::publications;
use crate::sink::CaughtMail;
use crate::subscribers::{self, ListFilter, SubscriptionState};
use anyhow::{Context as _, ensure};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const BY_FORM: &str = "ada@readers.example";
const BY_API: &str = "ben@readers.example";
const NEVER_CONFIRMS: &str = "cleo@readers.example";
/// Everything here is on loopback; who waits longer waits for nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tells the story, a line for each thing that happened.
pub(super) async fn tell(stage: &Stage, say: &(dyn Fn(String) + Sync)) -> anyhow::Result<DemoReport> {
    let mut report = DemoReport::default();
    let browser = Browser::open()?;
    say(format!("The newsroom's site is open at {}", stage.newsroom.base_url()));
    sign_ups(stage, &browser, &mut report, say).await?;
    let edition = prepare(stage, &mut report, say).await?;
    send(stage, &edition, &mut report, say).await?;
    read_back(stage, &browser, &edition, &mut report, say).await?;
    leave(stage, &browser, &mut report, say).await?;
    report.conclude();
    Ok(report)
}

async fn sign_ups(
    stage: &Stage,
    browser: &Browser,
    report: &mut DemoReport,
    say: &(dyn Fn(String) + Sync),
) -> anyhow::Result<()> {
    let form = format!("{}/subscribe?publication={PUBLICATION}", stage.base_url);
    for visitor in [BY_FORM, NEVER_CONFIRMS] {
        let page = browser.get(&form).await?;
        let answer = browser.submit(&page, &[("email", visitor)]).await?;
        ensure!(answer.status < 300, "the sign-up form answered {}", answer.status);
        say(format!("{visitor} signs up on the form"));
    }
    let api = format!("{}/api/v1/subscriptions", stage.base_url);
    let answer = browser.post_json(&api, &serde_json::json!({ "email": BY_API, "publication": PUBLICATION })).await?;
    report.check("the API answers a sign-up with 202", answer.status == 202);
    say(format!("{BY_API} signs up by the API"));
    for visitor in [BY_FORM, BY_API] {
        confirm(stage, browser, visitor, report).await?;
        say(format!("{visitor} opens the confirmation mail and presses its button"));
    }
    wait_for_mail(stage, NEVER_CONFIRMS).await?;
    say(format!("{NEVER_CONFIRMS} never opens theirs"));
    Ok(())
}

async fn confirm(stage: &Stage, browser: &Browser, visitor: &str, report: &mut DemoReport) -> anyhow::Result<()> {
    let mail = wait_for_mail(stage, visitor).await?;
    let start = format!("{}/confirm/", stage.base_url);
    let link =
        mail.links.iter().find(|link| link.starts_with(&start)).context("the confirmation mail holds no link")?;
    let before = active(stage).await?.len();
    let page = browser.get(link).await?;
    let unchanged = active(stage).await?.len() == before;
    report.check(format!("opening {visitor}'s link changes nothing by itself"), page.status == 200 && unchanged);
    let answer = browser.submit(&page, &[]).await?;
    report.check(
        format!("{visitor} is confirmed by the button"),
        answer.status == 200 && active(stage).await?.len() == before + 1,
    );
    Ok(())
}

async fn wait_for_mail(stage: &Stage, address: &str) -> anyhow::Result<Arc<CaughtMail>> {
    let waited = stage.sink.wait_for(|mails| mails.iter().any(|mail| is_to(mail, address)), PATIENCE).await;
    waited.with_context(|| format!("no mail for {address} arrived within {} s", PATIENCE.as_secs()))?;
    stage.sink.mails_to(address).first().cloned().context("the mail is gone")
}

fn is_to(mail: &CaughtMail, address: &str) -> bool {
    mail.envelope_to.iter().any(|to| to == address)
}

/// The addresses that should receive the edition.
async fn active(stage: &Stage) -> anyhow::Result<BTreeSet<String>> {
    let filter = ListFilter { state: Some(SubscriptionState::Active), ..ListFilter::default() };
    let lines = subscribers::list(&stage.app, Actor::Console, &filter).await?;
    Ok(lines.into_iter().map(|line| line.email).collect())
}

async fn prepare(stage: &Stage, report: &mut DemoReport, say: &(dyn Fn(String) + Sync)) -> anyhow::Result<Edition> {
    let app = &stage.app;
    let gathered = gather::gather(app, Scope::All, Mode::Unconditional, &|_| {}).await?;
    if let Some(error) = gathered.sources.iter().find_map(|source| source.error.as_ref()) {
        anyhow::bail!("the sample newsroom's feed could not be read: {error}");
    }
    let mut tx = app.db.read().await?;
    let publication = publications::find_publication_by_slug(&mut tx, PUBLICATION)
        .await?
        .context("the demo's publication is missing")?;
    report.articles = editions::count_candidates(&mut tx, publication.id)
        .await?
        .iter()
        .map(|count| usize::try_from(count.hits).unwrap_or(0))
        .sum();
    drop(tx);
    say(format!("{} gathered from the newsroom's feed", counted(report.articles, "article", "articles")));
    let edition = editions::draft(app, Actor::Console, &publication, false).await?;
    let items = editions::list_items(&mut app.db.read().await?, edition.id).await?;
    report.stories = items.iter().filter(|item| is_shown(item)).count();
    say(format!("Tonight's edition claims them; {} go in. Its subject: {}", report.stories, edition.subject));
    Ok(edition)
}

fn is_shown(item: &Item) -> bool {
    matches!(item.placement, Placement::Top | Placement::Full | Placement::Headline)
}

async fn send(
    stage: &Stage,
    edition: &Edition,
    report: &mut DemoReport,
    say: &(dyn Fn(String) + Sync),
) -> anyhow::Result<()> {
    let app = &stage.app;
    let sealed = delivery::send_now(app, Actor::Console, edition.id).await?;
    say(format!(
        "The edition is sealed for {}",
        counted(usize::try_from(sealed.prepared)?, "confirmed reader", "confirmed readers")
    ));
    let settled = async {
        loop {
            let counts = delivery::counts(&mut app.db.read().await?, edition.id).await?;
            if counts.waiting == 0 {
                return anyhow::Ok(counts);
            }
            app.context.clock.sleep_until(app.now() + crate::base::Span::millis(50)).await;
        }
    };
    let counts = tokio::time::timeout(PATIENCE, settled).await.context("the deliveries did not end in time")??;
    say(format!("Delivered over SMTP: {counts}"));
    report.check("every delivery was accepted", counts.accepted == counts.audience && counts.audience > 0);
    report.deliveries = Some(counts);
    Ok(())
}

/// Looks into the mailboxes with a parser of the sink's own: what arrived counts, not what was sent.
async fn read_back(
    stage: &Stage,
    browser: &Browser,
    edition: &Edition,
    report: &mut DemoReport,
    say: &(dyn Fn(String) + Sync),
) -> anyhow::Result<()> {
    let expected = active(stage).await?;
    let items = editions::list_items(&mut stage.app.db.read().await?, edition.id).await?;
    let editions: Vec<_> = stage.sink.mails().into_iter().filter(|mail| mail.subject == edition.subject).collect();
    report.confirmed = expected.len();
    let mut total = 0;
    for address in &expected {
        let theirs: Vec<_> = editions.iter().filter(|mail| is_to(mail, address)).collect();
        total += theirs.len().min(1);
        if let [mail] = theirs.as_slice() {
            report.received += 1;
            check_mail(mail, address, &items, report);
        }
    }
    report.strays = editions.len() - total;
    say(format!(
        "{} of {} confirmed readers have it in their mailbox, {} went astray",
        report.received, report.confirmed, report.strays
    ));
    let got_none = !editions.iter().any(|mail| is_to(mail, NEVER_CONFIRMS));
    report.check(format!("{NEVER_CONFIRMS}, who never confirmed, has no edition"), got_none);
    if let Some(mail) = editions.first() {
        let archive = format!("{}/archive/{PUBLICATION}/{}", stage.base_url, edition.label);
        report.check("the edition stands in the web archive", browser.get(&archive).await?.status == 200);
        say(format!("The mail is read back: {} bytes, a text and an HTML part", mail.raw.len()));
    }
    Ok(())
}

fn check_mail(mail: &CaughtMail, address: &str, items: &[Item], report: &mut DemoReport) {
    let shown: Vec<&Item> = items.iter().filter(|item| is_shown(item)).collect();
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = squeeze(&mail.text);
    let holds_all =
        shown.iter().all(|item| text.contains(&squeeze(&item.story.title)) && mail.links.contains(&item.story.url));
    report.check(format!("{address}: every story is in both parts"), !shown.is_empty() && holds_all);
    let one_click =
        mail.header("List-Unsubscribe-Post").is_some_and(|value| value.trim() == "List-Unsubscribe=One-Click");
    report
        .check(format!("{address}: the mail can be left with one click"), one_click && unsubscribe_url(mail).is_some());
    report.check(
        format!("{address}: it is addressed to this reader alone"),
        mail.envelope_to.len() == 1 && mail.to.contains(address),
    );
    let has_mark = mail.html.contains(editions::UNSUBSCRIBE_MARK) || mail.text.contains(editions::PREFERENCES_MARK);
    report.check(format!("{address}: the personal links are filled in"), !has_mark);
}

/// The https or http address of `List-Unsubscribe`.
fn unsubscribe_url(mail: &CaughtMail) -> Option<String> {
    let header = mail.header("List-Unsubscribe")?;
    header.split(['<', '>']).find(|part| part.starts_with("http")).map(str::to_owned)
}

async fn leave(
    stage: &Stage,
    browser: &Browser,
    report: &mut DemoReport,
    say: &(dyn Fn(String) + Sync),
) -> anyhow::Result<()> {
    let mails = stage.sink.mails_to(BY_FORM);
    let url = mails.iter().find_map(|mail| unsubscribe_url(mail)).context("no mail holds an unsubscribe address")?;
    let page = browser.get(&url).await?;
    let still_in = active(stage).await?.contains(BY_FORM);
    report.check("opening the unsubscribe page changes nothing by itself", page.status == 200 && still_in);
    let answer = browser.one_click(&url).await?;
    let is_out = !active(stage).await?.contains(BY_FORM);
    report.check("one click leaves, at once", answer.status == 200 && is_out);
    say(format!("{BY_FORM} leaves with one click, as a mailbox provider's button does it"));
    Ok(())
}
