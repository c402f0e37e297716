//! What a new article is to a publication, and when a source is asked again. Pure.

use super::model::{CandidateState, SourceStatus};
use crate::base::{Span, Timestamp};
use crate::publications::{FirstFetch, Section, SectionId};

/// A new entry dated longer than this before the source's last good fetch should have been seen then.
pub(super) const LATE_MAX: Span = Span::hours(72);
/// A source is asked this often.
pub(super) const POLL_EVERY: Span = Span::minutes(10);
/// A failing source is asked at least this often.
pub(super) const BACK_OFF_MAX: Span = Span::hours(6);
/// This many failures in a row, and people are told.
pub(super) const FAILURES_MAX: i64 = 3;
/// A permanent redirect is believed when it has stood for so long.
pub(super) const MOVED_AFTER: Span = Span::days(7);
/// Validators older than this are not sent: servers that answer "unchanged" for ever are real.
pub(super) const VALIDATORS_AGE_MAX: Span = Span::hours(8);

/// What is known of a source and a publication when an article is first seen there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// `None` if this is the source's first good fetch for this publication.
    pub last_good_fetch_at: Option<Timestamp>,
    pub first_fetch: FirstFetch,
    /// Whether the publication has sealed an edition yet.
    pub has_sealed: bool,
}

/// The state of a candidate that appears now, and why, in words.
pub(super) fn first_state(it: Circumstances, dated: Option<Timestamp>) -> (CandidateState, String) {
    use CandidateState::{Baseline, Held, Pool};
    let Some(last) = it.last_good_fetch_at else {
        return match (it.first_fetch, it.has_sealed) {
            (FirstFetch::News, _) => (Pool, "the source's first fetch, declared as news".to_owned()),
            (FirstFetch::Baseline, _) => {
                (Baseline, "was there at the source's first fetch, declared as baseline".to_owned())
            }
            (FirstFetch::Auto, false) => (Pool, "the source's first fetch, before the first edition".to_owned()),
            (FirstFetch::Auto, true) => (Baseline, "was there when the source was added".to_owned()),
        };
    };
    match dated {
        Some(dated) if last.since(dated) > LATE_MAX => {
            let days = last.since(dated).as_seconds() / 86_400;
            (Held, format!("new to us, but dated {days} days before the source's last good fetch"))
        }
        _ => (Pool, "new".to_owned()),
    }
}

/// The declared section, or the first one that goes by the name of one of the article's categories.
pub(super) fn section(declared: Option<SectionId>, sections: &[Section], categories: &[String]) -> Option<SectionId> {
    declared.or_else(|| {
        categories.iter().map(|name| name.trim().to_lowercase()).find_map(|wanted| {
            let goes_by = |name: &str| name.trim().to_lowercase() == wanted;
            let found = sections
                .iter()
                .find(|it| goes_by(&it.slug) || goes_by(&it.name) || it.aliases.iter().any(|it| goes_by(it)));
            found.map(|section| section.id)
        })
    })
}

/// The wait after the `failures`-th failure in a row: doubling, up to [`BACK_OFF_MAX`].
pub(super) fn back_off(failures: i64) -> Span {
    let doublings = u32::try_from(failures.saturating_sub(1).clamp(0, 10)).unwrap_or(0);
    POLL_EVERY.times(1_i64 << doublings).min(BACK_OFF_MAX)
}

pub(super) fn status_after_failure(before: SourceStatus, failures: i64) -> SourceStatus {
    if failures >= FAILURES_MAX { SourceStatus::Failing } else { before }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn state(
        last: Option<Timestamp>,
        first_fetch: FirstFetch,
        has_sealed: bool,
        dated: Option<Timestamp>,
    ) -> CandidateState {
        first_state(Circumstances { last_good_fetch_at: last, first_fetch, has_sealed }, dated).0
    }

    #[test]
    fn a_first_fetch_is_news_or_a_baseline_as_declared() {
        let old = Some(NOW - Span::days(900));
        assert_eq!(state(None, FirstFetch::News, true, old), CandidateState::Pool);
        assert_eq!(state(None, FirstFetch::Baseline, false, old), CandidateState::Baseline);
        assert_eq!(state(None, FirstFetch::Auto, false, old), CandidateState::Pool);
        assert_eq!(state(None, FirstFetch::Auto, true, old), CandidateState::Baseline);
    }

    #[test]
    fn an_entry_that_should_have_been_seen_long_ago_is_held() {
        let held = |dated| state(Some(NOW), FirstFetch::Auto, true, dated);
        assert_eq!(held(Some(NOW - Span::hours(73))), CandidateState::Held);
        assert_eq!(held(Some(NOW - Span::hours(72))), CandidateState::Pool);
        assert_eq!(held(Some(NOW + Span::days(9))), CandidateState::Pool);
        assert_eq!(held(None), CandidateState::Pool);
    }

    #[test]
    fn a_failing_source_is_asked_less_and_less_but_never_forgotten() {
        let minutes: Vec<i64> = [1, 2, 3, 4, 5, 6, 7, 99].map(|n| back_off(n).as_seconds() / 60).to_vec();
        assert_eq!(minutes, [10, 20, 40, 80, 160, 320, 360, 360]);
        assert_eq!(status_after_failure(SourceStatus::Ok, 2), SourceStatus::Ok);
        assert_eq!(status_after_failure(SourceStatus::New, 3), SourceStatus::Failing);
    }

    #[test]
    fn a_section_is_found_by_slug_name_or_alias() {
        let section_of = |id, slug: &str, name: &str, alias: &str| Section {
            declared: None,
            archived_at: None,
            id: SectionId(id),
            publication_id: crate::publications::PublicationId(1),
            slug: slug.to_owned(),
            name: name.to_owned(),
            position: id,
            aliases: vec![alias.to_owned()],
            weight_percent: 100,
        };
        let all =
            [section_of(1, "world", "World", "International"), section_of(2, "central-asia", "Central Asia", "Stans")];
        let found = |names: &[&str]| section(None, &all, &names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        assert_eq!(found(&["unknown", "central asia"]), Some(SectionId(2)));
        assert_eq!(found(&["INTERNATIONAL"]), Some(SectionId(1)));
        assert_eq!(found(&["sport"]), None);
        assert_eq!(section(Some(SectionId(9)), &all, &[]), Some(SectionId(9)));
    }
}
