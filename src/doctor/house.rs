//! What the database knows of the house: whether it is backed up, and how the sources are doing.
//!
//! Promises: `database.backup`, with a second finding if the last rehearsal failed, and `sources.health`, one finding for each source in trouble; a database of another schema
//! is not asked. Nothing is fetched and nothing written. Held to it by `tests/it/cli/doctor.rs`.

use super::finding::Finding;
use crate::base::text::one_line;
use crate::base::{Span, Timestamp};
use crate::db::{Db, MIGRATIONS, StoreError};
use crate::gather::{self, SourceHealth};
use crate::publications;
use crate::service::{self, FailedRehearsal};
use crate::subscribers;

/// A week of sign-ups and departures is more than anybody wants to lose.
const BACKUP_AGE_MAX: Span = Span::days(7);
/// Failures in a row before a source is called ill.
const FAILURES_MAX: i64 = 3;
/// Sources in trouble that are told one by one.
const SOURCES_TOLD_MAX: usize = 20;

/// The database, if it is there and of this program's schema: nothing is made or migrated.
pub(super) async fn open(url: &str) -> Option<Db> {
    if url.strip_prefix("sqlite:").is_some_and(|file| !std::path::Path::new(file).is_file()) {
        return None;
    }
    let db = Db::connect(url).await.ok()?;
    let known = MIGRATIONS.last().map(|step| step.number);
    match db.schema_step().await {
        Ok(step) if step.is_some() && step == known => Some(db),
        _ => {
            db.close().await;
            None
        }
    }
}

pub(super) async fn check_backup(url: &str, now: Timestamp) -> Vec<Finding> {
    let check = "database.backup";
    let Some(db) = open(url).await else { return Vec::new() };
    let looked = async {
        let last = service::find_last_backup(&db).await?;
        let mut tx = db.read().await?;
        let mut has_readers = false;
        for publication in publications::list_publications(&mut tx).await? {
            has_readers |= subscribers::has_active(&mut tx, publication.id).await?;
        }
        Ok::<_, StoreError>((last, has_readers, service::find_last_rehearsals(&db).await?))
    };
    let findings = match looked.await {
        Ok((last, has_readers, rehearsals)) => {
            let tried = rehearsals.failed.map(|it| rehearsal(check, &it));
            std::iter::once(backup(check, last, has_readers, now)).chain(tried).collect()
        }
        Err(error) => vec![unreadable(check, &error)],
    };
    db.close().await;
    findings
}

/// Of the last one, until another one goes well.
fn rehearsal(check: &'static str, it: &FailedRehearsal) -> Finding {
    let (file, at, why) = (one_line(&it.file), it.at.rfc3339(), it.why.words());
    Finding::warn(check, format!("When {file} was tried out at {at}, it could not be used: {why}."), it.why.next())
}

fn backup(check: &'static str, last: Option<Timestamp>, has_readers: bool, now: Timestamp) -> Finding {
    let next = "Run `lamplighter backup FILE` every day, and keep the copy elsewhere; a copy that other tools made is noted \
                with `lamplighter backup --made-elsewhere`.";
    match last {
        Some(last) if now.since(last) <= BACKUP_AGE_MAX => {
            Finding::ok(check, format!("The last backup was made at {}.", last.rfc3339()))
        }
        _ if !has_readers => Finding::skipped(check, "There are no readers yet whose addresses could be lost."),
        Some(last) => {
            Finding::warn(check, format!("The last backup was made at {}, more than a week ago.", last.rfc3339()), next)
        }
        None => Finding::warn(check, "No backup is on record: a broken disk would take every reader's address.", next),
    }
}

pub(super) async fn check_sources(url: &str) -> Vec<Finding> {
    let check = "sources.health";
    let Some(db) = open(url).await else {
        return vec![Finding::skipped(check, "Sources were not looked at: the database is not ready.")];
    };
    let listed = async { gather::list_source_health(&mut db.read().await?).await };
    let findings = match listed.await {
        Ok(sources) => sources_in_words(check, &sources),
        Err(error) => vec![unreadable(check, &error)],
    };
    db.close().await;
    findings
}

fn sources_in_words(check: &'static str, sources: &[SourceHealth]) -> Vec<Finding> {
    if sources.is_empty() {
        let next = "Add one with `lamplighter source add https://your.site/`, or declare it in newsroom.toml.";
        return vec![Finding::warn(check, "There is no source: editions have nothing to tell.", next)];
    }
    let ill: Vec<Finding> = sources.iter().filter_map(|it| trouble(check, it)).take(SOURCES_TOLD_MAX).collect();
    if ill.is_empty() {
        return vec![Finding::ok(check, format!("All {} sources are read.", sources.len()))];
    }
    ill
}

fn trouble(check: &'static str, it: &SourceHealth) -> Option<Finding> {
    let name = &it.name;
    if it.quarantined_at.is_some() {
        let why = it.quarantine_reason.as_deref().unwrap_or("too much changed at once");
        let next =
            format!("Look at it with `lamplighter source show {name}`, then `lamplighter source release {name}`.");
        return Some(Finding::warn(check, format!("{name} is held back: {why}."), next));
    }
    if it.paused_at.is_some() {
        let next = format!("`lamplighter source resume {name}` when it is to be read again.");
        return Some(Finding::warn(check, format!("{name} is paused."), next));
    }
    if it.failures >= FAILURES_MAX {
        let error = it.last_error.as_deref().unwrap_or("no reason is on record");
        let next = format!(
            "`lamplighter source test {name}` tries it now; correct its address, or tell whoever keeps the site."
        );
        return Some(Finding::fail(check, format!("{name} failed {} times in a row: {error}.", it.failures), next));
    }
    let moved = it.moved_to.as_ref()?;
    let next = "Write the new address into newsroom.toml, and run `lamplighter apply`.";
    Some(Finding::warn(check, format!("{name} has moved for good to {moved}."), next))
}

pub(super) fn unreadable(check: &'static str, error: &StoreError) -> Finding {
    Finding::fail(
        check,
        format!("The database could not be read: {error}."),
        "Look at `lamplighter doctor --only database`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    fn source(change: impl FnOnce(&mut SourceHealth)) -> SourceHealth {
        let mut it = SourceHealth {
            id: publications::SourceId(1),
            name: "wire".to_owned(),
            kind: publications::SourceKind::Feed,
            url: "https://wire.example/feed".to_owned(),
            status: gather::SourceStatus::ALL[0],
            failures: 0,
            last_attempt_at: None,
            last_success_at: None,
            next_fetch_at: Timestamp::from_seconds(0),
            last_error: None,
            paused_at: None,
            quarantined_at: None,
            quarantine_reason: None,
            moved_to: None,
            moved_since: None,
            articles: 0,
        };
        change(&mut it);
        it
    }

    #[test]
    fn each_trouble_of_a_source_is_told_with_the_command_that_mends_it() {
        let now = Some(Timestamp::from_seconds(1));
        for (it, level, command) in [
            (source(|it| it.quarantined_at = now), Level::Warn, "source release wire"),
            (source(|it| it.paused_at = now), Level::Warn, "source resume wire"),
            (source(|it| it.failures = FAILURES_MAX), Level::Fail, "source test wire"),
            (source(|it| it.moved_to = Some("https://new.example/feed".to_owned())), Level::Warn, "lamplighter apply"),
        ] {
            let found = sources_in_words("sources.health", &[it, source(|_| ())]);
            assert_eq!((found.len(), found[0].level), (1, level), "{found:?}");
            assert!(found[0].next_step.as_deref().is_some_and(|step| step.contains(command)), "{found:?}");
        }
        assert_eq!(sources_in_words("sources.health", &[source(|_| ())])[0].level, Level::Ok);
        assert_eq!(sources_in_words("sources.health", &[])[0].level, Level::Warn);
    }

    #[test]
    fn a_backup_of_last_month_is_none_once_there_are_readers() {
        let now = Timestamp::from_seconds(100 * 86_400);
        let level = |last: Option<i64>, has_readers| {
            let last = last.map(|day| Timestamp::from_seconds(day * 86_400));
            backup("database.backup", last, has_readers, now).level
        };
        assert_eq!((level(Some(95), true), level(Some(93), true)), (Level::Ok, Level::Ok));
        assert_eq!((level(Some(92), true), level(None, true)), (Level::Warn, Level::Warn));
        assert_eq!(level(None, false), Level::Skipped);
    }
}
