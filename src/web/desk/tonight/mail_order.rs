//! How the mail orders what the list on the page has: told in words where the two differ.
//!
//! Held to it by `tests/it/desk/tonight.rs`, which reads the mail beside the page.

use crate::editions::{Item, Placement, by_heading};
use crate::publications::Section;

/// The full stories as the mail has them, by their places in the list, from 1. Empty where that is the order of the list, as
/// it is where there are no sections.
pub(super) fn by_section(sections: &[Section], items: &[Item]) -> String {
    let full = items.iter().filter(|item| item.placement == Placement::Full);
    let place = |item: &&Item| items.iter().zip(1_usize..).find(|it| it.0.id == item.id).map(|it| it.1);
    let groups = by_heading(sections, full).into_iter();
    let groups: Vec<(String, Vec<usize>)> =
        groups.map(|(name, stories)| (name, stories.iter().filter_map(place).collect())).collect();
    if groups.iter().flat_map(|(_, places)| places).is_sorted() {
        return String::new();
    }
    let told = |(name, places): &(String, Vec<usize>)| {
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        let name = if name.is_empty() { "without a section" } else { name };
        format!("{name} ({})", places.join(", "))
    };
    groups.iter().map(told).collect::<Vec<_>>().join(", ")
}
