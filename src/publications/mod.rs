//! The newsroom's set-up: publications, their sections and slots, and which sources feed them.
//!
//! Declared by a file (`lamplighter apply newsroom.toml`): [`apply`] twice is apply once. Sources may be added by an
//! operator as well (`lamplighter source add`), and then stay when a file is applied that does not name them. When an edition is due is computed here ([`calendar`]), from the slot, the zone and a date, and by nobody else.

pub mod apply;
pub mod calendar;
mod declared_source;
mod model;
pub mod newsroom_file;
mod store;

pub use model::{
    Approval, FirstFetch, Pages, Publication, PublicationId, Section, SectionId, Slot, SlotId, SourceId, SourceKind,
    UncertainPolicy,
};
pub(crate) use store::STATEMENTS;
pub use store::{find_publication, find_publication_by_slug, list_publications, list_sections, list_slots};
