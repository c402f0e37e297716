//! Is today like other days? What is odd about a draft asks for a person's eye before it goes out.
//!
//! Four signs mean that something broke rather than that much happened: a source on which the publication relies could
//! not be read, or has fallen silent; ten times the usual number of stories; dates that are all off; stories that are all
//! "new" though they are old. What stays below: an ordinary evening's failure of a minor source, a quiet Sunday (the last
//! one is within sight), an election night of three times the usual, a first week without a usual. A source whose trouble
//! is known is paused, and asks for nobody. [`oddities`] is pure.

use super::model::Edition;
use super::store;
use super::verbs::EditionError;
use crate::base::{Span, Timestamp};
use crate::db::Tx;
use crate::gather::{self, Seen, SourceDays};
use crate::publications::{PublicationId, SourceKind};
use std::fmt;

/// What is usual is read from so many days before the cutoff.
const USUAL_DAYS: Span = Span::days(14);
/// And from so many editions.
const USUAL_EDITIONS: i64 = 14;
/// With fewer editions than this nothing is usual yet.
const USUAL_EDITIONS_MIN: usize = 5;
const FLOOD_FACTOR: usize = 10;
/// Fewer stories than this fit into any evening.
const FLOOD_MIN: usize = 50;
/// A source that brings a fifth of the stories is one that the publication relies on.
const RELIED_ON: usize = 5;
/// Fewer articles than this say nothing of what is usual.
const HISTORY_MIN: usize = 20;
/// Without a good answer for so long before the cutoff, a good part of the day may be missing.
const STALE_AFTER: Span = Span::hours(3);
/// Silent for at least so long, and twice as long as ever in the last days.
const SILENT_MIN: Span = Span::hours(24);
/// Fewer articles of a day than this say nothing about the day.
const TODAY_MIN: usize = 8;
/// Clocks and desks are off by a quarter of an hour.
const FUTURE_MIN: Span = Span::minutes(15);
/// A shift of zones is an hour at least, but for a little.
const SHIFT_MIN: Span = Span::minutes(50);
/// Articles whose dates are off by the same hours.
const SHIFT_BAND: Span = Span::minutes(20);
/// Dated so long before it appears, though the source was read all the time, an article is not new.
const OLD_MIN: Span = Span::hours(24);

/// What is odd about a draft, with its next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    Stale { source: String, since: Option<Timestamp> },
    Silent { source: String, hours: i64 },
    Quarantined { source: String, reason: String },
    Flood { stories: usize, usual: i64 },
    InFuture { source: String, articles: usize },
    Shifted { source: String, minutes: i64 },
    OneStamp { source: String, articles: usize },
    AllNew { source: String, articles: usize },
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { source, since: Some(since) } => write!(
                f,
                "{source} could not be read since {}, and this publication relies on it (`lamplighter source show {source:?}`; \
                 pause it if that is known)",
                since.rfc3339()
            ),
            Self::Stale { source, since: None } => write!(
                f,
                "{source} was never read, and this publication relies on it (`lamplighter source show {source:?}`)"
            ),
            Self::Silent { source, hours } => write!(
                f,
                "{source} answers and has shown nothing new for {hours} hours, twice as long as ever in two weeks: is its feed \
                 still written? (pause it if that is known)"
            ),
            Self::Quarantined { source, reason } => write!(
                f,
                "{source} is in quarantine: {reason} (`lamplighter source release {source:?}` if it is right)"
            ),
            Self::Flood { stories, usual } => {
                write!(f, "{stories} stories, where {usual} are usual: look whether they are all of today")
            }
            Self::InFuture { source, articles } => {
                write!(f, "{articles} articles of {source} are dated in the future: its clock or zone may be wrong")
            }
            Self::Shifted { source, minutes } => write!(
                f,
                "the dates of {source} are off by {minutes} minutes against the last two weeks: its clock or zone may be wrong"
            ),
            Self::OneStamp { source, articles } => write!(
                f,
                "{articles} articles of {source} bear one and the same date to the second, as after a move of the site: look \
                 whether they are new"
            ),
            Self::AllNew { source, articles } => write!(
                f,
                "{articles} articles of {source} are new to us and dated more than a day ago, as after a move of the site: look \
                 whether they were sent before"
            ),
        }
    }
}

/// What is known of today and of the days before.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub cutoff_at: Timestamp,
    /// The cutoff before this one.
    pub since: Timestamp,
    pub stories: usize,
    /// Stories of the last editions.
    pub usual: &'a [i64],
    pub sources: &'a [SourceDays],
}

/// Everything that is odd about a draft. Pure.
pub(super) fn oddities(facts: &Facts<'_>) -> Vec<Oddity> {
    let mut odd = Vec::new();
    odd.extend(flood(facts));
    let before = |it: &SourceDays| it.seen.iter().filter(|seen| seen.first_seen_at < facts.since).count();
    let total: usize = facts.sources.iter().map(before).sum();
    let in_use = facts.sources.iter().filter(|it| !it.is_paused).count();
    for source in facts.sources.iter().filter(|it| !it.is_paused) {
        let is_relied_on = in_use == 1 || (total >= HISTORY_MIN && before(source) * RELIED_ON >= total);
        if let Some(reason) = &source.quarantine_reason {
            odd.push(Oddity::Quarantined { source: source.name.clone(), reason: reason.clone() });
        }
        if is_relied_on {
            odd.extend(stale(source, facts.cutoff_at).or_else(|| silent(source, facts.cutoff_at)));
        }
        odd.extend(dates(source, facts.since));
    }
    odd
}

fn flood(facts: &Facts<'_>) -> Option<Oddity> {
    let mut usual = facts.usual.to_vec();
    usual.sort_unstable();
    let median = *usual.get(usual.len() / 2)?;
    let most = FLOOD_FACTOR * usize::try_from(median.max(1)).unwrap_or(usize::MAX / FLOOD_FACTOR);
    let is_flood = usual.len() >= USUAL_EDITIONS_MIN && facts.stories >= FLOOD_MIN && facts.stories >= most;
    is_flood.then_some(Oddity::Flood { stories: facts.stories, usual: median })
}

/// It could not be read for hours: the last fetch failed, and so did those before.
fn stale(source: &SourceDays, cutoff_at: Timestamp) -> Option<Oddity> {
    let is_asked = source.kind != SourceKind::Push;
    let is_old = source.last_success_at.is_none_or(|at| cutoff_at.since(at) > STALE_AFTER);
    (is_asked && source.last_error.is_some() && is_old)
        .then(|| Oddity::Stale { source: source.name.clone(), since: source.last_success_at })
}

/// It answers, and what it answers stands still.
fn silent(source: &SourceDays, cutoff_at: Timestamp) -> Option<Oddity> {
    let newest = source.seen.first()?.first_seen_at;
    let longest = source.seen.windows(2).map(|two| two[0].first_seen_at.since(two[1].first_seen_at)).max()?;
    let silence = cutoff_at.since(newest);
    let is_long = silence >= SILENT_MIN && silence > longest + longest;
    (source.seen.len() >= HISTORY_MIN && is_long)
        .then(|| Oddity::Silent { source: source.name.clone(), hours: silence.as_seconds() / 3_600 })
}

/// Most of them: four of five.
fn most(part: usize, whole: usize) -> bool {
    whole >= TODAY_MIN && part * 5 >= whole * 4
}

/// How long after its date an article appeared.
fn lag(seen: &Seen) -> Option<Span> {
    Some(seen.first_seen_at.since(seen.published_at?))
}

/// What today's dates say.
fn dates(source: &SourceDays, since: Timestamp) -> Option<Oddity> {
    let (today, before): (Vec<&Seen>, Vec<&Seen>) = source.seen.iter().partition(|it| it.first_seen_at >= since);
    let lags: Vec<Span> = today.iter().copied().filter_map(lag).collect();
    let usual = median(before.iter().copied().filter_map(lag).collect());
    let name = || source.name.clone();
    let ahead = lags.iter().filter(|lag| **lag < Span::ZERO - FUTURE_MIN).count();
    // A source that has always been ahead is that way, and nothing broke today.
    if most(ahead, lags.len()) && usual.is_none_or(|usual| usual >= Span::ZERO - FUTURE_MIN) {
        return Some(Oddity::InFuture { source: name(), articles: ahead });
    }
    // At first everything is new, and as old as it may be.
    let usual = usual.filter(|_| before.len() >= HISTORY_MIN)?;
    let old = lags.iter().filter(|lag| **lag > OLD_MIN).count();
    if most(old, today.len()) && usual < OLD_MIN {
        return Some(Oddity::AllNew { source: name(), articles: old });
    }
    let same = today.iter().filter_map(|it| it.published_at).filter(|at| is_to_the_second(*at));
    let same = same.clone().map(|at| same.clone().filter(|other| *other == at).count()).max().unwrap_or(0);
    if most(same, today.len()) {
        return Some(Oddity::OneStamp { source: name(), articles: same });
    }
    let now = median(lags.clone()).filter(|_| lags.len() >= TODAY_MIN)?;
    let shift = now - usual;
    let alike = lags.iter().filter(|lag| distance(**lag, now) <= SHIFT_BAND).count();
    (most(alike, lags.len()) && distance(now, usual) >= SHIFT_MIN)
        .then(|| Oddity::Shifted { source: name(), minutes: shift.as_seconds() / 60 })
}

/// A desk's planned hour, or a date without a time, is the same for many every day.
fn is_to_the_second(at: Timestamp) -> bool {
    at.as_seconds() % (15 * 60) != 0
}

fn distance(one: Span, other: Span) -> Span {
    (one - other).max(other - one)
}

fn median(mut spans: Vec<Span>) -> Option<Span> {
    spans.sort_unstable();
    spans.get(spans.len() / 2).copied()
}

/// What is odd about an edition that has just been drafted.
pub(super) async fn look(
    tx: &mut Tx,
    publication: PublicationId,
    edition: &Edition,
    stories: usize,
) -> Result<Vec<Oddity>, EditionError> {
    let usual = store::list_story_counts(tx, publication, edition, USUAL_EDITIONS).await?;
    let previous = store::window_start(tx, publication, edition.cutoff_at).await?;
    let sources = gather::list_source_days(tx, publication, edition.cutoff_at - USUAL_DAYS).await?;
    let day_before = edition.cutoff_at - Span::days(1);
    let since = previous.map_or(day_before, |at| at.max(edition.cutoff_at - Span::days(3)));
    Ok(oddities(&Facts { cutoff_at: edition.cutoff_at, since, stories, usual: &usual, sources: &sources }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editions::fixtures::CUTOFF;
    use crate::gather::SourceStatus;

    const SINCE: Timestamp = Timestamp::from_seconds(CUTOFF.as_seconds() - 86_400);

    /// Read until the cutoff; what it showed, as hours before the cutoff and minutes after the article's own date.
    fn source(seen: impl IntoIterator<Item = (i64, i64)>) -> SourceDays {
        let mut seen: Vec<Seen> = seen
            .into_iter()
            .map(|(hours, lag)| {
                let first_seen_at = CUTOFF - Span::hours(hours) - Span::seconds(7);
                Seen { first_seen_at, published_at: Some(first_seen_at - Span::minutes(lag) - Span::seconds(hours)) }
            })
            .collect();
        seen.sort_by_key(|it| std::cmp::Reverse(it.first_seen_at));
        SourceDays {
            name: "Front page".into(),
            kind: SourceKind::Feed,
            status: SourceStatus::Ok,
            last_success_at: Some(CUTOFF - Span::minutes(1)),
            last_error: None,
            is_paused: false,
            quarantine_reason: None,
            seen,
        }
    }

    /// An article every two hours for two weeks, eight minutes after its date.
    fn newsroom() -> impl Iterator<Item = (i64, i64)> {
        (0..168).map(|n| (2 * n, 8))
    }

    fn odd(sources: &[SourceDays]) -> Vec<Oddity> {
        oddities(&Facts { cutoff_at: CUTOFF, since: SINCE, stories: 12, usual: &[12; 14], sources })
    }

    fn count(stories: usize, usual: &[i64]) -> Vec<Oddity> {
        oddities(&Facts { cutoff_at: CUTOFF, since: SINCE, stories, usual, sources: &[] })
    }

    #[test]
    fn an_ordinary_day_is_not_odd() {
        assert_eq!(odd(&[source(newsroom())]), []);
        assert_eq!(odd(&[]), []);
    }

    #[test]
    fn an_election_night_is_none_and_ten_times_the_usual_is() {
        assert_eq!(count(60, &[20; 14]), []);
        assert_eq!(count(199, &[20; 14]), []);
        assert_eq!(count(200, &[20; 14]), [Oddity::Flood { stories: 200, usual: 20 }]);
        // Three stories where none is usual are no flood, and a first week has no usual.
        assert_eq!(count(30, &[1; 14]), []);
        assert_eq!(count(400, &[12; 4]), []);
        // One wild evening does not make another one usual.
        assert_eq!(count(200, &[20, 20, 300, 20, 20, 20]).len(), 1);
    }

    #[test]
    fn a_quiet_sunday_is_ordinary_where_sundays_are_quiet() {
        // 168 hours are a week: nothing from 0 to 40 hours before the cutoff, nor a week before that.
        let weekends = newsroom().filter(|(hours, _)| hours % 168 > 40);
        assert_eq!(odd(&[source(weekends)]), []);
        let frozen = newsroom().filter(|(hours, _)| *hours > 40);
        assert_eq!(odd(&[source(frozen)]), [Oddity::Silent { source: "Front page".into(), hours: 42 }]);
    }

    #[test]
    fn a_source_that_is_relied_on_and_cannot_be_read_is_odd_and_a_minor_one_is_not() {
        let mut main = source(newsroom());
        let mut minor = source(newsroom().filter(|(hours, _)| hours % 24 == 0));
        minor.last_error = Some("it answered 503".into());
        minor.last_success_at = Some(CUTOFF - Span::days(2));
        assert_eq!(odd(&[main.clone(), minor.clone()]), []);
        main.last_error = Some("it answered 503".into());
        assert_eq!(odd(&[main.clone(), minor.clone()]), [], "one failure at the barrier is nothing");
        main.last_success_at = Some(CUTOFF - Span::hours(4));
        assert!(matches!(odd(&[main.clone(), minor.clone()])[..], [Oddity::Stale { .. }]));
        main.is_paused = true;
        assert_eq!(odd(&[main.clone(), minor.clone()]).len(), 1, "now everything rests on the other");
        minor.is_paused = true;
        assert_eq!(odd(&[main, minor]), []);
    }

    #[test]
    fn dates_that_are_all_off_are_odd_and_a_few_are_not() {
        let today = |lag: i64, count: usize| {
            let normal = newsroom().enumerate();
            source(normal.map(move |(n, (hours, usual))| (hours, if n < count { lag } else { usual })))
        };
        assert!(matches!(odd(&[today(-120, 12)])[..], [Oddity::InFuture { articles: 12, .. }]));
        assert!(matches!(odd(&[today(68, 12)])[..], [Oddity::Shifted { minutes: 55..=60, .. }]));
        assert_eq!(odd(&[today(-120, 4)]), []);
        assert_eq!(odd(&[today(30, 12)]), []);
        // It has been that way for two weeks.
        assert_eq!(odd(&[source(newsroom().map(|(hours, _)| (hours, -120)))]), []);
    }

    #[test]
    fn after_an_outage_of_a_source_its_dates_are_ordinary() {
        // All of the day came at once, between nothing and a day after its date.
        let day = (0..12).map(|n| (0, 8 + 110 * n));
        assert_eq!(odd(&[source(day.chain(newsroom().skip(12)))]), []);
    }

    #[test]
    fn old_stories_under_new_names_are_odd() {
        let moved = (0..12).map(|n| (1, 60 * (30 + 3 * n)));
        let it = odd(&[source(moved.chain(newsroom().skip(12)))]);
        assert!(matches!(it[..], [Oddity::AllNew { articles: 12, .. }]), "{it:?}");
        // A new source shows old stories at first.
        let first = (0..12).map(|n| (1, 60 * (30 + 3 * n)));
        assert_eq!(odd(&[source(first)]), []);
    }

    #[test]
    fn one_stamp_to_the_second_is_odd_and_a_planned_hour_is_not() {
        let with = |stamp: Timestamp| {
            let mut it = source(newsroom());
            for seen in it.seen.iter_mut().filter(|it| it.first_seen_at >= SINCE) {
                (seen.first_seen_at, seen.published_at) = (CUTOFF - Span::minutes(60), Some(stamp));
            }
            odd(&[it])
        };
        let noon = CUTOFF - Span::minutes(70);
        assert!(matches!(with(noon + Span::seconds(1))[..], [Oddity::OneStamp { .. }]));
        let hour = CUTOFF - Span::minutes(75);
        assert!(!with(hour).iter().any(|it| matches!(it, Oddity::OneStamp { .. })));
    }

    #[test]
    fn a_quarantine_is_odd() {
        let mut it = source(newsroom());
        it.quarantine_reason = Some("9 of 10 known articles read differently at once".into());
        assert!(matches!(odd(&[it])[..], [Oddity::Quarantined { .. }]));
    }
}
