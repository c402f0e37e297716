//! Articles, candidates and sources as the database keeps them.

use super::html::Related;
use crate::base::Timestamp;
use crate::db::{id_type, row, text_enum};
use crate::publications::{SourceId, SourceKind};

id_type! { ArticleId }

text_enum! {
    pub enum FetchOutcome {
        Fetched = "fetched",
        /// The server said so, or the answer was the same to the byte.
        Unchanged = "unchanged",
        Failed = "failed",
    }
}

text_enum! {
    pub enum SourceStatus {
        /// Never fetched with success, and not yet given up hope.
        New = "new",
        Ok = "ok",
        /// Three failures in a row or more.
        Failing = "failing",
    }
}

text_enum! {
    /// What an article is to a publication that saw it: one state at any time.
    pub enum CandidateState {
        /// Waits for an edition.
        Pool = "pool",
        Claimed = "claimed",
        /// Older than it should be: an editor decides.
        Held = "held",
        Dismissed = "dismissed",
        /// Was there when the source was added: known, not news.
        Baseline = "baseline",
        Gone = "gone",
        Folded = "folded",
    }
}

text_enum! {
    /// What the step from one reading of an article to the next was.
    pub enum ChangeKind {
        Typo = "typo",
        Material = "material",
        /// The newsroom itself says that something was wrong.
        Correction = "correction",
    }
}

row! {
    /// An article as it reads now.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct Article {
        pub id: ArticleId,
        pub story_key: String,
        /// The source whose reading of it counts.
        pub source_id: SourceId,
        /// As the newsroom writes it; http or https.
        pub url: String,
        pub title: String,
        /// The editor's own summary; empty if there is none.
        pub dek: String,
        /// Whole sentences, word for word.
        pub excerpt: String,
        /// Paragraphs, an empty line between them.
        pub body_text: String,
        pub authors: Vec<String>,
        /// The feed's own primary category; may be empty.
        pub section: String,
        pub categories: Vec<String>,
        pub related: Vec<Related>,
        pub image_url: Option<String>,
        pub image_alt: String,
        pub image_caption: String,
        pub image_credit: String,
        /// BCP 47; empty if unknown.
        pub language: String,
        pub word_count: i64,
        /// As the feed says; may lie in the future.
        pub published_at: Option<Timestamp>,
        pub updated_at: Option<Timestamp>,
        pub first_seen_at: Timestamp,
        pub eligible_at: Timestamp,
        /// 1 is the article as it was first seen.
        pub revision: i64,
        pub content_hash: String,
        pub gone_at: Option<Timestamp>,
        /// The newsroom's own words about what was wrong; empty without any.
        pub correction: String,
        pub corrected_at: Option<Timestamp>,
        /// The news agency it comes from; empty if that is not certain.
        pub agency: String,
    }
}

row! {
    /// What an edition needs of an article: all but its text, which may be long.
    #[derive(Clone, Debug)]
    pub struct ArticleHead {
        pub id: ArticleId,
        pub source_id: SourceId,
        pub url: String,
        pub title: String,
        pub excerpt: String,
        pub authors: Vec<String>,
        pub section: String,
        pub language: String,
        pub word_count: i64,
        pub published_at: Option<Timestamp>,
        pub first_seen_at: Timestamp,
        pub image_url: Option<String>,
        pub image_alt: String,
        pub image_caption: String,
        pub image_credit: String,
        pub related: Vec<Related>,
        /// The newsroom says that it cannot wait.
        pub breaking: bool,
        /// The newsroom keeps it in front.
        pub sticky: bool,
    }
}

row! {
    /// How a source is doing.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct SourceHealth {
        pub id: SourceId,
        pub name: String,
        pub kind: SourceKind,
        pub url: String,
        pub status: SourceStatus,
        /// In a row.
        pub failures: i64,
        pub last_attempt_at: Option<Timestamp>,
        pub last_success_at: Option<Timestamp>,
        pub next_fetch_at: Timestamp,
        pub last_error: Option<String>,
        pub paused_at: Option<Timestamp>,
        /// Too much changed at once: what changed waits for `lamplighter source release`.
        pub quarantined_at: Option<Timestamp>,
        pub quarantine_reason: Option<String>,
        /// The site says for good that the source is here now, and since when it says so.
        pub moved_to: Option<String>,
        pub moved_since: Option<Timestamp>,
        /// Articles that this source has shown.
        pub articles: i64,
    }
}
