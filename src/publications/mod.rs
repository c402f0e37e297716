//! The newsroom's set-up: publications, their sections and slots, and which sources feed them.
//!
//! Declared by a file (`lamplighter apply newsroom.toml`): [`apply`] twice is apply once. Sources may be added by an
//! operator as well (`lamplighter source add`), and then stay when a file is applied that does not name them. When an edition is due is computed here ([`calendar`]), from the slot, the zone and a date, and by nobody else.

pub mod apply;
mod brand;
pub mod calendar;
mod change;
mod change_sections;
mod change_slots;
mod declared_source;
mod logo;
mod merge;
mod model;
pub mod newsroom_file;
pub mod rules;
mod store;
mod values;

pub use brand::{BrandPatch, BrandValues, LOGO_WIDTHS, Logo, change_brand, find_logo, find_logo_size};
pub use change::{SetUpError, change_publication, create_publication};
pub use change_sections::{add_section, archive_section, change_section, order_version, reorder_sections};
pub use change_slots::{add_slot, archive_slot, change_slot};
pub use logo::{LOGO_BYTES_MAX, LogoError, read_logo};
pub use values::{PublicationPatch, PublicationValues, SectionPatch, SectionValues, SlotPatch, SlotValues, Version};

pub use model::{
    Approval, FirstFetch, Pages, Publication, PublicationId, Section, SectionId, Slot, SlotId, SourceId, SourceKind,
    UncertainPolicy,
};
pub(crate) use store::STATEMENTS;
pub use store::{find_publication, find_publication_by_slug, list_publications, list_sections, list_slots};
