//! The tables `publications`, `sections`, `slots`, `publication_sources`, and the declared part of `sources`.

use super::brand::{BrandValues, LogoRow, LogoSize};
use super::logo::LogoFile;
use super::model::{
    FirstFetch, Pages, Publication, PublicationId, Section, SectionId, Slot, SlotId, SourceId, SourceKind,
};
use super::values::{PublicationValues, SectionValues, SlotValues, SourceValues, members};
use crate::base::{Selectors, Timestamp};
use crate::db::{StoreError, Tx, args, row, statements};

statements! {
    LIST_PUBLICATIONS = "SELECT * FROM publications WHERE archived_at IS NULL ORDER BY id";
    FIND_PUBLICATION = "SELECT * FROM publications WHERE id = $1";
    FIND_PUBLICATION_BY_SLUG = "SELECT * FROM publications WHERE slug = $1 AND archived_at IS NULL";
    LOCK_PUBLICATION = locking: "SELECT * FROM publications WHERE id = $1 AND archived_at IS NULL";
    LOCK_PUBLICATION_BY_SLUG = locking: "SELECT * FROM publications WHERE slug = $1";
    SET_PUBLICATION_DECLARED = "UPDATE publications SET declared = $2 WHERE id = $1";
    SET_SECTION_DECLARED = "UPDATE sections SET declared = $2 WHERE id = $1";
    SET_SLOT_DECLARED = "UPDATE slots SET declared = $2 WHERE id = $1";
    SET_USE_DECLARED = "UPDATE publication_sources SET declared = $3 WHERE publication_id = $1 AND source_id = $2";
    LIST_ALL_SECTIONS = "SELECT * FROM sections WHERE publication_id = $1 ORDER BY position, id";
    LIST_ALL_SLOTS = "SELECT * FROM slots WHERE publication_id = $1 ORDER BY cutoff_minute, id";
    UPDATE_BRAND = "UPDATE publications SET accent_dark = $2, footer_text = $3, postal_address = $4, logo_digest = $5, logo_alt = $6, logo_width = $7 WHERE id = $1";
    COUNT_LOGOS = "SELECT COUNT(*) AS value FROM logos";
    INSERT_LOGO = "INSERT INTO logos (digest, media_type, width, height, body, added_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING";
    FIND_LOGO = "SELECT media_type, width, height, body FROM logos WHERE digest = $1";
    FIND_LOGO_SIZE = "SELECT width, height FROM logos WHERE digest = $1";
    MOVE_SECTION = "UPDATE sections SET position = $2 WHERE id = $1";
    LIST_SECTIONS = "SELECT * FROM sections WHERE publication_id = $1 AND archived_at IS NULL ORDER BY position, id";
    LIST_SLOTS = "SELECT * FROM slots WHERE publication_id = $1 AND archived_at IS NULL ORDER BY cutoff_minute, id";
    UPSERT_PUBLICATION = "INSERT INTO publications (slug, name, description, language, time_zone, site_name, site_url, from_mailbox, reply_to, accent_color, approval, uncertain_policy, min_items, full_items_max, headline_items_max, late_send_limit_minutes, top_to_all, breaking_per_day_max, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (slug) DO UPDATE SET name = excluded.name, description = excluded.description, language = excluded.language, time_zone = excluded.time_zone, site_name = excluded.site_name, site_url = excluded.site_url, from_mailbox = excluded.from_mailbox, reply_to = excluded.reply_to, accent_color = excluded.accent_color, approval = excluded.approval, uncertain_policy = excluded.uncertain_policy, min_items = excluded.min_items, full_items_max = excluded.full_items_max, headline_items_max = excluded.headline_items_max, late_send_limit_minutes = excluded.late_send_limit_minutes, top_to_all = excluded.top_to_all, breaking_per_day_max = excluded.breaking_per_day_max, archived_at = NULL RETURNING id AS value";
    UPSERT_SECTION = "INSERT INTO sections (publication_id, slug, name, position, aliases, weight_percent) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (publication_id, slug) DO UPDATE SET name = excluded.name, position = excluded.position, aliases = excluded.aliases, weight_percent = excluded.weight_percent, archived_at = NULL RETURNING id AS value";
    ARCHIVE_SECTION = "UPDATE sections SET archived_at = $2 WHERE id = $1";
    UPSERT_SLOT = "INSERT INTO slots (publication_id, name, weekdays, cutoff_minute, send_minute, time_zone, latest_send_minute, holidays, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (publication_id, name) DO UPDATE SET weekdays = excluded.weekdays, cutoff_minute = excluded.cutoff_minute, send_minute = excluded.send_minute, time_zone = excluded.time_zone, latest_send_minute = excluded.latest_send_minute, holidays = excluded.holidays, created_at = CASE WHEN slots.archived_at IS NULL THEN slots.created_at ELSE excluded.created_at END, archived_at = NULL RETURNING id AS value";
    ARCHIVE_SLOT = "UPDATE slots SET archived_at = $2 WHERE id = $1";
    LIST_DECLARED_SOURCES = "SELECT s.id, s.name, s.kind, s.url, s.pages, s.time_zone, s.selectors, p.section_id, p.position, p.first_fetch, p.standby, p.declared_by, p.declared FROM publication_sources p JOIN sources s ON s.id = p.source_id WHERE p.publication_id = $1 ORDER BY p.position, s.id";
    UPSERT_SOURCE = "INSERT INTO sources (name, kind, url, pages, time_zone, selectors, created_at, status, next_fetch_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'new', $7) ON CONFLICT (url) DO UPDATE SET name = excluded.name, kind = excluded.kind, pages = excluded.pages, time_zone = excluded.time_zone, selectors = excluded.selectors, archived_at = NULL RETURNING id AS value";
    UPSERT_PUBLICATION_SOURCE = "INSERT INTO publication_sources (publication_id, source_id, section_id, position, first_fetch, standby, declared_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, 'file', $7) ON CONFLICT (publication_id, source_id) DO UPDATE SET section_id = excluded.section_id, position = excluded.position, first_fetch = excluded.first_fetch, standby = excluded.standby, declared_by = 'file'";
    DELETE_PUBLICATION_SOURCE = "DELETE FROM publication_sources WHERE publication_id = $1 AND source_id = $2";
    ARCHIVE_UNUSED_SOURCES = "UPDATE sources SET archived_at = $1 WHERE archived_at IS NULL AND id NOT IN (SELECT source_id FROM publication_sources)";
}

/// Every publication that is not archived, in the order of their creation.
///
/// # Errors
/// As the database says.
pub async fn list_publications(tx: &mut Tx) -> Result<Vec<Publication>, StoreError> {
    tx.fetch_all(LIST_PUBLICATIONS, args![]).await
}

/// # Errors
/// As the database says.
pub async fn find_publication(tx: &mut Tx, id: PublicationId) -> Result<Option<Publication>, StoreError> {
    tx.fetch_optional(FIND_PUBLICATION, args![id]).await
}

/// # Errors
/// As the database says.
pub async fn find_publication_by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Publication>, StoreError> {
    tx.fetch_optional(FIND_PUBLICATION_BY_SLUG, args![slug]).await
}

/// The publication, which nobody else sets up until the transaction ends.
pub(super) async fn lock_publication(tx: &mut Tx, id: PublicationId) -> Result<Option<Publication>, StoreError> {
    tx.fetch_optional(LOCK_PUBLICATION, args![id]).await
}

/// The same by its slug, be it archived or not.
pub(super) async fn lock_publication_by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Publication>, StoreError> {
    tx.fetch_optional(LOCK_PUBLICATION_BY_SLUG, args![slug]).await
}

/// The archived ones too.
pub(super) async fn list_all_sections(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Section>, StoreError> {
    tx.fetch_all(LIST_ALL_SECTIONS, args![publication]).await
}

/// The archived ones too.
pub(super) async fn list_all_slots(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Slot>, StoreError> {
    tx.fetch_all(LIST_ALL_SLOTS, args![publication]).await
}

pub(super) async fn move_section(tx: &mut Tx, id: SectionId, position: i64) -> Result<u64, StoreError> {
    tx.execute(MOVE_SECTION, args![id, position]).await
}

/// Remembers what the file said; None once it says nothing any more.
pub(super) async fn set_publication_declared(
    tx: &mut Tx,
    id: PublicationId,
    values: &PublicationValues,
) -> Result<u64, StoreError> {
    tx.execute(SET_PUBLICATION_DECLARED, args![id, text_of(values)]).await
}

pub(super) async fn set_section_declared(
    tx: &mut Tx,
    id: SectionId,
    values: Option<&SectionValues>,
) -> Result<u64, StoreError> {
    tx.execute(SET_SECTION_DECLARED, args![id, values.map(text_of)]).await
}

pub(super) async fn set_slot_declared(tx: &mut Tx, id: SlotId, values: Option<&SlotValues>) -> Result<u64, StoreError> {
    tx.execute(SET_SLOT_DECLARED, args![id, values.map(text_of)]).await
}

pub(super) async fn set_use_declared(
    tx: &mut Tx,
    publication: PublicationId,
    source: SourceId,
    values: &SourceValues,
) -> Result<u64, StoreError> {
    tx.execute(SET_USE_DECLARED, args![publication, source, text_of(values)]).await
}

fn text_of(values: &impl serde::Serialize) -> String {
    serde_json::Value::Object(members(values)).to_string()
}

/// In editorial order.
///
/// # Errors
/// As the database says.
pub async fn list_sections(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Section>, StoreError> {
    tx.fetch_all(LIST_SECTIONS, args![publication]).await
}

/// # Errors
/// As the database says.
pub async fn list_slots(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Slot>, StoreError> {
    tx.fetch_all(LIST_SLOTS, args![publication]).await
}

pub(super) async fn upsert_publication(
    tx: &mut Tx,
    now: Timestamp,
    it: &PublicationValues,
) -> Result<PublicationId, StoreError> {
    let values = args![
        &it.slug,
        &it.name,
        &it.description,
        &it.language,
        &it.time_zone,
        &it.site_name,
        &it.site_url,
        it.from_mailbox.clone(),
        it.reply_to.clone(),
        &it.accent_color,
        it.approval,
        it.uncertain_policy,
        it.min_items,
        it.full_items_max,
        it.headline_items_max,
        it.late_send_limit_minutes,
        it.top_to_all,
        it.breaking_per_day_max,
        now
    ];
    tx.fetch_value(UPSERT_PUBLICATION, values).await
}

pub(super) async fn upsert_section(
    tx: &mut Tx,
    publication: PublicationId,
    it: &SectionValues,
) -> Result<SectionId, StoreError> {
    let values = args![publication, &it.slug, &it.name, it.position, &it.aliases, it.weight_percent];
    tx.fetch_value(UPSERT_SECTION, values).await
}

pub(super) async fn archive_section(tx: &mut Tx, now: Timestamp, id: SectionId) -> Result<u64, StoreError> {
    tx.execute(ARCHIVE_SECTION, args![id, now]).await
}

pub(super) async fn upsert_slot(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    it: &SlotValues,
) -> Result<SlotId, StoreError> {
    let values = args![
        publication,
        &it.name,
        it.weekdays,
        it.cutoff_minute,
        it.send_minute,
        &it.time_zone,
        it.latest_send_minute,
        &it.holidays,
        now
    ];
    tx.fetch_value(UPSERT_SLOT, values).await
}

pub(super) async fn archive_slot(tx: &mut Tx, now: Timestamp, id: SlotId) -> Result<u64, StoreError> {
    tx.execute(ARCHIVE_SLOT, args![id, now]).await
}

row! {
    /// A source as a publication declares it.
    #[derive(Clone, Debug)]
    pub(super) struct DeclaredSource {
        pub id: SourceId,
        pub name: String,
        pub kind: SourceKind,
        pub url: String,
        pub pages: Pages,
        pub time_zone: Option<String>,
        pub selectors: Selectors,
        pub section_id: Option<SectionId>,
        pub position: i64,
        pub first_fetch: FirstFetch,
        pub standby: bool,
        /// `file` or `operator`.
        pub declared_by: String,
        /// What the file said of it the last time, JSON.
        pub declared: Option<String>,
    }
}

pub(super) async fn list_declared_sources(
    tx: &mut Tx,
    publication: PublicationId,
) -> Result<Vec<DeclaredSource>, StoreError> {
    tx.fetch_all(LIST_DECLARED_SOURCES, args![publication]).await
}

pub(super) async fn upsert_source(tx: &mut Tx, now: Timestamp, it: &SourceValues) -> Result<SourceId, StoreError> {
    let selectors = serde_json::to_string(&it.selectors).unwrap_or_else(|_| "{}".to_owned());
    let values = args![&it.name, it.kind, &it.url, it.pages, it.time_zone.clone(), selectors, now];
    tx.fetch_value(UPSERT_SOURCE, values).await
}

pub(super) async fn upsert_publication_source(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    source: SourceId,
    section: Option<SectionId>,
    it: &SourceValues,
) -> Result<u64, StoreError> {
    let values = args![publication, source, section, it.position, it.first_fetch, it.standby, now];
    tx.execute(UPSERT_PUBLICATION_SOURCE, values).await
}

pub(super) async fn delete_publication_source(
    tx: &mut Tx,
    publication: PublicationId,
    source: SourceId,
) -> Result<u64, StoreError> {
    tx.execute(DELETE_PUBLICATION_SOURCE, args![publication, source]).await
}

pub(super) async fn archive_unused_sources(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(ARCHIVE_UNUSED_SOURCES, args![now]).await
}

pub(super) async fn update_brand(tx: &mut Tx, id: PublicationId, it: &BrandValues) -> Result<u64, StoreError> {
    let values = args![
        id,
        it.accent_dark.clone(),
        &it.footer_text,
        it.postal_address.clone(),
        it.logo_digest.clone(),
        &it.logo_alt,
        it.logo_width
    ];
    tx.execute(UPDATE_BRAND, values).await
}

pub(super) async fn count_logos(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_LOGOS, args![]).await
}

/// The same bytes twice are one row.
pub(super) async fn insert_logo(tx: &mut Tx, now: Timestamp, it: &LogoFile, body: &str) -> Result<u64, StoreError> {
    let values = args![&it.digest, it.media_type, it.width, it.height, body, now];
    tx.execute(INSERT_LOGO, values).await
}

pub(super) async fn find_logo(tx: &mut Tx, digest: &str) -> Result<Option<LogoRow>, StoreError> {
    tx.fetch_optional(FIND_LOGO, args![digest]).await
}

pub(super) async fn find_logo_size(tx: &mut Tx, digest: &str) -> Result<Option<LogoSize>, StoreError> {
    tx.fetch_optional(FIND_LOGO_SIZE, args![digest]).await
}
