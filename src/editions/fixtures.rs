//! Items, publications and editions for the tests of this room.

use super::model::{Edition, EditionId, EditionKind, EditionState, Item, ItemId, Origin, Placement, ScoreParts, Story};
use super::render::Frame;
use crate::base::{Span, Timestamp};
use crate::gather::ArticleId;
use crate::publications::{
    Approval, Publication, PublicationId, Section, SectionId, SlotId, SourceId, UncertainPolicy,
};

/// 18:00 in UTC on 23 November 2026.
pub(super) const CUTOFF: Timestamp = Timestamp::from_seconds(1_795_456_800);

/// A full story of this title.
pub(super) fn titled_item(number: i64, title: &str) -> Item {
    let mut item = Item { placement: Placement::Full, ..item(number) };
    item.story.title = title.to_owned();
    item.story.excerpt = format!("{title}, people at the quay said.");
    item.story.language = String::new();
    item.story.word_count = 300;
    item
}

/// A slot's edition with its cutoff at [`CUTOFF`], sent half an hour later.
pub(super) fn slot_edition(state: EditionState) -> Edition {
    Edition {
        slot_id: Some(SlotId(1)),
        send_at: CUTOFF + Span::minutes(30),
        latest_send_at: CUTOFF + Span::minutes(210),
        state,
        subject: String::new(),
        preheader: String::new(),
        ..edition()
    }
}

/// An article of a source of its own, the better scored the lower its number.
pub(super) fn item(number: i64) -> Item {
    let score_millis = 1000 - number;
    Item {
        id: ItemId(number + 10_000),
        article_id: ArticleId(number),
        source_id: SourceId(number),
        position: number,
        placement: Placement::Overflow,
        placement_reason: String::new(),
        placement_by: None,
        pinned: None,
        origin: Origin::Claim,
        section_id: None,
        score_millis,
        score_parts: ScoreParts([("recency".to_owned(), score_millis)].into()),
        story: Story {
            title: format!("Story {number}"),
            url: format!("https://gazette.example/{number}"),
            excerpt: format!("This is what happened in story {number}. More follows."),
            authors: vec![],
            section: String::new(),
            language: "en".into(),
            word_count: 100,
            published_at: None,
            image: None,
            related: vec![],
        },
        headline: None,
        excerpt: None,
        note: None,
        image: None,
    }
}

pub(super) fn edition() -> Edition {
    let at = CUTOFF;
    Edition {
        id: EditionId(1),
        publication_id: PublicationId(1),
        kind: EditionKind::Regular,
        slot_id: None,
        local_date: "2026-11-23".into(),
        label: "2026-11-23".into(),
        cutoff_at: at,
        send_at: at,
        latest_send_at: at,
        state: EditionState::Drafted,
        revision: 1,
        reason: String::new(),
        subject: "The Lamp: Story 1".into(),
        subjects: vec![],
        subject_by: None,
        preheader: "Also, story 2".into(),
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

/// The frame of an English publication with three sections.
pub(super) fn frame() -> Frame {
    let publication_id = PublicationId(1);
    let section = |id: i64| Section {
        id: SectionId(id),
        publication_id,
        slug: format!("s{id}"),
        name: format!("Section {id}"),
        position: id,
        aliases: vec![],
        weight_percent: 100,
        declared: None,
        archived_at: None,
    };
    let publication = Publication {
        id: publication_id,
        slug: "evening".into(),
        name: "The Lamp".into(),
        description: String::new(),
        language: "en".into(),
        time_zone: "UTC".into(),
        site_name: "The Gazette".into(),
        site_url: "https://gazette.example/".into(),
        from_mailbox: None,
        reply_to: None,
        accent_color: "#b45309".into(),
        approval: Approval::Auto,
        uncertain_policy: UncertainPolicy::Hold,
        min_items: 1,
        full_items_max: 10,
        headline_items_max: 25,
        late_send_limit_minutes: 180,
        top_to_all: true,
        breaking_per_day_max: 3,
        footer_text: String::new(),
        postal_address: None,
        accent_dark: None,
        logo_digest: None,
        logo_alt: String::new(),
        logo_width: 180,
        declared: None,
        archived_at: None,
        created_at: Timestamp::EPOCH,
    };
    Frame::of(publication, (1..=3).map(section).collect(), "https://news.example", "The Gazette, 1 Quay Street")
}
