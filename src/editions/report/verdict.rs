//! Why an article is in an edition or not, in plain words. Pure: from the candidate, its item and the edition.

use crate::base::Timestamp;
use crate::db::text_enum;
use crate::editions::model::{Edition, EditionState, Item, Origin, Placement};
use crate::editions::store::{ExplainedRow, IntentLine};
use crate::gather::CandidateState;
use chrono_tz::Tz;

text_enum! {
    /// Where an article stands with regard to one edition.
    pub enum Verdict {
        Top = "top",
        Full = "full",
        Headline = "headline",
        /// In the mail under "In case you missed it".
        Missed = "missed",
        /// Counted in "and K more".
        Overflow = "overflow",
        Hidden = "hidden",
        /// It stood in the draft, and the edition was not sent.
        Unsent = "unsent",
        Waiting = "waiting",
        /// Came after the cutoff.
        Late = "late",
        Embargoed = "embargoed",
        Held = "held",
        Dismissed = "dismissed",
        Baseline = "baseline",
        Gone = "gone",
        Folded = "folded",
        /// Another edition has it.
        Elsewhere = "elsewhere",
    }
}

impl Verdict {
    /// Readers see it in the mail.
    pub const fn is_in_mail(self) -> bool {
        matches!(self, Self::Top | Self::Full | Self::Headline | Self::Missed)
    }
}

/// What frames every verdict of one edition.
pub(super) struct Frame<'a> {
    pub edition: &'a Edition,
    pub zone: Tz,
    pub intents: &'a [IntentLine],
    pub full_items_max: i64,
}

impl Frame<'_> {
    fn cutoff(&self) -> String {
        self.edition.cutoff_at.in_zone(self.zone).format("%H:%M").to_string()
    }

    /// With the date where it is another day's, with seconds where they decide.
    fn at(&self, at: Timestamp) -> String {
        let (at, cutoff) = (at.in_zone(self.zone), self.edition.cutoff_at.in_zone(self.zone));
        if at.date_naive() != cutoff.date_naive() {
            at.format("%a %-d %b, %H:%M").to_string()
        } else if at.format("%H:%M").to_string() == self.cutoff() {
            at.format("%H:%M:%S").to_string()
        } else {
            at.format("%H:%M").to_string()
        }
    }

    const fn ended_unsent(&self) -> bool {
        use EditionState as S;
        matches!(self.edition.state, S::Skipped | S::Cancelled | S::Missed)
    }

    const fn has_no_draft(&self) -> bool {
        matches!(self.edition.state, EditionState::Planned | EditionState::Collecting)
    }

    /// Of an article that stands in the edition.
    pub(super) fn of_item(&self, item: &Item) -> (Verdict, String) {
        if self.ended_unsent() {
            let why = with_reason(
                &format!("it stood in the draft, and the edition was {}", self.edition.state),
                &self.edition.reason,
            );
            return (Verdict::Unsent, why);
        }
        let by = item.placement_by.as_deref().map(|by| format!(", placed by {by}")).unwrap_or_default();
        let (verdict, mut why) = match item.placement {
            Placement::Top => (Verdict::Top, "in, as the top story".to_owned()),
            Placement::Full => (Verdict::Full, "in, in full".to_owned()),
            Placement::Headline if item.placement_reason.is_empty() && item.placement_by.is_none() => {
                let max = self.full_items_max;
                (Verdict::Headline, format!("in, as a headline: the room for {max} full stories went to higher places"))
            }
            Placement::Headline => (Verdict::Headline, "in, as a headline".to_owned()),
            Placement::Missed => (Verdict::Missed, "in, under \"In case you missed it\"".to_owned()),
            Placement::Overflow => {
                (Verdict::Overflow, "not shown, but counted in \"and more\": there was no room left".to_owned())
            }
            Placement::Hidden => (Verdict::Hidden, "not shown: hidden".to_owned()),
        };
        why.push_str(&by);
        if let Some(place) = item.pinned {
            why.push_str(&format!(", pinned to place {place}"));
        }
        match item.origin {
            Origin::Claim => {}
            Origin::CarriedOver => why.push_str(", carried over from an edition that was missed"),
            Origin::Late => why.push_str(", added by an editor after the cutoff"),
            Origin::Archive => why.push_str(", added by an editor though it is no news"),
        }
        (verdict, with_reason(&why, &item.placement_reason))
    }

    /// Of an article without an item.
    pub(super) fn of_candidate(&self, it: &ExplainedRow) -> (Verdict, String) {
        let elsewhere = it.claimed_in.as_deref().filter(|_| it.claimed_by != Some(self.edition.id));
        match it.state {
            CandidateState::Pool if it.eligible_at >= self.edition.cutoff_at => self.too_late(it),
            CandidateState::Pool => self.waiting(it),
            CandidateState::Claimed => match elsewhere {
                Some(label) => (Verdict::Elsewhere, format!("not here: it is in edition {label}")),
                None => (Verdict::Elsewhere, with_reason("not here any more", &it.reason)),
            },
            CandidateState::Held => (Verdict::Held, with_reason("waits for an editor", &it.reason)),
            CandidateState::Dismissed => (Verdict::Dismissed, with_reason("dismissed by an editor", &it.reason)),
            CandidateState::Baseline => {
                (Verdict::Baseline, "was there when its source was added: known, and no news".to_owned())
            }
            CandidateState::Gone => (Verdict::Gone, with_reason("withdrawn by its source", &it.reason)),
            CandidateState::Folded => {
                let told = match (&it.told_by, &it.claimed_in) {
                    (Some(title), Some(label)) => format!("the same story is told by {title:?} in edition {label}"),
                    _ => "the same story is told by another article".to_owned(),
                };
                (Verdict::Folded, with_reason(&told, &it.reason))
            }
        }
    }

    fn too_late(&self, it: &ExplainedRow) -> (Verdict, String) {
        let cutoff = self.cutoff();
        if it.eligible_at > it.first_seen_at && it.first_seen_at < self.edition.cutoff_at {
            let until = self.at(it.eligible_at);
            return (
                Verdict::Embargoed,
                format!("not for readers before {until}, which is after the cutoff at {cutoff}"),
            );
        }
        let seen = self.at(it.first_seen_at);
        (Verdict::Late, format!("came at {seen}, not before the cutoff at {cutoff}; it waits for the next edition"))
    }

    fn waiting(&self, it: &ExplainedRow) -> (Verdict, String) {
        if let Some(intent) = self.intents.iter().find(|intent| intent.article_id == it.article_id && intent.held) {
            return (Verdict::Held, format!("{} wants it held at the cutoff", intent.actor));
        }
        if self.has_no_draft() {
            let cutoff = self.cutoff();
            return (Verdict::Waiting, format!("waits in the pool: the claim at {cutoff} takes it"));
        }
        let why = if it.reason.is_empty() { &self.edition.reason } else { &it.reason };
        (Verdict::Waiting, with_reason("waits in the pool for the next edition", why))
    }
}

fn with_reason(words: &str, reason: &str) -> String {
    if reason.is_empty() { words.to_owned() } else { format!("{words}: {reason}") }
}
