//! Items and editions for the tests of this room.

use super::model::{Edition, EditionId, EditionKind, EditionState, Item, ItemId, Origin, Placement, ScoreParts, Story};
use crate::base::{Span, Timestamp};
use crate::gather::ArticleId;
use crate::publications::{PublicationId, SlotId};

/// 18:00 in UTC on 23 November 2026.
pub(super) const CUTOFF: Timestamp = Timestamp::from_seconds(1_795_456_800);

/// A full story of this title.
pub(super) fn item(number: i64, title: &str) -> Item {
    Item {
        id: ItemId(number),
        article_id: ArticleId(number),
        position: number,
        placement: Placement::Full,
        placement_reason: String::new(),
        placement_by: None,
        pinned: None,
        origin: Origin::Claim,
        section_id: None,
        score_millis: 0,
        score_parts: ScoreParts::default(),
        story: Story {
            title: title.to_owned(),
            url: format!("https://gazette.example/{number}"),
            excerpt: format!("{title}, people at the quay said."),
            authors: Vec::new(),
            section: String::new(),
            language: String::new(),
            word_count: 300,
            published_at: None,
            image: None,
            related: Vec::new(),
        },
        headline: None,
        excerpt: None,
        note: None,
        image: None,
    }
}

/// A slot's edition with its cutoff at [`CUTOFF`], sent half an hour later.
pub(super) fn edition(state: EditionState) -> Edition {
    Edition {
        id: EditionId(1),
        publication_id: PublicationId(1),
        slot_id: Some(SlotId(1)),
        kind: EditionKind::Regular,
        local_date: "2026-11-23".into(),
        label: "2026-11-23".into(),
        cutoff_at: CUTOFF,
        send_at: CUTOFF + Span::minutes(30),
        latest_send_at: CUTOFF + Span::minutes(210),
        state,
        revision: 1,
        reason: String::new(),
        subject: String::new(),
        subjects: Vec::new(),
        subject_by: None,
        preheader: String::new(),
        preheader_by: None,
        note: String::new(),
        attention: None,
        late: false,
        paused_at: None,
        collected_at: None,
        reviewed_by: None,
        reviewed_at: None,
        approved_by: None,
        approved_at: None,
        sealed_at: None,
        finished_at: None,
        content_hash: None,
        candidates_count: None,
        prepared_count: None,
        announced_at: None,
        reminded_at: None,
        findings_revision: None,
        corrects_id: None,
    }
}
