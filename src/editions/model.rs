//! Editions, items and stories as the database keeps them.

use crate::base::Timestamp;
use crate::db::{Column, Row, StoreError, id_type, row, text_enum};
use crate::gather::ArticleId;
use crate::gather::html::{Image, Related};
use crate::publications::{PublicationId, SectionId, SlotId, SourceId};
use serde::{Deserialize, Serialize};

id_type! {
    /// One issue of a publication.
    EditionId,
    /// An article's place in an edition.
    ItemId,
}

text_enum! {
    pub enum EditionState {
        Planned = "planned",
        Collecting = "collecting",
        Drafted = "drafted",
        InReview = "in_review",
        Approved = "approved",
        Sealed = "sealed",
        Sending = "sending",
        Sent = "sent",
        Skipped = "skipped",
        Cancelled = "cancelled",
        Missed = "missed",
        Aborted = "aborted",
    }
}

text_enum! {
    /// What makes an edition.
    pub enum EditionKind {
        /// A slot's, on its date.
        Regular = "regular",
        /// Made by hand outside any slot, from the same pool.
        Extra = "extra",
        /// Sent at once to those who chose breaking news; its claims are of their own kind.
        Breaking = "breaking",
        /// To those alone who got what was wrong.
        Correction = "correction",
    }
}

text_enum! {
    /// How an article came into an edition.
    pub enum Origin {
        /// The claim took it at the cutoff.
        Claim = "claim",
        /// The claim took it, and its own edition was missed before.
        CarriedOver = "carried_over",
        /// An editor took it from the pool after the cutoff.
        Late = "late",
        /// An editor took it though it is no news: from the archive, a baseline, or what was sent before.
        Archive = "archive",
    }
}

text_enum! {
    /// Where an item stands in the mail.
    pub enum Placement {
        Top = "top",
        Full = "full",
        Headline = "headline",
        /// Counted in "and K more", and read on the site.
        Overflow = "overflow",
        Hidden = "hidden",
        /// Under "In case you missed it": its own edition was missed.
        Missed = "missed",
    }
}

row! {
    #[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
    pub struct Edition {
        pub id: EditionId,
        pub publication_id: PublicationId,
        pub kind: EditionKind,
        /// None outside any slot.
        pub slot_id: Option<SlotId>,
        pub local_date: String,
        /// What the archive calls it: the local date, with -2, -3 for further editions of a day.
        pub label: String,
        pub cutoff_at: Timestamp,
        pub send_at: Timestamp,
        pub latest_send_at: Timestamp,
        pub state: EditionState,
        /// Counts every change.
        pub revision: i64,
        pub reason: String,
        pub subject: String,
        /// Other subjects to choose from, the chosen one among them.
        pub subjects: Vec<String>,
        /// Who wrote the subject; None is the composer.
        pub subject_by: Option<String>,
        pub preheader: String,
        pub preheader_by: Option<String>,
        /// From the editor, in Markdown.
        pub note: String,
        pub attention: Option<String>,
        pub late: bool,
        pub paused_at: Option<Timestamp>,
        /// When the refresh of the sources before the cutoff was done.
        pub collected_at: Option<Timestamp>,
        /// The first of two pairs of eyes.
        pub reviewed_by: Option<String>,
        pub reviewed_at: Option<Timestamp>,
        pub approved_by: Option<String>,
        pub approved_at: Option<Timestamp>,
        pub sealed_at: Option<Timestamp>,
        pub finished_at: Option<Timestamp>,
        pub content_hash: Option<String>,
        pub candidates_count: Option<i64>,
        pub prepared_count: Option<i64>,
        /// When the editors were mailed the draft.
        pub announced_at: Option<Timestamp>,
        /// When they were told that nobody has approved it.
        pub reminded_at: Option<Timestamp>,
        /// The revision whose links and images were last asked for on the web.
        pub findings_revision: Option<i64>,
        /// Of a correction mail: the edition that was wrong.
        pub corrects_id: Option<EditionId>,
    }
}

impl Edition {
    /// Its day has not begun yet.
    pub fn is_ahead(&self, zone: chrono_tz::Tz, now: Timestamp) -> bool {
        self.local_date > now.in_zone(zone).date_naive().to_string()
    }
}

row! {
    #[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
    pub struct Item {
        pub id: ItemId,
        pub article_id: ArticleId,
        /// Who showed it first.
        pub source_id: SourceId,
        pub position: i64,
        pub placement: Placement,
        /// Why it stands there, when neither score nor room say so.
        pub placement_reason: String,
        /// Who placed it; None is the composer, which may place it anew.
        pub placement_by: Option<String>,
        /// The place in the order that an editor gave it, from 1.
        pub pinned: Option<i64>,
        pub origin: Origin,
        pub section_id: Option<SectionId>,
        pub score_millis: i64,
        pub score_parts: ScoreParts,
        pub story: Story,
        pub headline: Option<String>,
        pub excerpt: Option<String>,
        pub note: Option<String>,
        /// The editor's choice; None is the article's own.
        pub image: Option<ChosenImage>,
    }
}

impl Item {
    /// As an editor wrote it, else as the article has it.
    pub fn shown_headline(&self) -> &str {
        self.headline.as_deref().unwrap_or(&self.story.title)
    }

    /// As an editor wrote it, else as the article has it.
    pub fn shown_excerpt(&self) -> &str {
        self.excerpt.as_deref().unwrap_or(&self.story.excerpt)
    }

    /// The editor's choice, else the article's own.
    pub fn shown_image(&self) -> Option<&Image> {
        match &self.image {
            Some(ChosenImage::None) => None,
            Some(ChosenImage::This(image)) => Some(image),
            None => self.story.image.as_ref(),
        }
    }
}

/// The image that an editor chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChosenImage {
    /// The item stands without one.
    None,
    #[serde(untagged)]
    This(Image),
}

/// The addends of a score, in thousandths, by name: the report prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct ScoreParts(pub std::collections::BTreeMap<String, i64>);

impl ScoreParts {
    pub const PIN: &str = "pin";

    /// What the story scores by itself.
    pub fn without_pin(&self) -> Self {
        let mut parts = self.clone();
        parts.0.remove(Self::PIN);
        parts
    }
}

/// The article as it read when it was claimed: what an edition is composed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Story {
    pub title: String,
    pub url: String,
    pub excerpt: String,
    pub authors: Vec<String>,
    pub section: String,
    pub language: String,
    pub word_count: i64,
    pub published_at: Option<Timestamp>,
    pub image: Option<Image>,
    pub related: Vec<Related>,
}

macro_rules! json_column {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                let text: String = row.get(column)?;
                serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(format!("{column}: {error}")))
            }
        }
    )*};
}
json_column!(Story, ScoreParts, ChosenImage);

row! {
    /// A change of an edition: who, when, what, why.
    #[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
    pub struct EditionEvent {
        pub at: Timestamp,
        pub actor: String,
        pub verb: String,
        pub from_state: EditionState,
        pub to_state: EditionState,
        pub reason: String,
        /// The revision that the edition has since.
        pub revision: i64,
    }
}

row! {
    /// A frozen mail: what everybody with the same choice of sections receives.
    #[derive(Clone, Debug)]
    pub struct Variant {
        pub key: String,
        pub subject: String,
        pub html: String,
        pub text: String,
    }
}
