//! Publications, sections and slots as the database keeps them.

use crate::base::{Selectors, Timestamp};
use crate::db::{Column, Row, StoreError, id_type, row, text_enum};
use chrono_tz::Tz;

id_type! {
    PublicationId,
    SectionId,
    SlotId,
    SourceId,
}

text_enum! {
    /// Who approves a draft.
    pub enum Approval {
        /// The system, ten minutes before the send time, when the checks are green.
        Auto = "auto",
        /// A person; without one the edition is missed.
        Manual = "manual",
        /// Two persons, one after the other, who both saw the same draft.
        #[serde(alias = "four-eyes")]
        FourEyes = "four_eyes",
    }
}

text_enum! {
    /// What becomes of a delivery whose connection died between our final dot and the relay's answer.
    pub enum UncertainPolicy {
        /// Named and left alone: an operator decides.
        Hold = "hold",
        /// Sent once more, with the same Message-ID.
        ResendOnce = "resend_once",
    }
}

text_enum! {
    /// How a source tells of its articles.
    pub enum SourceKind {
        /// RSS, RDF, Atom or JSON Feed.
        Feed = "feed",
        /// The REST API of a WordPress site.
        Wordpress = "wordpress",
        /// A news sitemap, or a plain one.
        Sitemap = "sitemap",
        /// A page that lists articles, such as a section front.
        Page = "page",
        /// The newsroom sends its articles by the API; nothing is fetched.
        Push = "push",
    }
}

text_enum! {
    /// Whether the pages of a source's articles are read.
    pub enum Pages {
        /// Where the source itself says too little of an article.
        Auto = "auto",
        Always = "always",
        Never = "never",
    }
}

/// Stored as JSON text.
impl Column for Selectors {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        let text = String::read(row, column)?;
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(format!("{column}: {error}")))
    }
}

text_enum! {
    /// What the first fetch of a new source means.
    pub enum FirstFetch {
        /// News while the publication has not sealed its first edition, a baseline after that.
        Auto = "auto",
        News = "news",
        Baseline = "baseline",
    }
}

row! {
    /// A newsletter.
    #[derive(Clone, Debug)]
    pub struct Publication {
        pub id: PublicationId,
        pub slug: String,
        pub name: String,
        pub description: String,
        /// BCP 47.
        pub language: String,
        /// IANA name; checked when it was stored.
        pub time_zone: String,
        pub site_name: String,
        pub site_url: String,
        /// `Name <address>`; the configuration's `mail.from` without it.
        pub from_mailbox: Option<String>,
        pub reply_to: Option<String>,
        /// `#rrggbb`
        pub accent_color: String,
        pub approval: Approval,
        pub uncertain_policy: UncertainPolicy,
        pub min_items: i64,
        pub full_items_max: i64,
        pub headline_items_max: i64,
        pub late_send_limit_minutes: i64,
        /// The top story goes to readers of other sections too.
        pub top_to_all: bool,
        /// Breaking editions of one local day.
        pub breaking_per_day_max: i64,
        /// Above the legal foot of every edition.
        pub footer_text: String,
        /// Where it is not the site's.
        pub postal_address: Option<String>,
        /// `#rrggbb` for the dark sheet; else the accent colour, lightened until it can be read.
        pub accent_dark: Option<String>,
        /// Of a picture of ours.
        pub logo_digest: Option<String>,
        pub logo_alt: String,
        /// CSS pixels; the file may have more, for sharp screens.
        pub logo_width: i64,
        /// What `newsroom.toml` said of it the last time, JSON; None if it was made at the desk.
        pub declared: Option<String>,
        pub created_at: Timestamp,
        pub archived_at: Option<Timestamp>,
    }
}

impl Publication {
    /// The zone; UTC should the stored name no longer be known.
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// Whether readers may choose breaking news.
    pub const fn offers_breaking(&self) -> bool {
        self.breaking_per_day_max > 0
    }
}

row! {
    #[derive(Clone, Debug)]
    pub struct Section {
        pub id: SectionId,
        pub publication_id: PublicationId,
        pub slug: String,
        pub name: String,
        pub position: i64,
        /// The names under which sources file this section.
        pub aliases: Vec<String>,
        /// What a story gains by standing here, in percent of the usual.
        pub weight_percent: i64,
        /// As [`Publication::declared`].
        pub declared: Option<String>,
        pub archived_at: Option<Timestamp>,
    }
}

row! {
    /// When editions are due: on these weekdays, what is known at the cutoff goes out at the send time.
    #[derive(Clone, Debug)]
    pub struct Slot {
        pub id: SlotId,
        pub publication_id: PublicationId,
        pub name: String,
        /// Bit 0 is Monday.
        pub weekdays: i64,
        /// Minutes after local midnight.
        pub cutoff_minute: i64,
        /// Minutes after local midnight; before the cutoff means the next day.
        pub send_minute: i64,
        pub time_zone: String,
        /// Minutes after local midnight, before the send time means the next day; without it the publication's
        /// `late_send_limit_minutes` after the send time.
        pub latest_send_minute: Option<i64>,
        /// Local dates (`2026-12-25`) without an edition.
        pub holidays: Vec<String>,
        /// A cutoff before this instant is not this slot's.
        pub created_at: Timestamp,
        /// As [`Publication::declared`].
        pub declared: Option<String>,
        pub archived_at: Option<Timestamp>,
    }
}
